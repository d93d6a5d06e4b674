"""The folder that `plant-device bundle` makes and `install.sh` reads."""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from plant_device.bundle.own_wheel import write_own_wheel
from plant_device.bundle.pins import pinned
from plant_device.bundle.pip import run_pip
from plant_device.bundle.targets import Machine, Target, find_target
from plant_device.contract.atomic import is_running, sync
from plant_device.contract.model_file import read_model_file

_PREFIX = ".partial-"
# Brought along because a system's Python need not have one; it runs from its wheel.
_PIP = "pip>=25"


def write_bundle(
    out: Path, target_name: str, machine: Machine, model: Path | None, say: Callable[[str], None]
) -> None:
    """Write a bundle, whole or not at all.

    Raises:
        UserError: no such target, the model file is none, or a wheel cannot be had.
    """
    target = find_target(target_name)
    if model:
        read_model_file(model)
    requirements = pinned(target, machine)
    with _whole_folder(out) as folder:
        wheels = folder / "wheels"
        wheels.mkdir()
        say(f"{len(requirements)} packages for {target.system}, Python {target.python}, {machine}")
        run_pip(
            "download",
            "--no-deps",
            "--only-binary=:all:",
            *(f"--platform={tag}" for tag in target.platforms(machine)),
            "--implementation=cp",
            f"--python-version={target.python}",
            f"--dest={wheels}",
            *requirements,
            _PIP,
        )
        say("plant-edge itself")
        write_own_wheel(wheels)
        complete_bundle(folder, target, machine, model)


def complete_bundle(folder: Path, target: Target, machine: Machine, model: Path | None) -> None:
    """Put beside the wheels in `folder` what installs them, what they are for, and all sums."""
    if model:
        shutil.copyfile(model, folder / "model.tflite")
    _copy_carried("install.sh", folder / "install.sh")
    _copy_carried("plant-edge.service", folder / "systemd" / "plant-edge.service")
    wheels = list((folder / "wheels").iterdir())
    about = {
        "system": target.system,
        "python": target.python,
        "machine": machine,
        "glibc": f"2.{target.glibc}",
        "sees-system": "yes" if target.sees_system else "no",
        "needs": " ".join(kept.module for kept in target.keeps),
        "wheels": str(len(wheels)),
        "installed-bytes": str(sum(map(_unpacked_bytes, wheels))),
    }
    lines = [f"{key} {value}".rstrip() for key, value in about.items()]
    (folder / "bundle.txt").write_text("\n".join([*lines, ""]))
    _write_sums(folder)


def bundle_bytes(bundle: Path) -> dict[str, int]:
    """What it holds: its own parts and each wheel, and their sizes; the largest first."""
    sizes = {
        str(path.relative_to(bundle)): path.stat().st_size
        for path in bundle.rglob("*")
        if path.is_file()
    }
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))


@contextmanager
def _whole_folder(out: Path) -> Iterator[Path]:
    """Yield a folder beside `out` that takes its name at a clean end, and is gone at any other."""
    out.parent.mkdir(parents=True, exist_ok=True)
    for leftover in out.parent.glob(f"{_PREFIX}*-{out.name}"):
        pid = leftover.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not is_running(int(pid)):
            shutil.rmtree(leftover)
    folder = out.with_name(f"{_PREFIX}{os.getpid()}-{out.name}")
    folder.mkdir()
    try:
        yield folder
        for path in folder.rglob("*"):
            sync(path)
        folder.rename(out)
        sync(out.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_carried(name: str, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with as_file(files("plant_device.bundle") / "carried" / name) as source:
        shutil.copyfile(source, path)
    # A stick's file system may not keep it, and a wheel need not.
    path.chmod(0o755 if name.endswith(".sh") else 0o644)


def _unpacked_bytes(wheel: Path) -> int:
    with zipfile.ZipFile(wheel) as archive:
        return sum(member.file_size for member in archive.infolist())


def _write_sums(folder: Path) -> None:
    """As `sha256sum --check` reads them."""
    lines = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        lines.append(f"{digest}  {path.relative_to(folder)}\n")
    (folder / "SHA256SUMS").write_text("".join(lines))

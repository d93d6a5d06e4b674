"""The kernel's modules: which ones a machine needs, in the order in which they can be loaded."""

import lzma
import subprocess
from pathlib import Path

TO_MOUNT = ("virtio_pci", "virtio_blk", "virtio_console", "crc32c_generic", "ext4")
IN_USE = ("autofs4", "virtio_rng", "virtio_net", "9pnet_virtio", "9p", "vivid", "gpio_pl061")


def kernel_release(root: Path) -> str:
    """As `uname -r` will tell it."""
    (folder,) = _folder(root).iterdir()
    return folder.name


def keep_only_needed(root: Path) -> None:
    """Delete what the machine will never load, which is nearly all."""
    release = kernel_release(root)
    _depmod(root, release)
    kept = {path.resolve() for path in loading_order(root, (*TO_MOUNT, *IN_USE))}
    for path in (_folder(root) / release / "kernel").rglob("*.ko*"):
        if path.resolve() not in kept:
            path.unlink()
    _depmod(root, release)


def loading_order(root: Path, names: tuple[str, ...]) -> list[Path]:
    """The files of these modules and of those that they need, each after its own needs.

    A name that is none is built in, or of another kernel.
    """
    folder = _folder(root) / kernel_release(root)
    needs: dict[str, list[str]] = {}
    for line in (folder / "modules.dep").read_text().splitlines():
        path, _, needed = line.partition(":")
        needs[path] = needed.split()
    by_name = {Path(path).name.partition(".")[0].replace("-", "_"): path for path in needs}
    order: dict[str, None] = {}
    for name in names:
        if name in by_name:
            module = by_name[name]
            # modules.dep names the nearest need first.
            order.update(dict.fromkeys([*reversed(needs[module]), module]))
    return [folder / module for module in order]


def module_content(path: Path) -> bytes:
    """A module as `insmod` takes it."""
    content = path.read_bytes()
    return lzma.decompress(content) if path.suffix == ".xz" else content


def _folder(root: Path) -> Path:
    return root / "usr" / "lib" / "modules"


def _depmod(root: Path, release: str) -> None:
    subprocess.run(["depmod", "-b", str(root), release], check=True)

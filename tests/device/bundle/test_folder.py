"""Bundles with real wheels from the network."""

import platform
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import plant_device
from plant_device.bundle.own_wheel import write_own_wheel
from plant_device.bundle.targets import TARGETS

Command = Callable[..., "subprocess.CompletedProcess[str]"]
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip where there is none."""
    ran = _pip("download", "--no-deps", "--dest", str(tmp_path_factory.mktemp("net")), "mdurl")
    if ran.returncode:
        pytest.skip("packages cannot be downloaded here")


def _pip(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.usefixtures("network")
@pytest.mark.parametrize("target", ["bookworm", "trixie", "jetpack6", "jetpack7"])
def test_a_bundle_for_a_board_holds_all_that_is_needed_there(
    target: str, plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "bundle"
    made = plant_device("bundle", out, "--target", target, "--model", model_path)
    assert made.returncode == 0, made.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    sums = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=out, capture_output=True)
    assert sums.returncode == 0
    system = TARGETS[target]
    needed = "plant-edge[gpio,mqtt,signature]"
    if system.python != HERE or system.keeps:
        # pip would judge conditions by this Python, and miss what the system keeps.
        needed = "ai-edge-litert"
    there = [f"--platform={tag}" for tag in system.platforms("aarch64")]
    ran = _pip(
        "--isolated", "install", "--dry-run", "--no-index", "--ignore-installed",
        f"--find-links={out / 'wheels'}", f"--target={tmp_path / 'none'}",
        "--only-binary=:all:", *there, "--implementation=cp",
        f"--python-version={system.python}", needed,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("network")
def test_a_bundle_for_this_machine_is_installed_without_a_network(
    plant_device: Command, model_path: Path, leaves: Path, tmp_path: Path
) -> None:
    known = {system.python: name for name, system in TARGETS.items() if not system.keeps}
    if HERE not in known:
        pytest.skip(f"no target has Python {HERE}")
    out, root = tmp_path / "bundle", tmp_path / "root"
    options = ["--target", known[HERE], "--machine", platform.machine(), "--model", model_path]
    made = plant_device("bundle", out, *options)
    assert made.returncode == 0, made.stderr
    # Without a network where this user may make a space that has none.
    alone = ["unshare", "--net"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        alone = []
    ran = subprocess.run(
        [*alone, "bash", out / "install.sh", "--root", root],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHON": sys.executable},
    )
    assert ran.returncode == 0, ran.stderr
    (model,) = (root / "var/lib/plant-edge/models").glob("*.tflite")
    ran = subprocess.run(
        [*alone, root / "usr/local/bin/plant-device", "classify", model, leaves, "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.splitlines()) == 7


@pytest.mark.slow
@pytest.mark.usefixtures("network")
def test_our_wheel_is_the_same_from_a_checkout_and_from_what_was_installed(
    tmp_path: Path,
) -> None:
    if not (Path(plant_device.__file__).parents[2] / "pyproject.toml").is_file():
        pytest.skip("this is no checkout")
    built = write_own_wheel(tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", built], check=True)
    # Of the package index only typer, so that the device's modules can be imported.
    subprocess.run([python, "-m", "pip", "install", "-q", "typer"], check=True)
    packed_in = tmp_path / "packed"
    packed_in.mkdir()
    program = (
        "import sys, pathlib\n"
        "from plant_device.bundle.own_wheel import write_own_wheel\n"
        "print(write_own_wheel(pathlib.Path(sys.argv[1])))\n"
    )
    told = subprocess.run(
        [python, "-c", program, packed_in], capture_output=True, text=True, check=True, env={}
    )
    packed = Path(told.stdout.strip())
    assert packed.name == built.name
    contents = []
    for path in (built, packed):
        with zipfile.ZipFile(path) as wheel:
            contents.append(
                {
                    name: wheel.read(name)
                    for name in wheel.namelist()
                    if not name.endswith("/RECORD")
                }
            )
    assert contents[0] == contents[1]
    assert {
        f"plant_device/bundle/carried/{name}"
        for name in ("install.sh", "plant-edge.service", "device.txt", "device-numpy1.txt")
    } <= set(contents[0])
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-deps", "--force-reinstall", packed], check=True
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--target", "buster"], "expected --target bookworm, "),
        (["--target", "trixie", "--machine", "armv7l"], "expected --machine aarch64 or x86_64"),
    ],
)
def test_a_wrong_call_is_one_line_and_leaves_nothing(
    plant_device: Command, tmp_path: Path, arguments: list[str], told: str
) -> None:
    ran = plant_device("bundle", tmp_path / "bundle", *arguments)
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"error: {told}")
    assert not list(tmp_path.iterdir())


def test_a_model_that_is_none_is_found_before_anything_is_downloaded(
    plant_device: Command, tmp_path: Path, leaves: Path
) -> None:
    model = leaves / "leaf_0.png"
    ran = plant_device("bundle", tmp_path / "bundle", "--target", "trixie", "--model", model)
    assert ran.returncode == 2
    assert str(model) in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_what_exists_is_not_replaced(plant_device: Command, tmp_path: Path) -> None:
    ran = plant_device("bundle", tmp_path, "--target", "trixie")
    assert ran.returncode == 2
    assert "exists: a bundle is a new folder, choose another name" in ran.stderr

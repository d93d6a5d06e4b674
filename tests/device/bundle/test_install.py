"""The real install.sh below a folder, so that it touches nothing of the machine."""

import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from plant_device.bundle.targets import Kept, Target

Ran = subprocess.CompletedProcess[str]
Install = Callable[..., Ran]
WriteBundle = Callable[..., Path]

SCRIPT = Path(__file__).resolve().parents[3] / "device" / "install.sh"
# Bash runs what BASH_ENV names before the script: here, an end before a command of that name.
KILLER = """
set -T
trap '[[ $BASH_COMMAND != "$KILL_BEFORE"* ]] || kill -9 $$' DEBUG
"""

pytestmark = pytest.mark.skipif(shutil.which("flock") is None, reason="flock is not installed")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


@pytest.fixture
def install(tmp_path: Path, root: Path) -> Install:
    """Run install.sh below `root`, with this Python."""
    killer = tmp_path / "killer.sh"
    killer.write_text(KILLER)
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(
        *arguments: object, kill_before: str = "", script: Path = SCRIPT, **environment: str
    ) -> Ran:
        killed = {"BASH_ENV": str(killer), "KILL_BEFORE": kill_before} if kill_before else {}
        return subprocess.run(
            ["bash", str(script), "--root", str(root), *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env={**outside, "PYTHON": sys.executable, **killed, **environment},
        )

    return run


def _versions(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "opt/plant-edge/versions").iterdir())


def _current(root: Path) -> str:
    return (root / "opt/plant-edge/current").readlink().name


def _runs(root: Path, picture: Path) -> None:
    """What is installed classifies, with the model that is installed."""
    models = root / "var/lib/plant-edge/models"
    (model,) = models.glob("*.tflite")
    command = [str(root / "usr/local/bin/plant-device"), "classify", str(model), str(picture)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"{picture}: ")


def _one_error(ran: Ran) -> str:
    assert ran.returncode == 2, ran.stderr
    *_, last = ran.stderr.splitlines()
    assert last.startswith("error: ")
    assert ran.stderr.count("error: ") == 1
    return last


def test_it_installs_runs_and_leaves_what_is_the_users(
    install: Install, write_bundle: WriteBundle, root: Path, leaves: Path
) -> None:
    bundle = write_bundle()
    # The bundle's own script finds its bundle.
    ran = install("--source", "synthetic:live", script=bundle / "install.sh")
    assert ran.returncode == 0, ran.stderr
    assert _versions(root) == [_current(root)]
    _runs(root, leaves / "leaf_0.png")
    settings = root / "etc/plant-edge/settings.toml"
    assert settings.stat().st_mode & 0o777 == 0o640
    command = root / "usr/local/bin/plant-device"
    ran = subprocess.run(
        [command, "run", "--config", settings, "--frames", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    records = root / "var/lib/plant-edge/records"
    assert records.is_dir()

    assert install("--uninstall").returncode == 0
    assert not (root / "opt/plant-edge").exists()
    assert not command.is_symlink()
    assert not list((root / "etc/systemd/system").iterdir())
    assert settings.is_file()
    assert records.is_dir()
    assert install("--uninstall", "--purge").returncode == 0
    assert not [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.slow
def test_it_updates_and_goes_back(
    install: Install, write_bundle: WriteBundle, root: Path, leaves: Path
) -> None:
    bundle = write_bundle()
    assert install("--from", bundle).returncode == 0
    first, settings = _current(root), root / "etc/plant-edge/settings.toml"
    own_words = settings.read_text().replace("usb:0", "usb:7")
    settings.write_text(own_words)
    ran = install("--from", bundle)
    assert ran.returncode == 0, ran.stderr
    assert _current(root) != first
    assert _versions(root) == sorted({first, _current(root)})
    assert settings.read_text() == own_words

    assert install("--rollback").returncode == 0
    assert _current(root) == first
    _runs(root, leaves / "leaf_0.png")
    assert install("--uninstall").returncode == 0
    assert settings.read_text() == own_words


@pytest.mark.slow
@pytest.mark.parametrize(
    "step",
    [
        '"$python" -m venv',
        "try_program",
        "sync -f",
        'point "$program/previous"',
        'point "$program/current"',
        'mv -T "$1.new"',
        "put_model",
        "write_groups",
    ],
)
def test_killed_at_any_step_the_one_before_goes_on_and_the_same_command_finishes(
    install: Install, write_bundle: WriteBundle, root: Path, leaves: Path, step: str
) -> None:
    bundle = write_bundle()
    assert install("--from", bundle).returncode == 0
    ran = install("--from", bundle, kill_before=step)
    assert ran.returncode == -signal.SIGKILL
    _runs(root, leaves / "leaf_0.png")
    ran = install("--from", bundle)
    assert ran.returncode == 0, ran.stderr
    _runs(root, leaves / "leaf_0.png")
    assert _current(root) in _versions(root)
    assert len(_versions(root)) <= 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "step",
    ["try_program", 'point "$program/current"', "put_model", "put_settings", "put_service", "mv"],
)
def test_killed_at_any_step_of_the_first_time_the_same_command_finishes(
    install: Install, write_bundle: WriteBundle, root: Path, leaves: Path, step: str
) -> None:
    bundle = write_bundle()
    assert install("--from", bundle, kill_before=step).returncode == -signal.SIGKILL
    ran = install("--from", bundle)
    assert ran.returncode == 0, ran.stderr
    _runs(root, leaves / "leaf_0.png")
    assert (root / "etc/plant-edge/settings.toml").is_file()
    assert (root / "etc/systemd/system/plant-edge.service").is_file()


def test_what_it_says_is_done_is_on_the_disk(
    write_bundle: WriteBundle, root: Path, tmp_path: Path
) -> None:
    """A power cut soon after its word left an empty unit, which systemd takes for a masked one."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    log = tmp_path / "calls"
    changes = "sync,rename,renameat,renameat2,symlink,symlinkat,unlink,unlinkat"
    ran = subprocess.run(
        [
            *("strace", "--follow-forks", "--output", log, f"--trace={changes}"),
            *("bash", SCRIPT, "--root", root, "--from", write_bundle()),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        | {"PYTHON": sys.executable},
    )
    if "ptrace" in ran.stderr:
        pytest.skip("processes cannot be traced here")
    assert ran.returncode == 0, ran.stderr
    calls = [line.split()[1] for line in log.read_text().splitlines() if "(" in line]
    assert any(call.startswith("rename") for call in calls)
    assert calls[-1].startswith("sync()")


def test_a_wheel_that_is_not_as_it_was_made_is_refused_by_its_name(
    install: Install, write_bundle: WriteBundle, root: Path
) -> None:
    bundle = write_bundle()
    wheel = next(bundle.glob("wheels/plant_edge-*.whl"))
    content = bytearray(wheel.read_bytes())
    content[100] ^= 1
    wheel.write_bytes(content)
    told = _one_error(install("--from", bundle))
    assert f"wheels/{wheel.name} in {bundle} is not as it was made" in told
    wheel.unlink()
    assert f"wheels/{wheel.name} in {bundle} is not as it was made" in _one_error(
        install("--from", bundle)
    )
    assert not root.exists()


@pytest.mark.parametrize(
    ("kept", "told"),
    [(lambda lines: lines[:-1], "expected 2 wheels"), (lambda lines: [], "SHA256SUMS in ")],
    ids=["a line", "all"],
)
def test_a_list_of_sums_that_was_cut_short_is_refused(
    install: Install,
    write_bundle: WriteBundle,
    kept: Callable[[list[str]], list[str]],
    told: str,
) -> None:
    bundle = write_bundle()
    sums = bundle / "SHA256SUMS"
    sums.write_text("".join(kept(sums.read_text().splitlines(keepends=True))))
    assert told in _one_error(install("--from", bundle))


@pytest.mark.parametrize(
    ("alter", "machine", "told"),
    [
        (lambda here: here, "sparc64", "the bundle is for sparc64"),
        (
            lambda here: replace(here, python="3.9"),
            platform.machine(),
            "the bundle is for Python 3.9 (the tests' machine)",
        ),
        (lambda here: replace(here, glibc=99), platform.machine(), "the bundle needs glibc 2.99"),
        (
            lambda here: replace(here, keeps=(Kept("colour", "no_such_module"),)),
            platform.machine(),
            "leaves no_such_module to the",
        ),
    ],
    ids=["processor", "Python", "C library", "packages"],
)
def test_a_bundle_for_another_system_is_refused(
    install: Install,
    write_bundle: WriteBundle,
    here: Target,
    root: Path,
    alter: Callable[[Target], Target],
    machine: str,
    told: str,
) -> None:
    bundle = write_bundle(alter(here), machine)
    assert told in _one_error(install("--from", bundle))
    assert not root.exists()


@pytest.mark.slow
def test_a_new_version_that_does_not_understand_the_settings_or_run_the_model_changes_nothing(
    install: Install,
    write_bundle: WriteBundle,
    root: Path,
    leaves: Path,
) -> None:
    bundle = write_bundle()
    assert install("--from", bundle).returncode == 0
    before = _current(root)
    nonsense = leaves / "leaf_0.png"
    told = _one_error(install("--from", bundle, "--model", nonsense))
    assert f"does not run {nonsense} here: expected" in told
    settings = root / "etc/plant-edge/settings.toml"
    settings.write_text("colour = 3\n")
    assert "colour is no setting" in _one_error(install("--from", bundle))
    assert (_current(root), _versions(root)) == (before, [before])
    _runs(root, leaves / "leaf_0.png")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--colour"], "received: --colour"),
        (["--from"], "expected a value after --from"),
        (["--from", "/"], "expected a folder that `plant-device bundle` made, received: /"),
        (["--purge"], "--purge goes with --uninstall"),
        (["--rollback"], "there is no version before"),
        (["--model", "/nowhere.tflite"], "expected a model file after --model"),
        (["--model", ""], "expected a value after --model"),
        (["--root", ""], "expected a value after --root"),
    ],
)
def test_a_wrong_call_is_one_line_and_leaves_nothing(
    install: Install, root: Path, arguments: list[str], told: str
) -> None:
    assert told in _one_error(install(*arguments))
    assert not root.exists()


def test_a_root_may_be_relative_and_is_not_made_before_the_call_is_understood(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "expected a folder" in _one_error(install("--root", "here", "--from", "nowhere"))
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize(
    ("python", "told"),
    [("python3.99", "is not installed: apt install"), ("false", "does not run: say another one")],
)
def test_no_python_is_one_line(
    install: Install, root: Path, write_bundle: WriteBundle, python: str, told: str
) -> None:
    assert f"{python} {told}" in _one_error(install("--from", write_bundle(), PYTHON=python))
    assert not root.exists()


def test_help_needs_nobody() -> None:
    ran = subprocess.run(["bash", SCRIPT, "--help"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Usage: sudo bash install.sh")


def test_shellcheck_finds_nothing() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    ran = subprocess.run(["shellcheck", SCRIPT], capture_output=True, text=True, check=False)
    assert ran.stdout == ""

"""`plant-device model install`, as a process: on strange files, full disks, and killed anywhere."""

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from plant_device.contract.errors import REFUSED, WRONG_INPUT, UserError
from plant_device.contract.manifest import Manifest, SelfTestVector
from plant_device.models.current import CurrentModel
from plant_device.models.history import Installed
from plant_device.models.install import Demands, install
from plant_device.models.lines import sentences
from plant_device.models.shelf import Shelf

Command = Callable[..., "subprocess.CompletedProcess[str]"]
ModelOfVersion = Callable[..., Path]
PutVersion = Callable[..., Installed]


def _refused(told: "subprocess.CompletedProcess[str]", code: int) -> str:
    assert told.returncode == code, told.stderr
    assert told.stdout == ""
    assert told.stderr.count("\n") == 1, told.stderr
    assert told.stderr.startswith("error: ")
    return told.stderr


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_sound_file_is_the_current_model(
    plant_device: Command, model_path: Path, models: Path
) -> None:
    told = plant_device("model", "install", model_path, "--models", models)
    sha256 = hashlib.sha256(model_path.read_bytes()).hexdigest()
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == f"tiny 1 ({sha256[:12]}…) is the current model of {models}\n"
    assert (models / f"{sha256}.tflite").read_bytes() == model_path.read_bytes()
    assert CurrentModel(models, print).sha256 == sha256


def test_a_link_to_a_file_is_the_file(
    plant_device: Command, model_path: Path, models: Path, tmp_path: Path
) -> None:
    (tmp_path / "link.tflite").symlink_to(model_path)
    assert (
        plant_device("model", "install", tmp_path / "link.tflite", "--models", models).returncode
        == 0
    )
    copy = Shelf(models).path(Shelf(models).history().current)
    assert not copy.is_symlink()


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("missing", "expected a model file at"),
        ("folder", "expected a model file, received a folder"),
        ("dangling", "received: no such file"),
        ("pipe", "received something that is no file"),
        ("device", "received something that is no file"),
        ("foreign", "expected a model file made by plant-convert"),
        ("empty", "expected a model file made by plant-convert"),
        ("cut", "it is truncated, damaged"),
        ("changed", "is damaged: expected sha256"),
        ("sparse", "received a larger one"),
    ],
)
def test_what_is_no_model_file_is_refused(
    put_version: PutVersion,
    model_path: Path,
    models: Path,
    tmp_path: Path,
    kind: str,
    sentence: str,
) -> None:
    put_version("1")
    before = _content(models)
    file = tmp_path / "strange.tflite"
    whole = bytearray(model_path.read_bytes())
    match kind:
        case "folder":
            file.mkdir()
        case "dangling":
            file.symlink_to("nowhere")
        case "pipe":
            os.mkfifo(file)
        case "device":
            file = Path("/dev/zero")
        case "foreign":
            file.write_text("my thesis")
        case "empty":
            file.touch()
        case "cut":
            file.write_bytes(whole[:-700])
        case "changed":
            whole[2000] ^= 1
            file.write_bytes(whole)
        case "sparse":
            with file.open("wb") as sparse:
                sparse.truncate((1 << 30) + 1)
    with pytest.raises(UserError, match=sentence) as refused:
        install(file, Shelf(models), Demands(), 3, print)
    assert refused.value.exit_code == WRONG_INPUT
    assert str(file) in str(refused.value)
    assert _content(models) == before


def test_a_file_that_computes_wrongly_here_is_refused(
    plant_device: Command, altered_model: Callable[..., Path], manifest: Manifest, models: Path
) -> None:
    wrong = [
        SelfTestVector(picture=vector.picture, logits=[-step - 1 for step in vector.logits])
        for vector in manifest.self_test
    ]
    told = plant_device("model", "install", altered_model(self_test=wrong), "--models", models)
    assert "altered.tflite fails its self-test on this machine" in _refused(told, 1)
    assert _content(models) == {}


def test_a_file_that_is_close_is_installed_with_a_note(
    plant_device: Command, altered_model: Callable[..., Path], manifest: Manifest, models: Path
) -> None:
    close = [
        SelfTestVector(
            picture=vector.picture,
            logits=[step + (2 if step < 0 else -2) for step in vector.logits],
        )
        for vector in manifest.self_test
    ]
    told = plant_device("model", "install", altered_model(self_test=close), "--models", models)
    assert told.returncode == 0
    assert told.stderr == (
        "note: altered.tflite: logits differ from its self-test by up to 2 int8 steps\n"
    )


def test_a_file_for_a_newer_runtime_is_refused(
    altered_model: Callable[..., Path], models: Path
) -> None:
    file = altered_model(runtime_min="9.1.0")
    with pytest.raises(UserError, match=r"altered\.tflite needs TensorFlow Lite 9\.1\.0 or newer"):
        install(file, Shelf(models), Demands(), 3, print)


def test_an_illegal_instruction_is_one_line_and_the_model_before_stays(
    plant_device: Command,
    put_version: PutVersion,
    model_of_version: ModelOfVersion,
    misbehaving_runtime: dict[str, str],
    models: Path,
) -> None:
    sound = put_version("1")
    before = _content(models)
    file = model_of_version("2", "illegal_instruction")
    told = plant_device("model", "install", file, "--models", models, env=misbehaving_runtime)
    assert "an instruction that this processor does not have (SIGILL" in _refused(told, 1)
    assert _content(models) == before
    assert CurrentModel(models, print).sha256 == sound.sha256


# Sums


def test_the_right_sum_in_any_case_and_beside_the_file_is_accepted(
    plant_device: Command, model_path: Path, models: Path, tmp_path: Path
) -> None:
    file = tmp_path / "leaves.tflite"
    file.write_bytes(model_path.read_bytes())
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    (tmp_path / "leaves.tflite.sha256").write_text(f"{sha256}  leaves.tflite\n")
    told = plant_device("model", "install", file, "--models", models, "--sha256", sha256.upper())
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize(
    ("option", "beside", "code", "sentence"),
    [
        (
            "0" * 64,
            None,
            REFUSED,
            "is not the file that --sha256 means: expected sha256 000000000000…",
        ),
        (None, f"{'0' * 64} *x", REFUSED, "is not the file that tiny-1.tflite.sha256 means"),
        (
            "abc",
            None,
            WRONG_INPUT,
            "expected 64 hexadecimal digits, as sha256sum writes them, in --sha256",
        ),
        (None, "x", WRONG_INPUT, "in tiny-1.tflite.sha256, received: x"),
    ],
)
def test_a_wrong_sum_is_refused_before_anything_is_tried(
    model_of_version: ModelOfVersion,
    models: Path,
    option: str | None,
    beside: str | None,
    code: int,
    sentence: str,
) -> None:
    # A runtime that is too old would be told, if it were tried.
    file = model_of_version("1", runtime_min="9.1.0")
    if beside is not None:
        file.with_name("tiny-1.tflite.sha256").write_text(beside)
    with pytest.raises(UserError, match=sentence) as refused:
        install(file, Shelf(models), Demands(sha256=option), 3, print)
    assert refused.value.exit_code == code


# Disks, others, and kills


def test_while_another_is_being_installed_it_is_refused(
    plant_device: Command, model_path: Path, models: Path
) -> None:
    with Shelf(models).incoming() as path:
        path.write_bytes(b"half")
        told = plant_device("model", "install", model_path, "--models", models)
        assert f"another model is being installed in {models}" in _refused(told, 2)
        assert path.read_bytes() == b"half"


def test_a_folder_that_cannot_be_written_is_one_line(
    plant_device: Command, model_path: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("mine")
    told = plant_device("model", "install", model_path, "--models", tmp_path / "taken")
    assert "expected a folder that can be written to" in _refused(told, 2)


# In a mount namespace: the disk is there for this command alone, and gone with it.
FULL_DISK = """
set -e
disk=$1 size=$2 former=$3; shift 3
mount -t tmpfs -o size="$size" full "$disk"
cp -r "$former/." "$disk"
code=0; "$@" || code=$?
diff -r "$former" "$disk"
exit "$code"
"""
MOUNTS = ["unshare", "--map-root-user", "--mount", "sh", "-c", FULL_DISK, "sh"]


def test_a_full_disk_is_one_line_and_all_is_as_it_was(
    device_command: list[str],
    put_version: PutVersion,
    model_of_version: ModelOfVersion,
    models: Path,
    tmp_path: Path,
) -> None:
    put_version("1")
    file, disk = model_of_version("2"), tmp_path / "disk"
    disk.mkdir()
    try:
        possible = subprocess.run(
            [*MOUNTS, disk, "1m", models, "true"], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("no unshare on this system")
    if possible.returncode:
        pytest.skip(f"this system does not let tests mount a disk: {possible.stderr.decode()}")
    # Full before the copy's first page, in its midst, and at its end, when the list is written.
    pages = -(-file.stat().st_size // 4096)
    taken = sum(-(-path.stat().st_size // 4096) for path in models.iterdir() if path.is_file())
    for free in (1, pages // 2, pages):
        size = f"{(taken + free) * 4}k"
        told = subprocess.run(
            [
                *MOUNTS,
                disk,
                size,
                models,
                *device_command,
                "model",
                "install",
                file,
                "--models",
                disk,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        refused = _refused(told, 2)
        assert re.search(rf"No space left on device( for [0-9,]+ bytes)?: {disk}", refused)


# Counts what an interpreter does to a folder, and kills it at a number; not its children.
KILLED_AT = """
import atexit, os, pathlib, signal, sys

folder, number, counted = (os.environ.pop(name) for name in ("FOLDER", "KILL_AT", "COUNTED"))
steps = 0

def heard(event, arguments):
    global steps
    if event in ("fcntl.flock", "subprocess.Popen") or folder in repr(arguments):
        steps += 1
        if steps == int(number):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(heard)
atexit.register(lambda: pathlib.Path(counted).write_text(str(steps)))
"""


def test_killed_at_any_step_there_is_a_list_and_a_current_model_that_runs(
    plant_device: Command,
    put_version: PutVersion,
    model_of_version: ModelOfVersion,
    models: Path,
    tmp_path: Path,
) -> None:
    former = put_version("1")
    file, saved, programs = model_of_version("2"), tmp_path / "saved", tmp_path / "programs"
    models.rename(saved)
    programs.mkdir()
    (programs / "sitecustomize.py").write_text(KILLED_AT)
    environment = {
        "PYTHONPATH": os.pathsep.join([str(programs), *sys.path]),
        "FOLDER": str(models),
        "COUNTED": str(tmp_path / "counted"),
    }

    def install_killed(kill_at: int) -> int:
        shutil.rmtree(models, ignore_errors=True)
        shutil.copytree(saved, models)
        environment["KILL_AT"] = str(kill_at)
        return plant_device(
            "model", "install", file, "--models", models, env=environment
        ).returncode

    assert install_killed(kill_at=0) == 0
    steps = int((tmp_path / "counted").read_text())
    assert steps > 15
    new = Shelf(models).history().current
    found = set()
    # Most of them are about the switch, at the end.
    early = random.Random(2).randrange(1, steps - 9)
    for step in (early, *range(steps - 9, steps + 1, 3)):
        assert install_killed(step) == -signal.SIGKILL
        assert next(sentences(Shelf(models).history())).startswith("current ")
        current = CurrentModel(models, print)
        current.classify(np.zeros((40, 40, 3), np.uint8))
        found.add(current.sha256)
    assert found == {former.sha256, new.sha256}, "kills before and after the switch"
    put_version("2")
    kept = {f"{model.sha256}.tflite" for model in (former, new)}
    assert set(_content(models)) == {"shelf.json", *kept}, "nothing is left of the killed ones"

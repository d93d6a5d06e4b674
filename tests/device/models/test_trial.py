"""A model file is tried in a real process, which here really crashes, hangs and starves."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import REFUSED, WRONG_INPUT, UserError
from plant_device.contract.manifest import Flatbuffer, Manifest
from plant_device.contract.model_file import model_file_content
from plant_device.models.trial import tried

ModelOfVersion = Callable[..., Path]


def _process(program: str) -> list[str]:
    return [sys.executable, "-c", f"import os, signal, sys, time\nsys.stdin.read()\n{program}"]


def test_a_sound_model_answers_with_its_own_words(model_of_version: ModelOfVersion) -> None:
    answer = tried(model_of_version("7"), "leaves.tflite")
    assert (answer.name, answer.version, answer.note, answer.error) == ("tiny", "7", "", "")


def test_a_name_that_is_not_utf8_is_tried_and_told(model_path: Path, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"bl\xe4tt.tflite")
    path.write_bytes(model_path.read_bytes())
    assert tried(path, str(path)).name == "tiny"
    path.write_text("not a model")
    with pytest.raises(UserError) as refused:
        tried(path, str(path))
    assert rf"something else: {tmp_path}/bl\udce4tt.tflite" in str(refused.value)


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", r"crashed the runtime \(SIGSEGV\)"),
        ("os.abort()", r"crashed the runtime \(SIGABRT\)"),
        ("os.kill(os.getpid(), signal.SIGKILL)", r"was killed \(SIGKILL\).*memory runs out"),
        ("os.kill(os.getpid(), signal.SIGILL)", r"SIGILL.*install one that was built for it"),
        ("sys.exit(3)", "ended with exit code 3 and no answer"),
        ("print('hello')", "ended with exit code 0 and no answer"),
    ],
)
def test_an_end_without_an_answer_is_one_line(
    model_path: Path, program: str, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence) as refused:
        tried(model_path, "leaves.tflite", _process(program))
    assert refused.value.exit_code == REFUSED
    assert "leaves.tflite" in str(refused.value)


def test_a_process_that_hangs_is_ended(model_path: Path) -> None:
    with pytest.raises(UserError, match=r"did not come through its self-test in 0\.5 s"):
        tried(model_path, "leaves.tflite", _process("signal.pause()"), seconds=0.5)


def test_what_is_no_model_is_told_as_anywhere(tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("not a model")
    with pytest.raises(UserError, match=r"something else: mine\.tflite; make one") as refused:
        tried(tmp_path / "copy", "mine.tflite")
    assert refused.value.exit_code == WRONG_INPUT


@pytest.mark.parametrize(
    ("does", "sentence"),
    [
        ("illegal_instruction", "an instruction that this processor does not have (SIGILL"),
        ("memory", "tiny-1.tflite needs more memory than a model may"),
    ],
)
def test_what_a_runtime_does_to_its_process_is_told(
    model_of_version: ModelOfVersion,
    misbehaving_runtime: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    does: str,
    sentence: str,
) -> None:
    file = model_of_version("1", does)
    monkeypatch.setenv("PYTHONPATH", misbehaving_runtime["PYTHONPATH"])
    with pytest.raises(UserError) as refused:
        tried(file, file.name)
    assert sentence in str(refused.value)
    assert refused.value.exit_code == REFUSED


@pytest.mark.parametrize("place", ["root", "its fields", "a zero point"])
def test_a_flatbuffer_that_points_out_of_itself_is_refused(
    tmp_path: Path, flatbuffer: bytes, manifest: Manifest, self_test_pictures: list, place: str
) -> None:
    root = int.from_bytes(flatbuffer[:4], "little")
    # The last is sound for the runtime, and crashes it.
    position = {"root": 0, "its fields": root, "a zero point": 2760}[place]
    spoilt = flatbuffer[:position] + b"\xff\xff\xff\x7f" + flatbuffer[position + 4 :]
    described = Flatbuffer(bytes=len(spoilt), sha256=hashlib.sha256(spoilt).hexdigest())
    path = tmp_path / "spoilt.tflite"
    path.write_bytes(
        model_file_content(
            manifest.model_copy(update={"flatbuffer": described}), spoilt, self_test_pictures
        )
    )
    with pytest.raises(UserError, match=r"spoilt\.tflite") as refused:
        tried(path, "spoilt.tflite")
    assert refused.value.exit_code in (REFUSED, WRONG_INPUT)


def test_the_process_does_not_outlive_who_asked_it(
    model_of_version: ModelOfVersion, misbehaving_runtime: dict[str, str], tmp_path: Path
) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    # Whoever has the pipe open for writing is alive: the tried model's process inherits it.
    runtime = Path(misbehaving_runtime["PYTHONPATH"].split(os.pathsep)[0]) / "ai_edge_litert"
    with (runtime / "interpreter.py").open("a") as stand_in:
        stand_in.write(f"\nheld = open({str(alive)!r}, 'w')\nheld.write('up')\nheld.flush()\n")
    file = model_of_version("1", "hang")
    program = (
        "from pathlib import Path\nfrom plant_device.models.trial import tried\n"
        f"tried(Path({str(file)!r}), 'it')\n"
    )
    asking = subprocess.Popen(
        [sys.executable, "-c", program], env={**os.environ, **misbehaving_runtime}
    )
    with alive.open() as watched:
        assert watched.read(2) == "up"
        asking.kill()
        asking.wait()
        assert watched.read() == "", "it has ended"

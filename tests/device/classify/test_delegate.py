"""External delegates: real libraries that the system's C compiler makes."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from plant_device.classify.classifier import open_classifier
from plant_device.classify.runtime import Runtime
from plant_device.contract.errors import UserError

Command = Callable[..., "subprocess.CompletedProcess[str]"]
Compiled = Callable[[str], str]
# The runtime's own half-made delegate fails once more when it is thrown away.
thrown_away = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
SOURCE = Path(__file__).parents[1] / "data" / "delegate.c"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """A delegate's library, of the kind that is named."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler (cc)")
    folder = tmp_path_factory.mktemp("delegates")

    def compile_once(kind: str) -> str:
        library = folder / f"{kind}.so"
        if not library.exists():
            subprocess.run(
                [compiler, f"-D{kind}", "-shared", "-fPIC", "-o", library, SOURCE], check=True
            )
        return str(library)

    return compile_once


def test_a_delegate_computes_what_it_takes_over(flatbuffer: bytes, compiled: Compiled) -> None:
    picture = np.random.default_rng(5).integers(0, 256, (32, 32, 3), dtype=np.uint8)

    def logits(delegate: str | None) -> list[int]:
        runtime = Runtime(flatbuffer, side=32, classes=4, name="tiny", delegate=delegate)
        return [int(step) for step in runtime.quantised_logits(picture)]

    assert logits(compiled("SOUND")) == logits(None)
    assert logits(compiled("COMPUTES_WRONGLY")) != logits(None), "it was not asked"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("FINDS_NOTHING", "no accelerator is connected"),
        ("REFUSES", "does not run tiny with this delegate"),
        ("TAKES_NOTHING", "takes no operator of it over"),
    ],
)
def test_a_delegate_that_does_not_apply_is_refused_quietly(
    flatbuffer: bytes,
    compiled: Compiled,
    kind: str,
    reason: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(UserError, match=reason):
        Runtime(flatbuffer, side=32, classes=4, name="tiny", delegate=compiled(kind))
    assert capfd.readouterr() == ("", "")


@thrown_away
@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("text.so", b"no library\n" * 100, "invalid ELF header"),
        ("missing.so", None, "No such file"),
    ],
)
def test_what_is_no_library_is_refused_in_one_line(
    flatbuffer: bytes,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    reason: str,
) -> None:
    library = tmp_path / name
    if content:
        library.write_bytes(content)
    with pytest.raises(
        UserError, match=f"external delegate's library, received {library}: .*{reason}"
    ):
        Runtime(flatbuffer, side=32, classes=4, name="tiny", delegate=str(library))


def test_a_sound_delegate_is_used_and_nothing_is_said(
    model_path: Path, compiled: Compiled, capfd: pytest.CaptureFixture[str]
) -> None:
    assert open_classifier(model_path, delegate=compiled("SOUND")).delegate == compiled("SOUND")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("CRASHES", "SIGSEGV"),
        ("COMPUTES_WRONGLY", "fails its self-test"),
        ("REFUSES", "does not run"),
        ("IS_NONE", "undefined symbol: tflite_plugin_create_delegate"),
    ],
)
def test_the_processor_takes_the_place_of_a_delegate_that_fails_and_that_is_said_once(
    plant_device: Command,
    model_path: Path,
    leaves: Path,
    compiled: Compiled,
    kind: str,
    reason: str,
) -> None:
    library = compiled(kind)
    delegated = plant_device("classify", model_path, leaves, "--json", "--delegate", library)
    plain = plant_device("classify", model_path, leaves, "--json")
    assert delegated.returncode == 0
    (note,) = delegated.stderr.splitlines()
    assert note.startswith(f"note: the processor is used, not the delegate {library}: ")
    assert reason in note

    def answers(told: "subprocess.CompletedProcess[str]") -> list[object]:
        return [json.loads(line) | {"ms": 0} for line in told.stdout.splitlines()]

    assert answers(delegated) == answers(plain) != []

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from plant_device.board.checks import model
from plant_device.board.finding import Asked, Finding
from plant_device.contract.manifest import Manifest, SelfTestVector
from plant_device.models.trial_process import Answer


def test_without_a_model_there_is_no_line() -> None:
    assert model.check(Asked()) == []


def test_a_sound_model_passes(model_path: Path) -> None:
    found, tested = model.check(Asked(model=model_path))
    assert found == Finding("model", "ok", "tiny 1, tiny, 4 classes, made on 2026-01-01")
    assert tested == Finding("self-test", "ok", "equal logits")


def test_one_that_computes_wrongly_fails_its_self_test(
    altered_model: Callable[..., Path], manifest: Manifest
) -> None:
    wrong = [
        SelfTestVector(picture=vector.picture, logits=[-128] * len(vector.logits))
        for vector in manifest.self_test
    ]
    (finding,) = model.check(Asked(model=altered_model(self_test=wrong)))
    assert (finding.name, finding.level) == ("self-test", "failure")
    assert "int8 steps off" in finding.what


@pytest.mark.parametrize("bytes_kept", [0, 3000])
def test_a_damaged_file_is_a_failure(model_path: Path, tmp_path: Path, bytes_kept: int) -> None:
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes(model_path.read_bytes()[:bytes_kept])
    (finding,) = model.check(Asked(model=damaged))
    assert (finding.name, finding.level) == ("model", "failure")
    assert finding.to_do.startswith("copy the file again")


def test_a_file_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    (finding,) = model.check(Asked(model=tmp_path / "none.tflite"))
    assert finding.level == "failure"
    assert "no such file" in finding.what


@pytest.mark.parametrize(
    ("created", "level"),
    [
        ("2026-05-01T10:00:00+00:00", "ok"),
        ("2026-06-01T10:00:00+00:00", "ok"),
        ("2026-06-03T10:00:00+00:00", "warning"),
        ("someday", "ok"),
    ],
)
def test_a_model_from_the_future_tells_of_the_clock(created: str, level: str) -> None:
    answer = Answer(
        name="m", version="1", architecture="a", classes=2, created=created, largest_step=0
    )
    finding = model.model(answer, datetime(2026, 6, 1, 12, tzinfo=timezone.utc))
    assert finding.level == level
    assert ("set the clock" in finding.to_do) == (level != "ok")


def test_small_differences_are_told() -> None:
    assert model.self_test(3) == Finding("self-test", "ok", "up to 3 int8 steps off")

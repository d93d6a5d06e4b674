from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.classify.runtime import runtime_of
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.manifest import Manifest, SelfTestVector
from plant_device.contract.model_file import ModelFile, read_model_file
from plant_device.models.selftest import CLOSE_STEPS, check_arithmetic, largest_step


@pytest.fixture
def model_that_expects(
    altered_model: Callable[..., Path], manifest: Manifest
) -> Callable[[int], ModelFile]:
    """A model whose second self-test expects one logit that lies so many steps away."""

    def read(steps: int) -> ModelFile:
        first, second, third = manifest.self_test
        logits = list(second.logits)
        logits[2] += steps if logits[2] < 0 else -steps
        changed = SelfTestVector(picture=second.picture, logits=logits)
        return read_model_file(altered_model(self_test=[first, changed, third]))

    return read


def test_equal_logits_are_silent(model_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = read_model_file(model_path)
    assert largest_step(model, runtime_of(model)) == 0
    check_arithmetic(model, runtime_of(model))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("steps", [1, 5, CLOSE_STEPS])
def test_close_logits_are_told_and_accepted(
    model_that_expects: Callable[[int], ModelFile],
    steps: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = model_that_expects(steps)
    check_arithmetic(model, runtime_of(model))
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        f"note: {model.name}: logits differ from its self-test by up to {steps} int8 steps\n"
    )


@pytest.mark.parametrize("steps", [CLOSE_STEPS + 1, 60, 127])
def test_logits_that_are_far_off_refuse_the_model(
    model_that_expects: Callable[[int], ModelFile],
    steps: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = model_that_expects(steps)
    with pytest.raises(UserError, match=f"a logit is {steps} int8 steps off") as refused:
        check_arithmetic(model, runtime_of(model))
    assert refused.value.exit_code == REFUSED
    assert model.name in str(refused.value)
    assert capsys.readouterr() == ("", "")


def test_differences_are_counted_without_int8_overflow(
    altered_model: Callable[..., Path], manifest: Manifest
) -> None:
    first = manifest.self_test[0]
    opposite = [-128 if step >= 0 else 127 for step in first.logits]
    changed = SelfTestVector(picture=first.picture, logits=opposite)
    model = read_model_file(altered_model(self_test=[changed, *manifest.self_test[1:]]))
    expected = max(abs(step - far) for step, far in zip(first.logits, opposite, strict=True))
    assert largest_step(model, runtime_of(model)) == expected > 127

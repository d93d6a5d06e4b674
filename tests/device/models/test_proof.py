from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.model_file import read_model_file
from plant_device.models.proof import check_runtime_version, proven_classifier


def test_a_sound_model_answers(model_path: Path) -> None:
    model = read_model_file(model_path)
    assert proven_classifier(model).sha256 == model.sha256


@pytest.mark.parametrize(
    ("installed", "needed"),
    [
        ("2.10.0", "2.10.0"),
        ("2.14.0", "2.9.0"),
        ("2.20.0", "2.10.0"),
        ("2.8.0", "1.14.0"),
        (None, "99.0.0"),
        ("2.14.0", "unknown"),
    ],
)
def test_a_runtime_that_is_new_enough_or_unknown_is_tried(
    altered_model: Callable[..., Path], installed: str | None, needed: str
) -> None:
    check_runtime_version(read_model_file(altered_model(runtime_min=needed)), installed)


@pytest.mark.parametrize(
    ("installed", "needed"), [("2.9.1", "2.10.0"), ("1.15.0", "2.0.0"), ("2.14.0", "2.14.1")]
)
def test_a_runtime_that_is_too_old_is_told_in_one_line(
    altered_model: Callable[..., Path], installed: str, needed: str
) -> None:
    model = read_model_file(altered_model(runtime_min=needed))
    with pytest.raises(UserError) as refused:
        check_runtime_version(model, installed)
    assert str(refused.value) == (
        f"altered.tflite needs TensorFlow Lite {needed} or newer, this device's runtime has "
        f"{installed}: update ai-edge-litert"
    )
    assert refused.value.exit_code == REFUSED


def test_the_installed_runtime_is_known(altered_model: Callable[..., Path]) -> None:
    with pytest.raises(UserError, match=r"needs TensorFlow Lite 99\.1 or newer.* has 2\.\d+"):
        proven_classifier(read_model_file(altered_model(runtime_min="99.1")))

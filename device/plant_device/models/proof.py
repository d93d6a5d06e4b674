"""What a model must do here before it is trusted with a frame."""

import re
from importlib.metadata import PackageNotFoundError, version

from plant_device.classify.classifier import Classifier
from plant_device.classify.installed_runtime import runtime_name
from plant_device.classify.quality import QualityLimits
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.model_file import ModelFile

# LiteRT counts anew. Its libraries name the TensorFlow Lite that they hold: 2.21.0-dev in
# ai-edge-litert 2.0.2 and 2.1.0, 2.22.0-dev in 2.3.0. Of 1.x it is not known.
_INSIDE_LITERT_2 = "2.20.0"


def proven_classifier(
    model: ModelFile,
    threads: int | None = None,
    limits: QualityLimits = QualityLimits(),  # noqa: B008  (frozen)
    delegate: str | None = None,
) -> Classifier:
    """A classifier that has passed the self-test and answered one picture, all the way.

    Args:
        model, threads, limits, delegate: as `Classifier` takes them.

    Raises:
        UserError: the runtime is too old, does not run the model, or computes wrongly.
    """
    check_runtime_version(model, _tensorflow_lite_version())
    classifier = Classifier(model, threads, limits, delegate)
    classifier.classify(model.self_tests[0].picture)
    return classifier


def check_runtime_version(model: ModelFile, installed: str | None) -> None:
    """Compare what the model needs with the TensorFlow Lite version that is there.

    A version that nobody knows is no reason to refuse: the self-test will tell.

    Raises:
        UserError: it is older.
    """
    needed = model.manifest.runtime_min
    if installed and _numbers(installed) < _numbers(needed):
        raise UserError(
            f"{model.name} needs TensorFlow Lite {needed} or newer, this device's runtime has "
            f"{installed}: update ai-edge-litert",
            exit_code=REFUSED,
        )


def _tensorflow_lite_version() -> str | None:
    name = runtime_name()
    try:
        installed = version(name.replace("_", "-"))
    except PackageNotFoundError:
        return None
    if name == "tflite_runtime":
        return installed
    return _INSIDE_LITERT_2 if _numbers(installed) >= (2,) else None


def _numbers(text: str) -> tuple[int, ...]:
    """`2.10.0-rc1` as (2, 10, 0); nothing of what is no version."""
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(number) for number in found[0].split(".")) if found else ()

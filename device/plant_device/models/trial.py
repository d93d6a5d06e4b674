"""A model file tried on this machine; to be asked for in a process of its own, which it may end."""

from pathlib import Path
from typing import TypedDict

from plant_device.classify.runtime import runtime_of
from plant_device.contract.model_file import read_model_file
from plant_device.models.selftest import check_arithmetic, largest_step


class Tried(TypedDict):
    """A model file that passed; `created` is ISO 8601, `largest_step` in int8 steps."""

    name: str
    version: str
    architecture: str
    classes: int
    created: str
    largest_step: int


def try_model(path: str, threads: int | None = None, delegate: str | None = None) -> Tried:
    """Read a model file, start it, and compute its self-test.

    Raises:
        UserError: whatever of it fails; with `REFUSED` where its arithmetic does.
    """
    model = read_model_file(Path(path))
    runtime = runtime_of(model, threads, delegate)
    check_arithmetic(model, runtime)
    return Tried(
        name=model.manifest.name,
        version=model.manifest.version,
        architecture=model.manifest.architecture,
        classes=len(model.manifest.classes),
        created=model.manifest.made_by.created,
        largest_step=largest_step(model, runtime),
    )

"""`plant.json`, in a model file that is sound but for it."""

import io
import zipfile
from functools import cache
from pathlib import Path

from changes import json_value
from target import Target
from tiny_model import tiny_flatbuffer, tiny_model

from plant_device.contract.manifest import Manifest
from plant_device.contract.model_file import MANIFEST, parse_model_file

_OF_FORMAT_2 = ("gate", "conversion")


def _read(content: bytes, folder: Path) -> object:
    file = io.BytesIO(tiny_flatbuffer())
    with zipfile.ZipFile(file, "a") as archive:
        for name, part in (_parts() | {MANIFEST: content}).items():
            archive.writestr(name, part)
    return parse_model_file(folder / "leaves.tflite", file.getvalue())


@cache
def _parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(tiny_model())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _seeds() -> list[bytes]:
    manifest = Manifest.model_validate_json(_parts()[MANIFEST])
    first_format = manifest.model_copy(update={"format_version": 1})
    return [
        manifest.model_dump_json().encode(),
        first_format.model_dump_json(exclude={*_OF_FORMAT_2}).encode(),
    ]


TARGET = Target(_read, _seeds, changed=json_value)

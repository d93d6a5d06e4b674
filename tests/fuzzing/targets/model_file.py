"""The model file: a flatbuffer with a zip behind it."""

from pathlib import Path
from random import Random

from changes import json_value, png_chunk, zip_member
from target import Change, Target
from tiny_model import tiny_model

from plant_device.contract.model_file import MANIFEST, parse_model_file


def _read(content: bytes, folder: Path) -> object:
    return parse_model_file(folder / "leaves.tflite", content)


def _inner(name: str, part: bytes, change: Change, random: Random) -> bytes:
    if name == MANIFEST:
        return json_value(part, change, random)
    return png_chunk(part, change, random) if name.endswith(".png") else change(part)


TARGET = Target(_read, lambda: [tiny_model()], changed=zip_member(_inner))

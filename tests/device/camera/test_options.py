import re

import pytest

from plant_device.camera.options import CameraOptions, read_options
from plant_device.contract.errors import UserError


def test_nothing_is_all_defaults() -> None:
    assert read_options("") == CameraOptions()


def test_each_option_has_its_value() -> None:
    text = "size=1280x720&fps=12.5&rotate=90&flip=h&region=0.25,0,0.5,1&exposure=-3&focus=40"
    assert read_options(text) == CameraOptions(
        size=(1280, 720),
        fps=12.5,
        rotate=90,
        flip="h",
        region=(0.25, 0.0, 0.5, 1.0),
        exposure=-3.0,
        focus=40.0,
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("siez=1x1", "received: siez (did you mean size?)"),
        ("size", "expected size=WIDTHxHEIGHT, such as 1280x720 in a source, received: size"),
        ("size=0x10", "received: size=0x10"),
        ("size=9000x10", "received: size=9000x10"),
        ("size=640x480&size=1x1", "expected size once after #"),
        ("fps=0", "expected fps=frames a second, from 0.01 to 240"),
        ("fps=nan", "received: fps=nan"),
        ("fps=1e9", "received: fps=1e9"),
        ("rotate=45", "expected rotate=0, 90, 180 or 270"),
        ("flip=x", "expected flip=h or v"),
        ("region=0,0,1", "received: region=0,0,1"),
        ("region=0.5,0,0.6,1", "received: region=0.5,0,0.6,1"),
        ("region=0,0,0,1", "received: region=0,0,0,1"),
        ("exposure=long", "received: exposure=long"),
    ],
)
def test_what_is_no_option_is_told_with_what_was_expected(text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=re.escape(sentence)):
        read_options(text)

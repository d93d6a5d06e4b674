from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_convert.foreign.description import (
    MAX_SIDE,
    Description,
    Normalisation,
    read_description,
    read_normalisation,
)
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Geometry


@pytest.mark.parametrize(
    ("mean", "std", "expected"),
    [
        ("127.5", "127.5", Normalisation((127.5,) * 3, (127.5,) * 3)),
        (None, "255", Normalisation((0,) * 3, (255,) * 3)),
        ("123.68,116.78,103.94", None, Normalisation((123.68, 116.78, 103.94), (1,) * 3)),
        (None, None, None),
    ],
)
def test_one_number_or_one_a_channel(
    mean: str | None, std: str | None, expected: Normalisation | None
) -> None:
    assert read_normalisation(mean, std) == expected


def test_pixels_become_what_the_network_takes() -> None:
    picture = np.array([[[0, 100, 255]]], np.uint8)
    seen = Normalisation((127.5, 100, 5), (127.5, 2, 50)).apply(picture)
    assert seen.dtype == np.float32
    np.testing.assert_array_equal(seen, [[[-1, 0, 5]]])


@pytest.mark.parametrize("text", ["", "a", "1,2", "1,2,3,4", "nan", "inf", "1;2;3"])
def test_what_is_no_mean_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"^expected one number for --mean, or three for red"):
        read_normalisation(text, None)


@pytest.mark.parametrize("std", ["0.229,0.224,0.225", "0", "-1"])
def test_units_of_0_to_1_are_noticed(std: str) -> None:
    with pytest.raises(UserError, match=r"received .*: multiply what was published for 0 to 1"):
        read_normalisation("0.485,0.456,0.406", std)


def test_the_stored_side_is_in_imagenets_proportion_unless_it_is_told() -> None:
    assert Description(("a", "b")).geometry(224) == Geometry(224, 256)
    assert Description(("a", "b"), stored_side=224).geometry(224) == Geometry(224, 224)
    assert "the centre of 256 x 256" in Description(("a", "b")).in_words(224)


@given(st.integers(1, MAX_SIDE))
def test_every_side_that_the_contract_has_gets_a_geometry(side: int) -> None:
    geometry = Description(("a", "b")).geometry(side)
    assert side <= geometry.stored_side <= min(MAX_SIDE, side * 8 / 7 + 0.5)


@pytest.mark.parametrize(
    ("side", "stored_side", "sentence"),
    [
        (1025, None, "whose input is 1 to 1024 pixels wide, received 1025"),
        (224, 200, "expected a --stored-side of the network's 224 to 1024 pixels, received 200"),
    ],
)
def test_sides_out_of_range_are_refused(side: int, stored_side: int | None, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Description(("a", "b"), stored_side=stored_side).geometry(side)


def test_without_labels_there_is_nothing_to_describe(tmp_path: Path) -> None:
    assert read_description(None, None, None, None) is None
    with pytest.raises(UserError, match=r"^expected --labels with --std and --stored-side: "):
        read_description(None, None, "255", 224)
    (tmp_path / "labels.txt").write_text("a\nb\n")
    described = read_description(tmp_path / "labels.txt", None, "255", 224)
    assert described == Description(("a", "b"), read_normalisation(None, "255"), 224)

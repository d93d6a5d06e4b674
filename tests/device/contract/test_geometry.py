import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.contract.geometry import (
    STORED_SIDE,
    Geometry,
    centre_crop,
    leaf_picture,
    network_input,
)

sides = st.integers(1, 96)
colours = st.tuples(*[st.integers(0, 255)] * 3)


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    stored_side = draw(st.integers(1, 64))
    return Geometry(draw(st.integers(1, stored_side)), stored_side)


def _random_picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(height=sides, width=sides, geometry=geometries(), seed=st.integers(0, 9))
def test_any_picture_gives_an_input_of_the_side_asked_for(
    height: int, width: int, geometry: Geometry, seed: int
) -> None:
    result = network_input(_random_picture(height, width, seed), geometry)
    assert result.shape == (geometry.input_side, geometry.input_side, 3)
    assert result.dtype == np.uint8
    assert result.flags.c_contiguous


@given(height=sides, width=sides, geometry=geometries(), colour=colours)
def test_a_picture_of_one_colour_keeps_its_colour(
    height: int, width: int, geometry: Geometry, colour: tuple[int, int, int]
) -> None:
    result = network_input(np.full((height, width, 3), colour, dtype=np.uint8), geometry)
    assert (result == np.array(colour)).all()


@given(height=sides, width=sides, geometry=geometries(), seed=st.integers(0, 9))
def test_the_order_of_the_channels_does_not_matter(
    height: int, width: int, geometry: Geometry, seed: int
) -> None:
    picture = _random_picture(height, width, seed)
    turned = network_input(picture[:, :, ::-1], geometry)
    np.testing.assert_array_equal(turned[:, :, ::-1], network_input(picture, geometry))


def test_a_picture_of_the_stored_size_is_unchanged() -> None:
    picture = _random_picture(STORED_SIDE, STORED_SIDE)
    np.testing.assert_array_equal(leaf_picture(picture, Geometry(227)), picture)


def test_the_stored_side_is_256() -> None:
    assert Geometry(224).stored_side == STORED_SIDE == 256


@given(side=st.integers(1, 40), extra=st.integers(0, 31), lying=st.booleans())
def test_the_square_is_cut_from_the_middle(side: int, extra: int, lying: bool) -> None:
    geometry = Geometry(side, side)
    long = _random_picture(side, side + extra)
    before = extra // 2
    expected = long[:, before : before + side]
    if lying:
        np.testing.assert_array_equal(leaf_picture(long, geometry), expected)
    else:
        standing = long.transpose(1, 0, 2)
        np.testing.assert_array_equal(leaf_picture(standing, geometry), expected.transpose(1, 0, 2))


@pytest.mark.parametrize(
    ("input_side", "first", "last"), [(227, 14, 240), (224, 16, 239), (256, 0, 255), (1, 127, 127)]
)
def test_the_crop_lies_in_the_middle_of_the_stored_picture(
    input_side: int, first: int, last: int
) -> None:
    rows = np.broadcast_to(np.arange(256, dtype=np.uint8)[:, None, None], (256, 256, 3))
    for picture in (rows, rows.transpose(1, 0, 2)):
        crop = centre_crop(picture, Geometry(input_side))
        assert crop.shape == (input_side, input_side, 3)
        assert (crop.min(), crop.max()) == (first, last)


@given(geometry=geometries())
def test_the_crop_leaves_the_same_border_on_both_sides_or_one_pixel_more_at_the_end(
    geometry: Geometry,
) -> None:
    before = geometry.centre.start
    after = geometry.stored_side - geometry.centre.stop
    assert after - before in (0, 1)
    assert geometry.centre.stop - before == geometry.input_side


def test_shrinking_averages_over_areas() -> None:
    # Four blocks of 4 x 4 pixels; in each, one row differs, so that a quarter counts.
    picture = np.zeros((8, 8, 3), dtype=np.uint8)
    picture[0, :4], picture[0, 4:] = 40, 80
    picture[7, :4], picture[7, 4:] = 120, 160
    shrunk = leaf_picture(picture, Geometry(2, 2))
    np.testing.assert_array_equal(shrunk[:, :, 0], [[10, 20], [30, 40]])


def test_a_fine_pattern_does_not_alias_when_it_shrinks() -> None:
    stripes = np.zeros((1024, 1024, 3), dtype=np.uint8)
    stripes[::4] = 200
    assert set(np.unique(leaf_picture(stripes, Geometry(227)))) == {50}


def test_enlarging_is_bilinear() -> None:
    ramp = np.zeros((2, 2, 3), dtype=np.uint8)
    ramp[:, 1] = 200
    enlarged = leaf_picture(ramp, Geometry(4, 4))
    np.testing.assert_array_equal(enlarged[0, :, 0], [0, 50, 150, 200])


def test_the_input_is_the_centre_crop_of_the_leaf_picture() -> None:
    geometry = Geometry(24, 32)
    picture = _random_picture(70, 50)
    np.testing.assert_array_equal(
        network_input(picture, geometry), centre_crop(leaf_picture(picture, geometry), geometry)
    )


def test_the_given_picture_is_not_changed() -> None:
    picture = _random_picture(50, 40)
    before = picture.copy()
    network_input(picture, Geometry(8, 16))[:] = 0
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize(("input_side", "stored_side"), [(0, 256), (257, 256), (-1, 5), (1, 0)])
def test_sides_that_do_not_fit_are_refused(input_side: int, stored_side: int) -> None:
    with pytest.raises(ValueError, match=f"Received: input_side={input_side}"):
        Geometry(input_side, stored_side)

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_train.data.augment.view import View, affine, seen


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (2, -2), (-2, 1)])
def test_at_scale_one_a_view_is_a_window_bit_for_bit(mirrored: bool, x: int, y: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (36, 36, 3)).astype(np.uint8)
    view = seen(picture, affine(View(1, 0, mirrored, x, y), 36, 32), 32, cv2.BORDER_CONSTANT)
    whole = picture[:, ::-1] if mirrored else picture
    top, left = 2 - y, 2 - x
    assert np.array_equal(view, whole[top : top + 32, left : left + 32])


def test_a_quarter_turn_is_numpys() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (33, 33, 3)).astype(np.uint8)
    turned = seen(picture, affine(View(turn=np.pi / 2), 33, 33), 33, cv2.BORDER_CONSTANT)
    assert np.array_equal(turned, np.rot90(picture, -1))


@given(scale=st.floats(0.5, 3), turn=st.floats(-4, 4), mirrored=st.booleans(), x=st.floats(-9, 9))
def test_the_middle_comes_to_lie_where_it_should_and_lengths_are_scaled(
    scale: float, turn: float, mirrored: bool, x: float
) -> None:
    matrix = affine(View(scale, turn, mirrored, x, -x), 64, 48)
    middle = matrix @ [31.5, 31.5, 1]
    np.testing.assert_allclose(middle, [23.5 + x, 23.5 - x], atol=1e-9)
    far = matrix @ [31.5 + 10, 31.5, 1]
    assert np.hypot(*(far - middle)) == pytest.approx(10 * scale)
    assert np.linalg.det(matrix[:, :2]) == pytest.approx(-(scale**2) if mirrored else scale**2)

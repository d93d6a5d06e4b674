from __future__ import annotations

import cv2
import numpy as np

from plant_train.data.augment.foliage import cut_out, render_foliage

PAPER, LEAF = (165, 158, 170), (60, 110, 45)


def _leaf() -> np.ndarray:
    picture = np.full((96, 96, 3), PAPER, np.uint8)
    cv2.ellipse(picture, (48, 48), (34, 22), 20, 0, 360, LEAF, -1)
    return picture


def _render(leaves: list[np.ndarray], seed: int) -> np.ndarray:
    ground = np.full((96, 96, 3), (200, 0, 200), np.uint8)
    return render_foliage(
        cut_out(leaves, np.random.default_rng(seed)), ground, 64, np.random.default_rng(seed)
    )


def _green(picture: np.ndarray) -> np.ndarray:
    red, green, blue = (picture[..., channel].astype(int) for channel in range(3))
    return (green > red) & (green > blue)


def test_leaves_are_cut_out_and_cover_much_of_the_ground() -> None:
    rendered = [_render([_leaf()], seed) for seed in range(20)]
    assert all(picture.shape == (64, 64, 3) and picture.dtype == np.uint8 for picture in rendered)
    shares = [_green(picture).mean() for picture in rendered]
    assert np.mean(shares) > 0.5
    # Paper is grey: of it, nothing is left.
    paper = [np.ptp(picture.astype(int), axis=2) < 14 for picture in rendered]
    assert np.mean(paper) < 0.05


def test_of_a_leaf_that_fills_its_picture_blades_are_used() -> None:
    whole = np.full((96, 96, 3), (90, 160, 60), np.uint8)
    (cutting,) = cut_out([whole], np.random.default_rng(0))
    assert 0 < (cutting[1] > 0).mean() < 1
    assert np.mean([_green(_render([whole], seed)).mean() for seed in range(10)]) > 0.5


def test_pictures_without_a_leaf_are_used_whole_but_only_where_there_are_no_others() -> None:
    red = np.full((96, 96, 3), (130, 60, 130), np.uint8)
    assert len(cut_out([_leaf(), red], np.random.default_rng(0))) == 1
    (cutting,) = cut_out([red], np.random.default_rng(0))
    assert (cutting[1] == 255).all()


def test_equal_generators_give_equal_foliage() -> None:
    assert np.array_equal(_render([_leaf()], 3), _render([_leaf()], 3))
    assert not np.array_equal(_render([_leaf()], 3), _render([_leaf()], 4))

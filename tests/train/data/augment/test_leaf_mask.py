from __future__ import annotations

import cv2
import numpy as np
import pytest

from plant_train.data.augment.leaf_mask import leaf_mask

PAPER, LEAF, LESION = (165, 158, 170), (60, 110, 45), (110, 80, 60)


def _picture(paper: tuple[int, int, int] = PAPER) -> tuple[np.ndarray, np.ndarray]:
    """A leaf with lesions on paper with a shadow and grain; and where the leaf is."""
    picture = np.full((256, 256, 3), paper, np.uint8)
    picture[:, 190:] = (np.array(paper) * 0.5).astype(np.uint8)
    where = cv2.ellipse(np.zeros((256, 256), np.uint8), (128, 130), (90, 55), 30, 0, 360, 255, -1)
    picture[where > 0] = LEAF
    for spot in ((110, 120), (150, 150), (130, 110)):
        cv2.circle(picture, spot, 9, LESION, -1)
    # Gloss, which has hardly any colour, in the middle of the leaf.
    cv2.ellipse(picture, (120, 140), (20, 4), 30, 0, 360, (190, 195, 190), -1)
    grain = np.random.default_rng(0).normal(0, 3, picture.shape)
    return (picture + grain).clip(0, 255).astype(np.uint8), where


@pytest.mark.parametrize(
    "paper",
    [PAPER, (120, 105, 150), (165, 110, 95), (70, 60, 90)],
    ids=["grey", "violet", "red", "dark"],
)
def test_a_leaf_is_told_from_paper_its_shadow_and_its_own_spots_and_gloss(
    paper: tuple[int, int, int],
) -> None:
    picture, where = _picture(paper)
    mask = leaf_mask(picture)
    assert mask is not None
    assert mask.shape == (256, 256)
    assert mask.dtype == np.uint8
    found, true = mask > 127, where > 0
    overlap = (found & true).sum() / (found | true).sum()
    assert overlap > 0.88
    # Rather a little of the leaf too few than a rim of paper.
    assert (found & ~true).sum() < 0.01 * true.sum()


@pytest.mark.parametrize(
    "picture",
    [
        np.full((256, 256, 3), LEAF, np.uint8),
        np.full((256, 256, 3), PAPER, np.uint8),
        np.zeros((256, 256, 3), np.uint8),
    ],
    ids=["leaf alone", "paper alone", "black"],
)
def test_where_there_is_nothing_to_tell_apart_there_is_no_mask(picture: np.ndarray) -> None:
    assert leaf_mask(picture) is None


def test_a_leaf_may_fill_most_of_the_border() -> None:
    picture = np.full((256, 256, 3), LEAF, np.uint8)
    picture[:, :60] = PAPER
    mask = leaf_mask(picture)
    assert mask is not None
    assert (mask[:, 66:-4] == 255)[4:-4].all()
    assert (mask[:, :58] == 0).all()


def test_a_piece_of_paper_before_leaves_is_not_taken_for_the_leaf() -> None:
    picture = np.full((256, 256, 3), LEAF, np.uint8)
    picture[80:180, 60:200] = PAPER
    assert leaf_mask(picture) is None


def test_a_speck_is_no_leaf() -> None:
    picture = np.full((256, 256, 3), PAPER, np.uint8)
    picture[100:110, 100:110] = LEAF
    assert leaf_mask(picture) is None

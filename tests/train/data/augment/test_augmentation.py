from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from plant_train.data.augment.augmentation import Augmentation, augmented
from plant_train.data.augment.scenery import render_scene

SIDE = 64
EVERYTHING = {
    "zoom": 2.0,
    "turn": 180.0,
    "light": 1.0,
    "shadow": 1.0,
    "blur": 1.0,
    "grain": 1.0,
    "compression": 1.0,
    "occlusion": 1.0,
    "background": 1.0,
}
GREEN, PAPER, MAGENTA = (60, 110, 45), (165, 158, 170), (255, 0, 255)


def _leaf() -> np.ndarray:
    """A green leaf on paper."""
    picture = np.full((72, 72, 3), PAPER, np.uint8)
    cv2.ellipse(picture, (36, 36), (26, 18), 20, 0, 360, GREEN, -1)
    return picture


def _scenes() -> list[np.ndarray]:
    return [np.full((72, 72, 3), MAGENTA, np.uint8)]


def _varied(seed: int, **augmentation: Any) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return augmented(_leaf(), SIDE, Augmentation(**augmentation), _scenes(), (), rng)


def test_by_default_it_is_a_window_or_its_mirror_image() -> None:
    leaf = np.random.default_rng(0).integers(0, 256, (36, 36, 3)).astype(np.uint8)
    windows = {
        (crop[:, ::-1] if mirrored else crop).tobytes(): (top, left, mirrored)
        for top in range(5)
        for left in range(5)
        for crop in [leaf[top : top + 32, left : left + 32]]
        for mirrored in (False, True)
    }
    seen = [
        windows[augmented(leaf, 32, Augmentation(), (), (), np.random.default_rng(seed)).tobytes()]
        for seed in range(400)
    ]
    assert len({(top, left) for top, left, _ in seen}) == 25
    # 200 of 400 expected, five standard deviations allowed.
    assert 150 <= sum(mirrored for _, _, mirrored in seen) <= 250


@pytest.mark.parametrize("name", sorted(EVERYTHING))
def test_each_part_changes_the_picture_and_gives_the_same_for_the_same_seed(name: str) -> None:
    one, same, plain = (
        [_varied(seed, **settings) for seed in range(8)]
        for settings in ({name: EVERYTHING[name]}, {name: EVERYTHING[name]}, {})
    )
    assert all(picture.shape == (SIDE, SIDE, 3) and picture.dtype == np.uint8 for picture in one)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, plain)


def test_all_parts_together_are_reproducible() -> None:
    assert np.array_equal(_varied(3, **EVERYTHING), _varied(3, **EVERYTHING))
    assert len({_varied(seed, **EVERYTHING).tobytes() for seed in range(20)}) == 20


def _share(picture: np.ndarray, colour: tuple[int, int, int]) -> float:
    away = np.abs(picture.astype(int) - colour).sum(axis=2)
    return float((away < 40).mean())


def test_another_ground_takes_the_papers_place_and_leaves_the_leaf() -> None:
    varied = [_varied(seed, background=1.0) for seed in range(60)]
    assert max(_share(picture, PAPER) for picture in varied) < 0.03
    assert np.mean([_share(_varied(seed), PAPER) for seed in range(60)]) > 0.5
    # The leaf is in each of them, as large as half of the frame or larger than all of it.
    shares = np.array([_share(picture, GREEN) for picture in varied])
    assert shares.min() > 0.05
    assert shares.max() > 0.5
    assert np.mean([_share(picture, MAGENTA) > 0.02 for picture in varied]) > 0.7


def test_a_share_is_only_cropped_and_mirrored() -> None:
    varied = [_varied(seed, **EVERYTHING, plain=1.0) for seed in range(40)]
    assert np.array_equal(varied, [_varied(seed, plain=1.0) for seed in range(40)])
    assert len({picture.tobytes() for picture in varied}) > 20
    mixed = [_varied(seed, background=1.0, plain=0.4) for seed in range(200)]
    on_paper = [_share(picture, PAPER) > 0.1 for picture in mixed]
    # 80 of 200 expected, five standard deviations allowed.
    assert 45 <= sum(on_paper) <= 115


def test_half_of_the_other_grounds_are_foliage_of_the_same_class() -> None:
    foliage = [np.full((72, 72, 3), (0, 0, 255), np.uint8)]
    settings = Augmentation(background=1.0)
    blue = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        varied = augmented(_leaf(), SIDE, settings, _scenes(), foliage, rng)
        blue += _share(varied, (0, 0, 255)) > _share(varied, MAGENTA)
    assert 30 <= blue <= 60


def test_a_leaf_that_fills_its_picture_comes_on_another_ground_too() -> None:
    leaf = np.full((72, 72, 3), GREEN, np.uint8)
    settings = Augmentation(background=1.0)
    varied = [
        augmented(leaf, SIDE, settings, _scenes(), (), np.random.default_rng(seed))
        for seed in range(40)
    ]
    assert np.mean([_share(picture, MAGENTA) > 0.02 for picture in varied]) > 0.7
    assert min(_share(picture, GREEN) for picture in varied) > 0.05


def test_where_no_leaf_is_told_from_the_ground_the_picture_stays() -> None:
    paper = np.full((72, 72, 3), PAPER, np.uint8)
    rng = np.random.default_rng(0)
    out = augmented(paper, SIDE, Augmentation(background=1.0), _scenes(), (), rng)
    assert (out == PAPER).all()


def test_scenes_are_needed_for_ground_and_occlusion_alone() -> None:
    assert not Augmentation(light=1, blur=1).needs_scenes
    assert Augmentation(background=0.1).needs_scenes
    assert Augmentation(occlusion=0.1).needs_scenes


@pytest.mark.parametrize("wrong", [{"zoom": 0.5}, {"turn": 181}, {"blur": 1.1}, {"colour": 1}])
def test_what_is_out_of_range_is_an_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Augmentation(**wrong)


def test_scenes_differ_and_equal_seeds_give_equal_ones() -> None:
    one, same = ([render_scene(np.random.default_rng((1, n)), 48) for n in range(40)] for _ in "ab")
    assert np.array_equal(one, same)
    assert all(scene.shape == (48, 48, 3) and scene.dtype == np.uint8 for scene in one)
    assert len({scene.tobytes() for scene in one}) == 40
    means = np.array([scene.mean(axis=(0, 1)) for scene in one])
    # Grounds of many colours, not variations of one.
    assert means.std(axis=0).min() > 25

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Geometry
from plant_train.data.augment.augmentation import Augmentation
from plant_train.data.cache import cache_pictures
from plant_train.data.layouts import read_pictures
from plant_train.data.scenes import (
    OwnScenes,
    gather_scenes,
    read_own_scenes,
    read_scenes,
    rendered_scenes,
)
from plant_train.recipe import Recipe, fitting

WriteClassFolders = Callable[[Path, dict[str, int]], None]

GEOMETRY = Geometry(32, 36)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty-one pictures; number i is all i * 10."""
    root = tmp_path / "sheds"
    root.mkdir()
    for number in range(21):
        Image.new("RGB", (40, 50), (number * 10,) * 3).save(root / f"{number:02d}.png")
    return root


def _levels(pictures: list[np.ndarray]) -> set[int]:
    return {int(picture[0, 0, 0]) for picture in pictures}


def test_a_recipe_without_other_grounds_and_outliers_needs_nothing() -> None:
    scenes = gather_scenes(Recipe(), GEOMETRY, OwnScenes())
    assert not scenes.rendered
    assert not scenes.held_out


def test_of_a_users_not_leaves_a_tenth_is_held_out_and_the_others_are_shown(
    folder: Path, tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path / "leaves", {"a": 3, "b": 3})
    leaves = cache_pictures(read_pictures(tmp_path / "leaves"), GEOMETRY)
    recipe = fitting(Recipe(), None, None, folder)
    scenes = gather_scenes(recipe, GEOMETRY, read_own_scenes(None, folder, GEOMETRY, recipe.seed))
    held_out = _levels(list(scenes.held_out))
    assert len(held_out) == 2
    shown = scenes.training_pictures(leaves, recipe)
    uniform = [picture for picture in shown.others if np.ptp(picture) == 0]
    assert _levels(uniform) == {number * 10 for number in range(21)} - held_out
    # Rendered ones and the user's come up about equally often; grounds are rendered alone.
    assert 0.4 < len(uniform) / len(shown.others) < 0.6
    assert len(shown.scenes) == len(scenes.rendered)


def test_without_any_the_held_out_ones_are_rendered_from_another_seed() -> None:
    scenes = gather_scenes(Recipe(outliers=0.1), GEOMETRY, OwnScenes())
    assert len(scenes.held_out) > 20
    trained = {picture.tobytes() for picture in scenes.rendered}
    assert not any(picture.tobytes() in trained for picture in scenes.held_out)


def test_backgrounds_are_grounds_and_no_outliers(
    folder: Path, tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path / "leaves", {"a": 3, "b": 3})
    leaves = cache_pictures(read_pictures(tmp_path / "leaves"), GEOMETRY)
    recipe = Recipe(augment=Augmentation(background=0.5))
    own = read_own_scenes(folder, None, GEOMETRY, recipe.seed)
    shown = gather_scenes(recipe, GEOMETRY, own).training_pictures(leaves, recipe)
    assert len(shown.scenes) > 1.8 * len(shown.others)
    # Foliage for each class.
    assert [len(pictures) > 0 for pictures in shown.foliage] == [True, True]


def test_a_users_pictures_are_used_whatever_the_recipe_says_of_them(tmp_path: Path) -> None:
    assert fitting(Recipe(), None, None, None) == Recipe()
    assert fitting(Recipe(), None, None, tmp_path).outliers > 0
    assert fitting(Recipe(), None, tmp_path, None).augment.background > 0
    own = Recipe(outliers=0.2, augment=Augmentation(background=0.1))
    assert fitting(own, None, tmp_path, tmp_path) == own


def test_pictures_are_squared_and_known_by_their_contents(folder: Path) -> None:
    read = read_scenes(folder, GEOMETRY)
    assert all(picture.shape == (36, 36, 3) for picture in read.pictures)
    (folder / "00.png").rename(folder / "renamed.png")
    assert read_scenes(folder, GEOMETRY).fingerprint == read.fingerprint
    (folder / "01.png").unlink()
    assert read_scenes(folder, GEOMETRY).fingerprint != read.fingerprint


@pytest.mark.parametrize("wrong", ["gone", "empty", "text"])
def test_a_folder_that_is_not_usable_is_named(tmp_path: Path, wrong: str) -> None:
    root = tmp_path / wrong
    if wrong != "gone":
        root.mkdir()
    if wrong == "text":
        (root / "a.jpg").write_text("no picture")
    with pytest.raises(UserError, match=wrong):
        read_scenes(root, GEOMETRY)


def test_pictures_that_cannot_be_read_are_counted(folder: Path) -> None:
    for number in (3, 7, 9, 11):
        (folder / f"{number:02d}.png").write_text("no picture")
    with pytest.raises(
        UserError,
        match=r"^4 of 21 pictures cannot be read; the first: .*03\.png, which is none of these; "
        r"then \S*07\.png, \S*09\.png …; plant-train audit lists ",
    ):
        read_own_scenes(None, folder, GEOMETRY, 0)


def test_equal_seeds_render_equal_scenes() -> None:
    assert np.array_equal(rendered_scenes(3, GEOMETRY, 4), rendered_scenes(3, GEOMETRY, 4))

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plant_device.contract.geometry import Geometry
from plant_train.data.augment.augmentation import Augmentation
from plant_train.data.cache import cache_pictures
from plant_train.data.layouts import read_pictures
from plant_train.data.pipeline import TrainingPictures
from plant_train.data.preview import preview, write_preview
from plant_train.recipe import Recipe

WriteClassFolders = Callable[[Path, dict[str, int]], None]


def test_a_sheet_holds_as_many_pictures_as_there_are(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path / "leaves", {"a": 5, "b": 7})
    pictures = cache_pictures(read_pictures(tmp_path / "leaves"), Geometry(32, 36))
    recipe = Recipe(batch=4, balance="none")
    write_preview(tmp_path / "sheet.jpg", TrainingPictures(pictures), recipe)
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.size == (1200, 900)
        cells = np.asarray(sheet).reshape(6, 150, 8, 150, 3).swapaxes(1, 2).reshape(48, -1)
    white = [bool(cell.mean() > 250) for cell in cells]
    assert white == [False] * 12 + [True] * 36


def test_a_preview_of_many_pictures_decodes_a_few_and_some_of_every_class(
    tmp_path: Path, write_class_folders: WriteClassFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_class_folders(tmp_path / "leaves", {"a": 300, "b": 1, "c": 2})
    monkeypatch.setenv("PLANT_EDGE_CACHE", str(tmp_path / "cache"))
    recipe = Recipe(batch=4, outliers=0.25, augment=Augmentation(background=1.0, occlusion=0.5))
    pictures = read_pictures(tmp_path / "leaves")
    preview(tmp_path / "sheet.jpg", pictures, Geometry(32, 36), recipe)
    decoded = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert 3 < len(decoded) < 30
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.size == (1200, 900)

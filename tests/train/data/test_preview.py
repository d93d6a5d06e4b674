from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from plant_device.contract.geometry import Geometry
from plant_train.data.cache import cache_pictures
from plant_train.data.layouts import read_pictures
from plant_train.data.pipeline import TrainingPictures
from plant_train.data.preview import write_preview
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

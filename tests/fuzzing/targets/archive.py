"""A data set as a zip: what is in it lands in the cache, and nowhere else."""

import io
import os
import shutil
import zipfile
from pathlib import Path

from changes import zip_member
from target import Target

from plant_train.data.layouts import read_training_data

_VARIABLE = "PLANT_EDGE_CACHE"


def _read(content: bytes, folder: Path) -> object:
    (folder / "data.zip").write_bytes(content)
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = str(folder / "cache")
    try:
        return read_training_data([folder / "data.zip"])
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before
        assert {path.name for path in folder.iterdir()} <= {"data.zip", "cache"}
        unfinished = list(folder.glob("cache/unpacked/.partial-*"))
        shutil.rmtree(folder / "cache", ignore_errors=True)
        assert not unfinished


def _seeds() -> list[bytes]:
    names = ("a/1.png", "b/2.jpg", "b/c/3.webp", "leaf-map.json", "notes.txt")
    table = "path,label\na/1.png,a\nb/2.jpg,b\n"
    return [
        _packed(zipfile.ZIP_STORED, dict.fromkeys(names, "{}")),
        _packed(zipfile.ZIP_DEFLATED, {f"train/{name}": "{}" for name in (*names, "data.csv")}),
        _packed(zipfile.ZIP_DEFLATED, {"a/1.png": table * 100, "b/1.png": table}),
    ]


def _packed(packing: int, members: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", packing) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text, compress_type=packing)
    return content.getvalue()


TARGET = Target(_read, _seeds, changed=zip_member(), tokens=("../", "/", "\\", ".png", "train/"))

"""A leaf map, which says what pictures show the same leaf."""

from pathlib import Path

from changes import json_value
from target import Target

from plant_train.data.leaf_ids import known_groups, read_leaf_map


def _read(content: bytes, folder: Path) -> object:
    (folder / "leaf-map.json").write_bytes(content)
    pictures = [folder / "x___RS_HL 1735.JPG", folder / "a.jpg", folder / "b.jpg"]
    groups = known_groups(pictures, ["Potato___healthy", "a", "a"], folder)
    assert len(groups) == len(pictures)
    return read_leaf_map(folder / "leaf-map.json")


TARGET = Target(
    _read,
    lambda: [
        b'{"rs_hl 1735": ["Potato___healthy:::1.0", "Apple_scab:::2.0"], "a": "leaf 3"}',
        b'{"leaf 1": ["a.jpg", "b.jpg"], "leaf 2": []}',
    ],
    changed=json_value,
)

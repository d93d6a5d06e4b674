from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plant_device.contract.errors import UserError
from plant_train.data.leaf_ids import camera_name, find_leaf_map, known_groups, read_leaf_map

UUID = "0208f4eb-45a4-4399-904e-989ac2c6257c"
OTHER_UUID = "1208f4eb-45a4-4399-904e-989ac2c6257c"


def _groups(root: Path, *pictures: tuple[str, str]) -> list[str]:
    paths = [root / label / name for label, name in pictures]
    return list(known_groups(paths, [label for label, _ in pictures], root))


def _leaf_map(folder: Path, content: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "leaf-map.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"{UUID}___RS_HL 1735.JPG", "rs_hl 1735"),
        (f"{UUID}___R.S_HL 0633 copy 3.jpg", "r.s_hl 0633"),
        (f"{UUID}___RS_HL 12_final_masked.jpg", "rs_hl 12"),
        (f"{UUID}___FAM_B.Rot 0323_flipLR_270.jpg", "fam_b.rot 0323"),
        ("rs_hl 1735", "rs_hl 1735"),
        ("GH_HL Leaf 259.1", "gh_hl leaf 259.1"),
    ],
)
def test_names_are_those_of_the_published_leaf_map(name: str, expected: str) -> None:
    assert camera_name(name) == expected


def test_the_published_map_gives_the_leaf_of_the_class_and_else_of_the_crop(tmp_path: Path) -> None:
    _leaf_map(
        tmp_path,
        {
            "rs_hl 38": ["Blueberry___healthy:::152.0", "Potato___healthy:::38.0"],
            "rs_hl 39": ["Potato___healthy:::38.0"],
            "jr_frge.s 1": ["Apple_Frogeye Spot:::4.0"],
            "jr_frge.s 2": ["Apple_Frogeye Spot:::4.0"],
        },
    )
    assert (
        _groups(
            tmp_path,
            ("Potato___healthy", "RS_HL 38.JPG"),
            ("Potato___healthy", "RS_HL 39.JPG"),
            # Another crop's camera had the same numbers.
            ("Soybean___healthy", "RS_HL 39.JPG"),
            ("Apple___Black_rot", "JR_FrgE.S 1.JPG"),
            ("Apple___Black_rot", "JR_FrgE.S 2.JPG"),
        )
        == ["leaf Potato___healthy:::38.0"] * 2 + [""] + ["leaf Apple_Frogeye Spot:::4.0"] * 2
    )


def test_a_map_by_leaf_says_the_same(tmp_path: Path) -> None:
    _leaf_map(tmp_path, {"17": ["a.jpg", "b.JPG"], "18": ["c.jpg"]})
    pictures = [("x", name) for name in ("a.jpg", "b.jpg", "c.jpg")]
    assert _groups(tmp_path, *pictures) == ["leaf 17", "leaf 17", "leaf 18"]


def test_the_map_is_found_beside_and_above_the_class_folders(tmp_path: Path) -> None:
    root = tmp_path / "raw" / "color"
    root.mkdir(parents=True)
    assert find_leaf_map(root) == {}
    _leaf_map(tmp_path / "leaf_grouping", {"a": ["1"]})
    assert find_leaf_map(root) == {"a": ("1",)}
    _leaf_map(root, {"b": "2"})
    assert find_leaf_map(root) == {"b": ("2",)}


@pytest.mark.parametrize("content", ["[]", "{", '{"a": 1}', '{"a": [1]}', "[" * 100_000])
def test_a_map_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "leaf-map.json").write_text(content)
    with pytest.raises(UserError, match=r"^expected a leaf map .*leaf-map\.json"):
        read_leaf_map(tmp_path / "leaf-map.json")


def test_leaf_numbers_in_file_names_are_groups_of_their_class(tmp_path: Path) -> None:
    assert _groups(
        tmp_path,
        ("healthy", "GH_HL Leaf 259.1.jpg"),
        ("healthy", "GH_HL Leaf 259.2.jpg"),
        ("healthy", "GH_HL Leaf 25.jpg"),
        ("sick", "GH_HL Leaf 259.3.jpg"),
        ("sick", "GHLB_PS Leaf 23.7 Day 13.jpg"),
        ("sick", "GHLB_PS Leaf 23.7 Day 14.jpg"),
        ("sick", "cleaflet 5.jpg"),
    ) == [
        "leaf healthy: gh_hl leaf 259",
        "leaf healthy: gh_hl leaf 259",
        "leaf healthy: gh_hl leaf 25",
        "leaf sick: gh_hl leaf 259",
        "leaf sick: ghlb_ps leaf 23",
        "leaf sick: ghlb_ps leaf 23",
        "",
    ]


def test_copies_of_a_photograph_share_its_uuid_across_classes_and_join_their_leaves(
    tmp_path: Path,
) -> None:
    groups = _groups(
        tmp_path,
        ("a", f"{UUID}___X 1.jpg"),
        ("a", f"{UUID}___X 1_flipLR.jpg"),
        ("b", f"{UUID.upper()}___X 1_90deg.jpg"),
        ("a", f"{OTHER_UUID}___X 2.jpg"),
    )
    assert groups == [f"photograph {UUID}"] * 3 + [f"photograph {OTHER_UUID}"]

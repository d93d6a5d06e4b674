from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from plant_train.data.groups import connect, grouped, shared_names
from plant_train.data.labelled import LabelledPictures

IDS = st.lists(st.lists(st.sampled_from("abcdef"), max_size=3), min_size=1, max_size=12)


def _pictures(*groups: str) -> LabelledPictures:
    number = len(groups)
    paths = tuple(Path("root") / "class" / f"{index}.jpg" for index in range(number))
    return LabelledPictures(
        ("class",), paths, (0,) * number, groups, (Path("root"),) * number, (None,) * number
    )


@given(IDS, st.data())
def test_groups_are_the_components_of_what_is_shared(
    ids: list[list[str]], data: st.DataObject
) -> None:
    index = st.integers(0, len(ids) - 1)
    pairs = data.draw(st.lists(st.tuples(index, index), max_size=5))
    group = connect(ids, pairs)
    # The definition, spread step by step.
    expected = list(range(len(ids)))
    for _ in ids:
        for one in range(len(ids)):
            for other in range(len(ids)):
                if set(ids[one]) & set(ids[other]) or (one, other) in pairs:
                    expected[one] = expected[other] = min(expected[one], expected[other])
    for one in range(len(ids)):
        for other in range(len(ids)):
            assert (group[one] == group[other]) == (expected[one] == expected[other])


def test_a_group_has_the_first_of_its_names_and_a_picture_without_any_has_none() -> None:
    assert shared_names([["b"], ["c", "b"], ["c"], ["a"], []]) == ("b", "b", "b", "a", "")


def test_pairs_join_known_groups_and_name_new_ones_after_their_first_picture() -> None:
    pictures = _pictures("leaf 2", "leaf 1", "", "", "", "leaf 2")
    joined = grouped(pictures, [(0, 1), (2, 3)])
    assert joined.groups == (
        "leaf 1", "leaf 1", "class/2.jpg", "class/2.jpg", "class/4.jpg", "leaf 1"
    )  # fmt: skip
    assert joined.paths == pictures.paths


def test_pictures_of_the_same_name_in_two_data_sets_are_two_groups() -> None:
    pictures = replace(
        _pictures("", "", ""), roots=(Path("root"), Path("root/class"), Path("root"))
    )
    groups = grouped(pictures, []).groups
    assert groups == ("0:class/0.jpg", "1:1.jpg", "0:class/2.jpg")

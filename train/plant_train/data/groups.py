"""Pictures that must stay together, connected by the names that they share or pair by pair."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from plant_train.data.labelled import LabelledPictures

Pairs = Sequence[tuple[int, int]]


def connect(ids: Sequence[Sequence[str]], pairs: Pairs = ()) -> np.ndarray:
    """Number the groups of pictures that share an id or are a pair, directly or through others.

    Args:
        ids: for each picture the names of what it may share with others.
        pairs: indices of pictures that belong together for another reason.

    Returns:
        int [n]: each picture's group.
    """
    number = {name: len(ids) + at for at, name in enumerate(dict.fromkeys(_all_names(ids)))}
    edges = [(index, number[name]) for index, names in enumerate(ids) for name in names]
    nodes = len(ids) + len(number)
    ends = np.array([*edges, *pairs], dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), dtype=bool), ends.T), shape=(nodes, nodes))
    return np.asarray(connected_components(graph, directed=False)[1][: len(ids)])


def shared_names(ids: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """For each picture the name of its group, the first of all its ids; "" where it has none."""
    group = connect(ids).tolist()
    first: dict[int, str] = {}
    for number, names in zip(group, ids, strict=True):
        if names:
            first[number] = min([*names, first.get(number, names[0])])
    return tuple(first.get(number, "") for number in group)


def grouped(pictures: LabelledPictures, pairs: Pairs) -> LabelledPictures:
    """The same pictures, each with a group: its known one, joined where `pairs` connect them.

    A group that has no known name is called after its first picture.
    """
    # Two data sets may use the same file names.
    number_of = {root: number for number, root in enumerate(dict.fromkeys(pictures.roots))}
    prefixes = [f"{number_of[root]}:" if len(number_of) > 1 else "" for root in pictures.roots]
    group = connect([[known] if known else [] for known in pictures.groups], pairs).tolist()
    name: dict[int, str] = {}
    for number, known in zip(group, pictures.groups, strict=True):
        if known:
            name[number] = min(known, name.get(number, known))
    for number, prefix, picture in zip(group, prefixes, pictures.names, strict=True):
        name.setdefault(number, f"{prefix}{picture}")
    return replace(pictures, groups=tuple(name[number] for number in group))


def _all_names(ids: Sequence[Sequence[str]]) -> list[str]:
    return [name for names in ids for name in names]

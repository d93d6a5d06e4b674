"""Which leaf a picture shows, by the leaf map of PlantVillage's authors."""

import hashlib
import json
import re
from pathlib import PurePosixPath

from plant_device.contract.errors import UserError
from plant_train.download.plantvillage.release import Part

# A picture's key → the leaves, as CLASS:::NUMBER; several where classes share camera numbers.
LeafMap = dict[str, list[str]]

_TEST_SHARE = 5


def read_leaf_map(content: bytes, where: str) -> LeafMap:
    """Parse a `leaf-map.json`.

    Raises:
        UserError: it is something else.
    """
    try:
        leaves = json.loads(content)
    except (ValueError, RecursionError):
        leaves = None
    if not isinstance(leaves, dict) or not all(_is_list_of_text(ids) for ids in leaves.values()):
        raise UserError(
            f"expected a leaf map, a JSON object of lists of leaves, received something else: "
            f"{where}"
        )
    return leaves


def leaf_key(name: str) -> str:
    """What the leaf map calls a picture: its name without UUID, "copy" and ending, in lower case.

    So does `plant_village.py`, the loading script of the authors.
    """
    stem = PurePosixPath(name).stem.rpartition("___")[2]
    return stem.replace("_final_masked", "").partition("copy")[0].strip().lower()


def leaf_of(label: str, name: str, leaves: LeafMap) -> str | None:
    """The leaf that a picture of class `label` shows, or None where the map does not know it."""
    known = leaves.get(leaf_key(name), [])
    if len(known) == 1:
        return known[0]
    return next((leaf for leaf in known if label in leaf), None)


def part_by_leaf(label: str, name: str, leaf: str | None) -> Part:
    """Our own split where the official one is not at hand: every fifth leaf is for testing.

    The sum of the leaf's name decides, so a leaf is on one side, whatever else is there. Of a
    picture that the map does not know, the name without a repeat's number (`Leaf 211.1`) stands
    for the leaf.
    """
    group = leaf or re.sub(r"\.\d+$", "", leaf_key(name))
    digest = hashlib.sha256(f"{label}/{group}".encode()).digest()
    return "test" if int.from_bytes(digest[:8], "big") % _TEST_SHARE == 0 else "train"


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)

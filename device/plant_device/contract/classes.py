"""What a class folder's name says: crop, condition, and the text for a person."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

SEPARATOR = "___"
NOT_LEAF: Literal["not_leaf"] = "not_leaf"
"""What a person names in the place of a class."""
_HEALTHY = "healthy"


class LeafClass(BaseModel):
    """One class that a model can name.

    `label` is the folder's name, in PlantVillage's form `Crop___Condition`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    label: str
    crop: str
    condition: str
    healthy: bool
    text: str


def leaf_class(label: str) -> LeafClass:
    """Read a label such as `Tomato___Late_blight`.

    A name without `___` has no crop, and the whole name is its condition.
    """
    crop, separator, condition = label.partition(SEPARATOR)
    if not separator:
        crop, condition = "", label
    crop, condition = _words(crop), _words(condition)
    return LeafClass(
        label=label,
        crop=crop,
        condition=condition,
        healthy=condition.lower() == _HEALTHY,
        text=f"{crop}: {condition}" if crop else condition,
    )


def _words(name: str) -> str:
    return " ".join(name.replace("_", " ").split())

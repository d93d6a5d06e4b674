"""The size of what is drawn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Canvas:
    """A canvas of `height` x `width` pixels, on which a square picture would be `side` pixels wide.

    Sizes in the scene go by `side`: a wider canvas shows more ground, not a larger leaf.
    """

    height: int
    width: int
    side: int

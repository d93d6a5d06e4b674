"""What a mistyped name may have been meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches

_ALIKE = 0.5


def near_misses(name: str, known: Iterable[str], most: int = 3) -> str:
    """` (did you mean …?)` with the nearest first, or nothing where no known name is like it."""
    close = get_close_matches(name, list(known), n=most, cutoff=_ALIKE)
    return f" (did you mean {' or '.join(close)}?)" if close else ""

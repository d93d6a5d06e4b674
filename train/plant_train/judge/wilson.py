"""How far a proportion that was counted on few pictures can be believed."""

from typing import Annotated

from pydantic import Field

Interval = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]

# The standard normal's 97.5th percentile: two-sided 95 %.
_Z = 1.959963984540054


def wilson_interval(hits: int, n: int) -> Interval:
    """The 95 % interval of `hits` of `n` >= 1; Wilson 1927, doi 10.1080/01621459.1927.10502953.

    It takes the pictures to be independent: several of one leaf make it too narrow.
    """
    rate, weight = hits / n, _Z**2 / n
    centre = (rate + weight / 2) / (1 + weight)
    half = (_Z / (1 + weight)) * (rate * (1 - rate) / n + weight / (4 * n)) ** 0.5
    # The interval holds the rate itself; rounding may leave it outside where it is 0 or 1.
    return min(rate, max(0.0, centre - half)), max(rate, min(1.0, centre + half))

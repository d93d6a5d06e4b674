"""How small a model is to become."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from plant_device.contract.errors import UserError

_LARGEST_RANK = 4096


@dataclass(frozen=True)
class Compression:
    """How small.

    Args:
        rank: of the factors of dense layers.
        share: of their responses' variance that convolutions in factors keep; None: as they are.
    """

    rank: int
    share: float | None = None

    def __str__(self) -> str:
        return str(self.rank) if self.share is None else f"{self.rank},{self.share:g}"


COMPRESSIONS = (
    Compression(32, 0.9),
    Compression(64, 0.95),
    Compression(96, 0.98),
    Compression(96, 0.99),
    Compression(128, 0.99),
    Compression(192, 0.99),
    Compression(256),
    Compression(512),
)
"""Those that are tried in turn for the smallest that passes."""


def read_compressions(compress: str) -> Sequence[Compression]:
    """What `--compress` asks for: all, one, or none.

    Raises:
        UserError: it is no compression.
    """
    if compress in ("", "auto"):
        return COMPRESSIONS if compress else ()
    asked = re.fullmatch(r"([0-9]{1,4})(?:,([0-9]*\.?[0-9]+))?", compress)
    if asked:
        rank, share = int(asked[1]), float(asked[2]) if asked[2] else None
        if 1 <= rank <= _LARGEST_RANK and (share is None or 0 < share < 1):
            return (Compression(rank, share),)
    raise UserError(
        f"expected --compress auto, or the rank of dense layers from 1 to {_LARGEST_RANK}, after a "
        "comma perhaps the share of variance that convolutions keep, below 1: 64,0.98. "
        f"Received: {compress}"
    )

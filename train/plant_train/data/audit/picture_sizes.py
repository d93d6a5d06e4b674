"""How large the pictures are, in pixels."""

from collections import Counter

import numpy as np

from plant_device.contract.geometry import STORED_SIDE
from plant_train.data.audit.finding import Finding, counted
from plant_train.data.audit.scan import Scan

_CHECK, _TITLE = "picture_sizes", "Picture sizes"

_MOST_COMMON = 8


def check(scan: Scan) -> Finding:
    """Summarise the sizes, and count what has to be enlarged."""
    sizes = [fact.size for fact in scan.facts if fact.size]
    if not sizes:
        return Finding(
            check=_CHECK,
            title=_TITLE,
            severity="note",
            count=0,
            summary="No picture tells its size.",
        )
    shorter = np.array([min(size) for size in sizes])
    small = int((shorter < STORED_SIDE).sum())
    common = Counter(f"{width} x {height}" for width, height in sizes).most_common(_MOST_COMMON)
    return Finding(
        check=_CHECK,
        title=_TITLE,
        severity="note" if small else "good",
        count=small,
        summary=f"Shorter sides from {shorter.min():,} to {shorter.max():,} pixels, median "
        f"{np.median(shorter):,.0f}; most are {common[0][0]}. "
        + (
            f"{counted(small, 'picture is', 'pictures are')} smaller than {STORED_SIDE} pixels and "
            "will be enlarged."
            if small
            else "None has to be enlarged."
        ),
        advice="Enlarged pictures lack detail that a camera's picture has: if they are of a few "
        "classes only, a model may go by that."
        if small
        else "",
        figures={
            "shortest": int(shorter.min()),
            "median": float(np.median(shorter)),
            "longest": int(shorter.max()),
            "sizes": dict(common),
        },
    )

"""Leaves and photographs that sit in more than one part of a data set that came divided."""

from collections import Counter, defaultdict
from itertools import combinations

from plant_train.data.audit.finding import Finding, counted
from plant_train.data.audit.scan import Scan

_CHECK, _TITLE = "leaks", "Leaks between the parts"


def check(scan: Scan) -> Finding:
    """List the groups with pictures in several parts: leaves, equal files, near duplicates."""
    if len(scan.classes_of) < 2:
        return Finding(
            check=_CHECK,
            title=_TITLE,
            severity="good",
            count=0,
            summary="The data set is not divided: fit divides it by group.",
        )
    members: dict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(scan.grouped.groups):
        members[group].append(index)
    torn = [indices for indices in members.values() if len(_parts(scan, indices)) > 1]
    between = Counter(
        f"{one} and {other}"
        for indices in torn
        for one, other in combinations(_parts(scan, indices), 2)
    )
    return Finding(
        check=_CHECK,
        title=_TITLE,
        severity="leak" if torn else "good",
        count=len(torn),
        summary=f"{counted(len(torn), 'leaf or photograph sits', 'leaves or photographs sit')} in "
        "more than one part: what is measured on one part flatters, because another taught it."
        if torn
        else f"No known leaf and no copy sits in more than one of {', '.join(scan.classes_of)}.",
        advice="Move each of them to one part, or give fit the pictures undivided." if torn else "",
        figures={"between": dict(between)},
        examples=[scan.example(" and ".join(_parts(scan, indices)), indices) for indices in torn],
    )


def _parts(scan: Scan, indices: list[int]) -> list[str]:
    """In the order of the data set's parts."""
    found = {scan.part[index] for index in indices}
    return [part for part in scan.classes_of if part in found]

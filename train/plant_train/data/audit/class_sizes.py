"""How many pictures each class has, and how unequal the classes are."""

from collections import Counter

from plant_train.data.audit.finding import Finding, counted, listed
from plant_train.data.audit.scan import Scan

_CHECK, _TITLE = "class_sizes", "Class sizes"

# Of the part of PlantVillage in docs/results.md, 15 to 1, the small classes are the weakest.
_IMBALANCED = 10.0
_FEW = 20

_REFUSED = "Training needs two classes at least, and two pictures of each."
_RARE = (
    "Training shows rare classes more often (--balance); figures of a class with few pictures "
    "are uncertain: collect more."
)


def check(scan: Scan) -> Finding:
    """Count the classes' pictures over all parts, and compare the largest with the smallest."""
    support = Counter(scan.labels)
    if not support:
        return Finding(
            check=_CHECK, title=_TITLE, severity="warning", count=0, summary="No picture."
        )
    (largest, most), (smallest, least) = support.most_common()[0], support.most_common()[-1]
    few = [name for name, size in reversed(support.most_common()) if size < _FEW]
    summary = (
        f"{counted(len(support), 'class', 'classes')}, from {least:,} ({smallest}) to {most:,} "
        f"({largest}) pictures: imbalance {most / least:.1f} to 1."
        if most > least
        else f"{counted(len(support), 'class', 'classes')} of {most:,} pictures each."
    )
    if few:
        summary += f" Fewer than {_FEW} pictures: {listed(few, 5)}."
    rare = bool(few) or most / least >= _IMBALANCED
    refused = len(support) < 2 or least < 2
    return Finding(
        check=_CHECK,
        title=_TITLE,
        severity="warning" if refused else "note" if rare else "good",
        count=len(few),
        summary=summary,
        advice=_REFUSED if refused else _RARE if rare else "",
        figures={
            "imbalance": round(most / least, 3),
            "pictures": {name: support[name] for name in scan.pictures.classes},
        },
    )

"""Pictures that look the same: saved anew, scaled, turned or mirrored."""

from collections import defaultdict

from plant_train.data.audit.finding import Finding, counted
from plant_train.data.audit.scan import Scan
from plant_train.data.groups import connect

_CHECK, _TITLE = "near_duplicates", "Pictures that look the same"


def check(scan: Scan) -> Finding:
    """List the sets of pictures that look the same and are not the same file, conflicts first."""
    members: dict[int, list[int]] = defaultdict(list)
    for index, number in enumerate(connect([()] * len(scan.facts), scan.near_pairs).tolist()):
        members[number].append(index)
    alike = [
        indices
        for indices in members.values()
        if len({scan.facts[index].sha256 for index in indices}) > 1
    ]
    alike.sort(key=lambda indices: len(scan.labels_of(indices)) < 2)
    conflicts = sum(len(scan.labels_of(indices)) > 1 for indices in alike)
    pictures = sum(map(len, alike))
    summary = (
        f"{counted(len(alike), 'set', 'sets')} of pictures look the same, {pictures:,} pictures "
        "in all."
    )
    if conflicts:
        summary += f" {counted(conflicts, 'set has', 'sets have')} more than one label."
    return Finding(
        check=_CHECK,
        title=_TITLE,
        severity="warning" if conflicts else "note" if alike else "good",
        count=len(alike),
        summary=summary
        if alike
        else "No two files that differ look the same in any turn or mirror.",
        advice="They are kept on one side of a split; turned copies made beforehand add nothing to "
        "what training makes itself."
        if alike
        else "",
        figures={"pictures": pictures, "label_conflicts": conflicts},
        examples=[scan.example("look the same", indices) for indices in alike],
    )

"""Files with the same bytes: copies, and label conflicts where they lie in different classes."""

from plant_train.data.audit.finding import Finding, counted
from plant_train.data.audit.scan import Scan

_CHECK, _TITLE = "exact_duplicates", "Equal files"


def check(scan: Scan) -> Finding:
    """List the sets of equal files, label conflicts first."""
    copies = sorted(scan.equal_files, key=lambda indices: len(scan.labels_of(indices)) < 2)
    conflicts = sum(len(scan.labels_of(indices)) > 1 for indices in copies)
    extra = sum(len(indices) - 1 for indices in copies)
    summary = f"{counted(extra, 'file is a copy', 'files are copies')} of another, byte for byte."
    if conflicts:
        summary += (
            f" {counted(conflicts, 'picture has', 'pictures have')} copies in different classes: "
            "at least one label is wrong."
        )
    return Finding(
        check=_CHECK,
        title=_TITLE,
        severity="warning" if conflicts else "note" if copies else "good",
        count=extra,
        summary=summary if copies else "No two files are the same.",
        advice=("Decide which label is right, and delete the others. " if conflicts else "")
        + ("Copies are kept on one side of a split; they weigh double." if copies else ""),
        figures={"label_conflicts": conflicts},
        examples=[scan.example(f"{len(indices)} copies", indices) for indices in copies],
    )

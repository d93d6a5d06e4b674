"""The audit of what a training sees: its files are read once, for the split and for the checks."""

from collections.abc import Sequence
from pathlib import Path

from plant_train.data.audit import Audit, audited
from plant_train.data.audit.scan import Scan, ignored_below, scan_files
from plant_train.data.layouts import TrainingData
from plant_train.data.split import Split

_TRAINING, _VALIDATION = "train", "validation"


def scan_training(data: TrainingData) -> Scan:
    """Read every file that a training may see, and none of a test part."""
    pictures = data.pictures
    ignored = [path for place in data.places for path in ignored_below(place)]
    return scan_files(pictures, ["whole"] * len(pictures), {"whole": pictures.classes}, ignored)


def audit_split(scan: Scan, split: Split, data: Sequence[Path]) -> Audit:
    """Check the files in the parts that a training makes of them, `train` and `validation`.

    Args:
        scan: of the pictures that `split` divides.
        data: what the audit says that it is of.
    """
    held_out = set(zip(split.validation.roots, split.validation.names, strict=True))
    pictures = zip(scan.pictures.roots, scan.pictures.names, strict=True)
    part = [_VALIDATION if picture in held_out else _TRAINING for picture in pictures]
    return audited(scan.divided(part), data)

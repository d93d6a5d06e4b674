"""Class folders without a picture, and classes that a part lacks."""

from plant_train.data.audit.finding import Example, Finding, counted
from plant_train.data.audit.scan import Scan

_CHECK, _TITLE = "empty_classes", "Classes without pictures"


def check(scan: Scan) -> Finding:
    """List the classes that have no picture in some part."""
    present = set(zip(scan.part, scan.labels, strict=True))
    lacking = [
        Example(text=f"{name}: no picture in {part}", pictures=[])
        for part in scan.classes_of
        for name in scan.pictures.classes
        if (part, name) not in present
    ]
    classes = sum(
        any((part, name) not in present for part in scan.classes_of)
        for name in scan.pictures.classes
    )
    folders = sum(
        (part, name) not in present for part, names in scan.classes_of.items() for name in names
    )
    return Finding(
        check=_CHECK,
        title=_TITLE,
        severity="warning" if folders else "note" if lacking else "good",
        count=classes,
        summary=f"{counted(classes, 'class has', 'classes have')} no picture in some part, "
        f"{counted(folders, 'class folder is', 'class folders are')} empty."
        if lacking
        else "Every class has pictures.",
        advice="Training refuses an empty class folder: fill or delete it." if folders else "",
        figures={"empty_folders": folders},
        examples=lacking,
    )

"""The parts of a data set: `train`, `val` and `test` above class folders, or all in one."""

from dataclasses import dataclass
from pathlib import Path

from plant_device.contract.errors import UserError
from plant_train.data.layouts.archive import unpacked

_TRAIN, _TEST = "train", "test"
_VALIDATION = ("val", "valid", "validation")
PARTS = (_TRAIN, *_VALIDATION, _TEST)
"""Names of folders that are parts of a data set."""


@dataclass(frozen=True)
class Parts:
    """Where the parts of one data set lie: folders of class folders, or a table.

    Args:
        whole: everything, where nobody has split the data set; else None.
    """

    whole: Path | None
    training: Path | None = None
    validation: Path | None = None
    test: Path | None = None

    def named(self) -> dict[str, Path]:
        """The parts that there are: `whole`, or some of `train`, `validation` and `test`."""
        found = {
            "whole": self.whole,
            "train": self.training,
            "validation": self.validation,
            "test": self.test,
        }
        return {name: place for name, place in found.items() if place is not None}


def find_parts(data: Path) -> Parts:
    """Look for a `train` folder in `data`, and for the others beside it; a zip is unpacked first.

    A class may be called test or val: without a train folder beside it, it is one.

    Raises:
        UserError: there are two folders for one part, or a zip is not usable.
    """
    data = unpacked(data)
    if not data.is_dir():
        return Parts(data)
    folders = {path.name.lower(): path for path in sorted(data.iterdir()) if path.is_dir()}
    if _TRAIN not in folders:
        return Parts(data)
    validation = [folders[name] for name in _VALIDATION if name in folders]
    if len(validation) > 1:
        raise UserError(
            f"expected one validation folder in {data}, "
            f"received: {', '.join(path.name for path in validation)}"
        )
    return Parts(None, folders[_TRAIN], validation[0] if validation else None, folders.get(_TEST))


def judged_part(data: Path) -> Path:
    """`test` where there is one beside a `train`, else all of `data`.

    Raises:
        UserError: there is a `train`, and no `test`.
    """
    parts = find_parts(data)
    if parts.whole is None and parts.test is None:
        others = [place.name for place in (parts.training, parts.validation) if place]
        raise UserError(
            f"expected a test folder in {data}, beside {' and '.join(others)}: name the folder "
            f"to judge, for example {data / others[-1]}"
        )
    return parts.whole or parts.test or data

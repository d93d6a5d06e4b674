"""A source of the data set: a folder, an archive or shards, behind one interface."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import is_picture_name
from plant_train.download.plantvillage.release import Part

# PlantVillage's largest picture has 30 kB.
MAX_PICTURE_BYTES = 16 << 20
MAX_PICTURES = 1_000_000

# Room for a temporary name beside it, in the 255 bytes of a file name.
_MAX_NAME_BYTES = 200


@dataclass(frozen=True)
class ReleasedPicture:
    """One picture of the data set.

    Args:
        label: its class: the folder's name.
        name: its file name.
        leaf: the leaf that it shows, or None where nobody noted it.
        size: bytes of its content.
        content: reads them.
    """

    part: Part
    label: str
    name: str
    leaf: str | None
    size: int
    content: Callable[[], bytes]


class Source(Protocol):
    """Where pictures come from.

    Args:
        total: how many pictures there are.
        split: who decided on train and test, for the record.
    """

    total: int
    split: str

    def pictures(self) -> Iterator[ReleasedPicture]:
        """All pictures, in the source's own order.

        Raises:
            UserError: the source is damaged or hostile.
        """
        ...


def require_plain_name(name: str, where: str) -> str:
    """Refuse names that lead out of their folder, or that are no file's or folder's name.

    Raises:
        UserError: the name is not plain.
    """
    plain = name == Path(name).name and "\\" not in name and "\0" not in name
    if not plain or name.startswith(".") or not 0 < len(name.encode()) <= _MAX_NAME_BYTES:
        raise UserError(f"expected plain names of classes and pictures, received {name!r}: {where}")
    return name


def is_plain_picture_name(name: str) -> bool:
    """Whether a name is that of a picture, in the folder where it stands."""
    path = Path(name)
    return name == path.name and "\\" not in name and is_picture_name(path)

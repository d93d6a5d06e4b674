"""The files of a run folder read back; they are copied about, and not always whole."""

import zipfile
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from plant_device.contract.errors import UserError

RECORD_NAME = "run.json"

_RecordT = TypeVar("_RecordT", bound=BaseModel)


def read_json_record(kind: type[_RecordT], file: Path) -> _RecordT:
    """Read what a former command wrote of a `kind`.

    Raises:
        UserError: the file is damaged, or of another version.
        FileNotFoundError: it is missing.
    """
    try:
        return kind.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            raise damaged(file) from None
        where = ".".join(str(key) for key in first["loc"]) or "its top"
        # Of a key that is missing it would be all that stands around it.
        received = "" if first["type"] == "missing" else f", received {first['input']!r:.60}"
        raise UserError(
            f"{file} is not what this version writes, at {where}: {first['msg']}{received}; put it "
            "right, or copy the run again"
        ) from None


def is_whole_archive(file: Path) -> bool:
    """Whether a zip, which a `.keras` file is, has all its members with the right sums."""
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.testzip() is None
    except Exception:
        # zipfile raises whatever it meets in a damaged directory or member.
        return False


def damaged(file: Path) -> UserError:
    """The error for a file that is no longer what was written."""
    return UserError(
        f"{file} is damaged: cut off, changed, or copied in part; copy the run again, or train "
        "again with plant-train fit … --overwrite"
    )

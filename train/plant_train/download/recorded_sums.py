"""Sums of files that nobody published a sum of: recorded on first use, compared ever after."""

import json
import re
from pathlib import Path

from plant_device.contract.atomic import write_atomically
from plant_device.contract.errors import UserError
from plant_train.download.data_folder import data_folder


def record_path() -> Path:
    """The JSON file {address: sha256}."""
    return data_folder() / "download-sums.json"


def recorded_sum(url: str) -> str | None:
    """The sha256 that the file at `url` had when it was first used, in hexadecimal.

    Raises:
        UserError: the record is damaged.
    """
    return _read().get(without_password(url))


def record_sum(url: str, sha256: str) -> None:
    """Remember the sum of the file at `url`.

    Raises:
        UserError: the record is damaged.
    """
    sums = {**_read(), without_password(url): sha256}
    write_atomically(record_path(), json.dumps(sums, indent=2, sort_keys=True) + "\n")


def _read() -> dict[str, str]:
    path = record_path()
    try:
        sums = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        sums = None
    if not isinstance(sums, dict) or not all(isinstance(sum_, str) for sum_ in sums.values()):
        raise UserError(
            f"expected a JSON object of addresses and sha256 sums in {path}, received something "
            "else: mend it, or remove it to record sums anew"
        )
    return sums


def without_password(url: str) -> str:
    """An address as it may be written down: without user name and password."""
    return re.sub(r"(?<=://)[^/@]*@", "", url)

"""Whether records can be kept where they are to be."""

import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

from plant_device.board.finding import Asked, Finding
from plant_device.contract.command_line import require_writable
from plant_device.contract.counted import counted
from plant_device.contract.errors import UserError
from plant_device.store.database import NAME

# STRICT tables: https://www.sqlite.org/stricttables.html
_OLDEST_SQLITE = (3, 37)


def check(asked: Asked) -> list[Finding]:
    """SQLite's version, the folder, and the database if there is one."""
    findings = [sqlite(sqlite3.sqlite_version_info)]
    if asked.store is None:
        return findings
    try:
        if asked.store.exists() and not asked.store.is_dir():
            raise UserError(f"expected a folder, received a file: {asked.store}")
        require_writable(asked.store)
    except UserError as error:
        to_do = f"sudo chown -R $USER {shlex.quote(str(asked.store))}, or name another folder"
        return [*findings, Finding("store", "failure", str(error), to_do)]
    return [*findings, database(asked.store / NAME)]


def sqlite(version: tuple[int, ...]) -> Finding:
    """Whether it has what the store's tables use."""
    told = f"SQLite {'.'.join(map(str, version))}"
    if version < _OLDEST_SQLITE:
        to_do = "use a Python of Debian 12, Ubuntu 22.04, JetPack 6 or newer: the store needs 3.37"
        return Finding("SQLite", "failure", told, to_do)
    return Finding("SQLite", "ok", told)


def database(path: Path) -> Finding:
    """Whether it is sound; it is only read."""
    if not path.exists():
        return Finding("store", "ok", f"{path.parent} can be written, and has no records yet")
    # While nobody has it open, reading would leave files that another user could not write; that
    # it does not change meanwhile is then known (https://www.sqlite.org/uri.html#uriimmutable).
    in_use = path.with_name(f"{NAME}-wal").exists()
    address = f"{path.absolute().as_uri()}?{'mode=ro' if in_use else 'immutable=1'}"
    try:
        with closing(sqlite3.connect(address, uri=True)) as opened:
            (told,) = opened.execute("PRAGMA quick_check(1)").fetchone()
            if told != "ok":
                raise sqlite3.DatabaseError(told)
            (number,) = opened.execute("SELECT count(*) FROM records").fetchone()
    except sqlite3.DatabaseError as error:
        to_do = (
            "copy the folder, then start plant-device run on it once: it sets the damaged file "
            "aside and salvages what can be read; then try another SD card"
        )
        return Finding("store", "failure", f"{path}: {error}", to_do)
    return Finding("store", "ok", f"{path.parent}: {counted(number, 'record')}, sound")

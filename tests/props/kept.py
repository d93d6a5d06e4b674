"""What the tests and benchmarks keep in a store."""

import sqlite3
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

from plant_device.classify.line import ClassifiedLine, TopEntry
from plant_device.store.clock import Moment
from plant_device.store.database import NAME
from plant_device.store.store import Store

MOMENT = Moment(datetime(2026, 6, 1, 12, tzinfo=timezone.utc), 1000.0, "boot", certain=True)
LINE = ClassifiedLine(
    path="usb:0",
    frame=7,
    decision="disease",
    cause="clear",
    reason="probability 0.93",
    label="Tomato___Late_blight",
    probability=0.93,
    top=[TopEntry(label="Tomato___Late_blight", probability=0.93)],
    energy=11.5,
    ms=8.25,
)


def fill(folder: Path, records: int) -> None:
    """Add so many records, each the same."""
    with Store(folder) as store:
        first = store.keep(None, LINE, "a" * 64, MOMENT)
    with closing(sqlite3.connect(folder / NAME)) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(records)")]
        names = ", ".join(name for name in columns if name != "id")
        database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            f"INSERT INTO records ({names}) SELECT {names} FROM n, records "
            "WHERE i < ? AND records.id = ?",
            [records, records, first],
        )

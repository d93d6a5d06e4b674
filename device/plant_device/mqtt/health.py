"""How the board is, as it is published."""

import importlib.metadata
import os
from pathlib import Path

from plant_device.board.heat import hottest
from plant_device.board.throttle import jetson, raspberry
from plant_device.contract.errors import UserError
from plant_device.mqtt.messages import Health, Stream
from plant_device.store.clock import clock_is_synchronised, uptime


def health(
    folder: Path, series: str, sent: dict[Stream, int], waiting: int, records: int
) -> Health:
    """The board and the outbox now.

    Args:
        folder: the store's, whose disk is asked about.
        series, sent, waiting: of the outbox.
        records: how many the store has.
    """
    disk = os.statvfs(folder)
    return Health(
        version=own_version(),
        series=series,
        sent=sent,
        waiting=waiting,
        records=records,
        uptime_s=round(uptime(), 1),
        clock_certain=clock_is_synchronised(),
        celsius=hottest(),
        throttled=_complaints(Path("/")),
        free_bytes=disk.f_frsize * disk.f_bavail,
        total_bytes=disk.f_frsize * disk.f_blocks,
    )


def own_version() -> str:
    """Of this program; `unknown` where it was not installed."""
    try:
        return importlib.metadata.version("plant-edge")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _complaints(root: Path) -> list[str] | None:
    """What a Pi or a Jetson complains of; None on other boards, and where they do not tell."""
    try:
        told = raspberry(root)
    except UserError:
        return None
    if told:
        words = ["under_voltage"] if told.under_voltage.now else []
        return words + (["slowed"] if told.slowed and told.slowed.now else [])
    events = jetson(root)
    return None if events is None else [name for name, number in events.items() if number]

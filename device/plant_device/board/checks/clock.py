"""Whether the clock can be trusted: a Raspberry Pi forgets the time without power."""

from datetime import datetime, timezone
from pathlib import Path

from plant_device.board.finding import Asked, Finding
from plant_device.store.clock import clock_is_synchronised


def check(asked: Asked) -> list[Finding]:
    """The time, whether it was compared with other clocks, and whether a battery keeps it."""
    installed = datetime.fromtimestamp(Path(__file__).stat().st_mtime, timezone.utc)
    return [
        clock(
            datetime.now(timezone.utc),
            installed,
            synchronised=(asked.root / "run/systemd/timesync/synchronized").exists()
            or clock_is_synchronised(),
            kept=any(asked.root.glob("sys/class/rtc/rtc*")),
        )
    ]


def clock(now: datetime, installed: datetime, *, synchronised: bool, kept: bool) -> Finding:
    """Judge the time.

    Args:
        installed: when this program was; it is later.
        kept: whether there is a clock that runs without power.
    """
    told = f"{now:%Y-%m-%d %H:%M} UTC"
    to_do = "sudo date --set 'YYYY-MM-DD HH:MM', or connect it to a network once; "
    to_do += "a clock module with a battery keeps the time"
    if now < installed:
        return Finding(
            "clock", "failure", f"{told}, before this program was installed ({installed:%F})", to_do
        )
    if synchronised:
        return Finding("clock", "ok", f"{told}, synchronised")
    if kept:
        return Finding("clock", "ok", f"{told}, by its own clock, not synchronised")
    return Finding(
        "clock", "warning", f"{told}, not synchronised, and no clock keeps it without power", to_do
    )

"""When something happened, on a board whose clock may be wrong.

A Raspberry Pi has no battery for its clock: after a power cut it goes on from some earlier time
until it hears of a better one. So a moment has three parts: what the clock says, whether it is to
be trusted, and the time since the start of the board, which is never wrong.
"""

import ctypes
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Literal

Certainty = Literal["certain", "uncertain", "mended"]
"""Of a record's time: by a clock that was set; by one that was not; put right afterwards."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# linux/timex.h: the structure is 208 bytes on 64-bit machines, its `status` an int behind five
# longs (the first, an int, is padded), and of status this bit says that nothing sets the clock.
_TIMEX_BYTES = 208
_STATUS = slice(40, 44)
_UNSYNCHRONISED = 0x0040

# This program was not there before. A satellite receiver that has lost count of GPS weeks is 1,024
# of them off (IS-GPS-200, 3.3.4), 19.6 years.
_EARLIEST = datetime(2026, 1, 1, tzinfo=timezone.utc)
_LATEST = _EARLIEST + timedelta(weeks=1024)


@dataclass(frozen=True)
class Moment:
    """A moment.

    Args:
        utc: by the clock.
        uptime: seconds since the board started, sleep included.
        boot: the kernel's name for this start of the board.
        certain: whether something has set the clock since then.
    """

    utc: datetime
    uptime: float
    boot: str
    certain: bool

    def utc_at(self, uptime: float) -> datetime:
        """What the time was at another moment of this boot, by this one's clock."""
        return self.utc - timedelta(seconds=self.uptime - uptime)


class BoardClock:
    """Tells the moment by the best clock that the board has: a set one, satellites', or its own.

    Args:
        trusted: the board's own has a battery, or is known to be right for another reason.
    """

    def __init__(self, *, trusted: bool = False) -> None:
        self._trusted = trusted
        self._heard: tuple[datetime, float] | None = None

    def heard(self, utc: datetime) -> None:
        """Take the time from somebody who knows, such as a satellite receiver, if it can be so."""
        if _EARLIEST <= utc < _LATEST:
            self._heard = utc, uptime()

    def now(self) -> Moment:
        """This moment."""
        since_start = uptime()
        if self._trusted or clock_is_synchronised():
            return Moment(datetime.now(timezone.utc), since_start, _boot_id(), certain=True)
        if self._heard:
            utc, then = self._heard
            told = utc + timedelta(seconds=since_start - then)
            return Moment(told, since_start, _boot_id(), certain=True)
        return Moment(datetime.now(timezone.utc), since_start, _boot_id(), certain=False)


def uptime() -> float:
    """Seconds since the board started, sleep included (clock_gettime(2))."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def clock_is_synchronised() -> bool:
    """Whether the kernel was told that the clock is right, as NTP programs do (adjtimex(2))."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    told = _libc().adjtimex(timex)
    return told >= 0 and not int.from_bytes(timex.raw[_STATUS], "little") & _UNSYNCHRONISED


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    # Each makes a class of its own, which only the garbage collector ends.
    return ctypes.CDLL(None)


@lru_cache(maxsize=1)
def _boot_id() -> str:
    return _BOOT_ID.read_text().strip()

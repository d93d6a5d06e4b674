"""What a Raspberry Pi's firmware and a Jetson's kernel tell of power and speed.

Pi: the bits of `vcgencmd get_throttled`, as
https://www.raspberrypi.com/documentation/computers/os.html#vcgencmd has them: 0-3 are now, 16-19
since the start; the kernel gives the same number in a file, and mainline's under-voltage alone
(drivers/hwmon/raspberrypi-hwmon.c). Jetson Orin: counters of over-current events (Jetson Linux
Developer Guide, "Over-Current Event Status"; OC1 is under-voltage, OC2 and OC3 average and
instantaneous over-current).
"""

from dataclasses import dataclass
from pathlib import Path

from plant_device.board.program import output_of
from plant_device.contract.errors import UserError

_UNDER_VOLTAGE = 1 << 0
_SLOWED = 1 << 1 | 1 << 2 | 1 << 3
_SINCE_START = 16
_PROGRAM_SECONDS = 5.0


@dataclass(frozen=True)
class Happened:
    """Whether something is so now, or was since the machine started."""

    now: bool
    before: bool


@dataclass(frozen=True)
class Throttling:
    """What a Pi tells; `slowed` is None where it tells of its power alone."""

    under_voltage: Happened
    slowed: Happened | None


def from_bits(bits: int) -> Throttling:
    """Read the number that `get_throttled` gives."""

    def happened(mask: int) -> Happened:
        return Happened(bool(bits & mask), bool(bits >> _SINCE_START & mask))

    return Throttling(happened(_UNDER_VOLTAGE), happened(_SLOWED))


def raspberry(root: Path) -> Throttling | None:
    """What this Pi tells; None on another board.

    Raises:
        UserError: its program may not ask the firmware, or hangs.
    """
    for word in (_read(root / "sys/devices/platform/soc/soc:firmware/get_throttled"), _vcgencmd()):
        if word:
            return from_bits(int(word, 16))
    for chip in root.glob("sys/class/hwmon/hwmon*"):
        if _read(chip / "name") == "rpi_volt":
            now = _read(chip / "in0_lcrit_alarm") == "1"
            return Throttling(Happened(now, now), None)
    return None


def jetson(root: Path) -> dict[str, int] | None:
    """Events of `oc1`, `oc2` and `oc3` since the start; None on another board."""
    for chip in root.glob("sys/class/hwmon/hwmon*"):
        if _read(chip / "name") == "soctherm_oc":
            return {
                counter.name.partition("_")[0]: int(_read(counter) or 0)
                for counter in sorted(chip.glob("oc*_event_cnt"))
            }
    return None


def slowed_now(root: Path = Path("/")) -> list[str]:
    """What slows this board now, or since its start where only that is told; in words."""
    try:
        pi, events = raspberry(root), jetson(root)
    except UserError:
        return []
    reasons = ["under-voltage"] if pi and pi.under_voltage.now else []
    reasons += ["throttling"] if pi and pi.slowed and pi.slowed.now else []
    reasons += ["over-current"] if events and any(events.values()) else []
    return reasons


def _vcgencmd() -> str:
    told = output_of(("vcgencmd",), "get_throttled", seconds=_PROGRAM_SECONDS)
    if told is None:
        return ""
    name, _, value = told.partition("=")
    if name != "throttled":
        raise UserError(f"vcgencmd may not ask the firmware: {told or 'it tells nothing'}")
    return value


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""

"""A board that grows too hot works at a lower rate, step by step, and comes back.

Better than the firmware's throttling, which starts later and takes the speed of everything.
"""

from dataclasses import dataclass, replace
from pathlib import Path

# Sensors of parts that are switched off tell anything, some of them absolute zero.
_PLAUSIBLE = range(-40, 200)


@dataclass(frozen=True)
class HeatLimits:
    """When the rate falls, and when it comes back.

    Args:
        highest: °C that are still borne at the full rate.
        margin: so many °C below `highest` before it comes back, at least 0.
        seconds: how long it must be too hot for a step down, or cool enough for a step up.
        steps: of the rate, each half the one before: with 4 it falls to a sixteenth.
    """

    highest: float = 75.0
    margin: float = 5.0
    seconds: float = 10.0
    steps: int = 4


@dataclass(frozen=True)
class Heat:
    """How hot the board is, and what is done about it.

    Args:
        celsius: the last measure; None where nothing tells it.
        step: 0 is the full rate, 1 a half, 2 a quarter.
        trend: 1 while it is too hot, -1 while it is cool enough, 0 between.
        since: the monotonic second since which it is, or since the last step.
    """

    celsius: float | None = None
    step: int = 0
    trend: int = 0
    since: float = 0.0

    @property
    def share(self) -> float:
        """Of the full rate."""
        return 2.0**-self.step

    def pause(self, took: float, full: float) -> float:
        """Seconds to wait after a frame, so that the rate is `share` of the full one.

        Args:
            took: this frame, since the last pause; little if the camera's next was there already.
            full: a frame at the full rate, the wait for the camera included. If a frame takes
                longer now, as with another model, that counts.
        """
        return max(took, full) * 2.0**self.step - took


def hottest(root: Path = Path("/")) -> float | None:
    """The temperature of the hottest of the kernel's thermal zones, °C; None if there is none.

    Args:
        root: of the file system (`sys/class/thermal`, Documentation/driver-api/thermal/sysfs-api).
    """
    temperatures = []
    for sensor in root.glob("sys/class/thermal/thermal_zone*/temp"):
        try:
            celsius = int(sensor.read_text()) / 1000
        except (OSError, ValueError):
            # A Jetson's zones of parts that are switched off cannot be read.
            continue
        if int(celsius) in _PLAUSIBLE:
            temperatures.append(celsius)
    return max(temperatures, default=None)


def after_measure(heat: Heat, celsius: float | None, now: float, limits: HeatLimits) -> Heat:
    """What is done after one measure more.

    Without a measure nothing is known to be hot: the rate comes back.

    Args:
        celsius: as `hottest` tells.
        now: a monotonic clock's seconds.
    """
    trend = _trend(celsius, limits)
    if trend != heat.trend:
        return replace(heat, celsius=celsius, trend=trend, since=now)
    if trend == 0 or now - heat.since < limits.seconds:
        return replace(heat, celsius=celsius)
    step = min(max(heat.step + trend, 0), limits.steps)
    return Heat(celsius, step, trend, now)


def heat_in_words(heat: Heat) -> str:
    """For a person, such as `81 °C, 1/4 of the rate`."""
    told = "temperature unknown" if heat.celsius is None else f"{heat.celsius:.0f} °C"
    return f"{told}, {'full rate' if heat.step == 0 else f'1/{2**heat.step} of the rate'}"


def _trend(celsius: float | None, limits: HeatLimits) -> int:
    if celsius is None or celsius < limits.highest - limits.margin:
        return -1
    return 1 if celsius > limits.highest else 0

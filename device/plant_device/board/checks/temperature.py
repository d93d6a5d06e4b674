"""How hot the board is."""

from plant_device.board.finding import Asked, Finding
from plant_device.board.heat import HeatLimits, hottest

# A Pi slows down from 80 °C, and hard from 85 (its documentation, "Frequency management and
# thermal control"); a Jetson Orin from 99.
_SLOWS = 85.0


def check(asked: Asked) -> list[Finding]:
    """The hottest of its sensors."""
    celsius = hottest(asked.root)
    if celsius is None:
        return [Finding("temperature", "ok", "no sensor tells it")]
    told = f"{celsius:.0f} °C"
    to_do = "give it a heat sink or a fan, shade and air"
    if celsius >= _SLOWS:
        return [Finding("temperature", "failure", told, to_do)]
    if celsius > HeatLimits.highest:
        return [Finding("temperature", "warning", told, to_do)]
    return [Finding("temperature", "ok", told)]

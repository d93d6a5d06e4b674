"""Under-voltage and throttling, which make a board slow and its SD card sick."""

from plant_device.board.finding import Asked, Finding, Level
from plant_device.board.throttle import Happened, Throttling, jetson, raspberry
from plant_device.contract.errors import UserError

_SUPPLY = (
    "use the board's own power supply (Pi 4: 5.1 V 3 A, Pi 5: 5.1 V 5 A) and a short, thick cable; "
    "unplug what else draws from it"
)
_COOLING = "give it a heat sink or a fan, shade and air"
_JETSON_SUPPLY = (
    "use the board's own power supply; or a lower power mode, which /etc/nvpmodel.conf lists: "
    "sudo nvpmodel -m NUMBER"
)


def check(asked: Asked) -> list[Finding]:
    """What the firmware tells; nothing on a board that tells nothing."""
    try:
        pi = raspberry(asked.root)
    except UserError as error:
        to_do = "sudo usermod -aG video $USER, then log in again"
        return [Finding("power", "warning", str(error), to_do)]
    if pi:
        return of_raspberry(pi)
    events = jetson(asked.root)
    return [of_jetson(events)] if events is not None else []


def of_raspberry(told: Throttling) -> list[Finding]:
    """Power, and speed where the firmware tells it."""
    power = _finding("power", told.under_voltage, "under-voltage", _SUPPLY, now="failure")
    if told.slowed is None:
        return [power]
    # Under-voltage throttles too.
    cooling = _COOLING if power.level == "ok" else f"mend the power first; then {_COOLING}"
    return [power, _finding("speed", told.slowed, "throttling", cooling, now="warning")]


def of_jetson(events: dict[str, int]) -> Finding:
    """Events of its voltage and current monitors."""
    told = ", ".join(f"{name} {number}" for name, number in events.items())
    if any(events.values()):
        what = f"over-current or under-voltage events since the start: {told}"
        return Finding("power", "warning", what, _JETSON_SUPPLY)
    return Finding("power", "ok", f"no over-current event since the start: {told}")


def _finding(name: str, happened: Happened, what: str, to_do: str, now: Level) -> Finding:
    if happened.now:
        return Finding(name, now, f"{what} now", to_do)
    if happened.before:
        return Finding(name, "warning", f"{what} since the start, not now", to_do)
    return Finding(name, "ok", f"no {what} since the start")

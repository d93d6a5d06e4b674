"""Whether the model file is whole, and computes here what it must."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from plant_device.board.finding import Asked, Finding
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.own_process import NoAnswerError, ask_apart

if TYPE_CHECKING:
    from plant_device.models.trial import Tried

_SECONDS = 120.0


def check(asked: Asked) -> list[Finding]:
    """Read it, and compute its self-test, in a process that it may end."""
    if asked.model is None:
        return []
    try:
        tried = ask_apart(tried_model, str(asked.model), seconds=_SECONDS)
    except NoAnswerError as error:
        to_do = "see the line of the runtime; try another version of it"
        return [Finding("self-test", "failure", f"it crashes: {error}", to_do)]
    except UserError as error:
        if error.exit_code == REFUSED:
            to_do = "install the runtime of constraints/device.txt; then try another board"
            return [Finding("self-test", "failure", str(error), to_do)]
        to_do = "copy the file again, or build it again with plant-convert; see the runtime too"
        return [Finding("model", "failure", str(error), to_do)]
    return [model(tried, datetime.now(timezone.utc)), self_test(tried["largest_step"])]


def tried_model(path: str) -> Tried:
    """As `try_model`, whose libraries may not even import here."""
    from plant_device.models.trial import try_model

    return try_model(path)


def model(tried: Tried, now: datetime) -> Finding:
    """What it is; whether this machine's clock is from before it was made."""
    told = (
        f"{tried['name']} {tried['version']}, {tried['architecture']}, {tried['classes']} classes"
    )
    try:
        made = datetime.fromisoformat(tried["created"])
    except ValueError:
        return Finding("model", "ok", told)
    if made.tzinfo and made > now + timedelta(days=1):
        return Finding(
            "model",
            "warning",
            f"{told}; made on {made:%Y-%m-%d}, which is later than now by this clock",
            f"set the clock: sudo date --set '{made:%Y-%m-%d} 12:00', with today's date",
        )
    return Finding("model", "ok", f"{told}, made on {made:%Y-%m-%d}")


def self_test(largest_step: int) -> Finding:
    """How far its logits are from those that it must give."""
    told = f"up to {largest_step} int8 steps off" if largest_step else "equal logits"
    return Finding("self-test", "ok", told)

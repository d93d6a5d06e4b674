"""Whether the model file is whole, and computes here what it must."""

from datetime import datetime, timedelta, timezone

from plant_device.board.finding import Asked, Finding
from plant_device.contract.errors import REFUSED, UserError
from plant_device.models.shelf import Shelf
from plant_device.models.trial import tried
from plant_device.models.trial_process import Answer


def check(asked: Asked) -> list[Finding]:
    """Read it, and compute its self-test, in a process that it may end."""
    if asked.model is None:
        return []
    try:
        file = asked.model
        if file.is_dir():
            shelf = Shelf(file)
            file = shelf.path(shelf.history().current)
        answer = tried(file, str(asked.model))
    except UserError as error:
        if error.exit_code == REFUSED:
            to_do = (
                "see the line of the runtime; install that of constraints/device.txt, then try "
                "another board"
            )
            return [Finding("self-test", "failure", str(error), to_do)]
        to_do = "copy the file again, or build it again with plant-convert; see the runtime too"
        return [Finding("model", "failure", str(error), to_do)]
    return [model(answer, datetime.now(timezone.utc)), self_test(answer.largest_step)]


def model(answer: Answer, now: datetime) -> Finding:
    """What it is; whether this machine's clock is from before it was made."""
    told = f"{answer.name} {answer.version}, {answer.architecture}, {answer.classes} classes"
    try:
        made = datetime.fromisoformat(answer.created)
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

"""The modes that settings name, each as what attention is paid to."""

from plant_device.contract.command_line import say
from plant_device.service.attention import Attention, Continuous, Looks, Trigger
from plant_device.service.settings import DecisionSettings
from plant_device.service.triggers.button import Button
from plant_device.service.triggers.either import Either
from plant_device.service.triggers.every import Every
from plant_device.service.triggers.motion import Motion
from plant_device.service.triggers.next_leaf import NextLeaf


def attention_of(decision: DecisionSettings, asked: Button) -> Attention:
    """What the mode pays attention to.

    Args:
        asked: pressed by who wants an answer now, whatever the mode.
    """
    if decision.mode == "continuous":
        return Continuous(asked)
    trigger = _trigger(decision)
    return Looks(Either(trigger, asked) if trigger else asked, decision.patience)


def say_what_to_do(decision: DecisionSettings, button: str | None) -> None:
    """Tell whoever stands before the device what it waits for.

    Args:
        button: the name of the one that it listens to.
    """
    begin = "press Enter for a look" if button == "keyboard" else "press for a look"
    if decision.mode == "inspect":
        several = f"{decision.leaves} leaves, one after the other"
        leaves = "a leaf" if decision.leaves == 1 else several
        say(f"show {leaves}" + (f"; {begin} at each" if decision.button else ""))
    elif decision.mode == "button":
        say(begin)


def _trigger(decision: DecisionSettings) -> Trigger | None:
    """What begins looks by itself; None where each is asked for."""
    match decision.mode:
        case "interval":
            return Every(decision.every)
        case "motion":
            return Motion(decision.motion, decision.rest)
        case "inspect" if decision.button is None:
            return NextLeaf()
        case _:
            return None

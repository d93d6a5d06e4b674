"""The modes that settings name, each as what attention is paid to."""

from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_device.service.attention import Attention, Continuous, Looks, Trigger
from plant_device.service.buttons import button_of
from plant_device.service.settings import DecisionSettings
from plant_device.service.triggers.every import Every
from plant_device.service.triggers.motion import Motion
from plant_device.service.triggers.next_leaf import NextLeaf


def attention_of(decision: DecisionSettings) -> Attention:
    """What the mode pays attention to.

    Raises:
        UserError: the button that it needs is not there, or it needs none.
    """
    if decision.button and decision.mode not in ("button", "inspect"):
        raise UserError(
            f"expected the mode button or inspect with a button, received: {decision.mode}"
        )
    if decision.mode == "continuous":
        return Continuous()
    return Looks(_trigger(decision), decision.patience)


def say_what_to_do(decision: DecisionSettings) -> None:
    """Tell whoever stands before the device what it waits for."""
    begin = "press Enter for a look" if _pressed(decision) == "keyboard" else "press for a look"
    if decision.mode == "inspect":
        several = f"{decision.leaves} leaves, one after the other"
        leaves = "a leaf" if decision.leaves == 1 else several
        say(f"show {leaves}" + (f"; {begin} at each" if decision.button else ""))
    elif decision.mode == "button":
        say(begin)


def _pressed(decision: DecisionSettings) -> str:
    return decision.button or "keyboard"


def _trigger(decision: DecisionSettings) -> Trigger:
    match decision.mode:
        case "interval":
            return Every(decision.every)
        case "motion":
            return Motion(decision.motion, decision.rest)
        case "inspect" if decision.button is None:
            return NextLeaf()
        case _:
            return button_of(_pressed(decision))

"""The modes that settings name, each as what attention is paid to."""

from plant_device.service.attention import Attention, Continuous, Looks, Trigger
from plant_device.service.buttons import button_of
from plant_device.service.settings import DecisionSettings
from plant_device.service.triggers.every import Every
from plant_device.service.triggers.motion import Motion
from plant_device.service.triggers.next_leaf import NextLeaf


def attention_of(decision: DecisionSettings) -> Attention:
    """What the mode pays attention to.

    Raises:
        UserError: the button that it needs is not there.
    """
    if decision.mode == "continuous":
        return Continuous()
    return Looks(_trigger(decision), decision.patience)


def _trigger(decision: DecisionSettings) -> Trigger:
    match decision.mode:
        case "interval":
            return Every(decision.every)
        case "motion":
            return Motion(decision.motion, decision.rest)
        case "inspect" if decision.button is None:
            return NextLeaf()
        case _:
            return button_of(decision.button or "keyboard")

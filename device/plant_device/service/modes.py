"""The modes that settings name, each as what attention is paid to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plant_device.service.attention import Attention, Continuous, Looks, Trigger
from plant_device.service.settings import DecisionSettings
from plant_device.service.triggers.button import Button
from plant_device.service.triggers.either import Either
from plant_device.service.triggers.every import Every
from plant_device.service.triggers.motion import Motion
from plant_device.service.triggers.next_leaf import NextLeaf

if TYPE_CHECKING:
    from plant_device.texts.texts import Texts


def attention_of(decision: DecisionSettings, asked: Button) -> Attention:
    """What the mode pays attention to.

    Args:
        asked: pressed by who wants an answer now, whatever the mode.
    """
    if decision.mode == "continuous":
        return Continuous(asked)
    trigger = _trigger(decision)
    return Looks(Either(trigger, asked) if trigger else asked, decision.patience)


def what_to_do(decision: DecisionSettings, button: str | None, texts: Texts) -> str:
    """What the device asks of whoever stands before it; empty where it asks nothing.

    Args:
        button: the name of the one that it listens to; None where nobody can press any.
    """
    words, told = texts.inspection, []
    if decision.mode == "inspect":
        several = words.show.replace("{leaves}", str(decision.leaves))
        told.append(words.show_one if decision.leaves == 1 else several)
    if button and decision.mode in ("inspect", "button"):
        told.append(words.press_enter if button == "keyboard" else words.press)
    return "; ".join(told)


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

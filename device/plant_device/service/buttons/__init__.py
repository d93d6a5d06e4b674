"""What can be pressed, by its name: one kind a file."""

from plant_device.contract.errors import UserError
from plant_device.service.buttons.gpio import chip_and_number, press_by_gpio
from plant_device.service.buttons.keyboard import press_by_keyboard
from plant_device.service.triggers.button import Button

_GPIO = "gpio:"
PAGE = "page"
"""Pressed by the page alone, which may press beside any other too."""


def press_by(button: Button, name: str) -> None:
    """Have what has that name press the button, from now on.

    Raises:
        UserError: no button has such a name, or the board does not have it.
    """
    require_button(name)
    if name.startswith(_GPIO):
        press_by_gpio(button, name.removeprefix(_GPIO))
    elif name != PAGE:
        press_by_keyboard(button)


def require_button(name: str) -> None:
    """Refuse what is no button's name, without looking at the board.

    Raises:
        UserError: no button has such a name.
    """
    if name.startswith(_GPIO):
        chip_and_number(name.removeprefix(_GPIO))
    elif name not in ("keyboard", PAGE):
        raise UserError(
            "expected keyboard, page, gpio:LINE or gpio:/dev/gpiochipN:LINE for a button, "
            f"received: {name}"
        )

"""What can be pressed, by its name: one kind a file."""

from plant_device.contract.errors import UserError
from plant_device.service.buttons.gpio import press_by_gpio
from plant_device.service.buttons.keyboard import press_by_keyboard
from plant_device.service.triggers.button import Button


def button_of(name: str) -> Button:
    """The button of that name, ready to be pressed.

    Raises:
        UserError: no button has such a name, or the board does not have it.
    """
    button = Button()
    kind, _, line = name.partition(":")
    if name == "keyboard":
        press_by_keyboard(button)
    elif kind == "gpio":
        press_by_gpio(button, line)
    else:
        raise UserError(
            f"expected keyboard, gpio:LINE or gpio:/dev/gpiochipN:LINE for a button, received: "
            f"{name}"
        )
    return button

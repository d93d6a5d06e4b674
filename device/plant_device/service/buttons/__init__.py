"""What can be pressed, by its name: one kind a file."""

from plant_device.contract.errors import UserError
from plant_device.service.buttons.gpio import chip_and_number, press_by_gpio
from plant_device.service.buttons.keyboard import press_by_keyboard
from plant_device.service.triggers.button import Button

_GPIO = "gpio:"


def button_of(name: str) -> Button:
    """The button of that name, ready to be pressed.

    Raises:
        UserError: no button has such a name, or the board does not have it.
    """
    require_button(name)
    button = Button()
    if name.startswith(_GPIO):
        press_by_gpio(button, name.removeprefix(_GPIO))
    else:
        press_by_keyboard(button)
    return button


def require_button(name: str) -> None:
    """Refuse what is no button's name, without looking at the board.

    Raises:
        UserError: no button has such a name.
    """
    if name.startswith(_GPIO):
        chip_and_number(name.removeprefix(_GPIO))
    elif name != "keyboard":
        raise UserError(
            f"expected keyboard, gpio:LINE or gpio:/dev/gpiochipN:LINE for a button, received: "
            f"{name}"
        )

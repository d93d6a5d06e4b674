"""A button between a line of the board's header and ground, by the kernel's GPIO devices."""

import re
import threading
from datetime import timedelta
from pathlib import Path

from plant_device.contract.command_line import require
from plant_device.contract.errors import UserError
from plant_device.service.triggers.button import Button

# The 40 pins of a Raspberry Pi are on the first chip, as is a Jetson's header.
_CHIP = "/dev/gpiochip0"
_BOUNCES = timedelta(milliseconds=20)


def press_by_gpio(button: Button, line: str) -> None:
    """Press the button whenever the line is drawn to ground, from now on.

    Args:
        line: a number as the chip counts (a Pi's BCM numbers), or `/dev/gpiochipN:NUMBER`.

    Raises:
        UserError: it is none, gpiod is not installed, or the kernel does not hand the line out.
    """
    chip, number = chip_and_number(line)
    require("gpiod", "gpio")
    import gpiod
    from gpiod.line import Bias, Edge

    if not Path(chip).exists():
        raise UserError(f"expected a GPIO chip at {chip}, received: no such device")
    settings = gpiod.LineSettings(
        edge_detection=Edge.FALLING, bias=Bias.PULL_UP, debounce_period=_BOUNCES
    )
    try:
        request = gpiod.request_lines(chip, consumer="plant-edge", config={number: settings})
    except (OSError, ValueError) as error:
        raise UserError(
            f"line {number} of {chip} cannot be had as a button: {error} (is another program using "
            "it, and is this user in the group gpio?)"
        ) from None

    def listen() -> None:
        while request.read_edge_events():
            button.press()

    threading.Thread(target=listen, name="gpio", daemon=True).start()


def chip_and_number(line: str) -> tuple[str, int]:
    """The chip's device and its line, of `NUMBER` or `/dev/gpiochipN:NUMBER`.

    Raises:
        UserError: it is neither.
    """
    asked = re.fullmatch(r"(?:(/dev/gpiochip[0-9]{1,3}):)?([0-9]{1,4})", line)
    if not asked:
        raise UserError(
            "expected gpio:LINE or gpio:/dev/gpiochipN:LINE, such as gpio:17, received: "
            f"gpio:{line}"
        )
    return asked[1] or _CHIP, int(asked[2])

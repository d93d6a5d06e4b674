"""Enter on the terminal, or a line that another program writes to standard input."""

import os
import sys
import threading
from pathlib import Path

from plant_device.contract.command_line import say
from plant_device.service.triggers.button import Button


def keyboard_is_there() -> bool:
    """Whether standard input may bring a line: the null device never does."""
    return sys.stdin is not None and not os.path.samestat(os.fstat(0), Path(os.devnull).stat())


def press_by_keyboard(button: Button) -> None:
    """Press the button at each line of standard input, from now on."""

    def listen() -> None:
        # Not `for line in sys.stdin`: that reads ahead.
        while sys.stdin and sys.stdin.readline():
            button.press()
        say("standard input has ended: nobody presses Enter any more")

    threading.Thread(target=listen, name="keyboard", daemon=True).start()

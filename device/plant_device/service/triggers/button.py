"""A look when somebody presses a button: a key of the terminal, a wire at the board, the page's."""

import threading

from plant_device.camera.frame import Frame


class Button:
    """Fires once after it was pressed; whoever has a button presses this one, from any thread.

    Presses during a look are for that look: a hand that trembles does not ask twice.
    """

    def __init__(self) -> None:
        self._pressed = threading.Event()

    def press(self) -> None:
        """Ask for a look at the next frame."""
        self._pressed.set()

    def fires(self, frame: Frame) -> bool:
        """Whether it was pressed since the last look."""
        pressed = self._pressed.is_set()
        self._pressed.clear()
        return pressed

    def meanwhile(self, frame: Frame) -> None:
        """Forget what was pressed."""
        self._pressed.clear()

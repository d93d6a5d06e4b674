"""How the device may look at leaves."""

from typing import Literal

ModeName = Literal["continuous", "interval", "motion", "button", "inspect"]

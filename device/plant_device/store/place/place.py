"""A place on the earth, and how it is known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from plant_device.contract.errors import UserError

PlaceOrigin = Literal["fixed", "gpsd", "phone"]


@dataclass(frozen=True)
class Place:
    """Degrees north and east (WGS 84), and how far off they may be, in metres, where known."""

    latitude: float
    longitude: float
    origin: PlaceOrigin
    accuracy: float | None = None

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError(f"no place on earth: {self.latitude}, {self.longitude}")


Where = Callable[[], Place | None]
"""Says where the device is, or None while that is not known."""


def fixed_place(text: str) -> Place:
    """A place that a person wrote, as `52.1315,11.6399`.

    Raises:
        UserError: it is none.
    """
    try:
        latitude, longitude = map(float, text.split(","))
        return Place(latitude, longitude, "fixed")
    except ValueError:
        raise UserError(
            "expected a place as LATITUDE,LONGITUDE in degrees, such as 52.1315,11.6399, or gpsd, "
            f"received: {text}"
        ) from None

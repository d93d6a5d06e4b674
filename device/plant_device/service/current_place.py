"""Where the device is: as a phone said of late, else as the settings have it."""

import time
from collections.abc import Callable

from plant_device.store.clock import BoardClock
from plant_device.store.place.place import Place, Where

_PHONE_SECONDS = 600.0
"""After which a phone may have gone elsewhere."""


class CurrentPlace:
    """Says where the device is, for each record.

    Args:
        setting: degrees, or a receiver; None: nowhere known.
        clock: hears the time that a receiver tells.
        say: told what a person should know.

    Raises:
        UserError: the setting is no place.
    """

    def __init__(self, setting: str | None, clock: BoardClock, say: Callable[[str], None]) -> None:
        self._clock = clock
        self._say = say
        self._setting = setting
        self._where = self._where_of(setting)
        self._phone: tuple[Place, float] | None = None

    def change(self, setting: str | None) -> None:
        """Go by another setting; from any thread.

        Raises:
            UserError: it is no place; then nothing changes.
        """
        if setting != self._setting:
            self._where = self._where_of(setting)
            self._setting = setting

    def told(self, place: Place) -> None:
        """Hear it from a phone; from any thread."""
        self._phone = place, time.monotonic()

    def __call__(self) -> Place | None:
        """Where it is now."""
        phone = self._phone
        if phone and time.monotonic() - phone[1] < _PHONE_SECONDS:
            return phone[0]
        return self._where()

    def _where_of(self, setting: str | None) -> Where:
        if setting is None:
            return lambda: None
        if setting.partition(":")[0] == "gpsd":
            from plant_device.store.place.gpsd import Gpsd, gpsd_address

            return Gpsd(gpsd_address(setting), self._clock.heard, self._say)
        from plant_device.store.place.place import fixed_place

        place = fixed_place(setting)
        return lambda: place

"""Whether settings say what `run` can begin with; nothing is opened."""

from plant_device.camera.source import open_source
from plant_device.service.buttons import require_button
from plant_device.service.settings import Settings
from plant_device.store.place.gpsd import gpsd_address
from plant_device.store.place.place import fixed_place
from plant_device.texts.languages import load_texts
from plant_device.web.listen import listen_address


def check_settings(settings: Settings) -> None:
    """Understand what settings hold in words of their own.

    Raises:
        UserError: a source, place, button, address or language is none, or its file is not there.
    """
    if settings.source is not None:
        open_source(settings.source)
    if settings.decision.button is not None:
        require_button(settings.decision.button)
    if settings.web.listen is not None:
        listen_address(settings.web.listen)
    if settings.store.place is not None:
        check_place(settings.store.place)
    load_texts(settings.language, settings.texts)


def check_place(place: str) -> None:
    """Understand where the device is.

    Raises:
        UserError: that is no place.
    """
    if place.partition(":")[0] == "gpsd":
        gpsd_address(place)
    else:
        fixed_place(place)

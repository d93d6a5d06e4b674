"""The processes that show the device to the world, and what they see of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from plant_device.camera.report import status_in_words
from plant_device.camera.supervisor import SupervisedCamera
from plant_device.contract.command_line import require, say
from plant_device.contract.errors import UserError
from plant_device.service.adjustments import Adjustments
from plant_device.service.current_mode import CurrentMode
from plant_device.service.current_place import CurrentPlace
from plant_device.service.keeping import Keeping
from plant_device.service.loop import Listener
from plant_device.service.now import Asked, Now
from plant_device.service.order_desk import OrderDesk
from plant_device.service.outlet import Outlet
from plant_device.service.photographs import Photographs
from plant_device.service.settings import Settings, WebSettings
from plant_device.service.triggers.button import Button
from plant_device.store.place.place import Place
from plant_device.web.access.hosts import is_loopback
from plant_device.web.listen import listen_address

Tell = Callable[[tuple[str, str]], None]


class HasModel(Protocol):
    """What is asked of a classifier here."""

    @property
    def sha256(self) -> str:
        """Of the file of the model that answers."""


class Outlets:
    """What `plant-device run` serves beside its loop, as its settings ask for.

    Args:
        kept, place: what keeps records, and says where they are taken; None where nothing does.
        tell: told of what happened, its kind and its words, from any thread.

    Raises:
        UserError: an extra is not installed, or a setting that is needed is missing.
    """

    def __init__(
        self,
        adjustments: Adjustments,
        camera: SupervisedCamera,
        mode: CurrentMode,
        asked: Button,
        classifier: HasModel,
        kept: Keeping | None,
        place: CurrentPlace | None,
        tell: Tell,
    ) -> None:
        self.now = Now(
            Asked(
                camera=lambda: camera.status,
                mode=lambda: mode.decision.mode,
                inspection=lambda: mode.inspection,
                model=lambda: classifier.sha256,
                kept=kept,
            )
        )
        photographs = None
        if kept:
            photographs = Photographs(
                asked, lambda: kept.newest, lambda: status_in_words(camera.status)
            )
        self.listeners: list[Listener] = [*([photographs] if photographs else []), self.now]

        def apply(settings: Settings) -> None:
            if kept and place:
                place.change(settings.store.place)
                kept.floor = settings.store.floor
            # An inspection that is half done goes on, where only the language is changed.
            if settings.decision != mode.decision:
                mode.change(settings.decision)

        def tell_place(where: Place) -> None:
            if place is None:
                raise UserError("no place is kept: start the device with --store")
            place.told(where)

        def say_for(words: str, event: bool) -> None:
            if event:
                tell(("page", words))
            else:
                say(words)

        desk = OrderDesk(self.now, photographs, adjustments, apply, tell_place, say_for)
        begun = {
            "settings": adjustments.settings.model_dump(mode="json"),
            "state": _text(adjustments.folder),
        }

        def outlet(name: str, module: str) -> Outlet:
            return Outlet(name, module, begun, desk.carry_out, lambda words: tell((name, words)))

        self._outlets = []
        if adjustments.settings.web.listen:
            require("fastapi", "web")
            _require_what_a_page_needs(adjustments.settings.web, adjustments.folder)
            self._outlets.append(outlet("page", "plant_device.web.server_process"))
        if adjustments.settings.mqtt.broker:
            require("paho.mqtt.client", "mqtt")
            if kept is None:
                raise UserError("expected --store with --mqtt: what is reported is what is kept")
            self._outlets.append(outlet("mqtt", "plant_device.mqtt.publisher_process"))

    def start(self) -> None:
        """Start them, in the background."""
        for outlet in self._outlets:
            outlet.start()

    def stop(self) -> None:
        """End them."""
        self.now.end()
        for outlet in self._outlets:
            outlet.stop()


def _require_what_a_page_needs(web: WebSettings, folder: Path | None) -> None:
    """Refuse what no trying again would mend."""
    assert web.listen
    host, _ = listen_address(web.listen)
    if folder is None and (web.self_signed or not is_loopback(host)):
        raise UserError(
            "expected a folder for the token: start plant-device run with --store DIR, or say "
            "state under [web] in its settings"
        )
    for name, file in {"certificate": web.certificate, "key": web.key}.items():
        if file and not file.is_file():
            raise UserError(f"expected a file for web.{name}, there is none at {file}")


def _text(path: Path | None) -> str | None:
    return str(path) if path else None

"""The process that reports the device to an MQTT broker; the service starts it."""

from contextlib import suppress
from pathlib import Path

from plant_device.live.link import Link
from plant_device.live.orders import Say
from plant_device.live.outlet_process import run_outlet
from plant_device.live.state import LiveState
from plant_device.mqtt.publisher import Publisher
from plant_device.mqtt.settings import MqttSettings


def main() -> None:
    """Report until the service ends."""
    run_outlet(_publish)


def _publish(link: Link) -> None:
    told = link.begun["settings"]
    settings = MqttSettings.model_validate(told["mqtt"])

    def say(words: str) -> None:
        # A service that is too busy to listen is no reason to stop.
        with suppress(TimeoutError):
            link.ask(Say(words=f"mqtt: {words}"))

    Publisher(settings, Path(told["store"]["folder"]), _Newest(link), say).run()


class _Newest:
    """The newest state that the service told."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._state = link.state()

    def __call__(self) -> LiveState:
        with suppress(TimeoutError):
            self._state = self._link.state()
        return self._state


if __name__ == "__main__":
    main()

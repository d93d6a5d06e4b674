"""The process that reports the device to an MQTT broker; the service starts it."""

import resource
from contextlib import suppress
from pathlib import Path

from plant_device.live.link import Link
from plant_device.live.orders import Say
from plant_device.live.outlet_process import run_outlet
from plant_device.live.state import LiveState
from plant_device.mqtt.publisher import Publisher
from plant_device.mqtt.settings import MqttSettings

# A broker may send packets of 256 MB (MQTT 5.0, 2.1.4), which paho takes as a whole; and where the
# service's memory runs out, systemd ends all of it.
_ROOM = 128 << 20


def main() -> None:
    """Report until the service ends."""
    _take_no_more_than(_ROOM)
    run_outlet(_publish)


def _take_no_more_than(room: int) -> None:
    """Bound this process's memory to what its libraries have taken by now, and so many bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    most = pages * resource.getpagesize() + room
    _, hardest = resource.getrlimit(resource.RLIMIT_DATA)
    if hardest == resource.RLIM_INFINITY or hardest > most:
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


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

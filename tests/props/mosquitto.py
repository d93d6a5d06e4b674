"""A real mosquitto on loopback, and who listens to it."""

import json
import queue
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

PROGRAM = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
SECONDS = 120.0
"""After which a test that waits has failed."""


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as channel:
        channel.bind(("127.0.0.1", 0))
        return int(channel.getsockname()[1])


# Debian's and Ubuntu's mosquitto.conf, its folders and where it logs aside.
_PACKAGED = """
user root
pid_file {folder}/mosquitto.pid
persistence true
persistence_location {folder}/
log_dest stderr
include_dir {folder}/conf.d
"""


class Mosquitto:
    """A broker that can be killed and started again on the same port.

    Attributes:
        said: what it said at its last start.
    """

    def __init__(self, settings: Path, port: int) -> None:
        self.port = port
        self.said: list[str] = []
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None

    @classmethod
    def of_lines(cls, folder: Path, *lines: str, port: int | None = None) -> "Mosquitto":
        """One with the given lines in its settings; without any it lets everybody in."""
        port = port or free_port()
        common = (
            f"listener {port} 127.0.0.1",
            "user root",
            "persistence true",
            f"persistence_location {folder}/",
            "log_dest stderr",
            "max_queued_messages 0",
        )
        settings = folder / "mosquitto.conf"
        settings.write_text("\n".join((*common, *(lines or ("allow_anonymous true",)))))
        return cls(settings, port)

    @classmethod
    def packaged(cls, folder: Path, more: str, port: int) -> "Mosquitto":
        """One with the settings of Debian's package, and `more` in a file of conf.d."""
        settings = folder / "mosquitto.conf"
        settings.write_text(_PACKAGED.format(folder=folder))
        (folder / "conf.d").mkdir()
        (folder / "conf.d" / "plant-edge.conf").write_text(more)
        return cls(settings, port)

    def start(self) -> "Mosquitto":
        """Start it, and return when it listens."""
        assert PROGRAM
        self._process = subprocess.Popen(
            [PROGRAM, "-c", str(self._settings)], stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr
        self.said = []
        for line in self._process.stderr:
            self.said.append(line)
            if line.rstrip().endswith("running"):
                # Nobody reads the rest; it must not stand in the way.
                threading.Thread(target=self._process.stderr.read, daemon=True).start()
                return self
        raise AssertionError("".join(self.said))

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End it in order, if it runs."""
        while self._process:
            self._process.terminate()
            # One that has only just said that it runs forgets what it was told before its loop.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=5.0)
                self._process = None


class Subscriber:
    """Has all that is published below a topic, in the order in which it came.

    The broker keeps what comes while it is away.
    """

    def __init__(
        self,
        port: int,
        topic: str = "#",
        name: str = "subscriber",
        prepare: Callable[[mqtt.Client], None] = lambda client: None,
    ) -> None:
        self.heard: queue.Queue[tuple[str, bytes, bool]] = queue.Queue()
        subscribed: queue.Queue[None] = queue.Queue()
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
        client.reconnect_delay_set(1, 1)
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = 3600

        def connected(
            client: mqtt.Client, _: object, flags: object, answer: ReasonCode, more: object
        ) -> None:
            client.subscribe(topic, qos=1)

        client.on_connect = connected
        client.on_subscribe = lambda *_: subscribed.put(None)
        client.on_message = lambda _, __, message: self.heard.put(
            (message.topic, bytes(message.payload), message.retain)
        )
        prepare(client)
        client.connect("127.0.0.1", port, clean_start=False, properties=session)
        client.loop_start()
        subscribed.get(timeout=SECONDS)
        self._client = client

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish, and wait until the broker has it."""
        self._client.publish(topic, payload, qos=1).wait_for_publish(SECONDS)

    def until(self, wanted: Callable[[str, Any], bool]) -> list[tuple[str, Any]]:
        """All that comes, up to the first that is wanted."""
        came = []
        while True:
            topic, payload, _ = self.heard.get(timeout=SECONDS)
            came.append((topic, _value(payload)))
            if wanted(*came[-1]):
                return came

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


def _value(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode()

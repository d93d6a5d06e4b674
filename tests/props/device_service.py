"""What a publisher's process needs of the service: its settings, the state, somebody to tell."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from plant_device.live.state import CameraNow, LiveState
from plant_device.live.wire import receive, send

STATE = LiveState(
    version=1,
    mode="continuous",
    camera=CameraNow(state="running", cause="", frames=1, dropped=0),
    model="c" * 64,
)


class Service:
    """Starts the publisher's process and answers it as the service does."""

    def __init__(self, folder: Path, mqtt: Mapping[str, object]) -> None:
        self._begun = {
            "parent": os.getpid(),
            "settings": {"mqtt": dict(mqtt), "store": {"folder": str(folder)}},
        }
        self.state = STATE
        self.said: queue.Queue[str] = queue.Queue()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Service":
        """Start the process."""
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "plant_device.mqtt.publisher_process"], stdin=theirs.fileno()
        )
        theirs.close()
        send(ours, self._begun)
        threading.Thread(target=self._answer, args=(ours,), daemon=True).start()
        return self

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it, if it runs."""
        if self.process and self.process.poll() is None:
            self.kill()

    def _answer(self, channel: socket.socket) -> None:
        with channel, suppress(EOFError, OSError):
            while True:
                asked, _ = receive(channel)
                order = asked["order"]
                if order["kind"] == "say":
                    self.said.put(order["words"])
                answer = self.state.model_dump() if order["kind"] == "state" else None
                send(channel, {"number": asked["number"], "answer": answer})

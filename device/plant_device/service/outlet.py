"""A process that shows the device to the world: started, answered, and started again if it ends.

Apart from the loop's own process, so that nothing that the world does to it reaches the loop.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from pydantic import ValidationError

from plant_device.contract.errors import UserError
from plant_device.live.orders import ORDER, Order
from plant_device.live.wire import receive, send

# What looks at leaves goes before who looks at the device.
_NICENESS = 10
_MOST_ORDERS_AT_ONCE = 8
_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 60.0
# A process that lived so long had not failed at its start.
_SOUND_SECONDS = 30.0

Desk = Callable[[Order], tuple[object, bytes]]


class Outlet:
    """Keeps a process running, and carries out what it asks for.

    Args:
        name: for people.
        module: what Python runs; its standard input is the wire.
        begun: what the process is told first, as JSON.
        carry_out: an order, from any thread.
        tell: told in words when the process has ended.
    """

    def __init__(
        self,
        name: str,
        module: str,
        begun: Mapping[str, object],
        carry_out: Desk,
        tell: Callable[[str], None],
    ) -> None:
        self._name = name
        self._module = module
        self._begun = begun
        self._carry_out = carry_out
        self._tell = tell
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        # It starts the process as well, which the kernel ends with its thread (prctl(2)).
        self._thread = threading.Thread(target=self._keep_running, name=name, daemon=True)

    def start(self) -> None:
        """Start it, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        self._stopping.set()
        process = self._process
        if process:
            with suppress(ProcessLookupError):
                process.terminate()
        self._thread.join(timeout=5.0)

    def _keep_running(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        wait, told = _RETRY_SECONDS, ""
        while not self._stopping.is_set():
            begun = time.monotonic()
            ending = self._run()
            if self._stopping.is_set():
                return
            if time.monotonic() - begun >= _SOUND_SECONDS:
                wait, told = _RETRY_SECONDS, ""
            if ending != told:
                self._tell(f"{self._name}: {ending}; it is started again")
                told = ending
            self._stopping.wait(wait)
            wait = min(2 * wait, _LONGEST_RETRY_SECONDS)

    def _run(self) -> str:
        """Start the process and answer it until it ends; how it ended, in words."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self._process = process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                # Ctrl-C is for the service, which ends this one.
                start_new_session=True,
            )
            theirs.close()
            failure = self._answer(ours)
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            code = process.wait(timeout=5.0)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        return failure or f"its process ended with exit code {code}"

    def _answer(self, channel: socket.socket) -> str:
        """Carry out orders until the other end is gone; what it failed by, if it said so."""
        sending = threading.Lock()
        with ThreadPoolExecutor(_MOST_ORDERS_AT_ONCE, initializer=_be_nice) as pool:
            try:
                send(channel, {**self._begun, "parent": os.getpid()})
                while True:
                    asked, _ = receive(channel)
                    if "failed" in asked:
                        return str(asked["failed"])
                    pool.submit(partial(self._carried_out, channel, sending, asked))
            except (EOFError, OSError):
                return ""

    def _carried_out(
        self, channel: socket.socket, sending: threading.Lock, asked: Mapping[str, Any]
    ) -> None:
        body = b""
        try:
            answer, body = self._carry_out(ORDER.validate_python(asked.get("order")))
            told: dict[str, object] = {"answer": answer}
        except ValidationError as error:
            told = {"fault": f"no order: {error.errors(include_url=False)[0]['msg']}"}
        except UserError as error:
            told = {"fault": str(error)}
        except OSError as error:
            # Without the path, which is nobody's who only shows the device.
            told = {"disk": error.strerror or str(error)}
        except Exception as error:
            # Whatever it is, who asks must hear of it, and the service goes on.
            told = {"fault": f"a bug of ours: {type(error).__name__}: {error}"}
        with suppress(OSError), sending:
            send(channel, {"number": asked.get("number"), **told}, body)


def _be_nice() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)

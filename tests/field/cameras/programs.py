"""A camera that is a program which serves at a port: kept running, killed, stopped."""

import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

_LISTENS = "0A"  # TCP_LISTEN, linux/tcp_states.h


class Server(AbstractContextManager["Server"]):
    """A program that is started again whenever it ends, until it is to be gone."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._wanted = threading.Event()
        self._over = False
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Server":
        self._wanted.set()
        self._keeper = threading.Thread(target=self._keep)
        self._keeper.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over = True
        self._wanted.set()
        self.signal(signal.SIGKILL)
        self._keeper.join()
        self.signal(signal.SIGKILL)

    def be_gone(self) -> None:
        """Be killed, and stay away."""
        self._wanted.clear()
        self.signal(signal.SIGKILL)

    def be_there(self) -> None:
        """Run again."""
        self._wanted.set()
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        """Have the program get a signal, if it runs."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)

    def _keep(self) -> None:
        while not self._over:
            self._wanted.wait()
            if self._over:
                return
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            if not self._wanted.is_set() or self._over:
                self._process.kill()
            self._process.wait()


def listened(port: int, within: float = 60) -> None:
    """Wait until somebody listens at a port; to try it would take a viewer's place."""
    end = time.monotonic() + within
    while f":{port:04X} 00000000:0000 {_LISTENS}" not in Path("/proc/net/tcp").read_text():
        assert time.monotonic() < end, f"nobody listens at {port}"
        time.sleep(0.05)


def ffmpeg_server(port: int) -> list[str]:
    """The command of an MJPEG camera at http://127.0.0.1:PORT/, for one viewer."""
    return [
        "ffmpeg", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=15",
        "-f", "mpjpeg", "-listen", "1", f"http://127.0.0.1:{port}/",
    ]  # fmt: skip

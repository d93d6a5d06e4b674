"""A board that runs, with what the tests ask it."""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from virtual_pi.drives import Throwaway
from virtual_pi.image import Image
from virtual_pi.machine import Machine
from virtual_pi.suites import Suite

RECORDS = "/var/lib/plant-edge/records"


class Board(NamedTuple):
    """A machine that runs, the folder that it shares with the host, and where its page is."""

    suite: Suite
    machine: Machine
    share: Path
    page: str


@contextmanager
def running_board(suite: Suite, image: Image) -> Iterator[Board]:
    """Start a system, wait until it is up, and end it; what it wrote is forgotten."""
    with tempfile.TemporaryDirectory() as folder:
        share = Path(folder)
        share.chmod(0o755)
        port = _free_port()
        with Machine(image, Throwaway(image.disk), share, page_port=port) as machine:
            machine.done("systemctl is-system-running --wait")
            yield Board(suite, machine, share, f"http://127.0.0.1:{port}")


def journal_tells(words: str) -> str:
    """A command that ends once the service has said so."""
    return f"grep --max-count=1 '{words}' < <(journalctl --follow --unit plant-edge)"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

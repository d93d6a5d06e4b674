"""Machines that train together wait for one another, before TensorFlow does.

TensorFlow would wait in native code, without an end, where Ctrl-C has no effect; nor has SIGTERM,
which it takes for the notice that a machine will be preempted.
"""

import socket
import time
from collections.abc import Sequence

from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError

_PATIENCE_SECONDS = 600.0
_PAUSE_SECONDS = 0.5
_CONNECT_SECONDS = 2.0


def wait_for_all(
    own: str, others: Sequence[str], patience_seconds: float = _PATIENCE_SECONDS
) -> None:
    """Listen at our port until something has answered at each of the others'.

    Who has seen all goes on to TensorFlow, which then answers at the same port: a connection is
    all that is looked for, so those who come later do not mind.

    Args:
        own, others: `host:port`.

    Raises:
        UserError: our port is taken, or some have not answered in time.
    """
    missing = list(others)
    deadline = time.monotonic() + patience_seconds
    with _listening(own):
        say(f"waiting for {', '.join(others)} to start (Ctrl-C stops) …")
        while missing := [place for place in missing if not _answers(place)]:
            if time.monotonic() >= deadline:
                raise UserError(
                    f"expected all workers to start within {patience_seconds:.0f} seconds, no "
                    f"answer from {', '.join(missing)}: start them with the same --workers, and "
                    "see that their ports can be reached from here"
                )
            time.sleep(_PAUSE_SECONDS)


def _listening(own: str) -> socket.socket:
    port = _address(own)[1]
    try:
        if socket.has_dualstack_ipv6():
            return socket.create_server(
                ("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=socket.SOMAXCONN
            )
        return socket.create_server(("", port), backlog=socket.SOMAXCONN)
    except OSError as error:
        raise UserError(
            f"expected a free port for this machine in --workers, received {own}: {error.strerror}"
        ) from None


def _answers(place: str) -> bool:
    try:
        with socket.create_connection(_address(place), _CONNECT_SECONDS):
            return True
    except OSError:
        return False


def _address(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    return host.strip("[]"), int(port)

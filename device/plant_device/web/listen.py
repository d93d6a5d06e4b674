"""Where the server listens, and how people reach it there."""

import fcntl
import ipaddress
import re
import socket
import struct
from contextlib import suppress

from plant_device.contract.errors import UserError
from plant_device.web.access.hosts import is_loopback

_SIOCGIFADDR = 0x8915  # linux/sockios.h
# More than a waiting browser needs, and too few to hold much of the past: two frames.
_SEND_BYTES = 256 << 10


def listen_address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`; of `:PORT` all hosts.

    Raises:
        UserError: it is none.
    """
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.%\w]*\]|[^:\[\]/\s]*):(\d{1,5})", text)
    if not found or not int(found[2]) < 65536:
        raise UserError(
            "expected HOST:PORT to listen at, such as 127.0.0.1:8080 or 0.0.0.0:8080, received: "
            f"{text}"
        )
    return found[1].strip("[]") or "0.0.0.0", int(found[2])


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        UserError: it cannot.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
            listener.bind(address)
            listener.listen(128)
        except OSError:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"cannot listen at {host}:{port}: {reason}; choose another --web HOST:PORT"
        ) from None
    return listener


def urls(host: str, port: int, scheme: str) -> list[str]:
    """By which addresses people reach a server that listens there."""
    hosts = [host]
    if host in ("0.0.0.0", "::"):
        hosts = [*own_addresses(), socket.gethostname()]
    return [f"{scheme}://{_in_url(one)}:{port}" for one in hosts]


def own_addresses() -> list[str]:
    """This machine's IPv4 addresses in its networks; nobody is asked for them."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            with suppress(OSError):
                request = struct.pack("256s", name.encode()[:15])
                answer = fcntl.ioctl(asking.fileno(), _SIOCGIFADDR, request)
                found.append(socket.inet_ntoa(answer[20:24]))
    return [address for address in found if not is_loopback(address)]


def _in_url(host: str) -> str:
    try:
        return f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        return host

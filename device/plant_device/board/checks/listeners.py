"""What of this user's programs the network can reach."""

import ipaddress
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from plant_device.board.finding import Asked, Finding

_LISTEN = "0A"  # TCP_LISTEN, linux/net/tcp_states.h
_OURS = "plant-device"


@dataclass(frozen=True)
class Listener:
    """A TCP port that other machines can reach, and the program that listens."""

    address: str
    port: int
    program: str


def check(asked: Asked) -> list[Finding]:
    """Those of this user's processes that listen on more than this machine's own addresses."""
    listening = listeners(asked, os.getuid())
    if not listening:
        return [Finding("network", "ok", "nothing of this user can be reached from the network")]
    told = ", ".join(f"{each.program} on {each.address} port {each.port}" for each in listening)
    if any(each.program == _OURS for each in listening):
        return [
            Finding(
                "network",
                "warning",
                f"whoever is in the network can reach {told}",
                "say 127.0.0.1 for this machine alone, or see that the network is your own",
            )
        ]
    return [Finding("network", "ok", f"nothing of ours; of this user {told}")]


def listeners(asked: Asked, user: int) -> list[Listener]:
    """Ports of a user, by proc(5)'s net/tcp and net/tcp6."""
    programs = dict(_programs(asked))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in asked.read(f"proc/net/{table}").splitlines()[1:]:
            words = line.split()
            local, state, owner, inode = words[1], words[3], int(words[7]), words[9]
            host, _, port = local.partition(":")
            address = _address(host)
            if state == _LISTEN and owner == user and not _own(address):
                program = programs.get(inode, "a program")
                found.add(Listener(str(address), int(port, 16), program))
    return sorted(found, key=lambda each: (each.port, each.address))


def _address(words: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    # Words of 32 bits in this machine's order, little-endian on all that have wheels.
    return ipaddress.ip_address(
        b"".join(bytes.fromhex(words[start : start + 8])[::-1] for start in range(0, len(words), 8))
    )


def _own(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _programs(asked: Asked) -> Iterator[tuple[str, str]]:
    """Inode of each socket that can be seen, and its process's program."""
    for process in asked.root.glob("proc/[0-9]*"):
        # Processes end meanwhile, and those of others do not show their files.
        with suppress(OSError):
            for link in (process / "fd").iterdir():
                kind, _, inode = str(link.readlink()).partition(":")
                if kind == "socket":
                    yield inode.strip("[]"), _name(asked, process.name)


def _name(asked: Asked, process: str) -> str:
    words = asked.read(f"proc/{process}/cmdline")
    return (
        _OURS if "plant_device" in words or _OURS in words else asked.read(f"proc/{process}/comm")
    )

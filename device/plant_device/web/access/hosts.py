"""By which names the device may be called.

A page of any site can give its own name the address 127.0.0.1 and then ask what listens there, as
that name's own (DNS rebinding). Where no token is needed, names other than this machine's own are
refused. With a token such a name has no cookie, and may be any that a user gave the device.
"""

import ipaddress

_OWN_NAMES = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """The name or address in a `Host` header, without its port, in small letters."""
    text = header.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]


def is_own_host(header: str) -> bool:
    """Whether a `Host` header names this machine by its own loopback names."""
    return host_of(header) in _OWN_NAMES

"""How often somebody may give a wrong token: for each address, and over all. Pure.

Each limit is one number, the moment at which all is forgiven (the generic cell rate algorithm): a
failure moves it on by `interval`, and who is too far ahead of the clock has to wait.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

# An address may fail so often at once, and once more each so many seconds.
_BURST, _INTERVAL = 5, 12.0
# All of them together. Who has logged in before does not wait for others' failures: a stranger's
# flood must not keep the owner out.
_BURST_OF_ALL, _INTERVAL_OF_ALL = 60, 1.0
_MOST_ADDRESSES = 1000
_MOST_TRUSTED = 100


@dataclass(frozen=True)
class Tries:
    """The failures so far.

    Args:
        forgiven: of each address, when its failures are forgiven.
        all_forgiven: the same of all together.
        trusted: addresses from which the right token came, the oldest first.
    """

    forgiven: Mapping[str, float] = field(default_factory=dict)
    all_forgiven: float = 0.0
    trusted: tuple[str, ...] = ()


def seconds_to_wait(tries: Tries, address: str, now: float) -> float:
    """How long an address must wait until it may try again; 0 where it may.

    Args:
        now: a monotonic clock's seconds.
    """
    network = network_of(address)
    own = _wait(tries.forgiven.get(network, 0.0), now, _BURST, _INTERVAL)
    if network in tries.trusted:
        return own
    return max(own, _wait(tries.all_forgiven, now, _BURST_OF_ALL, _INTERVAL_OF_ALL))


def failed(tries: Tries, address: str, now: float) -> Tries:
    """After a wrong token from an address."""
    network = network_of(address)
    left = {one: moment for one, moment in tries.forgiven.items() if moment > now}
    left[network] = max(left.pop(network, 0.0), now) + _INTERVAL
    return replace(
        tries,
        forgiven=dict(list(left.items())[-_MOST_ADDRESSES:]),
        all_forgiven=max(tries.all_forgiven, now) + _INTERVAL_OF_ALL,
    )


def succeeded(tries: Tries, address: str) -> Tries:
    """After the right token from an address: its failures are forgiven."""
    network = network_of(address)
    trusted = (*(one for one in tries.trusted if one != network), network)
    return replace(
        tries,
        forgiven={one: moment for one, moment in tries.forgiven.items() if one != network},
        trusted=trusted[-_MOST_TRUSTED:],
    )


def network_of(address: str) -> str:
    """Whom an address stands for: of IPv6 its /64, since who has one address has all of those."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _wait(forgiven: float, now: float, burst: int, interval: float) -> float:
    return max(0.0, forgiven - now - (burst - 1) * interval)

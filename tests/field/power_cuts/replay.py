"""Many cuts of one piece of work: the disk as it may have been left at any moment of its log.

Up to the last flush all is there. Of what the disk was told after it a card may have kept all,
nothing, or any part: each block is there or not by chance, in which an emulator that is killed has
no say.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from virtual_pi.disk_files import copy_sparse

from power_cuts.write_log import Request, requests

_BLOCK = 4096
"""Of ext4, and no more than what flash writes at once."""

_KEPT = (0.0, 0.5, 1.0)


class Seen(NamedTuple):
    """At one moment: bytes of what was acknowledged, and then bytes of the write log."""

    acknowledged: int
    log: int


class LoggedWork(NamedTuple):
    """What was done on a disk whose writes were logged.

    Args:
        disk: as it was before.
        log: what it was told.
        acknowledged: what was said to be done.
        seen: again and again, the first when something had been acknowledged.
    """

    disk: Path
    log: Path
    acknowledged: bytes
    seen: list[Seen]

    def moments(self, number: int, chance: random.Random) -> list[int]:
        """Bytes of the log, each a cut: half of them after any request, half at any time."""
        first, last = self.seen[0].log, self.seen[-1].log
        ends = [each.end for each in requests(self.log) if first <= each.end <= last]
        after_any = chance.choices(ends, k=number // 2)
        return after_any + [
            each.log for each in chance.choices(self.seen, k=number - len(after_any))
        ]

    def acknowledged_by(self, moment: int) -> bytes:
        """What had been acknowledged for certain when the log was so long."""
        sizes = (each.acknowledged for each in self.seen if each.log <= moment)
        return self.acknowledged[: max(sizes, default=0)]

    def lines_by(self, moment: int) -> list[str]:
        """Of that the lines that were whole."""
        return self.acknowledged_by(moment).decode().rpartition("\n")[0].splitlines()


class Cut(NamedTuple):
    """What a cut left.

    Args:
        disk: the caller's until the next cut.
        moment: bytes of the log.
        unflushed: how many requests came after the last flush.
        kept: share of their blocks that are on the disk.
    """

    disk: Path
    moment: int
    unflushed: int
    kept: float


def watch(
    acknowledged: Path, log: Path, lines: int, goes_on_for: Callable[[float], None]
) -> list[Seen]:
    """See what is done, from the first line that is acknowledged until there are so many more.

    Args:
        goes_on_for: lets it go on for so many seconds; raises where it has ended.
    """
    seen: list[Seen] = []
    count = 0
    while count <= lines:
        content = acknowledged.read_bytes() if acknowledged.exists() else b""
        count = content.count(b"\n")
        if count:
            seen.append(Seen(len(content), log.stat().st_size))
        goes_on_for(0.01)
    return seen


def cuts_of(
    disk: Path, told: Iterable[Request], moments: Iterable[int], chance: random.Random
) -> Iterator[Cut]:
    """The disk after each cut, the earliest first.

    Args:
        disk: as it was before it was told anything. It goes on with what it is told.
        moments: bytes of the log.
    """
    waiting = sorted(moments, reverse=True)
    pending: list[Request] = []
    for request in told:
        while waiting and waiting[-1] < request.end:
            yield _cut(disk, waiting.pop(), pending, chance)
        if request.is_flush:
            _write(disk, ((each.at, each.content) for each in pending))
            pending.clear()
        else:
            pending.append(request)
    while waiting:
        yield _cut(disk, waiting.pop(), pending, chance)


def _cut(disk: Path, moment: int, pending: list[Request], chance: random.Random) -> Cut:
    left = disk.with_name("cut.img")
    copy_sparse(disk, left)
    kept = chance.choice(_KEPT)
    _write(left, (block for each in pending for block in _blocks(each) if chance.random() < kept))
    return Cut(left, moment, len(pending), kept)


def _blocks(request: Request) -> Iterator[tuple[int, bytes]]:
    for begin in range(0, len(request.content), _BLOCK):
        yield request.at + begin, request.content[begin : begin + _BLOCK]


def _write(disk: Path, parts: Iterable[tuple[int, bytes]]) -> None:
    with disk.open("r+b") as file:
        for at, content in parts:
            file.seek(at)
            file.write(content)

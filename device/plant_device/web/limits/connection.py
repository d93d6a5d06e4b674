"""HTTP connections that nobody can hold for nothing.

uvicorn's own protocol waits for ever for a first request, for the rest of its head, and for a
reader that does not read; and its limit of connections turns away all alike. Here each of these
ends after seconds, and where too many are open the one goes that matters least.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

# From a connection's begin, or its last answer, to the end of a request's head.
_HEAD_SECONDS = 5.0
# A reader that takes nothing for so long is gone: a phone that was carried away.
_STUCK_SECONDS = 10.0
_MOST = 64
# No address needs more: a browser opens six, and the streams.
_MOST_OF_ONE = _MOST // 2


class BoundedConnection(H11Protocol):
    """One connection."""

    _timer: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None
    _begun = math.inf

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, and where there are too many, end another."""
        super().connection_made(transport)
        self._begun = self.loop.time()
        self._expect_head()
        # The kernel's buffer too: what is in it is late by as much.
        for victim in superfluous(cast("set[BoundedConnection]", self.connections)):
            victim.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._cancel()
        self._resumed()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Hear of what came; a request whose head is whole is waited for no longer."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._cancel()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._expect_head()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The reader is slow."""
        super().pause_writing()
        self._stuck = self.loop.call_later(_STUCK_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The reader reads on."""
        self._resumed()
        super().resume_writing()

    @property
    def idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def address(self) -> str:
        """Whose it is."""
        return self.client[0] if self.client else ""

    @property
    def begun(self) -> float:
        """Since when it is open."""
        return self._begun

    def _expect_head(self) -> None:
        self._cancel()
        self._timer = self.loop.call_later(_HEAD_SECONDS, self._abandon)

    def _abandon(self) -> None:
        # Not closed in order: that would wait until what is still to be sent is read.
        self.transport.abort()

    def _cancel(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _resumed(self) -> None:
        if self._stuck:
            self._stuck.cancel()
            self._stuck = None


def superfluous(connections: "set[BoundedConnection]") -> list[Any]:
    """Which connections must go: none while there are few.

    Of the address that has the most, its oldest idle one, or else its oldest: who opens a hundred
    loses their own, and not the owner's.
    """
    counts = Counter(connection.address for connection in connections)
    if not counts:
        return []
    address, number = counts.most_common(1)[0]
    if len(connections) <= _MOST and number <= _MOST_OF_ONE:
        return []
    theirs = [connection for connection in connections if connection.address == address]
    order: Callable[[BoundedConnection], Any] = lambda one: (not one.idle, one.begun)  # noqa: E731
    return [min(theirs, key=order)]

"""One question for all who wait for its answer."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from anyio import CapacityLimiter, to_thread

Item = TypeVar("Item")


class Newest(Generic[Item]):
    """The newest of something that is numbered; however many wait for it, it is asked for once.

    Args:
        ask: gives the newest one's number and itself once that is another one than its argument, or
            after a while the same; it blocks.
    """

    def __init__(self, ask: Callable[[int], tuple[int, Item]]) -> None:
        self._ask = ask
        self._newest: tuple[int, Item] | None = None
        self._asking: asyncio.Task[tuple[int, Item]] | None = None
        self._thread: CapacityLimiter | None = None

    async def after(self, number: int) -> tuple[int, Item]:
        """The newest one and its number; the same again where no other came for a while."""
        if self._newest and self._newest[0] != number:
            return self._newest
        if self._asking is None:
            self._asking = asyncio.create_task(self._asked())
        return await asyncio.shield(self._asking)

    def forget(self) -> None:
        """Nobody waits any more: what is known grows old."""
        self._newest = None

    async def _asked(self) -> tuple[int, Item]:
        # A thread of its own: those of the usual pool may all be busy.
        self._thread = self._thread or CapacityLimiter(1)
        before = self._newest[0] if self._newest else -1
        try:
            self._newest = await to_thread.run_sync(
                partial(self._ask, before), limiter=self._thread
            )
            return self._newest
        finally:
            self._asking = None

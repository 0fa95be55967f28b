"""Together: what comes in the same turn of the loop is done in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Together(Generic[Item]):
    """Gathers items, and does what is to be done with all that have come."""

    def __init__(self, do: Callable[[list[Item]], Awaitable[None]]) -> None:
        self._do = do
        self._coming: list[Item] = []
        self._next: asyncio.Task[None] | None = None
        self._under_way = set[asyncio.Task[None]]()

    async def add(self, item: Item) -> None:
        """Returns once it is done; raises what doing it raises."""
        self._coming.append(item)
        if self._next is None:
            self._next = asyncio.create_task(self._do_all())
            self._under_way.add(self._next)
            self._next.add_done_callback(self._under_way.discard)
        await asyncio.shield(self._next)

    async def settle(self) -> None:
        """Waits for what is under way, however it ends."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _do_all(self) -> None:
        await asyncio.sleep(0)  # for those that come in the same turn
        items, self._coming, self._next = self._coming, [], None
        await self._do(items)

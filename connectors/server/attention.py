"""How long the server attends to a request: while its client is there, and no longer than it may take; but what may
change something at a vendor goes on to its end, whoever waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from connectors.errors import VendorTimeout

Result = TypeVar("Result")

_GRACE = 10.0  # seconds that what is under way has to end by itself when the server stops


@asynccontextmanager
async def in_time(seconds: float) -> AsyncGenerator[None]:
    """Ends what is done inside after so many seconds. Raises VendorTimeout."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        message = f"this took longer than {seconds:g} s, and was given up"
        raise VendorTimeout(message, remedy="Ask for less at once.") from None


@asynccontextmanager
async def while_there(receive: Receive) -> AsyncGenerator[None]:
    """Ends what is done inside when the client goes away, its body having been read. Raises ClientDisconnect."""
    watching: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(None) as end:
            watching = asyncio.create_task(_watch(receive, end))
            yield
    except TimeoutError:
        raise ClientDisconnect from None
    finally:
        if watching is not None:
            watching.cancel()


async def _watch(receive: Receive, end: asyncio.Timeout) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    end.reschedule(0)


class Ongoing:
    """Work that goes on to its end. Use it as an async context manager: it is left when all has ended."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Begins it. Who waits for it does so with `asyncio.shield`."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def __aenter__(self) -> Ongoing:
        return self

    async def __aexit__(self, *_: object) -> None:
        """What does not end in time is cut off, and can still keep that its outcome is unknown."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_GRACE)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits for it is told; perhaps nobody does any more

"""Lanes: what is under way to each target, and how many places there are for all of them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_TO_ONE_TARGET = 4
_SLOW = 2.0  # seconds
_MANY = 3


@dataclass
class Lane:
    """What is under way to one subscription's target; `woken` says that there is something new.

    `well` says that the target takes what it is sent, and soon; None if that is still to be seen. Until `until`, by
    the clock that never jumps (`time.monotonic`), it has asked to be left alone.
    """

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    well: bool | None = None
    until: float = 0.0
    refused: int = 0
    """Deliveries in a row that it did not take."""

    @property
    def width(self) -> int:
        """How many deliveries are under way to it at a time."""
        return _TO_ONE_TARGET if self.well else 1

    def learn(self, *, taken: bool, seconds: float) -> None:
        """Told how a delivery went."""
        self.refused = 0 if taken else self.refused + 1
        if seconds > _SLOW or self.refused >= _MANY:
            self.well = False
        elif taken:
            self.well = True


class Places:
    """How many requests are under way at a time, fewer than the network takes, for polls are under way too.

    Targets that fail or are slow have places of their own, so that they take none from those that are well; and one
    workspace never has all of them.
    """

    def __init__(self) -> None:
        self._well = _Share(160, 64)
        self._unwell = _Share(48, 16)

    @asynccontextmanager
    async def one(self, workspace: str, lane: Lane) -> AsyncGenerator[None]:
        """A place, once there is one."""
        share = self._unwell if lane.well is False else self._well
        async with share.of[workspace], share.altogether:
            yield


class _Share:
    def __init__(self, altogether: int, of_one: int) -> None:
        self.altogether = asyncio.Semaphore(altogether)
        self.of: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(of_one))

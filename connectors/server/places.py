"""How many requests are attended to at once: nobody is kept out because somebody else asks too much."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from connectors.server.problems import Refusal

AT_ONCE = 512
"""Requests of all workspaces together."""


class Crowded(Refusal):
    """Too many requests at once. Nothing was done."""

    kind = "busy"
    http_status = 429

    @property
    def headers(self) -> Mapping[str, str]:
        """When to come back, in seconds."""
        return {"Retry-After": "1"}


class Places:
    """The places for requests. A workspace may take another one while it has fewer than are free.

    So one workspace alone can have half of them, two a third each, and there is always one for whoever has none
    (dynamic thresholds: Choudhury and Hahne, 1998).
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._free = at_once
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, workspace: str) -> Generator[None]:
        """One place, while this is open. Raises Crowded."""
        if self._taken[workspace] >= self._free:
            raise Crowded("too many requests at once; nothing was done", remedy="Send it again in a second.")
        self._take(workspace)
        try:
            yield
        finally:
            self._leave(workspace)

    def keep(self, workspace: str, task: asyncio.Task[Any]) -> None:
        """A place for what goes on without the request that began it."""
        self._take(workspace)
        task.add_done_callback(lambda _: self._leave(workspace))

    def _take(self, workspace: str) -> None:
        self._free -= 1
        self._taken[workspace] += 1

    def _leave(self, workspace: str) -> None:
        self._free += 1
        self._taken[workspace] -= 1
        if not self._taken[workspace]:
            del self._taken[workspace]

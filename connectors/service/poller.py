"""Polls: which readings are due, and what a poll of one leaves behind, in one transaction."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, select, update

from connectors.engine.polling import Poll
from connectors.engine.run import Vendor
from connectors.errors import GridwireError, VendorBusy
from connectors.service import outbox, readings
from connectors.service.connections import Connections, Opened
from connectors.service.memories import Memories
from connectors.service.readings import Reading
from connectors.service.store import Store
from connectors.service.tables import readings as table
from connectors.service.vault import Vault

Ask: TypeAlias = Callable[[Opened], Vendor]
"""The vendor, as a connection sees it."""
Told: TypeAlias = Callable[[Iterable[str]], None]
"""Is told which subscriptions have something to deliver."""

LONGEST_PAUSE = timedelta(hours=1).total_seconds()
"""The longest time between two tries at a vendor that fails."""

_JITTER = 0.1
_MOST_DOUBLINGS = 6


class Poller:
    """Polls readings, one at a time each."""

    def __init__(
        self, store: Store, vault: Vault, connections: Connections, memories: Memories, ask: Ask, told: Told
    ) -> None:
        self._store = store
        self._vault = vault
        self._connections = connections
        self._memories = memories
        self._ask = ask
        self._told = told

    async def due(self, limit: int) -> list[Reading]:
        """What is to be polled now: of each workspace in turn, whatever waits longest."""
        wanted = select(table).where(table.c.state == "active", table.c.way == "poll", table.c.next_at <= time.time())
        rows = await self._store.read(lambda store: store.execute(wanted.order_by(table.c.next_at)).all())
        return _in_turn([readings.opened(self._vault, row) for row in rows])[:limit]

    async def next_at(self) -> float | None:
        """When something is due, in seconds since 1970."""
        wanted = select(table.c.next_at).where(table.c.state == "active", table.c.way == "poll")
        return await self._store.read(lambda rows: rows.scalar(wanted.order_by(table.c.next_at).limit(1)))

    async def poll(self, reading: Reading) -> None:
        """Polls once. What was found is stored together with the memory; what failed, with the time to try again."""
        opened = await self._connections.open(reading.workspace, reading.connection)
        if opened.stored.state == "reconnect":
            await self._later(reading, reading.interval, paused="the connection needs reconnecting")
            return
        try:
            await self._polled(reading, opened)
        except GridwireError as error:
            await self._connections.note(opened, error)
            await self._failed(reading, error)
        else:
            await self._connections.note(opened, None)

    async def _polled(self, reading: Reading, opened: Opened) -> None:
        async with self._memories.alone(reading.id) as kept:
            vendor = self._ask(opened)
            first = kept.memory is None
            poll = await vendor.poll(reading.trigger, reading.input, kept.memory, from_start=reading.from_start)
            move = self._memories.change(reading.id, kept, poll.memory)
            event_type = f"{vendor.connector.connector}.{reading.trigger}"

            def change(rows: Connection) -> set[str]:
                told = outbox.store(rows, self._vault, reading.id, event_type, poll.events)
                move(rows)
                _schedule(rows, reading, reading.interval, failures=0, error=None)
                readings.tell(rows, reading.id, **_figures(poll, first=first))
                return told

            self._told(await self._store.write(change))

    async def _failed(self, reading: Reading, error: GridwireError) -> None:
        pause = min(reading.interval * 2 ** min(reading.failures, _MOST_DOUBLINGS), LONGEST_PAUSE)
        asked = error.retry_after if isinstance(error, VendorBusy) else None
        said = readings.said(error)

        def change(rows: Connection) -> None:
            wait = max(pause, min(asked or 0.0, LONGEST_PAUSE))
            _schedule(rows, reading, wait, failures=reading.failures + 1, error=said)
            readings.tell(rows, reading.id, kind="failed", error=said)

        await self._store.write(change)

    async def _later(self, reading: Reading, wait: float, *, paused: str) -> None:
        def change(rows: Connection) -> None:
            _schedule(rows, reading, wait, failures=reading.failures, error=reading.error)
            readings.tell(rows, reading.id, kind="paused", why=paused)

        await self._store.write(change)


def _schedule(rows: Connection, reading: Reading, wait: float, *, failures: int, error: object) -> None:
    spread = wait * (1 + random.uniform(-_JITTER, _JITTER))  # noqa: S311 - so that many do not come due together
    moved = {"next_at": time.time() + spread, "failures": failures, "error": error}
    rows.execute(update(table).where(table.c.id == reading.id).values(**moved))


def _figures(poll: Poll, *, first: bool) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "kind": "first poll" if first else "poll",
        "known": len(poll.memory.versions),
        "new": len(poll.events),
    }
    return figures | ({"held": poll.held} if poll.held else {})


def _in_turn(waiting: list[Reading]) -> list[Reading]:
    """The first of each workspace, then the second of each, and so on."""
    place: dict[str, int] = {}
    turns = list[tuple[int, Reading]]()
    for reading in waiting:
        place[reading.workspace] = turn = place.get(reading.workspace, -1) + 1
        turns.append((turn, reading))
    return [reading for _, reading in sorted(turns, key=lambda pair: pair[0])]

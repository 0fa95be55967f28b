"""Polls: which readings are due, and what a poll of one leaves behind, in one transaction."""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, func, select, true, update

from connectors.engine.polling import Poll
from connectors.engine.run import Vendor, operation_named
from connectors.errors import GridwireError, InputError, ReconnectError, VendorBusy
from connectors.manifest.model import Connector, Trigger
from connectors.service import outbox, readings, system
from connectors.service.connections import Connections, Opened
from connectors.service.memories import Memories
from connectors.service.readings import Reading
from connectors.service.store import Store, changed
from connectors.service.tables import connections, events, subscriptions
from connectors.service.tables import readings as table
from connectors.service.vault import Vault

Ask: TypeAlias = Callable[[Opened, str], Vendor]
"""The vendor, as a connection sees it, for the sake of the trigger of that name."""
Told: TypeAlias = Callable[[Iterable[str]], None]
"""Is told which subscriptions have something to deliver."""

LONGEST_PAUSE = timedelta(hours=1).total_seconds()
"""The longest time between two tries at a vendor that fails."""
JITTER = 0.1
"""By so much more than is said a poll may be later, so that many do not come together."""

_PLACE, _ASLEEP_TAKES = 8, 1  # one that sleeps takes an eighth of a place: it holds memory, and may wake
_MOST_DOUBLINGS = 6

log = logging.getLogger("gridwire.poller")


class Poller:
    """Polls readings, one at a time each.

    `stands_in` says that vendors cannot call this server any more, so that readings by webhook are polled. One that
    waits because its vendor asks for it is among `asleep`, of which `dozed` is told: it takes hardly any of the places.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        connections: Connections,
        memories: Memories,
        ask: Ask,
        told: Told,
        *,
        dozed: Callable[[], None] = lambda: None,
        stands_in: bool = False,
        min_interval: float = readings.MIN_INTERVAL,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._vault = vault
        self._connections = connections
        self._memories = memories
        self._ask = ask
        self._told = told
        self._dozed = dozed
        self.asleep = set[str]()
        self._stands_in = stands_in
        self._min_interval = min_interval
        self._clock = clock

    async def due(
        self, limit: int, of_one: int, busy: Collection[Reading] = (), but: Collection[str] = ()
    ) -> tuple[list[Reading], float | None]:
        """What is to be done now besides what is `busy`, `but` for some, and when the next is, in seconds since 1970.

        Of each workspace in turn, whatever waits longest; of one workspace no more than `of_one` with its busy ones,
        and no more than `limit` of all with all that are.
        """
        now, running = self._clock(), Counter[str]()
        for one in busy:
            running[one.workspace] += _ASLEEP_TAKES if one.id in self.asleep else _PLACE
        limit = max(0, limit - running.total() // _PLACE)
        place = func.row_number().over(partition_by=table.c.workspace, order_by=table.c.next_at).label("place")
        rest = (*_DUE, table.c.id.not_in([*(one.id for one in busy), *but]))
        places = _with_connection(table.c.id, place).where(*rest, table.c.next_at <= now).subquery()
        found = select(table, places.c.place).join(places, places.c.id == table.c.id)
        in_turn = found.where(places.c.place <= of_one).order_by(places.c.place, table.c.next_at).limit(2 * limit)
        later = _with_connection(table.c.next_at).where(*rest).order_by(table.c.next_at).limit(1)

        def question(rows: Connection) -> tuple[list[Row[Any]], float | None]:
            return list(rows.execute(in_turn)), rows.scalar(later)

        rows, next_at = await self._store.read(question)
        turns = sorted((row.place + running[row.workspace] / _PLACE, number) for number, row in enumerate(rows))
        chosen = [rows[number] for turn, number in turns if turn <= of_one][:limit]
        return [readings.opened(self._vault, row) for row in chosen], next_at

    async def poll(self, reading: Reading) -> GridwireError | None:
        """Polls once, and gives why if it cannot be done.

        What was found is stored together with the memory; what failed, with the time to try again.
        """
        try:
            if reading.way == "system":
                await self._look_around(reading)
                return None
            opened = await self._connections.open(reading.workspace, reading.connection)
        except GridwireError as error:
            await self.failed(reading, error)
            return error
        try:
            await self._polled(reading, opened)
        except GridwireError as error:
            await self._connections.note(opened, error)
            await self.failed(reading, error)
            return error
        await self._connections.note(opened, None)
        return None

    async def release(self, reading: Reading) -> int:
        """Polls once and lets through what was held as too many gone at once; gives how many events there were.

        Raises GridwireError, and then it is held as before.
        """
        opened = await self._connections.open(reading.workspace, reading.connection)
        return await self._polled(reading, opened, release=True)

    async def failed(self, reading: Reading, error: GridwireError) -> None:
        """Keeps why it failed and when to try again: later each time, and never before the vendor asked for it.

        While the connection needs reconnecting nothing is tried, and then it goes on at once.
        """
        paused = isinstance(error, ReconnectError)
        pause = min(reading.interval * 2 ** min(reading.failures, _MOST_DOUBLINGS), LONGEST_PAUSE)
        asked = (error.retry_after if isinstance(error, VendorBusy) else None) or 0.0
        wait = max(reading.interval if paused else pause, min(asked, LONGEST_PAUSE))
        now, failures = self._clock(), reading.failures + (not paused)
        kept = error.as_dict()

        def change(rows: Connection) -> None:
            before = reading.error or {}
            said = readings.said(error, before["at"] if before.get("kind") == error.kind else now)
            if self._schedule(rows, reading, wait, failures=failures, error=said):
                readings.tell(rows, reading.id, at=now, kind="paused" if paused else "failed", error=kept)

        await self._store.write(change)

    async def resume(self) -> None:
        """Makes due what waits for a connection that was mended meanwhile."""
        mended = select(connections.c.id).where(connections.c.state != "reconnect")
        waits = (table.c.error["kind"].as_string() == ReconnectError.kind, table.c.connection.in_(mended))
        rows = await self._store.read(lambda rows: list(rows.scalars(select(table.c.id).where(*waits))))
        if rows:
            due = update(table).where(table.c.id.in_(rows), *waits).values(next_at=self._clock())
            await self._store.write(lambda rows: rows.execute(due))

    async def _polled(self, reading: Reading, opened: Opened, *, release: bool = False) -> int:
        async with self._memories.alone(reading.id) as kept:
            vendor = self._dozing(reading, self._ask(opened, reading.trigger))
            name = name_now(vendor.connector, reading.trigger)
            first = kept.memory is None or bool(kept.memory.unread)
            since = None if kept.memory is None else kept.memory.since
            poll = await vendor.poll(name, reading.input, kept.memory, from_start=reading.from_start, release=release)
            move = self._memories.change(reading.id, kept, poll.memory)
            event_type = f"{vendor.connector.connector}.{name}"
            figures = _figures(poll, kind="poll" if reading.way == "poll" else "gap repair", first=first)
            left = {} if first else readings.left(self._vault, reading.id, poll.left_out)
            figures |= {"since": since} if isinstance(since, str | int) else {}

            def change(rows: Connection) -> set[str]:
                interval = readings.pace(rows, reading, self._min_interval)
                if not self._schedule(rows, reading, self._wait(reading, interval), name, failures=0, error=None):
                    return set()  # it was removed meanwhile
                told = outbox.store(rows, self._vault, reading.id, event_type, poll.events)
                move(rows)
                if release:
                    changed(rows)  # the process that polls it may be another one
                begin_for_all(rows, reading.id)
                readings.tell(rows, reading.id, at=self._clock(), **figures, **left)
                return told

            self._told(await self._store.write(change))
            return len(poll.events)

    def _dozing(self, reading: Reading, vendor: Vendor) -> Vendor:
        """The vendor, asked in such a way that whoever waits for it leaves its place to others."""
        sleep = vendor.exchange.sleep

        async def dozing(seconds: float) -> None:
            self.asleep.add(reading.id)
            self._dozed()
            try:
                await sleep(seconds)
            finally:
                self.asleep.discard(reading.id)

        return Vendor(replace(vendor.exchange, sleep=dozing))

    async def _look_around(self, reading: Reading) -> None:
        """A poll of what happens here, with the same promises as one of a vendor."""
        async with self._memories.alone(reading.id) as kept:
            memory, from_start = kept.memory, reading.from_start

            def change(rows: Connection) -> set[str]:
                if not self._schedule(rows, reading, reading.interval, reading.trigger, failures=0, error=None):
                    return set()
                found = system.look(rows, reading, memory, from_start=from_start)
                told = outbox.store(rows, self._vault, reading.id, reading.trigger, found.events)
                if memory is None or found.memory.versions != memory.versions:
                    self._memories.change(reading.id, kept, found.memory)(rows)
                begin_for_all(rows, reading.id)
                return told

            self._told(await self._store.write(change))

    def _wait(self, reading: Reading, interval: float) -> float | None:
        """Seconds until the next poll; one by webhook is not polled again, unless vendors cannot call any more."""
        if reading.way == "poll" or (reading.registered and self._stands_in):
            return interval
        return None if reading.registered else 0.0

    def _schedule(
        self, rows: Connection, reading: Reading, wait: float | None, name: str | None = None, **moved: Any
    ) -> bool:
        """Says when it is due again, a little later each so that many do not come together; False if it is gone."""
        later = wait and wait * (1 + random.uniform(0, JITTER))  # noqa: S311
        moved["next_at"] = None if later is None else self._clock() + later
        moved |= {} if name is None else {"trigger": name, "state": "active"}
        of = (table.c.id == reading.id, table.c.state != "leaving")
        return bool(rows.execute(update(table).where(*of).values(**moved)).rowcount)


def begin_for_all(rows: Connection, reading: str) -> None:
    """Those who joined, or go on after a pause, are told of what happens from now on."""
    newest = select(func.coalesce(func.max(events.c.number), 0)).scalar_subquery()
    joined = (subscriptions.c.reading == reading, subscriptions.c.state == "beginning")
    rows.execute(update(subscriptions).where(*joined).values(state="active", after=newest))
    resuming = (subscriptions.c.reading == reading, subscriptions.c.state == "resuming")
    rows.execute(update(subscriptions).where(*resuming).values(state="active"))


def name_now(connector: Connector, trigger: str) -> str:
    """What a trigger is called now, which a manifest may say in `was`. Raises InputError if there is none any more."""
    if trigger in connector.triggers:
        return trigger
    for name, one in connector.triggers.items():
        if one.was == trigger:
            return name
    try:
        return operation_named(connector, trigger, Trigger).name
    except InputError as error:
        remedy = "Subscribe to another trigger, or put back the version of the manifest that has it: nothing is lost."
        raise InputError(error.message, remedy=remedy) from None


def _with_connection(*columns: Any) -> Any:
    return select(*columns).outerjoin(connections, connections.c.id == table.c.connection)


_WANTED = (
    select(true())
    .where(subscriptions.c.reading == table.c.id, subscriptions.c.state.in_(("beginning", "active", "resuming")))
    .exists()
)
_DUE = (
    table.c.next_at.is_not(None),
    (table.c.state == "leaving") | _WANTED,
    connections.c.state.is_(None) | (connections.c.state != "reconnect"),
)
"""What may be done at all: somebody waits for it, or it is to be ended, and the connection can be used."""


def _figures(poll: Poll, *, kind: str, first: bool) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "kind": "first poll" if first else kind,
        "pages": poll.pages,
        "seen": poll.seen,
        "known": len(poll.memory.versions),
        "new": len(poll.events),
        "held": poll.held,
    }
    return {name: value for name, value in figures.items() if value not in (0, {}) or name in ("seen", "new")}

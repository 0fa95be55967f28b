"""What is erased: payloads and history after a while, and a person whenever somebody asks."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, Row, delete, exists, select, update

from connectors.components.http import load_json
from connectors.components.memory import Memory
from connectors.errors import InputError
from connectors.service import outbox
from connectors.service.memories import Memories
from connectors.service.store import Store, changed
from connectors.service.tables import deliveries, events, history, idempotency, inbox, readings
from connectors.service.vault import Vault

DAY = 86_400.0
PAYLOADS = 7 * DAY
"""Seconds for which events are kept, and how they were delivered; what waits is kept until it is delivered or dead."""
HISTORY = 30 * DAY
"""Seconds for which history is kept."""

SHORTEST = 3
"""Characters that a value to forget has at least: a shorter one stands in everything."""
_AT_ONCE = 500  # rows erased in one transaction, so that nobody waits long for a turn to write


class Retention:
    """Erases. `payloads` and `history` say for how many seconds they are kept."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        memories: Memories,
        *,
        payloads: float = PAYLOADS,
        history: float = HISTORY,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._vault = vault
        self._memories = memories
        self._payloads = payloads
        self._history = history
        self._clock = clock

    async def sweep(self) -> None:
        """Erases what is older than it is kept, in small transactions.

        An event that still waits to be delivered stays, and one whose delivery is dead as long again, for replays.
        """
        now = self._clock()
        old, dead = now - self._payloads, deliveries.c.state == "dead"
        wanted = (deliveries.c.state == "waiting") | (dead & (deliveries.c.due_at >= old))
        done_with = ~exists().where(deliveries.c.event == events.c.number, wanted)
        for number, where, erase in (
            (events.c.number, (events.c.at < old, done_with), outbox.erase),
            (history.c.number, (history.c.at < now - self._history,), _erase_lines),
        ):
            some = select(number).where(*where).limit(_AT_ONCE)
            while await self._store.write(lambda rows, some=some, erase=erase: erase(rows, rows.scalars(some).all())):
                pass

    async def forget(self, workspace: str, value: str) -> int:
        """Erases whatever holds the value, in upper or lower case; gives in how many places it stood.

        What a trigger remembers of an item goes too: if the vendor still shows it, it passes for new.
        Raises InputError.
        """
        wanted = value.strip().casefold()
        if len(wanted) < SHORTEST:
            raise InputError(f"what is to be forgotten has at least {SHORTEST} characters", field="value")
        own = select(readings.c.id).where(readings.c.workspace == workspace)
        results = (idempotency.c.workspace == workspace, idempotency.c.result.is_not(None))
        found = 0
        for key, where, texts, erase in (
            (events.c.number, (events.c.reading.in_(own),), self._of_event, outbox.erase),
            (inbox.c.number, (inbox.c.reading.in_(own),), self._of_delivery, _erase_arrivals),
            (history.c.number, (history.c.reading.in_(own),), self._of_line, _erase_lines),
            (idempotency.c.digest, results, self._of_result, partial(_erase_results, workspace)),
        ):
            hits = [row async for row in self._rows(key, where) if _holds(texts(row), wanted)]
            for start in range(0, len(hits), _AT_ONCE):
                some = [getattr(row, key.name) for row in hits[start : start + _AT_ONCE]]
                await self._store.write(lambda rows, some=some, erase=erase: erase(rows, some))
            found += len(hits)
        for reading in await self._store.read(lambda rows: list(rows.scalars(own))):
            found += await self._forget_in_memory(reading, wanted)
        return found

    async def _rows(self, key: Column[Any], where: Sequence[Any]) -> AsyncGenerator[Row[Any]]:
        """All rows, some at a time, so that no reader keeps the database from tidying up."""
        last: Any = None
        while True:
            after = () if last is None else (key > last,)
            wanted = select(key.table).where(*where, *after).order_by(key).limit(_AT_ONCE)
            rows = await self._store.read(lambda store, wanted=wanted: store.execute(wanted).all())
            for row in rows:
                yield row
            if len(rows) < _AT_ONCE:
                return
            last = getattr(rows[-1], key.name)

    def _of_event(self, row: Row[Any]) -> Any:
        return load_json(self._vault.open(row.content, "events", row.id, "content"))

    def _of_delivery(self, row: Row[Any]) -> Any:
        body, *head = load_json(self._vault.open(row.content, "inbox", row.reading, "content"))
        return [_read(base64.b64decode(body)), head]

    def _of_line(self, row: Row[Any]) -> Any:
        items = row.items and load_json(self._vault.open(row.items, "history", row.reading, "items"))
        return [row.said, items]

    def _of_result(self, row: Row[Any]) -> Any:
        return _read(self._vault.open(row.result, "idempotency", row.workspace, row.digest.hex(), "result"))

    async def _forget_in_memory(self, reading: str, wanted: str) -> int:
        async with self._memories.alone(reading) as kept:
            before = kept.memory
            if before is None:
                return 0
            after = _without(before, wanted)
            gone = len(before.versions) + len(before.remembered) - len(after.versions) - len(after.remembered)
            if after.as_dict() == before.as_dict():
                return 0
            kept.changes = kept.size + _AT_ONCE  # so that the whole is written anew: older rows still hold the value
            move = self._memories.change(reading, kept, after)

            def change(rows: Connection) -> None:
                move(rows)
                changed(rows)

            await self._store.write(change)
            return max(1, gone)


def _erase_arrivals(rows: Connection, numbers: Sequence[int]) -> int:
    return rows.execute(delete(inbox).where(inbox.c.number.in_(numbers))).rowcount


def _erase_lines(rows: Connection, numbers: Sequence[int]) -> int:
    return rows.execute(delete(history).where(history.c.number.in_(numbers))).rowcount


def _erase_results(workspace: str, rows: Connection, digests: Sequence[bytes]) -> int:
    of = (idempotency.c.workspace == workspace, idempotency.c.digest.in_(digests))
    return rows.execute(update(idempotency).where(*of).values(result=None, status="begun")).rowcount


def _without(memory: Memory, wanted: str) -> Memory:
    """The memory without the items in whose key, version or remembered values it stands."""
    told = {key for key, version in memory.versions.items() if _holds([key, version], wanted)}
    told |= {key for key, values in memory.remembered.items() if _holds([key, values], wanted)}
    told |= {key for key, at in memory.due.items() if _holds([key, at], wanted)}
    return replace(
        memory.copy(),
        versions={key: value for key, value in memory.versions.items() if key not in told},
        remembered={key: value for key, value in memory.remembered.items() if key not in told},
        due={key: value for key, value in memory.due.items() if key not in told},
        missing=[key for key in memory.missing if key not in told],
        before=_without(memory.before, wanted) if memory.before else None,
    )


def _read(body: bytes) -> Any:
    """JSON if it is, otherwise text."""
    try:
        return load_json(body)
    except ValueError:
        return body.decode(errors="replace")


def _holds(value: Any, wanted: str) -> bool:
    return any(wanted in text.casefold() for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    """Every text and number in a value, the names in it too."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None:
        yield str(value)

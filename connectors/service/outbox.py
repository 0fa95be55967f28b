"""Events, and their way to whoever subscribed: stored together with the memory that they follow from."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from connectors.components.http import dump_json, load_json
from connectors.engine.spool import Event as Happened
from connectors.service.tables import deliveries, events, readings, subscriptions
from connectors.service.vault import Vault

_TOGETHER = 200  # events that are written at once


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as it is stored; `number` says in which order. `body` is the item, as JSON."""

    number: int
    id: str
    type: str
    at: float
    body: msgspec.Raw
    previous: dict[str, Any] | None

    @property
    def data(self) -> Any:
        """The item as a value."""
        return load_json(bytes(self.body))


def store(rows: Connection, vault: Vault, reading: str, type: str, happened: Iterable[Happened]) -> set[str]:
    """Stores what happened, with a delivery for each subscription that waits for it; gives those subscriptions.

    Called in the transaction that moves the memory. An event's id is the same whenever the same thing is stored again,
    and another for each time that key and version repeat, though the events before were erased meanwhile.
    """
    coming, seen = iter(happened), Counter[bytes]()
    waiting, told = list(rows.scalars(_WAITING, {"of": reading})), set[str]()
    while some := list(islice(coming, _TOGETHER)):
        names = _write(rows, vault, reading, type, some, seen)
        if waiting:
            _address(rows, names, waiting)
            told.update(waiting)
    return told


def mark_of(key: str, version: Any) -> bytes:
    """What events of the same key and version have in common."""
    return _digest([key, version])


def erase(rows: Connection, numbers: Sequence[int]) -> int:
    """Erases those events; gives how many. Their readings count them, so that no id of theirs comes again."""
    of = events.c.number.in_(numbers)
    counts = rows.execute(select(events.c.reading, func.count()).where(of).group_by(events.c.reading)).all()
    for reading, count in counts:
        rows.execute(update(readings).where(readings.c.id == reading).values(erased=readings.c.erased + count))
    return rows.execute(delete(events).where(of)).rowcount


def opened(vault: Vault, row: Any) -> Event:
    """The event in a row. Raises WrongKeyError, ValueError."""
    body, previous = _CONTENT.decode(vault.open(row.content, "events", row.id, "content"))
    return Event(row.number, row.id, row.type, row.at, body, previous)


_CONTENT = msgspec.json.Decoder(tuple[msgspec.Raw, dict[str, Any] | None])
_WAITING = select(subscriptions.c.id).where(  # those that have a target; others read the feed
    subscriptions.c.reading == bindparam("of"), subscriptions.c.state == "active", subscriptions.c.has_target
)
_COUNTED = (
    select(events.c.mark, func.count())
    .where(events.c.reading == bindparam("of"), events.c.mark.in_(bindparam("marks", expanding=True)))
    .group_by(events.c.mark)
)
_ERASED = select(readings.c.erased).where(readings.c.id == bindparam("of"))
_NUMBERS = select(events.c.number, events.c.id).where(events.c.id.in_(bindparam("names", expanding=True)))
_WRITE, _DELIVER = insert(events), insert(deliveries)


def _write(
    rows: Connection, vault: Vault, reading: str, type: str, some: Sequence[Happened], seen: Counter[bytes]
) -> list[str]:
    """Stores some events; gives their ids."""
    now, marks = time.time(), [mark_of(one.key, one.version) for one in some]
    if unknown := [mark for mark in set(marks) if mark not in seen]:
        seen.update(dict.fromkeys(unknown, rows.scalar(_ERASED, {"of": reading}) or 0))
        for mark, count in rows.execute(_COUNTED, {"of": reading, "marks": unknown}):
            seen[mark] += count
    written = list[dict[str, Any]]()
    for mark, one in zip(marks, some, strict=True):
        name = f"evt_{_digest([reading, type, one.key, one.version, seen[mark]]).hex()[:32]}"
        seen[mark] += 1
        content = vault.seal(dump_json((msgspec.Raw(one.body), one.previous)), "events", name, "content")
        written.append({"id": name, "reading": reading, "mark": mark, "type": type, "at": now, "content": content})
    rows.execute(_WRITE, written)
    return [row["id"] for row in written]


def _address(rows: Connection, names: Sequence[str], waiting: Sequence[str]) -> None:
    """Lets each subscription wait for each event."""
    now, blank = time.time(), {"state": "waiting", "attempts": 0}

    def made() -> Iterator[dict[str, Any]]:
        for number, name in rows.execute(_NUMBERS, {"names": names}).all():
            for to in waiting:
                own = f"dlv_{hashlib.sha256(f'{name}/{to}'.encode()).hexdigest()[:32]}"
                yield {"id": own, "subscription": to, "event": number, "due_at": now, **blank}

    rows.execute(_DELIVER, list(made()))


def _digest(value: Any) -> bytes:
    return hashlib.sha256(dump_json(value)).digest()

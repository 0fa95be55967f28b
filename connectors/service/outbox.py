"""Events, and their way to whoever subscribed: stored together with the memory that they follow from."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from connectors.components.http import dump_json, load_json
from connectors.engine.spool import Event as Happened
from connectors.service.keys import new_id
from connectors.service.tables import deliveries, events, subscriptions
from connectors.service.vault import Vault


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as it is stored; `number` says in which order."""

    number: int
    id: str
    type: str
    at: float
    data: Any
    previous: dict[str, Any] | None


def store(rows: Connection, vault: Vault, reading: str, type: str, happened: Iterable[Happened]) -> set[str]:
    """Stores what happened, with a delivery for each subscription that waits for it; gives those subscriptions.

    Called in the transaction that moves the memory. An event's id is the same whenever the same thing is stored again,
    and another for each time that key and version repeat.
    """
    waiting = _waiting(rows, reading)
    now, seen, told = time.time(), Counter[bytes](), set[str]()
    for one in happened:
        mark = mark_of(one.key, one.version)
        repeats = seen[mark] + _stored(rows, reading, mark) if mark not in seen else seen[mark]
        seen[mark] = repeats + 1
        name = f"evt_{_digest([reading, type, one.key, one.version, repeats]).hex()[:32]}"
        content = vault.seal(dump_json([load_json(one.body), one.previous]), "events", name, "content")
        row = {"id": name, "reading": reading, "mark": mark, "type": type, "at": now, "content": content}
        [number] = rows.execute(insert(events).values(**row)).inserted_primary_key or (0,)
        if waiting:
            blank = {"event": number, "state": "waiting", "attempts": 0, "due_at": now}
            rows.execute(insert(deliveries), [{"id": new_id("dlv"), "subscription": to, **blank} for to in waiting])
            told.update(waiting)
    return told


def mark_of(key: str, version: Any) -> bytes:
    """What events of the same key and version have in common."""
    return _digest([key, version])


def opened(vault: Vault, row: Any) -> Event:
    """The event in a row."""
    data, previous = load_json(vault.open(row.content, "events", row.id, "content"))
    return Event(row.number, row.id, row.type, row.at, data, previous)


def _waiting(rows: Connection, reading: str) -> list[str]:
    """The subscriptions that have a target; others read the feed."""
    active = select(subscriptions.c.id).where(
        subscriptions.c.reading == reading, subscriptions.c.state == "active", subscriptions.c.has_target
    )
    return list(rows.scalars(active))


def _stored(rows: Connection, reading: str, mark: bytes) -> int:
    counted = select(func.count()).where(events.c.reading == reading, events.c.mark == mark)
    return rows.scalar(counted) or 0


def _digest(value: Any) -> bytes:
    return hashlib.sha256(dump_json(value)).digest()

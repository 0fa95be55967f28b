"""What can be read of a subscription: its events, in the order in which they were stored, and its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from connectors.components.http import load_json
from connectors.service import outbox
from connectors.service.outbox import Event
from connectors.service.store import Store
from connectors.service.subscriptions import Subscription
from connectors.service.tables import events, history
from connectors.service.vault import Vault

POLLED = ("first poll", "poll", "gap repair")
"""Kinds of lines that a reading of the vendor's list has written."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of history: when, what (`kind` and figures), and some items that a condition left out."""

    at: float
    said: dict[str, Any]
    items: list[tuple[str, str, Any]]
    """Of each its key, the path of the condition, and the value that did not fulfil it."""


class Feed:
    """What was stored for subscriptions. It is read by their own workspaces alone: whoever calls has asked for one."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def events(self, subscription: Subscription, after: int, limit: int) -> list[Event]:
        """At most `limit` events that came after that number, the oldest first; none before it has begun."""
        number = max(after, subscription.after)
        return await self._events(subscription, events.c.number, events.c.number > number, limit)

    async def newest(self, subscription: Subscription, limit: int) -> list[Event]:
        """The newest `limit` events, the oldest of them first."""
        newest = events.c.number.desc()
        return (await self._events(subscription, newest, events.c.number > subscription.after, limit))[::-1]

    async def history(self, subscription: Subscription) -> list[Line]:
        """Polls and arrivals, the newest first."""
        of = history.c.reading == subscription.reading.id
        columns = (history.c.at, history.c.reading, history.c.said, history.c["items"].label("sealed"))
        wanted = select(*columns).where(of).order_by(history.c.number.desc())
        return [self._line(row) for row in await self._store.read(lambda rows: rows.execute(wanted).all())]

    async def held(self, subscriptions: list[Subscription]) -> dict[str, int]:
        """For each reading how many items the last poll held, as too many gone at once; none are left out."""
        of = {one.reading.id for one in subscriptions}

        def question(rows: Connection) -> dict[str, int]:
            found = dict[str, int]()
            for row in rows.execute(_POLLS.where(history.c.reading.in_(of))):
                found[row.reading] = row.said.get("held", 0)
            return {reading: held for reading, held in found.items() if held}

        return await self._store.read(question)

    async def _events(self, subscription: Subscription, order: Any, where: Any, limit: int) -> list[Event]:
        if subscription.state == "beginning":
            return []
        wanted = select(events).where(events.c.reading == subscription.reading.id, where).order_by(order).limit(limit)
        rows = await self._store.read(lambda rows: rows.execute(wanted).all())
        return [outbox.opened(self._vault, row) for row in rows]

    def _line(self, row: Row[Any, Any, Any, Any]) -> Line:
        items = row.sealed and load_json(self._vault.open(row.sealed, "history", row.reading, "items"))
        return Line(row.at, row.said, [(key, path, value) for key, path, value in items or ()])


_POLLS = select(history).where(history.c.said["kind"].as_string().in_(POLLED)).order_by(history.c.number)

"""What is due to a subscription."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from connectors.errors import GridwireError
from connectors.service import outbox
from connectors.service.tables import deliveries, events, subscriptions
from connectors.service.vault import Vault

_READ = 50  # deliveries that are read at a time
_BYTES_READ = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Sending:
    """One delivery that is due."""

    id: str
    attempts: int
    event: outbox.Event


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a subscription waits for: what is due, in the order of events, or when something will be."""

    subscription: Row[Any]
    due: list[Sending]
    unreadable: list[str]
    next_at: float | None


WAITS = deliveries.c.state == "waiting"
_ACTIVE = select(subscriptions).where(subscriptions.c.id == bindparam("of"), subscriptions.c.state == "active")
_THEIRS = select(deliveries).where(deliveries.c.subscription == bindparam("of"), WAITS)
_NEXT = select(func.min(deliveries.c.due_at)).where(deliveries.c.subscription == bindparam("of"), WAITS)


def _with_events(some: Select[Any]) -> Select[Any]:
    chosen = some.limit(_READ).subquery()
    joined = select(chosen.c.id.label("delivery"), chosen.c.attempts, chosen.c.due_at, events)
    return joined.join(events, chosen.c.event == events.c.number).order_by(events.c.number)


_IN_ORDER = _with_events(_THEIRS.order_by(deliveries.c.event))
_DUE = _with_events(
    _THEIRS.where(deliveries.c.due_at <= bindparam("now")).order_by(deliveries.c.due_at, deliveries.c.event)
)


def waiting_for(rows: Connection, vault: Vault, subscription: str) -> Waiting | None:
    """What waits for a subscription; None if that is not active."""
    row = rows.execute(_ACTIVE, {"of": subscription}).one_or_none()
    if row is None:
        return None
    now, size = time.time(), 0
    due, unreadable = list[Sending](), list[str]()
    for one in rows.execute(_IN_ORDER if row.ordered else _DUE, {"of": subscription, "now": now}):
        if one.due_at > now:  # in order: nothing passes the one that waits
            return Waiting(row, due, unreadable, one.due_at)
        try:
            due.append(Sending(one.delivery, one.attempts, outbox.opened(vault, one)))
        except (GridwireError, ValueError):
            unreadable.append(one.delivery)
        size += len(one.content)
        if size > _BYTES_READ:
            break
    next_at = None if due or row.ordered else rows.scalar(_NEXT, {"of": subscription})
    return Waiting(row, due, unreadable, next_at)

"""Deliveries as they stand, and the way back for what was delivered, or is dead."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Row, Select, func, select, tuple_, update

from connectors.errors import GridwireError, InputError
from connectors.manifest.problem import quoted
from connectors.service.store import Store
from connectors.service.subscriptions import Subscription
from connectors.service.tables import deliveries, events, subscriptions

State: TypeAlias = Literal["waiting", "delivered", "dead"]
Place: TypeAlias = tuple[int, str]
"""Where a delivery stands in the list: its event's number, its id."""


class NoSuchDeliveryError(GridwireError):
    """There is none of that id in the workspace, or its event is erased."""

    kind = "not_found"
    http_status = 404


class EndedError(InputError):
    """The target has said that it is gone, so nothing is sent there any more."""

    kind = "conflict"
    http_status = 409


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to a subscription's target. `last` is how the last try went: `at`, `ms`, `said`."""

    id: str
    subscription: str
    event: str
    type: str
    happened_at: float
    state: State
    attempts: int
    due_at: float
    last: Mapping[str, Any] | None
    place: Place


@dataclass(frozen=True, slots=True)
class Stock:
    """How much is stored: the number of the newest event, deliveries, and the age of what waits longest, in seconds."""

    newest: int
    waiting: int
    dead: int
    oldest: float


class Deliveries:
    """The deliveries of every workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def listed(
        self,
        workspace: str,
        *,
        subscription: str | None = None,
        state: State | None = None,
        after: Place | None = None,
        limit: int,
    ) -> list[Delivery]:
        """Those of the workspace, the newest event first; `after` is the place of the last one before."""
        place = tuple_(deliveries.c.event, deliveries.c.id)
        wanted = _of(workspace).order_by(deliveries.c.event.desc(), deliveries.c.id.desc()).limit(limit)
        wanted = wanted if subscription is None else wanted.where(deliveries.c.subscription == subscription)
        wanted = wanted if state is None else wanted.where(deliveries.c.state == state)
        wanted = wanted if after is None else wanted.where(place < after)
        return [_opened(row) for row in await self._store.read(lambda rows: rows.execute(wanted).all())]

    async def replay(self, workspace: str, id: str) -> Delivery:
        """Sends it once more, from the first try on. Raises NoSuchDeliveryError, EndedError.

        Whoever calls wakes the deliverer.
        """
        wanted = _of(workspace).add_columns(subscriptions.c.state.label("of")).where(deliveries.c.id == id)

        def change(rows: Connection) -> Delivery:
            row = rows.execute(wanted).one_or_none()
            if row is None:
                message = f"there is no delivery {quoted(id)}"
                raise NoSuchDeliveryError(message, remedy="GET /v1/deliveries lists them, while events are kept.")
            _check(row.of)
            rows.execute(_anew().where(deliveries.c.id == id))
            return _opened(rows.execute(wanted).one())

        return await self._store.write(change)

    async def replay_range(self, subscription: Subscription, since: float, until: float) -> int:
        """Sends all of the subscription's whose events were stored between the two times; gives how many.

        Raises EndedError.
        """
        _check(subscription.state)
        of = (events.c.reading == subscription.reading.id, events.c.at >= since, events.c.at <= until)
        stored = deliveries.c.event.in_(select(events.c.number).where(*of))
        anew = _anew().where(deliveries.c.subscription == subscription.id, stored)
        return await self._store.write(lambda rows: rows.execute(anew).rowcount)

    async def stock(self) -> Stock:
        """How much there is in all workspaces."""
        return await self._store.read(_stock)


def _stock(rows: Connection) -> Stock:
    counted = select(deliveries.c.state, func.count().label("number")).group_by(deliveries.c.state)
    count = {row.state: row.number for row in rows.execute(counted)}
    first = select(func.min(deliveries.c.event)).where(deliveries.c.state == "waiting").scalar_subquery()
    since = rows.scalar(select(events.c.at).where(events.c.number == first))
    newest = rows.scalar(select(func.max(events.c.number))) or 0
    oldest = 0.0 if since is None else max(0.0, time.time() - since)
    return Stock(newest, count.get("waiting", 0), count.get("dead", 0), oldest)


def _of(workspace: str) -> Select[Any]:
    columns = (deliveries, events.c.id.label("name"), events.c.type, events.c.at)
    joined = select(*columns).join(events, deliveries.c.event == events.c.number)
    return joined.join(subscriptions, deliveries.c.subscription == subscriptions.c.id).where(
        subscriptions.c.workspace == workspace
    )


def _anew() -> Any:
    return update(deliveries).values(state="waiting", attempts=0, due_at=time.time())


def _check(state: str) -> None:
    if state == "ended":
        message = "the target answered 410, so the subscription has ended and nothing is sent there"
        raise EndedError(message, remedy='Give the subscription its target again: PATCH it with {"paused": false}.')


def _opened(row: Row[Any]) -> Delivery:
    place = (row.event, row.id)
    return Delivery(
        row.id,
        row.subscription,
        row.name,
        row.type,
        row.at,
        row.state,
        row.attempts,
        row.due_at,
        row.last,
        place,
    )

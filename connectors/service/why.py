"""Why a trigger did not fire, in one sentence."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from connectors.components.http import dump_json, load_json
from connectors.components.times import from_seconds
from connectors.components.where import Condition
from connectors.engine.redaction import masked
from connectors.errors import GridwireError
from connectors.manifest.model import Trigger
from connectors.service import outbox
from connectors.service.connections import Connections
from connectors.service.memories import Memories
from connectors.service.poller import name_now
from connectors.service.store import Store
from connectors.service.subscriptions import Subscription, Subscriptions
from connectors.service.tables import deliveries, events, history
from connectors.service.vault import Vault

_MOST_EVENTS = 5_000
"""So many events are opened to find the one of an item."""


class Why:
    """Answers from what is stored; it asks no vendor."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        connections: Connections,
        subscriptions: Subscriptions,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._vault = vault
        self._connections = connections
        self._subscriptions = subscriptions
        self._clock = clock

    async def not_fired(self, workspace: str, id: str, item: str | None = None) -> str:
        """Why the subscription was not told (of the item with that key). Raises NoSuchSubscriptionError."""
        subscription = await self._subscriptions.get(workspace, id)
        if item is not None and (said := await self._of_item(subscription, item)):
            return said
        trouble = await self._trouble(subscription)
        if item is None:
            return trouble or await self._at_rest(subscription)
        seen = "has not been seen yet" if subscription.reading.way == "poll" else "has not come yet"
        return f"{item} {seen}: {trouble or await self._at_rest(subscription)}"

    async def _of_item(self, subscription: Subscription, item: str) -> str | None:
        """What became of an item; None if it was never seen."""
        reading = subscription.reading
        async with Memories(self._store, self._vault).alone(reading.id) as kept:
            memory = kept.memory
        version = memory.versions.get(item) if memory else None
        trigger, scope = await self._trigger(subscription)

        def question(rows: Connection) -> str | None:
            event = self._event(rows, reading.id, trigger, item, version)
            if event is not None:
                return f"{item}: {_delivery(rows, subscription, event)}"
            if said := self._left_out(rows, reading.id, trigger, scope, item):
                return f"{item} {said}"
            if memory is None or item not in memory.versions:
                return None
            if item in memory.missing:
                return (
                    f"{item} was not shown by the last reading; it counts as gone once another does not show it either"
                )
            return f"{item} {_silent(rows, reading.id, trigger)}"

        return await self._store.read(question)

    async def _trigger(self, subscription: Subscription) -> tuple[Trigger | None, Mapping[str, Any]]:
        """The trigger, and what its conditions may compare with; None if there is none any more."""
        reading = subscription.reading
        try:
            connection = (await self._connections.open(reading.workspace, reading.connection)).connection
            trigger = connection.connector.triggers[name_now(connection.connector, reading.trigger)]
        except GridwireError:
            return None, {}
        return trigger, {**connection.scope, **masked(trigger.input, reading.input)}

    def _event(
        self, rows: Connection, reading: str, trigger: Trigger | None, item: str, version: Any
    ) -> Row[Any] | None:
        """The newest event of an item: by what is known of it now, or else by what the events hold."""
        newest = select(events).where(events.c.reading == reading).order_by(events.c.number.desc())
        mark = events.c.mark == outbox.mark_of(item, version)
        if (row := rows.execute(newest.where(mark).limit(1)).one_or_none()) is not None or trigger is None:
            return row
        for row in rows.execute(newest.limit(_MOST_EVENTS)):
            try:
                key = trigger.identity.key_of(outbox.opened(self._vault, row).data)
            except ValueError:
                continue
            if item == key or item.endswith(f"/{key}"):  # what lies under a parent has its key before its own
                return row
        return None

    def _left_out(
        self, rows: Connection, reading: str, trigger: Trigger | None, scope: Mapping[str, Any], item: str
    ) -> str | None:
        kept = (history.c.reading == reading, history.c["items"].is_not(None))
        lines = select(history.c.at, history.c["items"].label("sealed")).where(*kept)
        for at, sealed in rows.execute(lines.order_by(history.c.number.desc())):
            for key, path, value in load_json(self._vault.open(sealed, "history", reading, "items")):
                if key == item:
                    condition = trigger.where.root.get(path) if trigger else None
                    wanted = f"{path} {_words(condition, scope)}" if condition else path
                    return f"was left out at {_when(at)} by `where {wanted}`: it was {_shown(value)}"
        return None

    async def _trouble(self, subscription: Subscription) -> str | None:
        """What stands in the way of all events of the subscription."""
        reading, error = subscription.reading, subscription.reading.error
        if subscription.state in ("paused", "ended"):
            ended = "the target answered 410, so the subscription has ended"
            return "the subscription is paused" if subscription.state == "paused" else ended
        if reading.way != "system":
            stored = await self._connections.get(reading.workspace, reading.connection)
            if stored.state == "reconnect":
                since = f" since {_when(error['at'])}" if error and error["kind"] == "reconnect" else ""
                return f"the connection '{stored.name}' needs reconnecting{since}"
        if error is not None and reading.failures:
            retry = f"; it is tried again at {_when(reading.next_at)}" if reading.next_at else ""
            unheard = reading.way == "webhook" and not reading.registered
            what = "the vendor was not told to call" if unheard else "the last poll failed"
            return f"{what} because {error['message']}{retry}"
        if not subscription.begun:
            return "the webhook is not registered yet" if reading.way == "webhook" else "the first poll is not over"
        return None

    async def _at_rest(self, subscription: Subscription) -> str:
        """What the last line of the history says, where nothing is wrong."""
        reading = subscription.reading
        of = select(history).where(history.c.reading == reading.id).order_by(history.c.number.desc()).limit(1)
        line = await self._store.read(lambda rows: rows.execute(of).one_or_none())
        if line is None:
            calls = "the webhook is registered and the vendor has not called"
            return calls if reading.way == "webhook" else "nothing was read yet"
        said, at = line.said, _when(line.said.get("until", line.at))
        if "why" in said:
            return f"{said['why']} ({at})"
        if said["kind"] == "arrival":
            return f"the vendor called last at {at}; {said['new']} of {said['came']} deliveries held something new"
        left = "".join(f", {count} left out by `where {path}`" for path, count in said.get("left_out", {}).items())
        held = f", {said['held']} held as too many gone at once" if "held" in said else ""
        after = f"; the next poll is at {_when(reading.next_at)}" if reading.next_at else ""
        what = "the first poll, which is silent," if said["kind"] == "first poll" else "the last poll"
        if "seen" not in said:
            return f"{said['kind']} at {at}{after}"
        return f"{what} at {at} saw {said['seen']:,} items, {said['new']:,} of them events{left}{held}{after}"


def _delivery(rows: Connection, subscription: Subscription, event: Row[Any]) -> str:
    """What became of an event."""
    stored = f"the event {event.id} was stored at {_when(event.at)}"
    if subscription.target.url is None:
        return f"{stored} and stands in the feed"
    of = (deliveries.c.subscription == subscription.id, deliveries.c.event == event.number)
    row = rows.execute(select(deliveries).where(*of)).first()
    if row is None:
        return f"{stored}, when this subscription had not begun or was paused"
    why = f" because the target said {row.last['said']}" if row.last else ""
    if row.state == "delivered":
        return f"{stored} and delivered at {_when(row.last['at'])}"
    if row.state == "dead":
        return f"{stored}; its delivery is dead after {row.attempts} tries{why}"
    return f"{stored}; its delivery waits until {_when(row.due_at)}{why}"


def _silent(rows: Connection, reading: str, trigger: Trigger | None) -> str:
    """Why an item that is known gave no event."""
    lines = select(history).where(history.c.reading == reading).order_by(history.c.number)
    first = next((row for row in rows.execute(lines) if row.said["kind"] == "first poll"), None)
    if first is None:
        return "was seen before what the history still tells"
    if trigger is not None and trigger.identity.fire not in ("new", "new_or_changed"):
        return f"is known since the first poll at {_when(first.at)} or later, and nothing that fires has happened to it"
    return f"was seen first at {_when(first.at)} by the first poll, which is silent"


def _words(condition: Condition, scope: Mapping[str, Any]) -> str:
    """A condition as one says it, with the inputs that it compares with."""
    said = [f"{_SAID[word]} {_shown(tree.fill(scope))}" for word, tree in condition.trees()]
    if condition.exists is not None:
        said.append("is there" if condition.exists else "is not there")
    return " and ".join(said)


_SAID = {
    "equals": "is",
    "not": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "contains": "contains",
    "gt": "is more than",
    "lt": "is less than",
}


def _shown(value: Any) -> str:
    return dump_json(value).decode()


def _when(at: float) -> str:
    return from_seconds(at).strftime("%Y-%m-%d %H:%M:%S UTC")

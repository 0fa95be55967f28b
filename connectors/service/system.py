"""What happens here and one can subscribe to: it is looked for in the tables, as a list of a vendor is polled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, select

from connectors.components.http import dump_json
from connectors.components.memory import Memory
from connectors.engine.spool import Event
from connectors.service.readings import Reading
from connectors.service.tables import connections, deliveries, events, readings, subscriptions

PREFIX = "gridwire."
INTERVAL = 5.0
"""Seconds between two looks."""
FAILING = 3
"""So many polls or tries at a delivery have failed, one after the other, when a subscription is failing."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is new, and what is remembered from now on."""

    events: list[Event]
    memory: Memory


def look(rows: Connection, reading: Reading, memory: Memory | None, *, from_start: bool) -> Found:
    """What has come to be since the last look; what was so before the first one is no event."""
    there = TRIGGERS[reading.trigger](rows, reading.workspace)
    known = memory.versions if memory else {}
    silent = memory is None and not from_start
    new = {} if silent else {key: item for key, item in there.items() if key not in known}
    found = [Event(key, None, None, dump_json(item)) for key, item in new.items()]
    return Found(found, Memory(dict.fromkeys(there)))


Items: TypeAlias = Mapping[str, dict[str, Any]]


def _connections(rows: Connection, workspace: str) -> Items:
    of = (connections.c.workspace == workspace, connections.c.state == "reconnect")
    return {
        row.id: {"connection": row.id, "connector": row.connector, "name": row.name, "error": row.last_error}
        for row in rows.execute(select(connections).where(*of))
    }


def _failing(rows: Connection, workspace: str) -> Items:
    of = (subscriptions.c.workspace == workspace, readings.c.way != "system")
    joined = select(subscriptions.c.id, subscriptions.c.reading, readings.c.trigger).join(readings).where(*of)
    polled = joined.add_columns(readings.c.error.label("why")).where(readings.c.failures >= FAILING)
    tried = (deliveries.c.state == "waiting", deliveries.c.attempts >= FAILING)
    sent = joined.add_columns(deliveries.c.last.label("why")).join(deliveries).where(*tried)
    return {
        row.id: {"subscription": row.id, "trigger": row.trigger, "error": row.why}
        for question in (polled, sent)
        for row in rows.execute(question)
    }


def _dead(rows: Connection, workspace: str) -> Items:
    """Those of system events are left out, or one dead target would be told for ever that it is dead."""
    of = (subscriptions.c.workspace == workspace, readings.c.way != "system", deliveries.c.state == "dead")
    columns = (deliveries.c.id, deliveries.c.subscription, deliveries.c.last, events.c.id.label("event"))
    joined = select(*columns).join(subscriptions, deliveries.c.subscription == subscriptions.c.id)
    joined = joined.join(events, deliveries.c.event == events.c.number).join(readings)
    return {
        row.id: {"delivery": row.id, "subscription": row.subscription, "event": row.event, "last": row.last}
        for row in rows.execute(joined.where(*of))
    }


_ERROR = {"kind": "reconnect", "message": "the vendor does not accept the key any more", "remedy": "Enter another."}
_LAST = {"at": 1772359200.0, "ms": 15000, "said": 503}
_SUBSCRIPTION = {"subscription": "sub_sample", "trigger": "new_offer"}
SAMPLES: dict[str, dict[str, Any]] = {
    f"{PREFIX}connection.reconnect_needed": {
        "connection": "con_sample",
        "connector": "acme",
        "name": "office",
        "error": {**_ERROR, "at": 1772359200.0},
    },
    f"{PREFIX}subscription.failing": {**_SUBSCRIPTION, "error": _LAST},
    f"{PREFIX}delivery.dead": {
        "delivery": "dlv_sample",
        "subscription": "sub_sample",
        "event": "evt_sample",
        "last": _LAST,
    },
}
"""What each of them tells, as an example."""

TRIGGERS: dict[str, Callable[[Connection, str], Items]] = {
    f"{PREFIX}connection.reconnect_needed": _connections,
    f"{PREFIX}subscription.failing": _failing,
    f"{PREFIX}delivery.dead": _dead,
}

"""Deliveries: events on their way to targets."""

from __future__ import annotations

import time
from typing import Any

from connectors.components.times import moment
from connectors.errors import InputError
from connectors.server.call import Call
from connectors.server.subscribed import delivery
from connectors.service.replay import Place


async def list_deliveries(call: Call) -> Any:
    """Lists deliveries, those of the newest event first; `cursor`, sent back as `after`, gives the ones after these."""
    query, about = call.query, ("deliveries", call.workspace)
    after = _place(call, query["after"], about) if "after" in query else None
    which = {name: query[name] for name in ("subscription", "state", "limit") if name in query}
    found = await call.server.service.deliveries.listed(call.workspace, after=after, **which)
    more = len(found) == query["limit"]
    cursor = call.server.signer.sign(found[-1].place, *about) if more else None
    return {"items": [delivery(one) for one in found], "cursor": cursor}


async def replay_delivery(call: Call) -> Any:
    """Sends a delivery once more, whether it arrived or not, from the first try on. The event's id stays the same."""
    again = await call.server.service.deliveries.replay(call.workspace, call.params["id"])
    call.server.worker.deliverer.wake([again.subscription])
    return delivery(again)


async def replay_range(call: Call) -> Any:
    """Sends all deliveries of a subscription once more whose events were stored between two times."""
    body, service = call.body, call.server.service
    subscription = await service.subscriptions.get(call.workspace, body["subscription"])
    since, until = _time(call, "from"), _time(call, "to") if "to" in body else time.time()
    count = await service.deliveries.replay_range(subscription, since, until)
    call.server.worker.deliverer.wake([subscription.id])
    return {"replayed": count}


def _time(call: Call, name: str) -> float:
    when = moment(call.body[name])
    if when is None:
        raise InputError(f"'{name}' names no moment", field=name, remedy="Write it as 2026-03-01T10:15:00Z.")
    return when.timestamp()


def _place(call: Call, cursor: str, about: tuple[Any, ...]) -> Place:
    try:
        event, own = call.server.signer.open(cursor, *about)
    except ValueError:
        message = "this cursor was changed, or is another workspace's"
        raise InputError(message, field="after", remedy="Send the last cursor as it came, or none.") from None
    return event, own

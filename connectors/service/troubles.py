"""What is wrong with subscriptions, for whoever looks after the server."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from connectors.components.times import from_seconds, iso
from connectors.service.poller import JITTER, LONGEST_PAUSE
from connectors.service.readings import Reading
from connectors.service.service import Service

_OVERDUE = 900.0  # seconds
_LONG = 3600.0  # seconds for which a delivery may wait and all be well

_NOBODY = "see that a server runs on this data folder: `gridwire serve`"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What it is about, what was seen, what to do now."""

    about: str
    seen: str
    remedy: str


async def of_subscriptions(service: Service, name: str, workspace: str) -> AsyncIterator[Trouble]:
    """Those of the subscriptions of a workspace, which has that name."""
    for one in await service.subscriptions.listed(workspace):
        if one.state == "paused":
            continue
        about = f"subscription {name}/{one.id} ({one.reading.trigger})"
        if one.state == "ended":
            remedy = f"`gridwire subscriptions remove {one.id}`, or `resume` it"
            yield Trouble(about, "its target answered 410, so it has ended", remedy)
        elif error := one.error or one.reading.error:
            yield Trouble(about, error["message"], error.get("remedy") or f"`gridwire why {one.id}` says more")
        elif seen := _time_of(one.reading, time.time()):
            yield Trouble(about, seen, _NOBODY)
        elif one.reading.way == "webhook" and not one.reading.registered:
            yield Trouble(about, "the vendor has not been told yet to call", _NOBODY)


async def of_deliveries(service: Service) -> AsyncIterator[Trouble]:
    """Those of all deliveries."""
    stock = await service.deliveries.stock()
    if stock.dead:
        remedy = "`gridwire deliveries --state dead` says why; `gridwire replay` sends them again"
        yield Trouble("deliveries", f"{stock.dead:,} were given up after the last try", remedy)
    if stock.oldest > _LONG:
        seen = f"{stock.waiting:,} wait, the oldest for {stock.oldest / 3600:,.0f} h"
        yield Trouble("deliveries", seen, "`gridwire deliveries --state waiting` says what targets answer")


def _time_of(reading: Reading, now: float) -> str | None:
    """What is wrong with the time of the next poll."""
    at = reading.next_at
    if at is None or now - _OVERDUE <= at <= now + max(reading.interval, LONGEST_PAUSE) * (1 + JITTER):
        return None
    when = iso(from_seconds(int(at)))
    return f"it was to be read at {when}, and was not" if at < now else f"it is to be read only at {when}"

"""Deliveries: each event to each target that waits for it, signed, again by a schedule, until it is taken.

Every subscription has a lane of its own, so that one dead or slow target delays nobody else. What a lane sends it reads
from the database each time: nothing that is still to be delivered is held in memory alone.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select, update
from standardwebhooks.webhooks import Webhook

from connectors.components.http import JSON_TYPE, Request, Response, dump_json
from connectors.components.outcome import is_success, retry_after
from connectors.engine.transport import Transport
from connectors.errors import TransportError
from connectors.service import outbox
from connectors.service.store import Store
from connectors.service.subscriptions import Format, Target
from connectors.service.tables import deliveries, events, subscriptions
from connectors.service.vault import Vault

SCHEDULE = (0.0, 5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 36_000.0, 86_400.0, 86_400.0)
"""Seconds before each try (Standard Webhooks): the first at once, the last after three and a half days."""

_LONGEST_WAIT = 86_400.0  # seconds that a target's Retry-After may ask for
_TIMEOUT = 15.0  # seconds for a target to answer
_AT_ONCE = 4  # deliveries to one target
_ALTOGETHER = 128
_READ = 50  # deliveries that a lane reads at a time
_GONE = 410
_JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Sending:
    """One delivery that is due."""

    id: str
    attempts: int
    event: outbox.Event


@dataclass
class Lane:
    """What is under way to one subscription's target; `woken` says that there is something new."""

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Deliverer:
    """Delivers what waits. `schedule` is the seconds before each try; `source` names this server in CloudEvents."""

    def __init__(
        self, store: Store, vault: Vault, transport: Transport, *, schedule: Sequence[float], source: str
    ) -> None:
        self._store = store
        self._vault = vault
        self._transport = transport
        self._schedule = schedule
        self._source = source
        self._lanes: dict[str, Lane] = {}
        self._places = asyncio.Semaphore(_ALTOGETHER)

    async def begin(self) -> None:
        """Goes on with all that was not delivered when the server ended."""
        waiting = select(deliveries.c.subscription).where(deliveries.c.state == "waiting").distinct()
        self.wake(await self._store.read(lambda rows: list(rows.scalars(waiting))))

    def wake(self, waiting: Iterable[str]) -> None:
        """There is something for these subscriptions."""
        for subscription in waiting:
            lane = self._lanes.setdefault(subscription, Lane())
            lane.woken.set()
            if lane.task is None or lane.task.done():
                lane.task = asyncio.create_task(self._run(subscription, lane))

    async def end(self) -> None:
        """Stops; what is under way may arrive, and is sent again after the next start."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, subscription: str, lane: Lane) -> None:
        while True:
            lane.woken.clear()
            row, due, next_at = await self._store.read(lambda rows: _waiting(rows, self._vault, subscription))
            if row is None or (not due and next_at is None):
                if not lane.woken.is_set():
                    del self._lanes[subscription]
                    return
                continue
            if due:
                await self._send_all(subscription, row, due)
                continue
            try:
                async with asyncio.timeout(max(0.01, (next_at or 0.0) - time.time())):
                    await lane.woken.wait()
            except TimeoutError:
                pass

    async def _send_all(self, subscription: str, row: Row[*tuple[Any, ...]], due: list[Sending]) -> None:
        target = Target(*msgspec.json.decode(self._vault.open(row.target, "subscriptions", subscription, "target")))
        if row.ordered:
            for sending in due:
                if not await self._send(subscription, row.format, target, sending):
                    return
            return
        places = asyncio.Semaphore(_AT_ONCE)

        async def send(sending: Sending) -> None:
            async with places:
                await self._send(subscription, row.format, target, sending)

        async with asyncio.TaskGroup() as group:
            for sending in due:
                group.create_task(send(sending))

    async def _send(self, subscription: str, format: Format, target: Target, sending: Sending) -> bool:
        """Tries once, and keeps how it went; gives whether the target took it."""
        async with self._places:
            started = time.monotonic()
            answer = await self._answer(format, target, sending)
            took = round((time.monotonic() - started) * 1000)
        taken = isinstance(answer, Response) and is_success(answer)
        said = answer.status if isinstance(answer, Response) else answer
        last = {"at": time.time(), "ms": took, "said": said}
        ended = isinstance(answer, Response) and answer.status == _GONE
        wait = None if taken or ended else self._wait(sending, answer)

        def change(rows: Connection) -> None:
            state = "delivered" if taken else "dead" if wait is None else "waiting"
            moved = {"state": state, "attempts": sending.attempts + 1, "last": last}
            moved |= {} if wait is None else {"due_at": time.time() + wait}
            rows.execute(update(deliveries).where(deliveries.c.id == sending.id).values(**moved))
            if ended:
                _end(rows, subscription)

        await self._store.write(change)
        return taken

    async def _answer(self, format: Format, target: Target, sending: Sending) -> Response | str:
        assert target.url is not None
        try:
            return await self._transport.send(self._request(format, target, sending.event), timeout=_TIMEOUT)
        except TransportError as error:
            return error.message

    def _request(self, format: Format, target: Target, event: outbox.Event) -> Request:
        """Signed by Standard Webhooks over the very bytes that are sent."""
        assert target.url is not None
        data = event.data
        if event.previous is not None and isinstance(data, dict):
            data = {**data, "previous": event.previous}
        when = datetime.fromtimestamp(event.at, UTC)
        body = dump_json(data) if format == "plain" else dump_json(_cloud_event(event, data, when, self._source))
        now = datetime.now(UTC)
        headers = {
            "Content-Type": JSON_TYPE if format == "plain" else "application/cloudevents+json",
            "webhook-id": event.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(target.secret).sign(event.id, now, body.decode()),
        }
        return Request("POST", target.url, headers=headers, json=msgspec.Raw(body))

    def _wait(self, sending: Sending, answer: Response | str) -> float | None:
        """Seconds until the next try; None if that was the last one."""
        tried = sending.attempts + 1
        if tried >= len(self._schedule):
            return None
        asked = retry_after(answer, now=time.time()) if isinstance(answer, Response) else None
        wait = self._schedule[tried] * (1 + random.uniform(0, _JITTER))  # noqa: S311 - so that many do not come together
        return max(wait, min(asked or 0.0, _LONGEST_WAIT))


def _waiting(
    rows: Connection, vault: Vault, subscription: str
) -> tuple[Row[*tuple[Any, ...]] | None, list[Sending], float | None]:
    """The subscription, what is due to it in the order of events, and when the next is."""
    wanted = select(subscriptions.c.target, subscriptions.c.format, subscriptions.c.ordered)
    active = wanted.where(subscriptions.c.id == subscription, subscriptions.c.state == "active")
    row = rows.execute(active).one_or_none()
    if row is None:
        return None, [], None
    now = time.time()
    waiting = (
        select(deliveries.c.id.label("delivery"), deliveries.c.attempts, deliveries.c.due_at, events)
        .join(events, deliveries.c.event == events.c.number)
        .where(deliveries.c.subscription == subscription, deliveries.c.state == "waiting")
        .order_by(events.c.number)
        .limit(_READ)
    )
    found = rows.execute(waiting if row.ordered else waiting.where(deliveries.c.due_at <= now)).all()
    due = list[Sending]()
    for one in found:
        if one.due_at > now:
            break  # in order: nothing passes the one that waits
        due.append(Sending(one.delivery, one.attempts, outbox.opened(vault, one)))
    if due:
        return row, due, None
    next_at = found[0].due_at if found else None
    if not row.ordered:
        of = (deliveries.c.subscription == subscription, deliveries.c.state == "waiting")
        next_at = rows.scalar(select(func.min(deliveries.c.due_at)).where(*of))
    return row, [], next_at


def _end(rows: Connection, subscription: str) -> None:
    """The target has said that it is gone for good."""
    rows.execute(update(subscriptions).where(subscriptions.c.id == subscription).values(state="ended"))
    of = (deliveries.c.subscription == subscription, deliveries.c.state == "waiting")
    rows.execute(update(deliveries).where(*of).values(state="dead"))


def _cloud_event(event: outbox.Event, data: Any, when: datetime, source: str) -> dict[str, Any]:
    """CloudEvents 1.0, in JSON."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": event.type,
        "time": when.isoformat(),
        "datacontenttype": JSON_TYPE,
        "data": data,
    }

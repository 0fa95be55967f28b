"""Deliveries: each event to each target that waits for it, signed, again by a schedule, until it is taken.

Every subscription has a lane of its own, so that one dead or slow target delays nobody else. What a lane sends it reads
from the database each time: nothing that is still to be delivered is held in memory alone.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, exists, or_, select, update
from standardwebhooks.webhooks import Webhook

from connectors.components.http import Response, dump_json, load_json
from connectors.components.outcome import is_success, retry_after
from connectors.engine.transport import Transport
from connectors.errors import GridwireError, TransportError
from connectors.service import outbox
from connectors.service.again import pause
from connectors.service.due import WAITS, Sending, Waiting, waiting_for
from connectors.service.lanes import Lane, Places
from connectors.service.mailing import Mailing
from connectors.service.readings import said
from connectors.service.store import Store
from connectors.service.subscriptions import Subscription
from connectors.service.tables import deliveries, subscriptions
from connectors.service.together import Together
from connectors.service.vault import Vault

log = logging.getLogger("gridwire.deliveries")

SCHEDULE = (0.0, 5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 36_000.0, 86_400.0, 86_400.0)
"""Seconds before each try (Standard Webhooks): the first at once, the last after three and a half days."""

_LONGEST_WAIT = 86_400.0  # seconds that a target's Retry-After may ask for
_LONGEST_SLEEP = 60.0  # seconds until a lane looks again, for what another process has changed
_TIMEOUT = 15.0  # seconds for a target to answer
_GONE = 410
_NOT_NOW = (429, 503)  # whose Retry-After is about the target, not about one delivery
_JITTER = 0.1


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
        self._places = Places()
        self._unwell = dict[str, bool]()  # subscriptions whose target takes nothing; whether the log says of a dead one
        self._marks = Together(self._write_marks)
        self._working = False

    @property
    def longest_wait(self) -> float:
        """The seconds between two tries are never more than these."""
        return max(max(self._schedule) * (1 + _JITTER), _LONGEST_WAIT)

    async def begin(self) -> None:
        """Delivers from now on, first all that was not delivered when the server ended."""
        self._working = True
        await self.look()

    async def look(self) -> None:
        """Goes on with what another process has made due."""
        found = await self._store.read(lambda rows: list(rows.scalars(_ANYTHING)))
        self.wake(one for one in found if one not in self._lanes)

    def wake(self, waiting: Iterable[str]) -> None:
        """There is something for these subscriptions."""
        for subscription in waiting if self._working else ():
            lane = self._lanes.setdefault(subscription, Lane())
            lane.woken.set()
            if lane.task is None:
                lane.task = asyncio.create_task(self._run(subscription, lane))

    async def test(self, subscription: Subscription, url: str, type: str, sample: Any) -> Response | str:
        """Sends a sample there now, signed and marked as a test; gives the answer, or why there is none.

        Nothing is stored, and it is sent once.
        """
        mailing = Mailing(url, Webhook(subscription.target.secret), subscription.format, self._source, test=True)
        body = msgspec.Raw(dump_json(sample))
        event = outbox.Event(0, f"evt_test_{secrets.token_hex(12)}", type, time.time(), body, None)
        return await self._answer(mailing, event)

    async def end(self) -> None:
        """Stops; what is under way may arrive, and is sent again after the next start."""
        self._working = False
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._marks.settle()
        self._lanes.clear()

    async def _run(self, subscription: str, lane: Lane) -> None:
        """Until nothing waits. What breaks off is gone on with later, and nothing of it is lost."""
        failures = 0
        while True:
            try:
                if not await self._went_on(subscription, lane):
                    del self._lanes[subscription]
                    return
                failures = 0
            except Exception as error:
                failures += 1
                log.exception("what waits for subscription %s goes on waiting", subscription)
                await self._say(subscription, error)
                await asyncio.sleep(pause(failures))

    async def _went_on(self, subscription: str, lane: Lane) -> bool:
        """Sends what is due, or waits for it; gives whether there is anything to go on with."""
        lane.woken.clear()
        waiting = await self._store.read(lambda rows: waiting_for(rows, self._vault, subscription))
        if waiting is None:
            return lane.woken.is_set()
        if waiting.unreadable:
            await self._bury(waiting.unreadable)
        if not waiting.due and waiting.next_at is None:
            return bool(waiting.unreadable) or lane.woken.is_set()
        if (left_alone := lane.until - time.monotonic()) > 0:
            await asyncio.sleep(min(left_alone, _LONGEST_SLEEP))
        elif waiting.due:
            await self._send_all(waiting, lane)
        elif waiting.next_at is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(max(0.01, waiting.next_at - time.time()), _LONGEST_SLEEP)):
                    await lane.woken.wait()
        return True

    async def _send_all(self, waiting: Waiting, lane: Lane) -> None:
        row = waiting.subscription
        url, secret = load_json(self._vault.open(row.target, "subscriptions", row.id, "target"))
        mailing = Mailing(url, Webhook(secret), row.format, self._source)
        if row.ordered:
            for one in waiting.due:
                if not await self._send(row, lane, mailing, one):
                    return
            return
        width = asyncio.Semaphore(lane.width)
        sending = (self._send(row, lane, mailing, one, width) for one in waiting.due)
        for came in await asyncio.gather(*sending, return_exceptions=True):  # all, for one that is sent is to be marked
            if isinstance(came, BaseException):
                raise came

    async def _send(
        self, row: Row[Any], lane: Lane, mailing: Mailing, one: Sending, width: asyncio.Semaphore | None = None
    ) -> bool:
        """Tries once, and keeps how it went; gives whether the target took it."""
        async with width or asyncio.Semaphore(), self._places.one(row.workspace, lane):
            if lane.until > time.monotonic():
                return False
            started = time.monotonic()
            answer = await self._answer(mailing, one.event)
            took = time.monotonic() - started
        taken = isinstance(answer, Response) and is_success(answer)
        lane.learn(taken=taken, seconds=took)
        asked = 0.0 if isinstance(answer, str) else min(retry_after(answer, now=time.time()) or 0.0, _LONGEST_WAIT)
        if isinstance(answer, Response) and answer.status in _NOT_NOW:
            lane.until = max(lane.until, time.monotonic() + asked)
        wait = None if taken else self._wait(one, answer, asked)
        await self._mark(row, one, answer, round(took * 1000), wait)
        self._log(row.id, one, None if taken else answer, dead=wait is None)
        return taken

    def _log(self, own: str, one: Sending, answer: Response | str | None, *, dead: bool) -> None:
        """Says once that a target takes nothing, that a delivery is dead, that it is gone, that it is well again."""
        known = self._unwell.pop(own, None)
        if answer is None:
            if known is not None:
                log.warning("subscription %s: its target takes events again", own)
            return
        said = answer if isinstance(answer, str) else f"it answered {answer.status}"
        if isinstance(answer, Response) and answer.status == _GONE:
            log.warning("subscription %s has ended, for its target is gone: %s", own, said)
            return
        if dead and not known:
            tries = one.attempts + 1
            log.warning("subscription %s: event %s is dead after %d tries: %s", own, one.event.id, tries, said)
        elif known is None:
            log.warning("subscription %s: its target did not take event %s: %s", own, one.event.id, said)
        self._unwell[own] = dead or bool(known)

    async def _answer(self, mailing: Mailing, event: outbox.Event) -> Response | str:
        try:
            return await self._transport.send(mailing.request(event, datetime.now(UTC)), timeout=_TIMEOUT)
        except TransportError as error:
            return error.message
        except Exception:
            log.exception("event %s could not be sent", event.id)
            return "it could not be sent: our mistake"

    async def _mark(self, row: Row[Any], one: Sending, answer: Response | str, took: int, wait: float | None) -> None:
        """Keeps how a try went; `wait` is the seconds until the next, None if there is none."""
        status = answer.status if isinstance(answer, Response) else None
        taken = isinstance(answer, Response) and is_success(answer)
        now = time.time()
        moved = {
            "own": one.id,
            "to": "delivered" if taken else "dead" if wait is None else "waiting",
            "tries": one.attempts + 1,
            "due": now + (wait or 0.0),
            "how": {"at": now, "ms": took, "said": answer if status is None else status},
        }

        if status == _GONE:
            await self._store.write(partial(_end, moved, row.id))
            return
        await self._marks.add(moved)
        if taken and row.error is not None:
            await self._store.write(lambda rows: rows.execute(_GOES, {"of": row.id}))

    async def _write_marks(self, marks: list[dict[str, Any]]) -> None:
        await self._store.write(lambda rows: rows.execute(_MARK, marks))

    def _wait(self, one: Sending, answer: Response | str, asked: float) -> float | None:
        """Seconds until the next try; None if that was the last one."""
        tried = one.attempts + 1
        if tried >= len(self._schedule) or (isinstance(answer, Response) and answer.status == _GONE):
            return None
        wait = self._schedule[tried] * (1 + random.uniform(0, _JITTER))  # noqa: S311 - so that many do not come together
        return max(wait, asked)

    async def _bury(self, unreadable: list[str]) -> None:
        """They are dead: a replay delivers them, once the key is back that sealed them."""
        log.error("%d deliveries cannot be read, and are dead", len(unreadable))
        last = {"at": time.time(), "ms": 0, "said": "its content cannot be opened"}
        dead = update(deliveries).where(deliveries.c.id.in_(unreadable)).values(state="dead", last=last)
        await self._store.write(lambda rows: rows.execute(dead))

    async def _say(self, subscription: str, error: Exception) -> None:
        known = error if isinstance(error, GridwireError) else GridwireError("this cannot be delivered: our mistake")
        kept = update(subscriptions).where(subscriptions.c.id == subscription).values(error=said(known))
        with suppress(GridwireError):  # the log has it
            await self._store.write(lambda rows: rows.execute(kept))


_ANYTHING = select(subscriptions.c.id).where(
    subscriptions.c.state == "active",
    subscriptions.c.has_target,
    exists().where(deliveries.c.subscription == subscriptions.c.id, WAITS),
)
_MARK = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("own"), or_(WAITS, bindparam("to") == "delivered"))
    .values(state=bindparam("to"), attempts=bindparam("tries"), due_at=bindparam("due"), last=bindparam("how"))
)
_GOES = update(subscriptions).where(subscriptions.c.id == bindparam("of")).values(error=None)
_END = update(subscriptions).where(subscriptions.c.id == bindparam("of")).values(state="ended")
_END_ALL = update(deliveries).where(deliveries.c.subscription == bindparam("of"), WAITS).values(state="dead")


def _end(mark: dict[str, Any], subscription: str, rows: Connection) -> None:
    """The target has said that it is gone for good."""
    rows.execute(_MARK, mark)
    rows.execute(_END, {"of": subscription})
    rows.execute(_END_ALL, {"of": subscription})

"""The inbox: what vendors send is verified, kept, and answered; then compared with what is remembered, in order."""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, insert, literal, select, update

from connectors.components.delivery import MAX_BODY, Delivery
from connectors.components.http import Response, dump_json, load_json
from connectors.components.memory import Memory
from connectors.components.times import from_seconds
from connectors.engine.hooks import REFUSED, TAKEN, Hook, Received
from connectors.errors import GridwireError
from connectors.service import outbox, readings
from connectors.service.again import pause
from connectors.service.connections import Connections
from connectors.service.keys import digest
from connectors.service.memories import Memories
from connectors.service.poller import Ask, Told, name_now
from connectors.service.readings import Reading
from connectors.service.store import Store
from connectors.service.tables import inbox
from connectors.service.tables import readings as table
from connectors.service.vault import Vault

log = logging.getLogger("gridwire.inbox")

TOO_LARGE = Response(413)
LATER = Response(503)
"""We could not keep it; vendors send again what is not taken."""

_REFUSED_AGAIN = 60.0  # seconds until the history tells once more that a call was refused
_FRESH = 0.005  # seconds for which what is known of a webhook is not looked up again
_TOGETHER = 100  # deliveries that are worked on in one transaction
_BYTES_TOGETHER = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Known:
    """A webhook that vendors may call."""

    reading: Reading
    hook: Hook


class UnworkableError(Exception):
    """One delivery cannot be worked on; the others can. `number` says which."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(why)
        self.number = number


class Inbox:
    """What vendors send to webhooks. It is worked on between `begin` and `end`; what comes before waits."""

    def __init__(
        self, store: Store, vault: Vault, connections: Connections, memories: Memories, ask: Ask, told: Told
    ) -> None:
        self._store = store
        self._vault = vault
        self._connections = connections
        self._memories = memories
        self._ask = ask
        self._told = told
        self._known: dict[bytes, Known] = {}
        self._known_at = -1
        self._refused = dict[tuple[str, int], float]()
        self._fresh_until = 0.0
        self._working = False
        self._drains: dict[str, asyncio.Task[None]] = {}
        self._again = set[str]()

    async def begin(self) -> None:
        """Works from now on, first on all that was kept; what could not be worked on is tried once more."""
        anew = update(inbox).where(inbox.c.problem.is_not(None)).values(problem=None)
        await self._store.write(lambda rows: rows.execute(anew))
        self._working = True
        await self.look()

    async def look(self) -> None:
        """Works on what another process has kept."""
        waiting = select(inbox.c.reading).where(inbox.c.problem.is_(None)).distinct()
        for reading in await self._store.read(lambda rows: list(rows.scalars(waiting))):
            if reading not in self._drains:
                self._drain(reading)

    async def end(self) -> None:
        """Stops; what is kept is worked on after the next start."""
        self._working = False
        for task in self._drains.values():
            task.cancel()
        await asyncio.gather(*self._drains.values(), return_exceptions=True)
        self._drains.clear()

    async def take(self, token: str, delivery: Delivery) -> Response:
        """The answer to what was sent to the address with this token; what is taken is on disk by then."""
        if len(delivery.body) > MAX_BODY:
            return TOO_LARGE
        try:
            return await self._take(token, delivery)
        except GridwireError as error:
            log.warning("a webhook could not be taken: %s", error)
            return LATER

    async def _take(self, token: str, delivery: Delivery) -> Response:
        known = await self._called(token)
        if known is None:
            return REFUSED
        reading = known.reading
        answered = known.hook.check(delivery, _secrets(reading.hook or {}), datetime.now(UTC))
        if answered is not None:
            if answered.secret is not None:
                await self._store.write(
                    lambda rows: readings.change_hook(rows, self._vault, reading.id, {"secret": answered.secret})
                )
            if answered.problem is not None:
                await self._tell_refused(reading.id, answered.reply.status, answered.problem)
            return answered.reply
        content = self._vault.seal(_packed(delivery), "inbox", reading.id, "content")
        row = {"content": content, "at": time.time(), "of": reading.id}
        if not await self._store.write(lambda rows: rows.execute(_KEEP, row).rowcount):
            return LATER  # nobody waits for it now; perhaps somebody comes back
        self._drain(reading.id)
        return TAKEN

    def _drain(self, reading: str) -> None:
        if reading in self._drains:
            self._again.add(reading)
        elif self._working:
            self._drains[reading] = asyncio.create_task(self._work(reading))

    async def _work(self, reading: str) -> None:
        """Until nothing waits. What breaks off is gone on with later, and nothing of it is lost."""
        failures = 0
        while True:
            self._again.discard(reading)
            try:
                while await self._worked(reading):
                    failures = 0
            except Exception as error:
                failures += 1
                log.exception("what came for reading %s waits", reading)
                await self._say(reading, error, failures)
                await asyncio.sleep(pause(failures))
                continue
            if reading not in self._again:
                del self._drains[reading]
                return

    async def _worked(self, name: str) -> bool:
        """Works on what waits; gives whether there was anything."""
        waiting, row = await self._store.read(lambda rows: _waiting(rows, name))
        if not waiting or row is None:
            return False
        reading = readings.opened(self._vault, row)
        opened = await self._connections.open(reading.workspace, reading.connection)
        connector = opened.connection.connector
        hook = self._ask(opened, reading.trigger).hook(name_now(connector, reading.trigger), reading.input)
        event_type, secrets = f"{connector.connector}.{hook.trigger.name}", _secrets(reading.hook or {})
        try:
            async with self._memories.alone(reading.id) as kept:
                after = hook.begin(kept.memory)
                got = [self._taken(hook, one, secrets, after) for one in waiting]
                happened = [event for one in got for event in one.events]
                left = [one for each in got for one in each.left_out]
                move = self._memories.change(reading.id, kept, after)

                def change(rows: Connection) -> set[str]:
                    told = outbox.store(rows, self._vault, reading.id, event_type, happened)
                    move(rows)
                    readings.tell(
                        rows,
                        reading.id,
                        kind="arrival",
                        came=len(waiting),
                        new=len(happened),
                        **readings.left(self._vault, reading.id, left),
                    )
                    rows.execute(_DONE, {"numbers": [one.number for one in waiting]})
                    if reading.failures:
                        rows.execute(_GOES, {"of": reading.id})
                    return told

                self._told(await self._store.write(change))
        except UnworkableError as error:
            await self._lay_aside(reading, error)
        return True

    def _taken(self, hook: Hook, row: Row[Any], secrets: Sequence[str], memory: Memory) -> Received:
        try:
            delivery = _unpacked(self._vault.open(row.content, "inbox", row.reading, "content"))
            return hook.take(delivery, secrets, memory, from_seconds(row.at))
        except Exception as error:
            log.exception("delivery %d to reading %s cannot be worked on", row.number, row.reading)
            raise UnworkableError(row.number, type(error).__name__) from None  # its words may be what was sent

    async def _tell_refused(self, reading: str, status: int, why: str) -> None:
        """Leaves a line of history, now and then: whoever calls so often must not fill the disk."""
        now = time.monotonic()
        if now < self._refused.get((reading, status), 0.0):
            return
        self._refused[reading, status] = now + _REFUSED_AGAIN
        with suppress(GridwireError):
            await self._store.write(
                lambda rows: readings.tell(rows, reading, kind="refused", why=f"a call was refused, for {why}")
            )

    async def _lay_aside(self, reading: Reading, error: UnworkableError) -> None:
        aside = update(inbox).where(inbox.c.number == error.number).values(problem=str(error))

        def change(rows: Connection) -> None:
            rows.execute(aside)
            readings.tell(rows, reading.id, kind="laid aside", why=str(error))

        await self._store.write(change)

    async def _say(self, reading: str, error: Exception, failures: int) -> None:
        known = (
            error if isinstance(error, GridwireError) else GridwireError("what came cannot be worked on: our mistake")
        )
        said = {"error": readings.said(known), "failures": failures}
        with suppress(GridwireError):  # the log has it
            await self._store.write(
                lambda rows: rows.execute(update(table).where(readings.by_id(reading)).values(**said))
            )

    async def _called(self, token: str) -> Known | None:
        if self._fresh_until <= (now := time.monotonic()):
            self._fresh_until = now + _FRESH
            if self._known_at != (changes := self._store.changes):
                self._known, self._known_at = {}, changes
        known, wanted = self._known, digest(token)  # what is read now goes nowhere if something changes meanwhile
        if wanted not in known:
            of = select(table).where(table.c.token == wanted)
            row = await self._store.read(lambda rows: rows.execute(of).one_or_none())
            if row is None or row.hook is None:
                return None
            reading = readings.opened(self._vault, row)
            if reading.state == "leaving" and reading.error is not None:
                return None  # the vendor was told in vain, and nobody comes back
            opened = await self._connections.open(reading.workspace, reading.connection)
            known[wanted] = Known(reading, self._ask(opened, reading.trigger).hook(reading.trigger, reading.input))
        return known[wanted]


_KEEP = insert(inbox).from_select(
    ["reading", "content", "at"],
    select(bindparam("of", type_=table.c.id.type), bindparam("content", type_=inbox.c.content.type))
    .add_columns(bindparam("at", type_=inbox.c.at.type))
    .where(exists(select(literal(1)).where(table.c.id == bindparam("of"), table.c.state == "active"))),
)
_DONE = delete(inbox).where(inbox.c.number.in_(bindparam("numbers", expanding=True)))
_GOES = update(table).where(table.c.id == bindparam("of")).values(failures=0, error=None)
_WAITING = (
    select(inbox)
    .where(inbox.c.reading == bindparam("of"), inbox.c.problem.is_(None))
    .order_by(inbox.c.number)
    .limit(_TOGETHER)
)
_READING = select(table).where(table.c.id == bindparam("of"))


def _waiting(rows: Connection, reading: str) -> tuple[list[Row[Any]], Row[Any] | None]:
    """The oldest that wait, of all together not too many bytes, and their reading."""
    found, size = list[Row[Any]](), 0
    for row in rows.execute(_WAITING, {"of": reading}):
        found.append(row)
        size += len(row.content)
        if size > _BYTES_TOGETHER:
            break
    return found, rows.execute(_READING, {"of": reading}).one_or_none()


def _secrets(hook: Mapping[str, Any]) -> list[str]:
    return [secret for secret in (hook.get("secret"), hook.get("secret_before")) if secret]


def _packed(delivery: Delivery) -> bytes:
    body = base64.b64encode(delivery.body).decode()
    return dump_json([body, delivery.headers, delivery.url, delivery.method])


def _unpacked(content: bytes) -> Delivery:
    body, headers, url, method = load_json(content)
    return Delivery(base64.b64decode(body), tuple((name, value) for name, value in headers), url, method)

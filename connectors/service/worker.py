"""Does what is due: polls, deliveries, webhooks to turn on and off. One process at a time does so.

It is one loop over rows that are due; everything else starts when something is stored. What it was about to do when it
was killed is still due after the next start.
"""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from sqlalchemy import Connection, select, update

from connectors.engine.transport import Transport
from connectors.errors import GridwireError, ReconnectError, VendorBusy
from connectors.service import readings
from connectors.service.again import pause
from connectors.service.ahead import bring_near
from connectors.service.connections import Connections
from connectors.service.deliveries import SCHEDULE, Deliverer
from connectors.service.inbox import Inbox
from connectors.service.memories import Memories
from connectors.service.poller import Ask, Poller, name_now
from connectors.service.readings import MIN_INTERVAL, Reading
from connectors.service.reconcile import Reconciler
from connectors.service.retention import HISTORY, PAYLOADS, Retention
from connectors.service.store import Store, StoreError, put
from connectors.service.subscriptions import Subscription, drop, drop_all, one
from connectors.service.tables import facts
from connectors.service.tables import readings as table
from connectors.service.vault import Vault

log = logging.getLogger("gridwire.worker")

PATIENCE = 25.0
"""Seconds for which one who subscribes waits for the first poll; then it goes on without an audience."""
RECONCILE = 3600.0
"""Seconds between two comparisons of webhooks with what vendors say."""

_PLACES = 64  # things done at once
_OF_ONE = 8  # of them, of one workspace
_LONGEST_SLEEP = 5.0  # seconds, for what another process has made due
_ROUND = 0.05  # seconds between two rounds, for which what is due is looked for among all readings
_GLANCE = 0.25  # seconds between two looks whether another process has changed something
_BEAT = 10.0  # seconds between two notes that the server is there
_AWAY = 60.0  # seconds without a note while it runs, as when a computer sleeps
_RETRY = 60.0  # seconds after which webhooks that could not be seen to are seen to again
_ALIVE = "the worker was there at"
_FAREWELL = 5.0  # seconds that vendors have to take note that a connection is erased
_LOOK = 5.0  # seconds between two looks at what another process has kept or made due


class Worker:
    """The work of one server.

    `public_url` is where vendors reach it; None if they do not. `payloads` and `history` are the seconds for which they
    are kept, `patience` those for which one who subscribes waits for the first poll, `min_interval` the fewest between
    two polls of one reading.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        connections: Connections,
        transport: Transport,
        ask: Ask,
        *,
        public_url: str | None,
        source: str,
        schedule: Sequence[float] = SCHEDULE,
        payloads: float = PAYLOADS,
        history: float = HISTORY,
        patience: float = PATIENCE,
        min_interval: float = MIN_INTERVAL,
        clock: Callable[[], float] = time.time,
    ) -> None:
        memories = Memories(store, vault)
        self._woken = asyncio.Event()
        self._store = store
        self._connections = connections
        self._ask = ask
        self._patience = patience
        self._clock = clock
        self.deliverer = Deliverer(store, vault, transport, schedule=schedule, source=source)
        self.poller = Poller(
            store,
            vault,
            connections,
            memories,
            ask,
            self.deliverer.wake,
            dozed=self.wake,
            stands_in=public_url is None,
            min_interval=min_interval,
            clock=clock,
        )
        self.inbox = Inbox(store, vault, connections, memories, ask, self.deliverer.wake)
        self.reconciler = Reconciler(store, vault, connections, ask, public_url=public_url, clock=clock)
        self.retention = Retention(store, vault, memories, payloads=payloads, history=history, clock=clock)
        self._vault = vault
        self._working = False
        self._busy: dict[str, tuple[Reading, asyncio.Task[GridwireError | None]]] = {}
        self._put_off = dict[str, tuple[int, float]]()
        self._chores = dict[str, asyncio.Task[None]]()
        self._chores_at = dict[str, float]()
        self._beat_at: float | None = None
        self._beaten = False
        self._seen = -1
        self._looked = 0.0

    async def run(self) -> None:
        """Works until it is cancelled; waits first for another process that works on the same database."""
        async with self._store.alone("worker"):
            await self.deliverer.begin()
            await self.inbox.begin()
            self._beat_at = await self._last_beat()
            self._working = True
            try:
                while True:
                    await self._once_safely()
            finally:
                self._working = False
                await self._end()

    async def begin(self, subscription: Subscription) -> Subscription:
        """Begins what was subscribed to before the one who subscribed is told: from then on nothing is missed.

        What takes longer than `patience` goes on, and the subscription says that it has not begun. Where no process
        works, as on the command line without a server, it is done here. Raises GridwireError if it cannot begin, and
        then nothing of it is kept.
        """
        try:
            async with asyncio.timeout(self._patience):
                while (subscription := await self._again(subscription)).begins:
                    await self._complain(subscription.reading)
                    error = await self._tried(subscription.reading)
                    if error is not None:
                        raise error
        except TimeoutError:
            return subscription
        except GridwireError:
            await self._store.write(lambda rows: drop(rows, subscription, self._clock()))
            self._woken.set()
            raise
        return subscription

    @property
    def working(self) -> bool:
        """Whether it is this process that works; another one on the same database may do so."""
        return self._working

    async def part(self, connection: str) -> None:
        """Before a connection is erased: ends its subscriptions, and asks its vendor to call no more.

        A vendor that does not listen soon goes on calling an address that is none.
        """
        webhooks = await self._store.write(lambda rows: drop_all(rows, connection, self._clock() + _RETRY))
        try:
            async with asyncio.timeout(_FAREWELL):
                await asyncio.gather(*map(self._parted, webhooks))
        except TimeoutError:
            log.warning("a vendor was not told in time to call no more, for its connection %s is erased", connection)

    def wake(self) -> None:
        """Something may be due now: a subscription was changed or removed."""
        self._woken.set()

    async def _once_safely(self) -> None:
        """A round; if the database cannot be used, another one after a while."""
        try:
            await self._once()
        except Exception:
            log.exception("a round of work broke off")
            await asyncio.sleep(_LONGEST_SLEEP)

    async def _look(self) -> None:
        """Now and then: what another process has kept, or made due."""
        if time.monotonic() < self._looked + _LOOK:
            return
        await self.deliverer.look()
        await self.inbox.look()
        self._looked = time.monotonic()

    async def _once(self) -> None:
        self._woken.clear()
        await self._beat()
        if (seen := self._store.changes) != self._seen:
            await self.poller.resume()
            self._seen, self._looked = seen, 0.0
        await self._look()
        self._do_chores()
        busy = [reading for reading, _ in self._busy.values()]
        later = [own for own, (_, until) in self._put_off.items() if until > time.monotonic()]
        due, next_at = await self.poller.due(_PLACES, _OF_ONE, busy, later)
        for reading in due:
            self._start(reading)
        wait = _LONGEST_SLEEP if due or next_at is None else max(0.0, next_at - self._clock())
        if due or (next_at is not None and next_at <= self._clock()):
            wait = _LONGEST_SLEEP  # what is left waits for a place, and whoever leaves one wakes
        await asyncio.sleep(_ROUND)
        await self._rest(min(wait, _LONGEST_SLEEP))

    async def _rest(self, seconds: float) -> None:
        """Sleeps until something is stored here, or changed by another process."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and self._store.changes == self._seen:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, _GLANCE)):
                    await self._woken.wait()
                    return

    def _start(self, reading: Reading) -> asyncio.Task[GridwireError | None]:
        if reading.id not in self._busy:
            self._busy[reading.id] = reading, asyncio.create_task(self._done(reading))
        return self._busy[reading.id][1]

    async def _done(self, reading: Reading) -> GridwireError | None:
        """Does what is due of a reading; gives why it could not be done.

        Where not even that can be kept, as on a full disk, it waits in memory, longer each time.
        """
        try:
            kept = await self._tried_once(reading)
        except GridwireError as error:
            if not self._put_off:
                log.warning("what is read cannot be kept, and is read again later: %s", error)
            failures = self._put_off.get(reading.id, (0, 0.0))[0] + 1
            self._put_off[reading.id] = failures, time.monotonic() + pause(failures)
            return error
        else:
            self._put_off.pop(reading.id, None)
            return kept
        finally:
            del self._busy[reading.id]
            self._woken.set()

    async def _tried_once(self, reading: Reading) -> GridwireError | None:
        """Gives why it could not be done, which is kept. Raises GridwireError if it is not."""
        try:
            return await self._do(reading)
        except StoreError:
            raise
        except GridwireError as error:
            failed = error
        except Exception:
            log.exception("work on %s broke off", reading.trigger)
            failed = GridwireError(f"'{reading.trigger}' cannot be read because of a mistake here; the log has more")
        if reading.state == "leaving":
            raise failed
        await self.poller.failed(reading, failed)
        return failed

    async def _do(self, reading: Reading) -> GridwireError | None:
        """Of a webhook that can be polled too, what is there is remembered first: so it is known later what is new."""
        if reading.state == "leaving":
            await self.reconciler.leave(reading)
            return None
        if reading.way != "webhook" or await self._can_be_polled(reading):
            error = await self.poller.poll(reading)
            if error is not None:
                return error
        if reading.way == "webhook":
            await self.reconciler.turn_on(reading)
        return None

    async def _tried(self, reading: Reading) -> GridwireError | None:
        """Does it now, or waits for whoever does it already, perhaps another process."""
        if reading.id in self._busy:
            return await asyncio.shield(self._busy[reading.id][1])
        if not self._working:
            async with self._store.alone("worker", wait=False) as nobody_works:
                if nobody_works:
                    return await self._start(reading)
        elif self._running(reading.workspace) < _OF_ONE:
            return await asyncio.shield(self._start(reading))
        await asyncio.sleep(_GLANCE)
        return None

    def _running(self, workspace: str) -> int:
        awake = (one for one, _ in self._busy.values() if one.id not in self.poller.asleep)
        return sum(one.workspace == workspace for one in awake)

    async def _parted(self, reading: str) -> None:
        """Asks the vendor to call no more, once what is under way with it has ended."""
        if reading in self._busy:
            await asyncio.wait([self._busy[reading][1]])
        row = await self._store.read(lambda rows: rows.execute(select(table).where(readings.by_id(reading))).first())
        if row is not None:
            await self.reconciler.leave(readings.opened(self._vault, row))

    async def _again(self, subscription: Subscription) -> Subscription:
        return await self._store.read(lambda rows: one(rows, self._vault, subscription.workspace, subscription.id))

    async def _complain(self, reading: Reading) -> None:
        """Raises what stands in the way of a poll now: the account, or a vendor that asked to be left alone."""
        if reading.way != "system":
            stored = (await self._connections.open(reading.workspace, reading.connection)).stored
            if stored.state == "reconnect":
                said = stored.last_error or {}
                raise ReconnectError(said.get("message", "the account has to sign in again"), remedy=said.get("remedy"))
        wait = (reading.next_at or 0.0) - self._clock()
        if reading.failures and wait > 0:
            said = reading.error or {}
            message = f"'{reading.trigger}' could not be read when last tried: {said.get('message')}"
            raise VendorBusy(message, remedy=said.get("remedy"), retry_after=wait)

    async def _can_be_polled(self, reading: Reading) -> bool:
        connector = (await self._connections.open(reading.workspace, reading.connection)).connection.connector
        return connector.triggers[name_now(connector, reading.trigger)].poll is not None

    async def _beat(self) -> None:
        """Keeps that the server is there; and if it was not for a while, has what it missed read.

        A clock that goes back, now or while the server was away, was ahead before; nothing waits until then.
        """
        now, last = self._clock(), self._beat_at
        back = last is not None and now < last
        if back or not self._beaten:
            await self._store.write(lambda rows: bring_near(rows, now, self.deliverer.longest_wait))
        if last is not None and (not self._beaten or now - last > _AWAY):
            await self._missed(min(last, now), now)
        if last is None or back or not self._beaten or now - last >= _BEAT:
            await self._store.write(lambda rows: put(rows, _ALIVE, struct.pack("d", now)))
            self._beat_at, self._beaten = now, True

    async def _last_beat(self) -> float | None:
        kept = await self._store.read(lambda rows: rows.scalar(select(facts.c.value).where(facts.c.name == _ALIVE)))
        return None if kept is None else struct.unpack("d", kept)[0]

    async def _missed(self, last: float, now: float) -> None:
        """Vendors called in vain: where there is a list it is read, where not, the history says what is not known."""
        wanted = select(table).where(table.c.way == "webhook", table.c.state == "active")
        rows = await self._store.read(lambda rows: rows.execute(wanted).all())
        missed = [reading for row in rows if (reading := readings.opened(self._vault, row)).registered]
        polled = dict[str, bool]()
        for reading in missed:
            with suppress(GridwireError):
                polled[reading.id] = await self._can_be_polled(reading)

        def change(rows: Connection) -> None:
            for own, can_be in polled.items():
                if can_be:
                    rows.execute(
                        update(table).where(readings.by_id(own), table.c.state == "active").values(next_at=now)
                    )
                else:
                    readings.tell(rows, own, at=now, kind="gap", why=_UNKNOWN, since=last)

        await self._store.write(change)

    def _do_chores(self) -> None:
        for name, do in (("reconcile", self._reconcile), ("sweep", self._sweep)):
            running = name in self._chores and not self._chores[name].done()
            if not running and time.monotonic() >= self._chores_at.get(name, 0.0):
                self._chores[name] = asyncio.create_task(self._chore(name, do))

    async def _chore(self, name: str, do: Callable[[], Awaitable[float]]) -> None:
        try:
            wait = await do()
        except Exception:
            log.exception("%s broke off", name)
            wait = _RETRY
        self._chores_at[name] = time.monotonic() + wait

    async def _reconcile(self) -> float:
        done = await self.reconciler.all()
        self._woken.set()
        return RECONCILE if done else _RETRY

    async def _sweep(self) -> float:
        await self.retention.sweep()
        return RECONCILE

    async def _end(self) -> None:
        tasks = [*(task for _, task in self._busy.values()), *self._chores.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.inbox.end()
        await self.deliverer.end()


_UNKNOWN = (
    "the server was away; what happened meanwhile is known only if the vendor sends it again,"
    " for there is no list to read"
)

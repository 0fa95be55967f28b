"""Does what is due: polls, deliveries, webhooks to turn on and off. One process at a time does so.

It is one loop over rows that are due; everything else starts when something is stored. What it was about to do when it
was killed is still due after the next start.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import delete, select

from connectors.engine.transport import Transport
from connectors.errors import GridwireError
from connectors.service import readings
from connectors.service.connections import Connections
from connectors.service.deliveries import SCHEDULE, Deliverer
from connectors.service.inbox import Inbox
from connectors.service.memories import Memories
from connectors.service.poller import Ask, Poller
from connectors.service.readings import Reading
from connectors.service.store import Store
from connectors.service.tables import readings as table
from connectors.service.vault import Vault

log = logging.getLogger("gridwire.worker")

_POLLS = 16  # at once
_LONGEST_SLEEP = 5.0  # seconds, for what another process has made due
_LOOK = 5.0  # seconds between two looks at what another process has kept or made due
_BROKEN = 5.0  # seconds that rest after an error of ours
_AGAIN = 60.0  # seconds after which a vendor is asked again to stop calling


class Worker:
    """The work of one server. `public_url` is where vendors reach it; None if they do not."""

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
    ) -> None:
        memories = Memories(store, vault)
        self._store = store
        self._vault = vault
        self._connections = connections
        self._ask = ask
        self._public_url = public_url
        self.deliverer = Deliverer(store, vault, transport, schedule=schedule, source=source)
        self.poller = Poller(store, vault, connections, memories, ask, self.deliverer.wake)
        self.inbox = Inbox(store, vault, connections, memories, ask, self.deliverer.wake)
        self._woken = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._looked: float | None = None

    async def run(self) -> None:
        """Works until it is cancelled; waits first for another process that works on the same database."""
        async with self._store.alone("worker"):
            try:
                while True:
                    await self._unless_broken()
            finally:
                for task in self._busy.values():
                    task.cancel()
                await asyncio.gather(*self._busy.values(), return_exceptions=True)
                await self.inbox.end()
                await self.deliverer.end()
                self._looked = None

    async def begin(self, reading: Reading) -> None:
        """Begins a reading before the one who subscribed is told: from now on nothing is missed.

        Raises GridwireError if the vendor cannot be told to call.
        """
        if reading.way == "webhook":
            await self._turn_on(reading)
            return
        if (task := self._busy.get(reading.id)) is None:
            task = self._start(reading)
        await asyncio.shield(task)

    async def _unless_broken(self) -> None:
        try:
            await self._once()
        except Exception:
            log.exception("the work rests for %g seconds", _BROKEN)
            await asyncio.sleep(_BROKEN)

    async def _look(self) -> None:
        """At first, and now and then: what waits to be worked on and to be delivered."""
        now = time.monotonic()
        if self._looked is None:
            await self.deliverer.begin()
            await self.inbox.begin()
        elif now < self._looked + _LOOK:
            return
        else:
            await self.deliverer.look()
            await self.inbox.look()
        self._looked = now

    async def _once(self) -> None:
        self._woken.clear()
        await self._look()
        for reading in await self.poller.due(_POLLS):
            if reading.id not in self._busy and len(self._busy) < _POLLS:
                self._start(reading)
        await self._leave_all()
        next_at = await self.poller.next_at()
        wait = _LONGEST_SLEEP if next_at is None else min(_LONGEST_SLEEP, max(0.05, next_at - time.time()))
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._woken.wait()

    def _start(self, reading: Reading) -> asyncio.Task[None]:
        task = self._busy[reading.id] = asyncio.create_task(self._poll(reading))
        return task

    async def _poll(self, reading: Reading) -> None:
        try:
            await self.poller.poll(reading)
        except Exception:
            log.exception("polling %s broke off", reading.trigger)
            await asyncio.sleep(_BROKEN)
        finally:
            del self._busy[reading.id]
            self._woken.set()

    async def _turn_on(self, reading: Reading) -> None:
        """Asks the vendor to call, unless it does already."""
        hook = reading.hook or {}
        if "kept" in hook or self._public_url is None:
            return
        address = f"{self._public_url}/hooks/{hook['token']}"
        opened = await self._connections.open(reading.workspace, reading.connection)
        made = await self._ask(opened).subscribe(reading.trigger, reading.input, address, hook["secret"])
        told = {"address": address, "kept": made.kept}
        if made.secret != hook["secret"]:  # the vendor's own; one that it has sent us meanwhile stays
            told["secret"] = made.secret
        await self._store.write(lambda rows: readings.change_hook(rows, self._vault, reading.id, told))

    async def _leave_all(self) -> None:
        """Tells vendors whose webhooks nobody waits for any more; those that do not listen are asked again later."""
        leaving = select(table).where(table.c.state == "leaving", table.c.next_at <= time.time())
        rows = await self._store.read(lambda store: store.execute(leaving).all())
        for reading in (readings.opened(self._vault, row) for row in rows):
            await self._leave(reading)

    async def _leave(self, reading: Reading) -> None:
        kept = (reading.hook or {}).get("kept")
        try:
            if kept is not None:
                opened = await self._connections.open(reading.workspace, reading.connection)
                await self._ask(opened).unsubscribe(reading.trigger, reading.input, kept)
        except Exception as problem:
            log.warning("%s is not yet turned off at the vendor", reading.trigger, exc_info=True)
            error = problem if isinstance(problem, GridwireError) else GridwireError("it broke off: our mistake")
            later = {"next_at": time.time() + _AGAIN, "error": readings.said(error)}
            await self._store.write(
                lambda rows: rows.execute(table.update().where(readings.by_id(reading.id)).values(**later))
            )
            return
        await self._store.write(lambda rows: rows.execute(delete(table).where(readings.by_id(reading.id))))

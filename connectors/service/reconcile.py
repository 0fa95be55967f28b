"""Webhooks at the vendors: asked for, seen to, mended, ended.

What the vendor's own list says is compared with what is kept: missing, disabled, drifted or at an address that is no
longer ours is mended; what belongs to others is left alone; what would call us and nobody knows is told, not deleted.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import Connection, delete, select, update

from connectors.components.extract import MISSING, extract
from connectors.engine.addresses import Reach
from connectors.engine.hooks import Hook
from connectors.engine.reading import Reader
from connectors.engine.run import Vendor
from connectors.errors import GridwireError, InputError, ReconnectError
from connectors.service import readings
from connectors.service.connections import Connections
from connectors.service.keys import digest
from connectors.service.poller import Ask, name_now
from connectors.service.readings import Reading, State
from connectors.service.store import Store, changed
from connectors.service.tables import connections
from connectors.service.tables import readings as table
from connectors.service.vault import Vault

BOTH_SECRETS = 86_400.0
"""Seconds for which deliveries may be signed with the secret before the present one: vendors repeat old ones."""

_AT_ONCE = 8  # connections
_AGAIN = 60.0  # seconds after which a vendor is asked again to stop calling

log = logging.getLogger("gridwire.reconcile")


async def can_be_called(reach: Reach, public_url: str | None) -> bool:
    """Whether vendors can reach the server: its address is https and public, or allowed by name."""
    try:
        await reach.check(public_url or "", "public_url")
    except InputError:
        return False
    return True


class Reconciler:
    """The webhooks of all connections. `public_url` is where vendors reach the server; None if they do not."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        connections: Connections,
        ask: Ask,
        *,
        public_url: str | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._vault = vault
        self._connections = connections
        self._ask = ask
        self._public_url = public_url
        self._clock = clock
        self._told = set[str]()
        self._locks = WeakValueDictionary[str, asyncio.Lock]()

    async def turn_on(self, reading: Reading) -> None:
        """Asks the vendor to call, unless it does already. Raises GridwireError, and then it is still to be done."""
        async with self._alone(reading) as now:
            if now is None or now.registered or now.hook is None:
                return
            if self._public_url is None:
                remedy = "Start it with --public-url, an https address."
                raise InputError("vendors cannot reach this server", remedy=remedy)
            hook = await self._asked((await self._vendor(now)), now)
            await self._store.write(lambda rows: self._keep(rows, now, hook, next_at=None))

    async def leave(self, reading: Reading) -> None:
        """Tells the vendor that nobody waits any more; one that does not listen is asked again later."""
        async with self._alone(reading, "leaving") as now:
            if now is not None and await self._store.write(lambda rows: readings.given_up(rows, now.id)):
                await self._left(now)

    async def _left(self, reading: Reading) -> None:
        hook = reading.hook or {}
        try:
            for kept in [*hook.get("old", []), *([hook["kept"]] if reading.registered else [])]:
                vendor = await self._vendor(reading)
                await vendor.unsubscribe(name_now(vendor.connector, reading.trigger), reading.input, kept)
        except GridwireError as error:
            later = {"next_at": self._clock() + _AGAIN, "error": readings.said(error, self._clock())}

            def change(rows: Connection) -> None:
                rows.execute(update(table).where(readings.by_id(reading.id)).values(**later))
                changed(rows)

            await self._store.write(change)
            return

        def forget(rows: Connection) -> None:
            rows.execute(delete(table).where(readings.by_id(reading.id)))
            changed(rows)

        await self._store.write(forget)

    async def all(self) -> bool:
        """Sees to every webhook; gives whether all could be seen to."""
        usable = connections.c.state != "reconnect"
        wanted = select(table).join(connections).where(table.c.way == "webhook", table.c.state == "active", usable)
        of = defaultdict[str, list[Reading]](list)
        for row in await self._store.read(lambda rows: rows.execute(wanted).all()):
            reading = readings.opened(self._vault, row)
            if reading.registered:
                of[reading.connection].append(reading)
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(readings: Sequence[Reading]) -> bool:
            async with places:
                done = [await self._seen_to(reading) for reading in readings]
                return all(done) and await self._look_for_orphans(readings)

        return all(await asyncio.gather(*map(one, of.values())))

    async def note(self, reading: Reading) -> str | None:
        """What whoever subscribes should know: that it is polled although the vendor could call; what to set up."""
        if reading.way == "system":
            return None
        hook = await self._hook(reading, required=False)
        if hook is None:
            return None
        if reading.way == "poll":
            every = f"it is polled every {reading.interval:g} s instead"
            return (
                f"The vendor could call when it happens, but cannot reach this server, so {every}."
                " Start the server with --public-url, an https address that can be reached from the internet."
            )
        address, secret = self._address(reading), (reading.hook or {}).get("secret", "")
        return hook.setup(address, secret) if self._public_url else None

    @asynccontextmanager
    async def _alone(self, reading: Reading, state: State = "active") -> AsyncGenerator[Reading | None]:
        """The reading as it is now, while nobody else asks the vendor for its webhook; None if its state is another."""
        async with self._locks.setdefault(reading.id, asyncio.Lock()):
            wanted = select(table).where(readings.by_id(reading.id), table.c.state == state)
            row = await self._store.read(lambda rows: rows.execute(wanted).one_or_none())
            yield None if row is None else readings.opened(self._vault, row)

    async def _seen_to(self, reading: Reading) -> bool:
        try:
            async with self._alone(reading) as now:
                if now is not None:
                    await self._compared(now)
        except GridwireError as error:
            if isinstance(error, ReconnectError):
                await self._connections.note(await self._connections.open(reading.workspace, reading.connection), error)
            await self._tell(reading, kind="webhook not checked", error=error.as_dict())
            return False
        return True

    async def _compared(self, reading: Reading) -> None:
        """Compares one with the vendor's list, and mends it."""
        hook = dict(reading.hook or {})
        vendor, at_vendor = await self._vendor(reading), await self._hook(reading)
        assert at_vendor is not None
        standing = await at_vendor.standing(hook["address"], hook["secret"], hook["kept"])
        moved = self._public_url is not None and hook["address"] != self._address(reading)
        if moved:
            what, old = "moved", [hook["kept"]]
        elif standing is None:
            await self._tell(reading, kind="webhook unseen", why="the vendor shows no list of what it calls")
            return
        elif standing.state == "active":
            await self._tidied(vendor, reading, hook)
            return
        else:
            what, old = standing.state, []
        if what in ("disabled", "drifted"):  # first, for some allow no second one at the same address
            await vendor.unsubscribe(at_vendor.trigger.name, reading.input, hook["kept"])
        after = await self._asked(vendor, reading, old=old)
        again = self._clock() if at_vendor.trigger.poll is not None else None
        differs = list(standing.differs) if standing and what == "drifted" else None

        def change(rows: Connection) -> None:
            self._keep(rows, reading, after, next_at=again)
            readings.tell(rows, reading.id, at=self._clock(), kind="webhook mended", was=what, differs=differs)
            if again is None:
                gap = "what happened until then comes only if the vendor sends it again: there is no list to read"
                readings.tell(rows, reading.id, at=self._clock(), kind="gap", why=gap)

        await self._store.write(change)
        await self._tidied(vendor, reading, after)

    async def _asked(self, vendor: Vendor, reading: Reading, *, old: Sequence[Any] = ()) -> dict[str, Any]:
        """What to keep once the vendor has said that it will call."""
        before, address = dict(reading.hook or {}), self._address(reading)
        name = name_now(vendor.connector, reading.trigger)
        made = await vendor.subscribe(name, reading.input, address, before["secret"])
        after = {name: value for name, value in before.items() if name != "secret"} | {"address": address}
        after["kept"] = made.kept
        if made.secret != before["secret"]:  # the vendor's own; one that it has sent us meanwhile stays
            after["secret"] = made.secret
            if reading.registered:
                after |= {"secret_before": before["secret"], "secret_since": self._clock()}
        return after | ({"old": [*before.get("old", []), *old]} if old else {})

    async def _tidied(self, vendor: Vendor, reading: Reading, hook: Mapping[str, Any]) -> None:
        """Ends what was asked for at another address, and forgets a secret that was replaced long enough ago."""
        gone = set[str]()
        for kept in hook.get("old", []):
            await vendor.unsubscribe(name_now(vendor.connector, reading.trigger), reading.input, kept)
            gone.add("old")
        if self._clock() - hook.get("secret_since", self._clock()) > BOTH_SECRETS:
            gone |= {"secret_before", "secret_since"}
        if gone:
            nothing = dict.fromkeys(gone)
            await self._store.write(lambda rows: readings.change_hook(rows, self._vault, reading.id, nothing))

    async def _look_for_orphans(self, of_one: Sequence[Reading]) -> bool:
        """Tells of what calls this server for one connection, and nobody knows of, in each list that shows it."""
        lists = dict[str, Reading]()
        for reading in of_one:
            hook = await self._hook(reading)
            if hook and hook.webhook.check:
                lists.setdefault(hook.webhook.check.list, reading)
        try:
            for reading in lists.values():
                await self._tell_orphans(reading)
        except GridwireError as error:
            await self._tell(of_one[0], kind="webhook not checked", error=error.as_dict())
            return False
        return True

    async def _tell_orphans(self, reading: Reading) -> None:
        hook = await self._hook(reading)
        prefix = f"{self._public_url}/hooks/"
        if hook is None or self._public_url is None:
            return
        seen = set[str]()
        for item in await _called(hook):
            for address in (text for text in _texts(item) if text.startswith(prefix)):
                token = address.removeprefix(prefix).split("?")[0].split("/")[0]
                if address not in self._told and (token in seen or not await self._knows(token)):
                    self._told.add(address)
                    await self._tell(reading, kind="orphan", why=_ORPHAN, at_vendor=_named(hook, item))
                    log.warning("%s: %s: %s", reading.trigger, _ORPHAN, _named(hook, item))
                seen.add(token)

    async def _knows(self, token: str) -> bool:
        known = select(table.c.id).where(table.c.token == digest(token))
        return await self._store.read(lambda rows: rows.scalar(known)) is not None

    def _keep(self, rows: Connection, reading: Reading, hook: Mapping[str, Any], *, next_at: float | None) -> None:
        readings.change_hook(rows, self._vault, reading.id, hook)
        of = (readings.by_id(reading.id), table.c.state == "active")
        rows.execute(update(table).where(*of).values(next_at=next_at, failures=0, error=None))

    async def _tell(self, reading: Reading, **told: Any) -> None:
        await self._store.write(lambda rows: readings.tell(rows, reading.id, at=self._clock(), **told))

    def _address(self, reading: Reading) -> str:
        return f"{self._public_url}/hooks/{(reading.hook or {}).get('token')}"

    async def _vendor(self, reading: Reading) -> Vendor:
        return self._ask(await self._connections.open(reading.workspace, reading.connection), reading.trigger)

    async def _hook(self, reading: Reading, *, required: bool = True) -> Hook | None:
        vendor = await self._vendor(reading)
        name = name_now(vendor.connector, reading.trigger)
        if not required and vendor.connector.triggers[name].webhook is None:
            return None
        return vendor.hook(name, reading.input)


_ORPHAN = "the vendor also calls an address of this server that nobody has subscribed with; delete it there"


async def _called(hook: Hook) -> list[Any]:
    """All that the vendor says it calls for this account; what it has turned off calls nobody."""
    assert hook.webhook.check is not None
    reading = hook.exchange.connection.connector.lists[hook.webhook.check.list]
    given = {name: value for name, value in hook.inputs.items() if name in reading.input}
    async with aclosing(Reader(hook.exchange).read(reading, given)) as pages:
        items = [item async for page in pages for item in page.items]
    return [item for item in items if hook.webhook.check.active.holds(item, hook.scope)]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def _named(hook: Hook, item: Any) -> dict[str, Any]:
    """By what the vendor knows it, as far as its list says so in the places where its answer did."""
    keep = hook.webhook.subscribe.keep if hook.webhook.subscribe else {}
    told = {name: extract(item, path) for name, path in keep.items() if name != "secret"}
    return {name: value for name, value in told.items() if value is not MISSING}

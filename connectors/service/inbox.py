"""The inbox: what vendors send is verified, kept, and answered; then compared with what is remembered, in order."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from connectors.components.delivery import Delivery
from connectors.components.http import Response, dump_json, load_json
from connectors.engine.hooks import REFUSED, TAKEN
from connectors.engine.run import Vendor
from connectors.service import outbox, readings
from connectors.service.connections import Connections
from connectors.service.keys import digest
from connectors.service.memories import Memories
from connectors.service.poller import Ask, Told
from connectors.service.readings import Reading
from connectors.service.store import Store
from connectors.service.tables import inbox
from connectors.service.tables import readings as table
from connectors.service.vault import Vault

_TOGETHER = 200  # deliveries that are worked on in one transaction


class Inbox:
    """What vendors send to webhooks."""

    def __init__(
        self, store: Store, vault: Vault, connections: Connections, memories: Memories, ask: Ask, told: Told
    ) -> None:
        self._store = store
        self._vault = vault
        self._connections = connections
        self._memories = memories
        self._ask = ask
        self._told = told
        self._known: dict[bytes, Reading] = {}
        self._known_at = -1
        self._drains: dict[str, asyncio.Task[None]] = {}
        self._again = set[str]()

    async def begin(self) -> None:
        """Goes on with all that was kept and not worked on when the server ended."""
        waiting = select(inbox.c.reading).distinct()
        for reading in await self._store.read(lambda rows: list(rows.scalars(waiting))):
            self._drain(reading)

    async def end(self) -> None:
        """Stops; what is kept is worked on after the next start."""
        for task in self._drains.values():
            task.cancel()
        await asyncio.gather(*self._drains.values(), return_exceptions=True)

    async def take(self, token: str, delivery: Delivery) -> Response:
        """The answer to what was sent to the address with this token; what is taken is on disk by then."""
        reading = await self._reading(token)
        if reading is None or reading.hook is None:
            return REFUSED
        vendor = await self._vendor(reading)
        received = vendor.receive(reading.trigger, reading.input, delivery, _secrets(reading.hook), None)
        if received.secret is not None:
            await self._keep_secret(reading, received.secret)
        if received.reply is not TAKEN or received.memory is None:  # it is not for this trigger
            return received.reply
        content = self._vault.seal(_packed(delivery), "inbox", reading.id, "content")
        row = {"reading": reading.id, "content": content, "at": time.time()}
        await self._store.write(lambda rows: rows.execute(insert(inbox).values(**row)))
        self._drain(reading.id)
        return received.reply

    def _drain(self, reading: str) -> None:
        task = self._drains.get(reading)
        if task is not None and not task.done():
            self._again.add(reading)
            return
        self._drains[reading] = asyncio.create_task(self._work(reading))

    async def _work(self, reading: str) -> None:
        while True:
            self._again.discard(reading)
            while await self._worked(reading):
                pass
            if reading not in self._again:
                del self._drains[reading]
                return

    async def _worked(self, name: str) -> bool:
        """Works on what waits; gives whether there was anything."""
        wanted = select(inbox).where(inbox.c.reading == name).order_by(inbox.c.number).limit(_TOGETHER)
        one = select(table).where(readings.by_id(name))
        waiting, row = await self._store.read(
            lambda rows: (rows.execute(wanted).all(), rows.execute(one).one_or_none())
        )
        if not waiting or row is None:
            return False
        reading = readings.opened(self._vault, row)
        vendor = await self._vendor(reading)
        async with self._memories.alone(reading.id) as kept:
            after, happened = kept.memory, list[Any]()
            for each in waiting:
                delivery = _unpacked(self._vault.open(each.content, "inbox", reading.id, "content"))
                secrets = _secrets(reading.hook or {})
                got = vendor.receive(reading.trigger, reading.input, delivery, secrets, after)
                after = got.memory or after
                happened += got.events
            event_type = f"{vendor.connector.connector}.{reading.trigger}"
            move = self._memories.change(reading.id, kept, after)

            def change(rows: Connection) -> set[str]:
                told = outbox.store(rows, self._vault, reading.id, event_type, happened)
                move(rows)
                readings.tell(rows, reading.id, kind="arrival", came=len(waiting), new=len(happened))
                rows.execute(delete(inbox).where(inbox.c.number.in_([each.number for each in waiting])))
                return told

            self._told(await self._store.write(change))
        return True

    async def _vendor(self, reading: Reading) -> Vendor:
        return self._ask(await self._connections.open(reading.workspace, reading.connection))

    async def _reading(self, token: str) -> Reading | None:
        if self._known_at != (now := self._store.changes):
            self._known, self._known_at = {}, now
        known, wanted = self._known, digest(token)
        if wanted not in known:
            of = select(table).where(table.c.token == wanted, table.c.state == "active")
            row = await self._store.read(lambda rows: rows.execute(of).one_or_none())
            if row is None:
                return None
            known[wanted] = readings.opened(self._vault, row)
        return known[wanted]

    async def _keep_secret(self, reading: Reading, secret: str) -> None:
        hook = {**(reading.hook or {}), "secret": secret}
        await self._store.write(lambda rows: readings.change_hook(rows, self._vault, reading.id, hook))


def _secrets(hook: Mapping[str, Any]) -> list[str]:
    return [secret for secret in (hook.get("secret"), hook.get("secret_before")) if secret]


def _packed(delivery: Delivery) -> bytes:
    body = base64.b64encode(delivery.body).decode()
    return dump_json([body, delivery.headers, delivery.url, delivery.method])


def _unpacked(content: bytes) -> Delivery:
    body, headers, url, method = load_json(content)
    return Delivery(base64.b64decode(body), tuple((name, value) for name, value in headers), url, method)

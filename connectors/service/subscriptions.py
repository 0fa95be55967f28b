"""Subscriptions: who is told of what happens at a trigger, where, and since when."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection as Rows
from sqlalchemy import Row, delete, func, insert, select, update

from connectors.components.http import dump_json, load_json
from connectors.engine.addresses import Reach
from connectors.engine.run import operation_named
from connectors.errors import GridwireError, InputError
from connectors.manifest.model import Trigger
from connectors.manifest.problem import quoted
from connectors.service.connections import Connections, Opened
from connectors.service.keys import digest, new_id
from connectors.service.mailing import Format
from connectors.service.readings import Reading, Way
from connectors.service.readings import opened as reading_in
from connectors.service.store import Store
from connectors.service.tables import events, readings, subscriptions
from connectors.service.vault import Vault

State: TypeAlias = Literal["active", "paused", "ended"]
"""`paused` by whoever subscribed; `ended` because the target answered 410."""


class NoSuchSubscriptionError(GridwireError):
    """There is none of that id in the workspace."""

    kind = "not_found"
    http_status = 404


@dataclass(frozen=True, slots=True)
class Target:
    """Where deliveries go (None: nowhere, for the feed is read), and the secret that they are signed with."""

    url: str | None
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription with its reading; only the one who makes it is shown the secret."""

    id: str
    reading: Reading
    target: Target
    format: Format
    ordered: bool
    state: State
    error: Mapping[str, Any] | None
    after: int
    created_at: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody who subscribes asks for; `interval` in seconds."""

    trigger: str
    input: Mapping[str, Any]
    target_url: str | None = None
    format: Format = "cloudevents"
    interval: float | None = None
    ordered: bool = False
    from_start: bool = False


class Subscriptions:
    """The subscriptions of every workspace.

    `min_interval`, in seconds, is the shortest time between two polls of one reading; `can_be_called` says that vendors
    reach the server, so that webhooks are possible.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        connections: Connections,
        reach: Reach,
        *,
        min_interval: float,
        can_be_called: bool,
    ) -> None:
        self._store = store
        self._vault = vault
        self._connections = connections
        self._reach = reach
        self._min_interval = min_interval
        self._can_be_called = can_be_called

    async def add(self, workspace: str, connection: str, wanted: Wanted) -> Subscription:
        """Keeps a subscription; its reading is due at once if it is new. Raises InputError.

        Whoever calls sees to it that the reading has begun before the one who subscribes is told.
        """
        opened = await self._connections.open(workspace, connection)
        trigger = operation_named(opened.connection.connector, wanted.trigger, Trigger)
        given = trigger.checker.check(wanted.input)
        if wanted.target_url is not None:
            await self._reach.check(wanted.target_url, "target_url")
        way = self._way(trigger)
        target = Target(wanted.target_url, f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}")
        own, now = new_id("sub"), time.time()

        def change(rows: Rows) -> Subscription:
            reading = self._reading(rows, opened, trigger, given, way, wanted)
            after = 0 if wanted.from_start else rows.scalar(select(func.max(events.c.number))) or 0
            row = {
                "id": own,
                "workspace": opened.stored.workspace,
                "reading": reading.id,
                "target": self._vault.seal(dump_json([target.url, target.secret]), "subscriptions", own, "target"),
                "has_target": target.url is not None,
                "format": wanted.format,
                "ordered": wanted.ordered,
                "state": "active",
                "after": after,
                "created_at": now,
            }
            rows.execute(insert(subscriptions).values(**row))
            return Subscription(own, reading, target, wanted.format, wanted.ordered, "active", None, after, now)

        return await self._store.write(change)

    async def listed(self, workspace: str) -> list[Subscription]:
        """The workspace's subscriptions, the oldest first."""
        wanted = _JOINED.where(subscriptions.c.workspace == workspace).order_by(subscriptions.c.created_at)
        return await self._store.read(lambda rows: [self._opened(row) for row in rows.execute(wanted)])

    async def get(self, workspace: str, id: str) -> Subscription:
        """The subscription of that id. Raises NoSuchSubscriptionError."""
        wanted = _JOINED.where(subscriptions.c.workspace == workspace, subscriptions.c.id == id)
        row = await self._store.read(lambda rows: rows.execute(wanted).one_or_none())
        if row is None:
            message = f"there is no subscription {quoted(id)}"
            raise NoSuchSubscriptionError(message, remedy="GET /v1/subscriptions lists them.")
        return self._opened(row)

    async def remove(self, workspace: str, id: str) -> None:
        """Ends it at once; a reading that nobody waits for any more is left, which takes until the vendor knows."""
        subscription = await self.get(workspace, id)

        def change(rows: Rows) -> None:
            rows.execute(delete(subscriptions).where(subscriptions.c.id == id))
            of = subscriptions.c.reading == subscription.reading.id
            if not rows.scalar(select(func.count()).where(of)):
                leaving = {"state": "leaving", "next_at": time.time(), "digest": secrets.token_bytes(32)}
                rows.execute(update(readings).where(readings.c.id == subscription.reading.id).values(**leaving))

        await self._store.write(change)

    def _way(self, trigger: Trigger) -> Way:
        """How its events come: by webhook where the vendor can be asked to call and can reach us."""
        webhook = trigger.webhook
        if webhook is not None and self._can_be_called and (webhook.subscribe is not None or trigger.poll is None):
            return "webhook"
        if trigger.poll is not None:
            return "poll"
        message = f"'{trigger.name}' comes by webhook only, and the vendor cannot reach this server"
        raise InputError(message, field="trigger", remedy="Start the server with --public-url, an https address.")

    def _reading(
        self, rows: Rows, opened: Opened, trigger: Trigger, given: Mapping[str, Any], way: Way, wanted: Wanted
    ) -> Reading:
        """The reading that others share already, or a new one. Who wants all from the start has one of its own."""
        alone = [secrets.token_hex(8)] if wanted.from_start else []
        about = hashlib.sha256(dump_json([given, way, *alone])).digest()
        same = (readings.c.connection == opened.stored.id, readings.c.trigger == trigger.name)
        interval = max(wanted.interval or self._min_interval, self._min_interval)
        row = rows.execute(select(readings).where(*same, readings.c.digest == about)).one_or_none()
        if row is not None:
            if interval < row.interval:
                rows.execute(update(readings).where(readings.c.id == row.id).values(interval=interval))
            return reading_in(self._vault, row)
        own, now = new_id("rdg"), time.time()
        values = {
            "id": own,
            "workspace": opened.stored.workspace,
            "connection": opened.stored.id,
            "trigger": trigger.name,
            "digest": about,
            "input": self._vault.seal(dump_json(given), "readings", own, "input"),
            "way": way,
            "from_start": wanted.from_start,
            "state": "active",
            "interval": interval,
            "next_at": now,
            "failures": 0,
            "created_at": now,
        }
        if way == "webhook":
            values |= self._address(own)
        rows.execute(insert(readings).values(**values))
        return reading_in(self._vault, rows.execute(select(readings).where(readings.c.id == own)).one())

    def _address(self, reading: str) -> dict[str, Any]:
        """The webhook's own token and secret, kept before the vendor is told: enough to go on with after a crash."""
        token, secret = secrets.token_urlsafe(24), secrets.token_hex(24)  # hex is base64 too, which some want
        hook = {"token": token, "secret": secret}
        sealed = self._vault.seal(dump_json(hook), "readings", reading, "hook")
        return {"token": digest(token), "hook": sealed}

    def _opened(self, row: Row[Any]) -> Subscription:
        url, secret = load_json(self._vault.open(row.target, "subscriptions", row.subscription, "target"))
        return Subscription(
            row.subscription,
            reading_in(self._vault, row),
            Target(url, secret),
            row.format,
            row.ordered,
            row.sub_state,
            row.sub_error,
            row.after,
            row.sub_created_at,
        )


_JOINED = select(
    readings,
    subscriptions.c.id.label("subscription"),
    subscriptions.c.target,
    subscriptions.c.format,
    subscriptions.c.ordered,
    subscriptions.c.state.label("sub_state"),
    subscriptions.c.error.label("sub_error"),
    subscriptions.c.after,
    subscriptions.c.created_at.label("sub_created_at"),
).join(readings, subscriptions.c.reading == readings.c.id)

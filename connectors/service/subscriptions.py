"""Subscriptions: who is told of what happens at a trigger, where, and since when."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from sqlalchemy import Connection as Rows
from sqlalchemy import Row, delete, func, insert, select, tuple_, update

from connectors.components.http import dump_json, load_json
from connectors.engine.addresses import Reach
from connectors.engine.run import operation_named
from connectors.errors import GridwireError, InputError
from connectors.manifest.model import Trigger
from connectors.manifest.problem import did_you_mean, quoted
from connectors.service import readings as reading
from connectors.service import system
from connectors.service.connections import Connections
from connectors.service.idempotency import KeyConflictError, Making
from connectors.service.keys import new_id
from connectors.service.mailing import Format
from connectors.service.readings import LONGEST_INTERVAL, MIN_INTERVAL, Asked, Reading, Way
from connectors.service.room import check_room
from connectors.service.store import Store, changed
from connectors.service.tables import events, readings, subscriptions
from connectors.service.vault import Vault

MOST = 5_000
"""Subscriptions of one workspace."""

GRACE = 60.0
"""Seconds for which a reading that nobody subscribes to any more waits for somebody to come back: platforms change a
subscription by ending it and making another."""

State: TypeAlias = Literal["beginning", "active", "paused", "resuming", "ended"]
"""`beginning`: the reading that it joins is read once more before it is told of anything; so it is `resuming`.
`paused` by whoever subscribed: what happens meanwhile stands in its feed and is not delivered. `ended` because the
target answered 410."""


Place: TypeAlias = tuple[float, str]
"""Where a subscription stands in the list: when it was made, its id."""


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
    workspace: str
    reading: Reading
    target: Target
    format: Format
    ordered: bool
    state: State
    error: Mapping[str, Any] | None
    after: int
    created_at: float

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return self.created_at, self.id

    @property
    def begun(self) -> bool:
        """Whether it is told of whatever happens from now on."""
        return self.state == "active" and self.reading.begun

    @property
    def begins(self) -> bool:
        """Whether it will be: nobody has paused or ended it meanwhile."""
        return self.state in ("beginning", "active", "resuming") and not self.begun


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody who subscribes asks for; `interval` in seconds.

    A trigger whose name begins with `gridwire.` is of the workspace itself.
    """

    trigger: str
    input: Mapping[str, Any]
    target_url: str | None = None
    format: Format = "cloudevents"
    interval: float | None = None
    ordered: bool = False
    from_start: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be different; None leaves it as it is."""

    target_url: str | None = None
    format: Format | None = None
    ordered: bool | None = None
    interval: float | None = None
    paused: bool | None = None


class Subscriptions:
    """The subscriptions of every workspace.

    `min_interval`, in seconds, is the shortest time between two polls of one reading; `can_be_called` says that vendors
    reach the server, so that webhooks are possible (see `reconcile.can_be_called`).
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        connections: Connections,
        reach: Reach,
        *,
        min_interval: float = MIN_INTERVAL,
        can_be_called: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._vault = vault
        self._connections = connections
        self._reach = reach
        self._min_interval = min_interval
        self._can_be_called = can_be_called
        self._clock = clock

    async def add(
        self, workspace: str, connection: str | None, wanted: Wanted, making: Making | None = None
    ) -> Subscription:
        """Keeps a subscription; a new reading is due at once. Raises InputError, FullError, KeyConflictError.

        What is `making` under a key is made once, and found again by whoever asks again. Whoever calls sees to it that
        it has begun (`Worker.begin`) before the one who subscribes is told.
        """
        _check_interval(wanted.interval)
        asked = await self._asked(workspace, connection, wanted)
        await self._check_target(wanted.target_url)

        def change(rows: Rows) -> Subscription:
            def make() -> str:
                return self._made(rows, asked, wanted)

            own = make() if making is None else making.once(rows, make)
            try:
                return one(rows, self._vault, workspace, own)
            except NoSuchSubscriptionError:
                message = "the subscription that was made under this Idempotency-Key has ended; none is made now"
                raise KeyConflictError(message, remedy="To subscribe once more, take a new key.") from None

        return await self._store.write(change)

    async def listed(
        self, workspace: str, *, after: Place | None = None, limit: int | None = None
    ) -> list[Subscription]:
        """The workspace's subscriptions, the oldest first: at most `limit`, from after the place of the last before."""
        place = (subscriptions.c.created_at, subscriptions.c.id)
        wanted = _JOINED.where(subscriptions.c.workspace == workspace).order_by(*place).limit(limit)
        wanted = wanted if after is None else wanted.where(tuple_(*place) > after)
        return await self._store.read(lambda rows: [_opened(self._vault, row) for row in rows.execute(wanted)])

    async def get(self, workspace: str, id: str) -> Subscription:
        """The subscription of that id. Raises NoSuchSubscriptionError."""
        return await self._store.read(lambda rows: one(rows, self._vault, workspace, id))

    async def change(self, workspace: str, id: str, edit: Edit) -> Subscription:
        """Changes what is said. Raises NoSuchSubscriptionError, InputError.

        What happens while it is paused is not delivered, then or later, and stands in its feed, with a target or
        without; what waited before goes on when it does. A vendor that nobody else waits for is not polled meanwhile.
        """
        before = await self.get(workspace, id)
        _check_interval(edit.interval)
        await self._check_target(edit.target_url)
        target = Target(edit.target_url or before.target.url, before.target.secret)
        said = {name: value for name in ("format", "ordered", "interval") if (value := getattr(edit, name)) is not None}
        said |= {"target": self._sealed(id, target), "has_target": target.url is not None}
        if edit.paused is not None:
            said["state"] = _state(before, paused=edit.paused)

        def change(rows: Rows) -> Subscription:
            rows.execute(update(subscriptions).where(subscriptions.c.id == id).values(**said))
            self._pace(rows, before.reading)
            if edit.paused is False:
                self._hurry(rows, before.reading)
            changed(rows)
            return one(rows, self._vault, workspace, id)

        return await self._store.write(change)

    async def remove(self, workspace: str, id: str) -> None:
        """Ends it at once; a reading that nobody waits for any more is left after a while, and the vendor is told."""
        subscription = await self.get(workspace, id)

        def change(rows: Rows) -> None:
            drop(rows, subscription, self._clock())
            self._pace(rows, subscription.reading)

        await self._store.write(change)

    async def pace_all(self) -> None:
        """Lets the shortest interval hold for what was subscribed to before, as when it is another than then."""

        def change(rows: Rows) -> None:
            for row in rows.execute(select(readings).where(readings.c.state != "leaving")).all():
                self._pace(rows, reading.opened(self._vault, row))

        await self._store.write(change)

    def _made(self, rows: Rows, asked: Asked, wanted: Wanted) -> str:
        """Writes a new one, and gives its id. Raises FullError."""
        remedy = "End those that nobody needs any more: GET /v1/subscriptions lists them."
        check_room(rows, subscriptions, asked.workspace, MOST, "subscriptions", remedy=remedy)
        own, now = new_id("sub"), self._clock()
        target = Target(wanted.target_url, f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}")
        shared, new = reading.joined(rows, self._vault, asked, now)
        row = {
            "id": own,
            "workspace": asked.workspace,
            "reading": shared.id,
            "target": self._sealed(own, target),
            "has_target": target.url is not None,
            "format": wanted.format,
            "ordered": wanted.ordered,
            "interval": wanted.interval,
            "state": "active" if new or shared.way == "webhook" else "beginning",
            "after": 0 if wanted.from_start else rows.scalar(select(func.max(events.c.number))) or 0,
            "created_at": now,
        }
        rows.execute(insert(subscriptions).values(**row))
        self._hurry(rows, shared)
        changed(rows)
        return own

    async def _check_target(self, url: str | None) -> None:
        if url is None:
            return
        await self._reach.check(url, "target_url")
        if "@" in urlsplit(url).netloc:
            message = "'target_url' has a user or a password in it, which everybody would see who sees the subscription"
            remedy = "Leave them out: each delivery is signed (Standard Webhooks), and the target verifies that."
            raise InputError(message, field="target_url", remedy=remedy)

    async def _asked(self, workspace: str, connection: str | None, wanted: Wanted) -> Asked:
        if wanted.trigger.startswith(system.PREFIX):
            if wanted.trigger not in system.TRIGGERS:
                hint = did_you_mean(wanted.trigger, system.TRIGGERS) or f"there are {', '.join(system.TRIGGERS)}"
                raise InputError(f"there is no trigger {quoted(wanted.trigger)}; {hint}", field="trigger")
            interval = max(wanted.interval or 0.0, system.INTERVAL)
            return Asked(workspace, None, wanted.trigger, {}, "system", interval, wanted.from_start)
        if connection is None:
            raise InputError("say which connection the trigger is of", field="connection")
        opened = await self._connections.open(workspace, connection)
        trigger = operation_named(opened.connection.connector, wanted.trigger, Trigger)
        given, interval = trigger.checker.check(wanted.input), max(wanted.interval or 0.0, self._min_interval)
        way, has_list = self._way(trigger), trigger.poll is not None
        return Asked(workspace, opened.stored.id, trigger.name, given, way, interval, wanted.from_start, has_list)

    def _way(self, trigger: Trigger) -> Way:
        """How its events come: by webhook where the vendor can be asked to call and can reach us."""
        webhook = trigger.webhook
        if webhook is not None and self._can_be_called and (webhook.subscribe is not None or trigger.poll is None):
            return "webhook"
        if trigger.poll is not None:
            return "poll"
        message = f"'{trigger.name}' comes by webhook only, and the vendor cannot reach this server"
        raise InputError(message, field="trigger", remedy="Start the server with --public-url, an https address.")

    def _pace(self, rows: Rows, shared: Reading) -> None:
        """As often as is wanted now; the next poll too, unless the vendor has just failed."""
        least = system.INTERVAL if shared.way == "system" else self._min_interval
        soonest = self._clock() + reading.pace(rows, shared, least)
        later = (reading.by_id(shared.id), readings.c.failures == 0, readings.c.next_at > soonest)
        rows.execute(update(readings).where(*later).values(next_at=soonest))

    def _hurry(self, rows: Rows, shared: Reading) -> None:
        """Lets whoever works, in any process, read it now for those who join, unless the vendor has just failed."""
        if not shared.failures:
            of = update(readings).where(reading.by_id(shared.id), readings.c.next_at.is_not(None))
            rows.execute(of.values(next_at=self._clock()))

    def _sealed(self, id: str, target: Target) -> bytes:
        return self._vault.seal(dump_json([target.url, target.secret]), "subscriptions", id, "target")


def one(rows: Rows, vault: Vault, workspace: str, id: str) -> Subscription:
    """The subscription as it is now. Raises NoSuchSubscriptionError."""
    wanted = _JOINED.where(subscriptions.c.workspace == workspace, subscriptions.c.id == id)
    row = rows.execute(wanted).one_or_none()
    if row is None:
        message = f"there is no subscription {quoted(id)}"
        raise NoSuchSubscriptionError(message, remedy="GET /v1/subscriptions lists them.")
    return _opened(vault, row)


def drop(rows: Rows, subscription: Subscription, now: float) -> None:
    """Forgets the subscription; its reading is left soon if nobody else waits for it, at once if it never began."""
    rows.execute(delete(subscriptions).where(subscriptions.c.id == subscription.id))
    of = subscriptions.c.reading == subscription.reading.id
    if not rows.scalar(select(func.count()).where(of)):
        grace = GRACE if subscription.reading.begun else 0.0
        leaving = {"state": "leaving", "next_at": now + grace}
        leaving |= {} if grace else {"digest": secrets.token_bytes(32)}
        rows.execute(update(readings).where(reading.by_id(subscription.reading.id)).values(**leaving))
    changed(rows)


def drop_all(rows: Rows, connection: str, later: float) -> list[str]:
    """Forgets all subscriptions of a connection; gives the readings of which its vendor is to be told.

    Whoever calls sees to it; if he does not come to it, it is due later.
    """
    of = rows.execute(select(readings.c.id, readings.c.way).where(readings.c.connection == connection)).all()
    rows.execute(delete(subscriptions).where(subscriptions.c.reading.in_([row.id for row in of])))
    for row in of:
        leaving = {"state": "leaving", "next_at": later, "digest": secrets.token_bytes(32)}
        rows.execute(update(readings).where(reading.by_id(row.id)).values(**leaving))
    changed(rows)
    return [row.id for row in of if row.way == "webhook"]


def _check_interval(seconds: float | None) -> None:
    if seconds is not None and not 0 < seconds <= LONGEST_INTERVAL:  # nor may it be no number at all
        message = f"'interval' is more than no seconds, and at most {LONGEST_INTERVAL:.0f}, which is a year"
        raise InputError(message, field="interval")


def _state(before: Subscription, *, paused: bool) -> State:
    """One that goes on after a pause is not told what the first poll finds, for that happened meanwhile."""
    if paused:
        return "paused"
    if before.state not in ("paused", "ended"):
        return before.state
    return "active" if before.reading.way == "webhook" else "resuming"


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


def _opened(vault: Vault, row: Row[Any]) -> Subscription:
    url, secret = load_json(vault.open(row.target, "subscriptions", row.subscription, "target"))
    return Subscription(
        row.subscription,
        row.workspace,
        reading.opened(vault, row),
        Target(url, secret),
        row.format,
        row.ordered,
        row.sub_state,
        row.sub_error,
        row.after,
        row.sub_created_at,
    )

"""Readings: a trigger of a connection with an input, polled or called once for all who subscribe to it."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Row, delete, insert, select, update

from connectors.components.http import dump_json, load_json
from connectors.components.where import LeftOut
from connectors.engine.polling import MOST_LEFT_OUT
from connectors.errors import GridwireError
from connectors.service.keys import digest, new_id
from connectors.service.store import changed
from connectors.service.tables import history, readings, subscriptions
from connectors.service.vault import Vault

Way: TypeAlias = Literal["poll", "webhook", "system"]
State: TypeAlias = Literal["beginning", "active", "leaving"]
"""`beginning`: it is polled, and the first poll, which is silent, is not over. `leaving`: nobody subscribes any more,
and the vendor is still to be told; until that is begun, whoever comes back goes on with it."""

MIN_INTERVAL = 60.0
"""Seconds; the shortest time between two polls of one reading, unless it is said otherwise."""
LONGEST_INTERVAL = 31_536_000.0
"""Seconds: a year of 365 days."""
MOST_LINES = 500
"""Lines of history that are kept of one reading."""

_LONGEST_VALUE = 100  # characters of a value that an item was left out for


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to be told of: a trigger of a connection (None: of the workspace) with an input."""

    workspace: str
    connection: str | None
    trigger: str
    input: Mapping[str, Any] = field(repr=False)
    way: Way
    interval: float
    from_start: bool
    has_list: bool = True
    """Whether there is something to read, even if it comes by webhook."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A row of `readings`, opened. `hook` is the address, the secret and what the vendor answered, once it is told.

    `connection` is empty for what happens in the workspace itself.
    """

    id: str
    workspace: str
    connection: str
    trigger: str
    input: Mapping[str, Any] = field(repr=False)
    way: Way
    from_start: bool
    state: State
    interval: float
    next_at: float | None
    failures: int
    error: Mapping[str, Any] | None
    hook: Mapping[str, Any] | None = field(repr=False)

    @property
    def begun(self) -> bool:
        """Whether nothing that happens is missed any more: the first poll is over, the vendor calls."""
        return self.state == "active" and (self.way != "webhook" or self.registered)

    @property
    def registered(self) -> bool:
        """Whether the vendor was asked to call, and said yes."""
        return "kept" in (self.hook or {})


def opened(vault: Vault, row: Row[Any]) -> Reading:
    """The reading in a row."""
    given = load_json(vault.open(row.input, "readings", row.id, "input"))
    hook = None if row.hook is None else load_json(vault.open(row.hook, "readings", row.id, "hook"))
    names = ("id", "workspace", "trigger", "way", "from_start", "state", "interval", "next_at", "failures", "error")
    plain = {name: getattr(row, name) for name in names} | {"interval": min(row.interval, LONGEST_INTERVAL)}
    return Reading(connection=row.connection or "", input=given, hook=hook, **plain)


def joined(rows: Connection, vault: Vault, asked: Asked, now: float) -> tuple[Reading, bool]:
    """The reading that others share already, or one for this one alone, and whether it is that.

    The latter is new, or nobody has left it long enough ago: then it goes on where it was, and whatever happened
    meanwhile is told. Who wants all from the start has a new one. A webhook's address and secret are kept before the
    vendor is told: that is enough to go on with after a crash.
    """
    alone = [secrets.token_hex(8)] if asked.from_start else []
    about = hashlib.sha256(dump_json([asked.input, asked.way, *alone])).digest()
    same = (readings.c.workspace == asked.workspace, readings.c.trigger == asked.trigger, readings.c.digest == about)
    of = readings.c.connection.is_not_distinct_from(asked.connection)
    row = rows.execute(select(readings).where(of, *same)).one_or_none()
    if row is not None and row.state == "leaving":
        registered = opened(vault, row).registered
        next_at = None if registered and not asked.has_list else now
        back = {"state": "active", "interval": asked.interval, "next_at": next_at, "failures": 0, "error": None}
        rows.execute(update(readings).where(by_id(row.id)).values(**back))
        return opened(vault, rows.execute(select(readings).where(by_id(row.id))).one()), True
    if row is not None:
        shortest = min(asked.interval, row.interval)
        rows.execute(update(readings).where(by_id(row.id)).values(interval=shortest))
        return opened(vault, row), False
    own = new_id("rdg")
    values = {name: getattr(asked, name) for name in ("workspace", "connection", "trigger", "way", "from_start")}
    values |= {"id": own, "digest": about, "interval": asked.interval, "next_at": now, "failures": 0, "created_at": now}
    values["input"] = vault.seal(dump_json(asked.input), "readings", own, "input")
    values["state"] = "active" if asked.way == "webhook" else "beginning"
    if asked.way == "webhook":
        token, secret = secrets.token_urlsafe(24), secrets.token_hex(24)  # hex is base64 too, which some want
        values["token"] = digest(token)
        values["hook"] = vault.seal(dump_json({"token": token, "secret": secret}), "readings", own, "hook")
    rows.execute(insert(readings).values(**values))
    return opened(vault, rows.execute(select(readings).where(by_id(own))).one()), True


def given_up(rows: Connection, reading: str) -> bool:
    """Whether it is still to be left; from now on nobody goes on with it."""
    of = (by_id(reading), readings.c.state == "leaving")
    return bool(rows.execute(update(readings).where(*of).values(digest=secrets.token_bytes(32))).rowcount)


def pace(rows: Connection, reading: Reading, least: float) -> float:
    """Reads as often as the one who wants it most often of those who wait for it, and no more often than `least`.

    Gives the seconds between two polls.
    """
    waits = subscriptions.c.state.in_(("beginning", "active", "resuming"))
    of = select(subscriptions.c.interval).where(subscriptions.c.reading == reading.id, waits)
    wanted = [min(max(asked or 0.0, least), LONGEST_INTERVAL) for asked in rows.scalars(of)]
    interval = min(wanted, default=max(reading.interval, least))
    rows.execute(update(readings).where(by_id(reading.id)).values(interval=interval))
    return interval


def change_hook(rows: Connection, vault: Vault, reading: str, told: Mapping[str, Any]) -> None:
    """Keeps what the vendor was told or what it answered, beside what is there (None takes away), for every process."""
    sealed = rows.scalar(select(readings.c.hook).where(by_id(reading)))
    hook = {} if sealed is None else load_json(vault.open(sealed, "readings", reading, "hook"))
    merged = {name: value for name, value in {**hook, **told}.items() if value is not None}
    sealed = vault.seal(dump_json(merged), "readings", reading, "hook")
    rows.execute(update(readings).where(by_id(reading)).values(hook=sealed))
    changed(rows)


def tell(rows: Connection, reading: str, *, at: float | None = None, items: bytes | None = None, **said: Any) -> None:
    """Writes a line of the reading's history: `kind` (poll, arrival, …), and the figures that belong to it.

    What only repeats the line before is counted there, in `times`, and `until` is when it was last so.
    """
    now = time.time() if at is None else at
    of = history.c.reading == reading
    newest_first = select(history).where(of).order_by(history.c.number.desc())
    last = rows.execute(newest_first.limit(1)).one_or_none()
    if items is None and last is not None and _once(last.said) == said:
        counted = {**said, "times": last.said.get("times", 1) + 1, "until": now}
        rows.execute(update(history).where(history.c.number == last.number).values(said=counted))
        return
    rows.execute(insert(history).values(reading=reading, at=now, said=said, items=items))
    too_old = newest_first.with_only_columns(history.c.number).limit(1).offset(MOST_LINES).scalar_subquery()
    rows.execute(delete(history).where(of, history.c.number <= too_old))


def left(vault: Vault, reading: str, of: Sequence[LeftOut]) -> dict[str, Any]:
    """What a line says of items that a condition has left out: how many by which, and some of them, sealed."""
    if not of:
        return {}
    some = dump_json([[key, at, _short(value)] for key, at, value in of[:MOST_LEFT_OUT]])
    counts = dict(Counter(at for _, at, _ in of))
    return {"left_out": counts, "items": vault.seal(some, "history", reading, "items")}


def said(error: GridwireError, at: float | None = None) -> dict[str, Any]:
    """An error as it is kept."""
    return {**error.as_dict(), "at": time.time() if at is None else at}


def by_id(id: str) -> Any:
    """The condition that means this reading."""
    return readings.c.id == id


def _once(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in ("times", "until")}


def _short(value: Any) -> Any:
    """A value that can be said in a sentence."""
    text = dump_json(value).decode()
    return value if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"

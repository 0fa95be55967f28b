"""Readings: a trigger of a connection with an input, polled or called once for all who subscribe to it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Row, insert, select, update

from connectors.components.http import dump_json, load_json
from connectors.errors import GridwireError
from connectors.service.store import changed
from connectors.service.tables import history, readings
from connectors.service.vault import Vault

Way: TypeAlias = Literal["poll", "webhook"]
State: TypeAlias = Literal["active", "leaving"]
"""`leaving`: nobody subscribes any more, and the vendor is still to be told."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A row of `readings`, opened. `hook` is the address, the secret and what the vendor answered, once it is told."""

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


def opened(vault: Vault, row: Row[Any]) -> Reading:
    """The reading in a row."""
    given = load_json(vault.open(row.input, "readings", row.id, "input"))
    hook = None if row.hook is None else load_json(vault.open(row.hook, "readings", row.id, "hook"))
    names = (
        "id",
        "workspace",
        "connection",
        "trigger",
        "way",
        "from_start",
        "state",
        "interval",
        "next_at",
        "failures",
    )
    return Reading(input=given, hook=hook, error=row.error, **{name: getattr(row, name) for name in names})


def change_hook(rows: Connection, vault: Vault, reading: str, told: Mapping[str, Any]) -> None:
    """Keeps what the vendor was told or what it answered, beside what is there; every process reads it anew."""
    sealed = rows.scalar(select(readings.c.hook).where(by_id(reading)))
    hook = {} if sealed is None else load_json(vault.open(sealed, "readings", reading, "hook"))
    sealed = vault.seal(dump_json({**hook, **told}), "readings", reading, "hook")
    rows.execute(update(readings).where(by_id(reading)).values(hook=sealed))
    changed(rows)


def tell(rows: Connection, reading: str, **said: Any) -> None:
    """Writes a line of the reading's history: `kind` (poll, arrival, …), and the figures that belong to it."""
    rows.execute(insert(history).values(reading=reading, at=time.time(), said=said))


def said(error: GridwireError) -> dict[str, Any]:
    """An error as it is kept."""
    return {**error.as_dict(), "at": time.time()}


def by_id(id: str) -> Any:
    """The condition that means this reading."""
    return readings.c.id == id

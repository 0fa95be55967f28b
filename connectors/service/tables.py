"""The tables. Times are seconds since 1970 in UTC; what is sealed opens only in its own row and column (`vault`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _of(table: str, name: str, *, many: bool = True, always: bool = True) -> Column[str]:
    return Column(name, ForeignKey(f"{table}.id", ondelete="CASCADE"), primary_key=not many, nullable=not always)


def _in_a_workspace() -> Column[str]:
    return Column("workspace", String, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False)


facts = Table("facts", metadata, Column("name", String, primary_key=True), Column("value", LargeBinary, nullable=False))
"""What holds for the whole database: the text that proves the secret key, and the count of changes."""

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("created_at", Double, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String, primary_key=True),
    _in_a_workspace(),
    Column("name", String, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("revoked_at", Double),
)
"""Keys of clients; `digest` is the key's SHA-256, for a key has 192 random bits and nobody guesses it."""

connections = Table(
    "connections",
    metadata,
    Column("id", String, primary_key=True),
    _in_a_workspace(),
    Column("connector", String, nullable=False),
    Column("name", String, nullable=False),
    Column("account", LargeBinary, nullable=False),
    Column("session", LargeBinary),
    Column("state", String, nullable=False),
    Column("last_error", JSON),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("tested_at", Double),
    UniqueConstraint("workspace", "name"),
)
"""`account` and `session` are sealed: values with addresses, and what signing in gave."""

oauth_apps = Table(
    "oauth_apps",
    metadata,
    Column("workspace", String, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("connector", String, primary_key=True),
    Column("values", LargeBinary, nullable=False),
    Column("updated_at", Double, nullable=False),
)
"""The operator's own client at a vendor, sealed; every connection of the workspace uses it, unless it has its own."""

tickets = Table(
    "tickets",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    _in_a_workspace(),
    _of("keys", "key", always=False),
    Column("kind", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index(None, "expires_at"),
)
"""Addresses that open once, by the SHA-256 of the secret in them; `content` is sealed.

`key` is whose client asked for it; those of before version 0003 name none, and open nothing.
"""

idempotency = Table(
    "idempotency",
    metadata,
    Column("workspace", String, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("connection", String, ForeignKey("connections.id", ondelete="SET NULL"), index=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("run", String, nullable=False),
    Column("status", String, nullable=False),
    Column("result", LargeBinary),
    Column("expires_at", Double, nullable=False),
    Index(None, "expires_at"),
)
"""What was begun under an Idempotency-Key (its SHA-256), by which run of the server, and its sealed result.

It outlives its connection, without the result: what was done is not done again at one that takes its name.
"""

readings = Table(
    "readings",
    metadata,
    Column("id", String, primary_key=True),
    _in_a_workspace(),
    _of("connections", "connection", always=False),
    Column("trigger", String, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("input", LargeBinary, nullable=False),
    Column("way", String, nullable=False),
    Column("from_start", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("interval", Double, nullable=False),
    Column("next_at", Double),
    Column("failures", Integer, nullable=False),
    Column("error", JSON),
    Column("token", LargeBinary, unique=True),
    Column("hook", LargeBinary),
    Column("erased", Integer, nullable=False, server_default="0"),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("connection", "trigger", "digest"),
    Index(None, "next_at"),
)
"""What subscriptions to the same trigger, connection and input (by its digest) share: `way` is poll, webhook or system.

The last is of a workspace, for what happens here, and has no connection.
`next_at` is when it is due, `erased` how many of its events were; `token` the digest of the last part of a webhook's
address, `hook` (sealed) what the vendor was told and what it answered.
"""

memories = Table(
    "memories",
    metadata,
    _of("readings", "reading", many=False),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""What a reading remembers, sealed: the whole of it, and what has changed since, in this order."""

inbox = Table(
    "inbox",
    metadata,
    Column("number", Integer, primary_key=True),
    _of("readings", "reading"),
    Column("content", LargeBinary, nullable=False),
    Column("at", Double, nullable=False),
    Column("problem", String),
    Index(None, "reading"),
    sqlite_autoincrement=True,
)
"""What vendors sent, verified and sealed, until it is compared with what is remembered.

What cannot be worked on (`problem` says why) lies aside until the next start.
"""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String, primary_key=True),
    _in_a_workspace(),
    _of("readings", "reading"),
    Column("target", LargeBinary, nullable=False),
    Column("has_target", Boolean, nullable=False),
    Column("format", String, nullable=False),
    Column("ordered", Boolean, nullable=False),
    Column("interval", Double),
    Column("state", String, nullable=False),
    Column("error", JSON),
    Column("after", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Index(None, "reading"),
)
"""`target` (sealed) is its address and the secret that deliveries are signed with; events up to `after` are not its."""

events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    _of("readings", "reading"),
    Column("mark", LargeBinary, nullable=False),
    Column("type", String, nullable=False),
    Column("at", Double, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index(None, "reading", "mark"),
    Index(None, "at"),
    sqlite_autoincrement=True,
)
"""What happened, in the order in which it was stored; `content` (sealed) is the item and what it was before."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String, primary_key=True),
    _of("subscriptions", "subscription"),
    Column("event", Integer, ForeignKey("events.number", ondelete="CASCADE"), nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("last", JSON),
    Index(None, "subscription", "state", "due_at"),
    Index(None, "event"),
)
"""An event on its way to a target: waiting, delivered or dead; `last` is how the last attempt went."""

history = Table(
    "history",
    metadata,
    Column("number", Integer, primary_key=True),
    _of("readings", "reading"),
    Column("at", Double, nullable=False),
    Column("said", JSON, nullable=False),
    Column("items", LargeBinary),
    Index(None, "reading", "number"),
    sqlite_autoincrement=True,
)
"""Polls and arrivals, so that it can be told why a trigger did not fire.

`items` (sealed) are some that were left out.
"""

SEALED: tuple[Column[bytes], ...] = (
    connections.c.account,
    connections.c.session,
    oauth_apps.c["values"],
    tickets.c.content,
    idempotency.c.result,
    readings.c.input,
    readings.c.hook,
    memories.c.content,
    inbox.c.content,
    subscriptions.c.target,
    events.c.content,
    history.c["items"],
)
"""What is sealed, besides the proof of the secret key."""

_KNOWN_BY = {inbox: (inbox.c.reading,), events: (events.c.id,), history: (history.c.reading,)}


def known_by(column: Column[bytes]) -> tuple[Column[Any], ...]:
    """What a value in this column is sealed for: the primary key, unless storing is what gives it."""
    return _KNOWN_BY.get(column.table) or tuple(column.table.primary_key)


def place_of(column: Column[bytes], *key: str | bytes | int) -> tuple[str, ...]:
    """Where a value is sealed to: its table, what its row is known by (bytes in hexadecimal), its column."""
    return column.table.name, *(part.hex() if isinstance(part, bytes) else str(part) for part in key), column.name

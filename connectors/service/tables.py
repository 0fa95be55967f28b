"""The tables. Times are seconds since 1970 in UTC; what is sealed opens only in its own row and column (`vault`)."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Double, ForeignKey, Index, LargeBinary, MetaData, String, Table, UniqueConstraint

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


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
    Column("kind", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index(None, "expires_at"),
)
"""Addresses that open once, by the SHA-256 of the secret in them; `content` is sealed."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("workspace", String, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("connection", String, ForeignKey("connections.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("run", String, nullable=False),
    Column("status", String, nullable=False),
    Column("result", LargeBinary),
    Column("expires_at", Double, nullable=False),
    Index(None, "expires_at"),
)
"""What was begun under an Idempotency-Key (its SHA-256), by which run of the server, and its sealed result."""

SEALED: tuple[Column[bytes], ...] = (
    connections.c.account,
    connections.c.session,
    oauth_apps.c["values"],
    tickets.c.content,
    idempotency.c.result,
)
"""What is sealed, besides the proof of the secret key."""


def place_of(column: Column[bytes], *key: str | bytes) -> tuple[str, ...]:
    """What a value is sealed for: its table, the primary key of its row (bytes in hexadecimal), its column."""
    return column.table.name, *(part.hex() if isinstance(part, bytes) else part for part in key), column.name

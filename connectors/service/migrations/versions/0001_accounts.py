"""Workspaces, keys, connections, and what is done once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From nothing."""
    _facts()
    _workspaces()
    _keys()
    _connections()
    _oauth_apps()
    _tickets()
    _idempotency()


def _facts() -> None:
    op.create_table(
        "facts",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
    )


def _workspaces() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
        sa.UniqueConstraint("name", name="uq_workspaces_name"),
    )


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("revoked_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.UniqueConstraint("digest", name="uq_keys_digest"),
        _in_a_workspace("keys"),
    )


def _connections() -> None:
    op.create_table(
        "connections",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("connector", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("account", sa.LargeBinary, nullable=False),
        sa.Column("session", sa.LargeBinary),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("last_error", sa.JSON),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("tested_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_connections"),
        sa.UniqueConstraint("workspace", "name", name="uq_connections_workspace_name"),
        _in_a_workspace("connections"),
    )


def _oauth_apps() -> None:
    op.create_table(
        "oauth_apps",
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("connector", sa.String, nullable=False),
        sa.Column("values", sa.LargeBinary, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "connector", name="pk_oauth_apps"),
        _in_a_workspace("oauth_apps"),
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_tickets"),
        _in_a_workspace("tickets"),
    )
    op.create_index("ix_tickets_expires_at", "tickets", ["expires_at"])


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("connection", sa.String, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("run", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("result", sa.LargeBinary),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "digest", name="pk_idempotency"),
        _in_a_workspace("idempotency"),
        sa.ForeignKeyConstraint(
            ["connection"], ["connections.id"], name="fk_idempotency_connection", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_idempotency_connection", "idempotency", ["connection"])
    op.create_index("ix_idempotency_expires_at", "idempotency", ["expires_at"])


def _in_a_workspace(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_workspace"
    return sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=name, ondelete="CASCADE")

"""Subscriptions: readings and what they remember, events, and their way to targets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds tables; what is there stays as it is."""
    _add_what_is_read()
    _add_who_is_told()
    _add_what_happened()


def _add_what_is_read() -> None:
    op.create_table(
        "readings",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("connection", sa.String),
        sa.Column("trigger", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("input", sa.LargeBinary, nullable=False),
        sa.Column("way", sa.String, nullable=False),
        sa.Column("from_start", sa.Boolean, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("interval", sa.Double, nullable=False),
        sa.Column("next_at", sa.Double),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("error", sa.JSON),
        sa.Column("token", sa.LargeBinary),
        sa.Column("hook", sa.LargeBinary),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.UniqueConstraint("token", name="uq_readings_token"),
        sa.UniqueConstraint("connection", "trigger", "digest", name="uq_readings_connection_trigger_digest"),
        _of("readings", "workspaces", "workspace"),
        _of("readings", "connections", "connection"),
    )
    op.create_index("ix_readings_next_at", "readings", ["next_at"])
    op.create_table(
        "memories",
        sa.Column("reading", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("reading", "number", name="pk_memories"),
        _of("memories", "readings", "reading"),
    )
    op.create_table(
        "inbox",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("reading", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("problem", sa.String),
        sa.PrimaryKeyConstraint("number", name="pk_inbox"),
        _of("inbox", "readings", "reading"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_reading", "inbox", ["reading"])


def _add_who_is_told() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("reading", sa.String, nullable=False),
        sa.Column("target", sa.LargeBinary, nullable=False),
        sa.Column("has_target", sa.Boolean, nullable=False),
        sa.Column("format", sa.String, nullable=False),
        sa.Column("ordered", sa.Boolean, nullable=False),
        sa.Column("interval", sa.Double),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("error", sa.JSON),
        sa.Column("after", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        _of("subscriptions", "workspaces", "workspace"),
        _of("subscriptions", "readings", "reading"),
    )
    op.create_index("ix_subscriptions_reading", "subscriptions", ["reading"])


def _add_what_happened() -> None:
    op.create_table(
        "events",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("reading", sa.String, nullable=False),
        sa.Column("mark", sa.LargeBinary, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
        sa.UniqueConstraint("id", name="uq_events_id"),
        _of("events", "readings", "reading"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_reading_events_mark", "events", ["reading", "mark"])
    op.create_index("ix_events_at", "events", ["at"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("subscription", sa.String, nullable=False),
        sa.Column("event", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.Double, nullable=False),
        sa.Column("last", sa.JSON),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        _of("deliveries", "subscriptions", "subscription"),
        sa.ForeignKeyConstraint(["event"], ["events.number"], name="fk_deliveries_event", ondelete="CASCADE"),
    )
    op.create_index(
        "ix_deliveries_subscription_deliveries_state_deliveries_due_at",
        "deliveries",
        ["subscription", "state", "due_at"],
    )
    op.create_index("ix_deliveries_event", "deliveries", ["event"])
    op.create_table(
        "history",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("reading", sa.String, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("said", sa.JSON, nullable=False),
        sa.Column("items", sa.LargeBinary),
        sa.PrimaryKeyConstraint("number", name="pk_history"),
        _of("history", "readings", "reading"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_history_reading_history_number", "history", ["reading", "number"])


def _of(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="CASCADE")

"""Tickets know the key that asked for them; what was done under an Idempotency-Key outlives its connection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Tickets that are there name no key, so they open nothing any more: they were for a day at most."""
    with op.batch_alter_table("tickets") as tickets:
        tickets.add_column(sa.Column("key", sa.String))
        tickets.create_foreign_key("fk_tickets_key", "keys", ["key"], ["id"], ondelete="CASCADE")
    with op.batch_alter_table("idempotency") as idempotency:
        idempotency.alter_column("connection", existing_type=sa.String, nullable=True)
        idempotency.drop_constraint("fk_idempotency_connection", type_="foreignkey")
        idempotency.create_foreign_key(
            "fk_idempotency_connection", "connections", ["connection"], ["id"], ondelete="SET NULL"
        )

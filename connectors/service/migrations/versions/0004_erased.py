"""How many events of a reading were erased, so that no id is given twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds a column; those that are there begin with none."""
    op.add_column("readings", sa.Column("erased", sa.Integer, nullable=False, server_default="0"))

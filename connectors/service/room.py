"""How much a workspace may have of what is kept until somebody ends it, so that no client fills the server."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, func, select

from connectors.errors import InputError


class FullError(InputError):
    """The workspace has as many as it may. Nothing was made."""

    kind = "conflict"
    http_status = 409


def check_room(rows: Connection, table: Table, workspace: str, most: int, what: str, *of: Any, remedy: str) -> None:
    """Whether one more may be made in the workspace; `of` are conditions for what counts. Raises FullError."""
    count = select(func.count()).select_from(table).where(table.c.workspace == workspace, *of)
    if (rows.scalar(count) or 0) >= most:
        raise FullError(
            f"this workspace has {most:,} {what} already, which is the most that it may have", remedy=remedy
        )

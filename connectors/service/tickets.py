"""Addresses that open once, while the key that asked for them does. Of the secret in one only its digest is kept, and
what it is for is sealed.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from connectors.components.http import dump_json, load_json
from connectors.errors import GridwireError
from connectors.service.keys import digest
from connectors.service.room import check_room
from connectors.service.store import Store
from connectors.service.tables import keys, tickets
from connectors.service.vault import Vault

Kind: TypeAlias = Literal["link", "start", "state"]
"""`link`: a page to connect an account on; `start`: the way to the vendor's sign-in; `state`: the way back from it."""

MOST = 1_000
"""Of one kind, of one workspace, that are open at a time."""

_GONE, _NEW = "this link was used already, or has expired", "Ask for a new one."


class NoSuchTicketError(GridwireError):
    """It was used, it has expired, or there never was one: nobody is told which."""

    kind = "not_found"
    http_status = 404


@dataclass(frozen=True, slots=True)
class Ticket:
    """A new one; the secret is nowhere kept."""

    secret: str = field(repr=False)
    expires_at: float


@dataclass(frozen=True, slots=True)
class Issued:
    """What a ticket is for, and whose it is: `key` is the id of the key whose client asked for it."""

    workspace: str
    key: str
    content: dict[str, Any] = field(repr=False)


class Tickets:
    """The tickets of every workspace."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def issue(self, workspace: str, key: str, kind: Kind, content: dict[str, Any], *, lasts: float) -> Ticket:
        """A ticket that opens for `lasts` seconds, unless the key is revoked. Those that have expired are forgotten.

        Raises FullError.
        """
        now = time.time()
        ticket = Ticket(secrets.token_urlsafe(32), now + lasts)
        row = {"digest": digest(ticket.secret), "workspace": workspace, "key": key, "kind": kind}
        row |= {"content": self._sealed(digest(ticket.secret), content), "expires_at": ticket.expires_at}

        def change(rows: Connection) -> None:
            rows.execute(delete(tickets).where(tickets.c.expires_at <= now))
            remedy = "Use them, or wait until some have expired."
            check_room(rows, tickets, workspace, MOST, "open links", tickets.c.kind == kind, remedy=remedy)
            rows.execute(insert(tickets).values(**row))

        await self._store.write(change)
        return ticket

    async def look(self, kind: Kind, secret: str) -> Issued:
        """What it is for; it can be used after that. Raises NoSuchTicketError."""
        key = digest(secret)
        return await self._store.read(lambda rows: self._found(rows, key, kind))

    async def take(self, kind: Kind, secret: str) -> Issued:
        """What it is for; of all who take it one gets it. Raises NoSuchTicketError."""
        await self.look(kind, secret)  # who guesses does not keep those waiting who write
        key = digest(secret)

        def change(rows: Connection) -> Issued:
            issued = self._found(rows, key, kind)
            rows.execute(delete(tickets).where(tickets.c.digest == key))
            return issued

        return await self._store.write(change)

    async def count(self, kind: Kind, secret: str, most: int) -> None:
        """Notes that it is tried, which it may be `most` times. Raises NoSuchTicketError."""
        key = digest(secret)

        def change(rows: Connection) -> None:
            content = self._found(rows, key, kind).content
            tries = content.get("tries", 0) + 1
            if tries > most:
                raise NoSuchTicketError(_GONE, remedy=_NEW)
            sealed = self._sealed(key, {**content, "tries": tries})
            rows.execute(update(tickets).where(tickets.c.digest == key).values(content=sealed))

        await self._store.write(change)

    def _found(self, rows: Connection, key: bytes, kind: Kind) -> Issued:
        row = rows.execute(select(tickets).where(*_opens(key, kind))).one_or_none()
        if row is None:
            raise NoSuchTicketError(_GONE, remedy=_NEW)
        content = load_json(self._vault.open(row.content, "tickets", key.hex(), "content"))
        return Issued(row.workspace, row.key, content)

    def _sealed(self, key: bytes, content: dict[str, Any]) -> bytes:
        return self._vault.seal(dump_json(content), "tickets", key.hex(), "content")


def _opens(key: bytes, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    valid = tickets.c.key.in_(select(keys.c.id).where(keys.c.revoked_at.is_(None)))
    return tickets.c.digest == key, tickets.c.kind == kind, tickets.c.expires_at > time.time(), valid

"""Keys of clients, and the workspaces that they open."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from sqlalchemy import Connection, Row, insert, select, update

from connectors.errors import InputError
from connectors.manifest.problem import did_you_mean, quoted
from connectors.service.store import Store, changed
from connectors.service.tables import keys, workspaces

Scope: TypeAlias = Literal["use", "manage", "raw", "metrics"]
"""What a key may do: run operations, keep connections, make any request at the vendor, read the server's figures."""

SCOPES: tuple[Scope, ...] = get_args(Scope)
FIRST_WORKSPACE = "default"
SHORTEST = 16
"""How many characters a key has at least."""

_LISTS = "`gridwire keys list` lists them."


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is listed; the key itself is nowhere kept."""

    id: str
    name: str
    workspace: str
    scopes: tuple[Scope, ...]
    created_at: float
    revoked_at: float | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who brings a key: the workspace's id, and what the key may do."""

    key: str
    workspace: str
    scopes: frozenset[str]


class Keys:
    """The keys of every workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._callers: dict[bytes, Caller] = {}
        self._known_at = -1

    async def add(
        self, name: str, *, workspace: str = FIRST_WORKSPACE, scopes: Sequence[Scope] = SCOPES, key: str | None = None
    ) -> tuple[Key, str]:
        """A new key (or the one given) and its text, which is not kept; the workspace is made if there is none."""
        secret = key or f"gw_{secrets.token_urlsafe(24)}"
        _check_name(name, "name")
        _check_name(workspace, "workspace")

        def change(connection: Connection) -> Key:
            made = Key(new_id("key"), name, workspace, tuple(scopes), time.time(), None)
            row = {"id": made.id, "name": name, "scopes": list(scopes), "created_at": made.created_at}
            of = workspace_named(connection, workspace)
            connection.execute(insert(keys).values(**row, workspace=of, digest=digest(secret)))
            changed(connection)
            return made

        return await self._store.write(change), secret

    async def admit(self, name: str, secret: str) -> None:
        """Lets in a key that its owner made, for everything. Raises InputError if it cannot be sent, or is guessed."""
        if not (secret.isascii() and secret.isprintable()) or " " in secret:
            why = "holds what no client can send in a header; use letters, digits and signs of ASCII, without spaces"
        elif len(secret) < SHORTEST:
            why = f"has {len(secret)} characters; it needs at least {SHORTEST}"
        else:
            if await self.caller(secret) is None:
                await self.add(name, key=secret)
            return
        raise InputError(f"{name} {why}", remedy="Set another one, or none: then one is made.")

    async def workspace(self, name: str) -> str:
        """The id of the workspace of that name, which is made if there is none."""
        return await self._store.write(lambda connection: workspace_named(connection, name))

    async def workspace_there(self, name: str) -> str:
        """The id of the workspace of that name. Raises InputError with the near miss."""
        known = await self._store.read(
            lambda rows: dict(rows.execute(select(workspaces.c.name, workspaces.c.id)).all())
        )
        if name not in known:
            hint = did_you_mean(name, known) or f"there are {', '.join(sorted(known)) or 'none'}"
            message = f"there is no workspace {quoted(name)}; {hint}"
            raise InputError(message, field="workspace", remedy="`gridwire keys add` makes one with its first key.")
        return known[name]

    async def listed(self) -> list[Key]:
        """All keys, revoked ones too, the oldest first."""
        return await self._store.read(lambda connection: [_key(row) for row in connection.execute(_LISTED)])

    async def revoke(self, key: str) -> Key:
        """From now on the key of that id, or of that name where only one has it, opens nothing. Raises InputError."""

        def change(connection: Connection) -> Key:
            used = _LISTED.where(keys.c.revoked_at.is_(None), (keys.c.id == key) | (keys.c.name == key))
            found = [_key(row) for row in connection.execute(used)]
            if len(found) != 1:
                count = f"there are {len(found)} keys" if found else "there is no key"
                named = f"Name one by its id: {', '.join(one.id for one in found)}." if found else _LISTS
                raise InputError(f"{count} {quoted(key)} in use", remedy=named)
            revoked = replace(found[0], revoked_at=time.time())
            connection.execute(update(keys).where(keys.c.id == revoked.id).values(revoked_at=revoked.revoked_at))
            changed(connection)
            return revoked

        return await self._store.write(change)

    async def caller(self, secret: str) -> Caller | None:
        """Whoever brings this key; None if it opens nothing. It is looked up by its digest, so time tells nothing."""
        if self._known_at != (now := self._store.changes):
            self._callers, self._known_at = {}, now
        known, wanted = self._callers, digest(secret)  # what is read now goes nowhere if something changes meanwhile
        if wanted not in known:
            found = await self._store.read(lambda connection: _caller(connection, wanted))
            if found is None:
                return None
            known[wanted] = found
        return known[wanted]


def digest(secret: str) -> bytes:
    """What is kept of a secret with so many random bits that nobody guesses it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def workspace_named(connection: Connection, name: str) -> str:
    """The id of the workspace, which is made if there is none."""
    found = connection.scalar(select(workspaces.c.id).where(workspaces.c.name == name))
    if found is None:
        found = new_id("ws")
        connection.execute(insert(workspaces).values(id=found, name=name, created_at=time.time()))
    return found


def new_id(kind: str) -> str:
    """An id that says of what kind it is."""
    return f"{kind}_{uuid.uuid4().hex}"


_LISTED = (
    select(keys.c.id, keys.c.name, workspaces.c.name.label("workspace"), keys.c.scopes, keys.c.created_at)
    .add_columns(keys.c.revoked_at)
    .join(workspaces, keys.c.workspace == workspaces.c.id)
    .order_by(keys.c.created_at)
)


def _key(row: Row[*tuple[Any, ...]]) -> Key:
    return Key(row.id, row.name, row.workspace, tuple(row.scopes), row.created_at, row.revoked_at)


def _caller(connection: Connection, wanted: bytes) -> Caller | None:
    valid = select(keys.c.id, keys.c.workspace, keys.c.scopes).where(
        keys.c.digest == wanted, keys.c.revoked_at.is_(None)
    )
    row = connection.execute(valid).one_or_none()
    return None if row is None else Caller(row.id, row.workspace, frozenset(row.scopes))


def _check_name(name: str, field: str) -> None:
    if not name.strip() or not name.isprintable() or len(name) > 100:
        raise InputError(f"'{field}' has 1 to 100 characters, all of them printable", field=field)

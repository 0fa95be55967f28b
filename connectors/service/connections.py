"""Connections: accounts at vendors, sealed, with the state that they were last seen in."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection as Rows
from sqlalchemy import Row, Update, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from connectors.components.auth import OAuth2
from connectors.components.auth.flow import AGAIN, Session
from connectors.components.http import dump_json, load_json
from connectors.engine.addresses import Reach
from connectors.engine.connection import Connection
from connectors.engine.session import SignedIn
from connectors.errors import GridwireError, InputError, ReconnectError, VendorBusy, VendorError, VendorFailed
from connectors.manifest.catalog import Catalog
from connectors.manifest.problem import quoted
from connectors.service.idempotency import erase_results
from connectors.service.keys import new_id
from connectors.service.oauth_apps import OAuthApps, check_lent
from connectors.service.room import check_room
from connectors.service.store import Store, changed
from connectors.service.tables import connections, place_of
from connectors.service.vault import Vault

State: TypeAlias = Literal["ok", "reconnect", "failing", "not_tested"]
"""`reconnect`: the account's owner has to sign in again; `failing`: the vendor could not be used when last asked;
`not_tested`: nobody has asked the vendor since the account is what it is.
"""

MOST = 1_000
"""Connections of one workspace."""

_LONGEST_NAME = 100


class NoSuchConnectionError(GridwireError):
    """There is none of that id or name in the workspace; perhaps there is in somebody else's."""

    kind = "not_found"
    http_status = 404


class NameTakenError(InputError):
    """Another connection of the workspace is called that."""

    kind = "conflict"
    http_status = 409


@dataclass(frozen=True, slots=True)
class Account:
    """What a user gave: the values of the form, and where the vendor is if not at its usual address."""

    values: Mapping[str, Any] = field(repr=False)
    base_url: str | None = None
    hosts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """A connection as it is listed; `account` is never shown."""

    id: str
    workspace: str
    connector: str
    name: str
    account: Account = field(repr=False)
    state: State
    last_error: Mapping[str, Any] | None
    created_at: float
    updated_at: float
    tested_at: float | None


@dataclass
class Opened:
    """A connection ready to use, and as it was last seen. One object for all who use it at the same time."""

    stored: Stored
    connection: Connection


class Connections:
    """The connections of every workspace. `reach` says which addresses their vendors may have."""

    def __init__(self, store: Store, vault: Vault, catalog: Catalog, reach: Reach, apps: OAuthApps) -> None:
        self._store = store
        self._vault = vault
        self._catalog = catalog
        self._reach = reach
        self._apps = apps
        self._open: dict[tuple[str, str], Opened] = {}
        self._known_at = -1

    async def create(
        self, workspace: str, connector: str, name: str, account: Account, session: Session | None = None
    ) -> Stored:
        """Keeps a new connection, unasked whether it works. Raises InputError.

        Where a person has to sign in first, and gave no session, its state is `reconnect`.
        """
        check_name(name)
        opened = await self.trial(workspace, connector, account)
        new, now = new_id("con"), time.time()
        state, said = _at_first(opened, session)
        made = Stored(new, workspace, connector, name, account, state, said, now, now, None)
        row = {"workspace": workspace, "connector": connector, "created_at": now, **self._row(made, session)}

        def change(rows: Rows) -> None:
            remedy = "Remove those that nobody needs any more: GET /v1/connections lists them."
            check_room(rows, connections, workspace, MOST, "connections", remedy=remedy)
            with _name_free(rows, name):
                rows.execute(insert(connections).values(id=made.id, **row))
            changed(rows)

        await self._store.write(change)
        return made

    async def listed(self, workspace: str) -> list[Stored]:
        """The workspace's connections by name."""
        wanted = select(connections).where(connections.c.workspace == workspace).order_by(connections.c.name)
        return await self._store.read(lambda rows: [self._stored(row) for row in rows.execute(wanted)])

    async def get(self, workspace: str, name: str) -> Stored:
        """The connection of that id or name. Raises NoSuchConnectionError."""
        return (await self._found(workspace, name))[0]

    async def change(
        self,
        workspace: str,
        name: str,
        edit: Callable[[Account], Account],
        *,
        renamed: str | None = None,
        session: Session | None = None,
    ) -> Stored:
        """Keeps what `edit` makes of the account, and the session if there is one; its state is as of a new one.

        Raises InputError, NoSuchConnectionError.
        """
        if renamed is not None:
            check_name(renamed)
        stored = await self.get(workspace, name)
        async with self._store.alone(stored.id):  # nobody else changes it, nor renews the session of what it was
            stored, kept = await self._found(workspace, stored.id)
            account, session = edit(stored.account), session or kept
            opened = await self.trial(workspace, stored.connector, account)
            after = replace(stored, account=account, name=renamed or stored.name, updated_at=time.time())
            if account != stored.account or session != kept:
                state, said = _at_first(opened, session)
                after = replace(after, state=state, last_error=said, tested_at=None)

            def change(rows: Rows) -> None:
                with _name_free(rows, after.name):
                    rows.execute(_the(after).values(**self._row(after, session)))
                changed(rows)

            await self._store.write(change)
        return after

    async def put(
        self, workspace: str, connector: str, name: str, account: Account, session: Session | None = None
    ) -> Stored:
        """Keeps the account under that name, in place of whatever is there. Raises InputError."""
        try:
            there = await self.get(workspace, name)
        except NoSuchConnectionError:
            return await self.create(workspace, connector, name, account, session)
        if there.connector != connector:
            message = f"the connection '{name}' is one of {there.connector}, not of {connector}"
            raise NameTakenError(message, field="name", remedy="Take another name.")
        if there.account == account and session is None:
            return there
        return await self.change(workspace, there.id, lambda _: account, session=session)

    async def remove(self, workspace: str, name: str) -> None:
        """Erases the connection with all that belongs to it, from the files too. Raises NoSuchConnectionError."""
        stored = await self.get(workspace, name)

        def change(rows: Rows) -> None:
            erase_results(rows, stored.id)
            rows.execute(delete(connections).where(connections.c.id == stored.id))
            changed(rows)

        await self._store.write(change)
        await self._store.settle()

    async def kept(self, workspace: str, name: str) -> tuple[Stored, SignedIn]:
        """The connection and its session, for whoever opens it with a manifest of his own and the values of `app`.

        Raises NoSuchConnectionError.
        """
        stored, session = await self._found(workspace, name)
        return stored, self._signed_in(stored, session)

    async def open(self, workspace: str, name: str) -> Opened:
        """The connection, ready to use. Raises NoSuchConnectionError; InputError if the manifest wants other values."""
        if self._known_at != (now := self._store.changes):
            self._open, self._known_at = {}, now
        known = self._open  # what is read now goes nowhere if something changes meanwhile
        if (workspace, name) not in known:
            stored, session = await self._found(workspace, name)
            signed_in = self._signed_in(stored, session)
            connection = await self._connection(workspace, stored.connector, stored.account, signed_in)
            known[workspace, name] = known.setdefault((workspace, stored.id), Opened(stored, connection))
        return known[workspace, name]

    async def note(self, opened: Opened, error: GridwireError | None, *, tested: bool = False) -> None:
        """Keeps how it went at the vendor, if that is news. Errors that say nothing of the account are none."""
        before, now = opened.stored, time.time()
        state = _state(error, tested=tested)
        if state is None:
            return
        said = None if error is None else _said(error, now)
        if not tested and state == before.state and (said is None or _words(said) == _words(before.last_error)):
            return
        opened.stored = after = replace(
            before, state=state, last_error=said, tested_at=now if tested else before.tested_at
        )
        unchanged = connections.c.updated_at == before.updated_at  # another account says nothing of this one

        def change(rows: Rows) -> None:
            row = {"state": state, "last_error": said, "tested_at": after.tested_at}
            rows.execute(_the(after).where(unchanged).values(**row))
            if state != before.state:
                changed(rows)

        await self._store.write(change)

    async def trial(self, workspace: str, connector: str, account: Account) -> Connection:
        """The account ready to use, while nothing of it is kept.

        Raises InputError if it cannot be used as it stands, or its vendor is where the server may not go.
        """
        opened = await self._connection(workspace, connector, account)
        for origin, url in opened.hosts.items():
            await self._reach.check(url, f"hosts.{origin}")
        await self._reach.check(opened.base_url, "base_url")
        return opened

    async def sign_in(self, stored: Stored, session: Session) -> None:
        """Keeps what signing in gave, durably, in place of any session before; it is what is used from now on."""
        row = {"session": _sealed(self._vault, stored.id, session), "state": "ok", "last_error": None}
        now = time.time()

        def change(rows: Rows) -> None:
            rows.execute(_the(stored).values(**row, updated_at=now))
            changed(rows)

        async with self._store.alone(stored.id):
            await self._store.write(change)

    async def _connection(
        self, workspace: str, connector: str, account: Account, signed_in: SignedIn | None = None
    ) -> Connection:
        """The account with what it lacks of the workspace's OAuth app. Raises InputError."""
        app = await self._apps.values(workspace, connector)
        opened = Connection.open(
            self._catalog.load(connector),
            {**app, **account.values},
            base_url=account.base_url,
            hosts=account.hosts,
            signed_in=signed_in,
        )
        check_lent(opened, app.keys() - account.values.keys(), self._reach)
        return opened

    def _signed_in(self, stored: Stored, session: Session | None) -> SignedIn:
        signed_in = SignedIn(sessions=_Kept(stored.id, self._store, self._vault))
        signed_in.hold(session)
        return signed_in

    async def _found(self, workspace: str, name: str) -> tuple[Stored, Session | None]:
        wanted = select(connections).where(connections.c.workspace == workspace)
        either = wanted.where((connections.c.id == name) | (connections.c.name == name))
        row = await self._store.read(lambda rows: rows.execute(either).one_or_none())
        if row is None:
            message = f"there is no connection {quoted(name)}"
            raise NoSuchConnectionError(message, remedy="GET /v1/connections lists them.")
        return self._stored(row), _session(self._vault, row.id, row.session)

    def _stored(self, row: Row[Any]) -> Stored:
        account = load_json(self._vault.open(row.account, *place_of(connections.c.account, row.id)))
        return Stored(
            row.id,
            row.workspace,
            row.connector,
            row.name,
            Account(**account),
            row.state,
            row.last_error,
            row.created_at,
            row.updated_at,
            row.tested_at,
        )

    def _row(self, stored: Stored, session: Session | None) -> dict[str, Any]:
        """What changes with an account."""
        account = stored.account
        content = {"values": account.values, "base_url": account.base_url, "hosts": account.hosts}
        return {
            "name": stored.name,
            "account": self._vault.seal(dump_json(content), *place_of(connections.c.account, stored.id)),
            "session": None if session is None else _sealed(self._vault, stored.id, session),
            "state": stored.state,
            "last_error": stored.last_error,
            "updated_at": stored.updated_at,
            "tested_at": stored.tested_at,
        }


@dataclass(frozen=True)
class _Kept:
    """Where one connection's session is kept: see engine.session.Sessions."""

    id: str
    store: Store
    vault: Vault

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[Session | None]:
        """The session as it is in the database, while no other process renews it."""
        async with self.store.alone(self.id):
            wanted = select(connections.c.session).where(connections.c.id == self.id)
            yield _session(self.vault, self.id, await self.store.read(lambda rows: rows.scalar(wanted)))

    async def save(self, session: Session) -> None:
        """Durably, in place of the one before."""
        sealed = _sealed(self.vault, self.id, session)
        await self.store.write(
            lambda rows: rows.execute(update(connections).where(connections.c.id == self.id).values(session=sealed))
        )


def _session(vault: Vault, id: str, sealed: bytes | None) -> Session | None:
    return None if sealed is None else load_json(vault.open(sealed, *place_of(connections.c.session, id)))


def _sealed(vault: Vault, id: str, session: Session) -> bytes:
    return vault.seal(dump_json(session), *place_of(connections.c.session, id))


def _the(stored: Stored) -> Update:
    return update(connections).where(connections.c.id == stored.id)


@contextmanager
def _name_free(rows: Rows, name: str) -> Generator[None]:
    try:
        with rows.begin_nested():
            yield
    except IntegrityError:
        remedy = "Take another name, or change the one that is there."
        raise NameTakenError(f"there is a connection '{name}' already", field="name", remedy=remedy) from None


def _at_first(connection: Connection, session: Session | None) -> tuple[State, Mapping[str, Any] | None]:
    """The state of an account of which nothing is known yet; where somebody has to sign in first, that is known."""
    way = connection.auth
    if not (isinstance(way, OAuth2) and way.in_browser):
        return "not_tested", None
    if session is not None and session.get("of") == connection.mark:
        return "ok", None
    return "reconnect", _said(ReconnectError("nobody has signed in yet", remedy=AGAIN), time.time())


def _state(error: GridwireError | None, *, tested: bool) -> State | None:
    """What the outcome says of the account; None if nothing. A test that fails for any reason has found a failure."""
    if isinstance(error, ReconnectError):
        return "reconnect"
    failing = isinstance(error, VendorFailed) or (tested and isinstance(error, VendorError))
    if failing and not isinstance(error, VendorBusy):
        return "failing"
    return "ok" if error is None else None


def _said(error: GridwireError, now: float) -> dict[str, Any]:
    return {**error.as_dict(), "at": now}


def _words(said: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: fact for name, fact in (said or {}).items() if name != "at"}


def check_name(name: str) -> None:
    """Raises InputError if no connection can be called that."""
    fits = 0 < len(name) <= _LONGEST_NAME and name.isprintable() and name == name.strip() and "/" not in name
    if not fits or name.startswith(("con_", "-")) or name in (".", ".."):  # to a path or a shell these are others
        most = f"1 to {_LONGEST_NAME} printable characters without '/'"
        remedy = f"Take {most}, other than '.' and '..', which do not begin with 'con_' or '-'."
        raise InputError("this name cannot be used", field="name", remedy=remedy)

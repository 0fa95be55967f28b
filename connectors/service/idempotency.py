"""What is asked for under an Idempotency-Key is done once, however often, and by however many at once, it is asked."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import Connection, Executable, Row, and_, bindparam, delete, insert, select, update

from connectors.errors import GridwireError, InputError, UnknownOutcome
from connectors.service.keys import new_id
from connectors.service.store import Store
from connectors.service.tables import idempotency
from connectors.service.vault import Vault

log = logging.getLogger("gridwire.service")

DAY = 86_400.0
"""Seconds that an outcome is kept for, unless somebody says otherwise."""

_KEY = re.compile(r"[ -~]{1,255}")
_BETWEEN_SWEEPS = 60.0  # seconds
_HASH = hashlib.sha256().digest_size
_LOOK = "See at the vendor whether it was done there; to do it now, take a new key."

_Status: TypeAlias = Literal["begun", "done", "listed", "made"]
"""`listed`: the key of several inputs, each of which has a row of its own; `made`: of something that is kept here."""


_HERE = and_(
    idempotency.c.workspace == bindparam("in_workspace"), idempotency.c.digest == bindparam("of_key")
)  # made once, because SQLAlchemy takes longer to put a statement together than SQLite to execute it
_FIND = select(idempotency).where(_HERE)
_FREE = delete(idempotency).where(_HERE)
_BEGIN = insert(idempotency)
_KEEP = update(idempotency).where(_HERE, idempotency.c.connection.is_not(None))  # which may be deleted meanwhile


class KeyConflictError(GridwireError):
    """The Idempotency-Key was used for something else. Nothing was sent."""

    kind = "conflict"
    http_status = 409


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: in a workspace, under a key, at a connection.

    `what` tells it from anything else, and its end `where` the account was when it was asked for.
    """

    workspace: str
    key: str
    connection: str | None
    what: bytes

    @classmethod
    def of(cls, workspace: str, key: str, connection: str | None, *what: Any, where: Any = None) -> Asked:
        """Raises InputError for a key that is not 1 to 255 printable characters of ASCII."""
        if not _KEY.fullmatch(key):
            remedy = "It has 1 to 255 printable characters of ASCII; a new UUID for each thing to be done is best."
            raise InputError("the Idempotency-Key cannot be used", field="Idempotency-Key", remedy=remedy)
        return cls(workspace, key, connection, _hash((connection, *what)) + _hash(where))

    def numbered(self, number: int) -> Asked:
        """One of several inputs under this key."""
        return replace(self, key=f"{self.key}\0{number}")  # no other key holds a NUL

    @property
    def digest(self) -> bytes:
        """What is kept of the key."""
        return hashlib.sha256(self.key.encode()).digest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer that is final. `replayed`: it was given before, and nothing was sent for it now."""

    status: int
    body: bytes
    replayed: bool = False


class Idempotency:
    """The keys of every workspace, each for `ttl` seconds from when it was first used."""

    def __init__(self, store: Store, vault: Vault, ttl: float = DAY) -> None:
        self.ttl = ttl
        self._store = store
        self._vault = vault
        self._run = new_id("run")
        self._under_way: dict[tuple[str, bytes], tuple[bytes, asyncio.Future[Outcome]]] = {}

    async def once(self, asked: Asked, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """The outcome of `work`, which is begun only if this was never asked before, and is on disk before it is given.

        What `work` raises frees the key: then surely nothing was done, or it may simply be asked again. Raises
        KeyConflictError if the key was used for something else; UnknownOutcome if it was begun and never ended, as
        after a crash; StoreError, and then nothing was done.
        """
        place = (asked.workspace, asked.digest)
        if place in self._under_way:
            what, there = self._under_way[place]
            _check(what, asked)
            return replace(await asyncio.shield(there), replayed=True)
        future = asyncio.get_running_loop().create_future()
        self._under_way[place] = (asked.what, future)
        try:
            outcome = await self._first(asked, work)
        except BaseException as error:
            future.set_exception(error if isinstance(error, Exception) else _unknown())
            future.exception()  # whoever waits for it is told; perhaps nobody does
            raise
        else:
            future.set_result(outcome)
            return outcome
        finally:
            del self._under_way[place]

    async def listed(self, asked: Asked) -> None:
        """Takes the key for several inputs, each of which is then asked for by its number. Raises KeyConflictError."""
        row = await self._store.write(lambda rows: self._begin(rows, asked, "listed"))
        if row is not None:
            _check_row(row, asked)

    def making(self, asked: Asked) -> Making:
        """For something that is made in the database, in one transaction with the key."""
        return Making(self, asked)

    def bind(self, rows: Connection, asked: Asked, make: Callable[[], str]) -> tuple[str, bool]:
        """The id of what is made under the key, and whether that was before. Raises KeyConflictError."""
        row = self._begin(rows, asked, "made")
        if row is not None:
            _check_row(row, asked)
            return self._vault.open(row.result, *_sealed_for(asked)).decode(), True
        own = make()
        sealed = self._vault.seal(own.encode(), *_sealed_for(asked))
        rows.execute(update(idempotency).where(_HERE).values(result=sealed), _place(asked))
        return own, False

    async def free(self, asked: Asked) -> None:
        """Lets the key be used anew: what was made under it did not begin, and is gone."""
        await self._end(asked, _FREE)

    async def sweep(self) -> None:
        """Erases what is too old, now and from time to time, until it is cancelled."""
        while True:
            try:
                await self._store.write(_sweep)
            except GridwireError as error:
                log.warning("old outcomes could not be erased, which is tried again: %s", error.message)
            await asyncio.sleep(_BETWEEN_SWEEPS)

    async def _first(self, asked: Asked, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
        row = await self._store.write(lambda rows: self._begin(rows, asked, "begun"))
        if row is not None:
            return self._known(row, asked)
        try:
            outcome = await work()
        except Exception:
            await self._end(asked, _FREE)
            raise
        kept = msgspec.msgpack.encode((outcome.status, outcome.body))
        await self._end(asked, _KEEP, status="done", result=self._vault.seal(kept, *_sealed_for(asked)))
        return outcome

    def _begin(self, rows: Connection, asked: Asked, status: _Status) -> Row[Any] | None:
        """What there is of the key; if there is nothing, it is begun now."""
        now = time.time()
        there = rows.execute(_FIND, _place(asked)).one_or_none()
        if there is not None and there.expires_at > now:
            return there
        if there is not None:
            rows.execute(_FREE, _place(asked))
        row = {"workspace": asked.workspace, "digest": asked.digest, "connection": asked.connection}
        row |= {"fingerprint": asked.what, "run": self._run, "status": status, "expires_at": now + self.ttl}
        rows.execute(_BEGIN, row)
        return None

    def _known(self, row: Row[Any], asked: Asked) -> Outcome:
        _check_row(row, asked)
        if row.status != "done":
            raise _unknown("" if row.run == self._run else " by another run of the server")
        status, body = msgspec.msgpack.decode(self._vault.open(row.result, *_sealed_for(asked)))
        return Outcome(status, body, replayed=True)

    async def _end(self, asked: Asked, statement: Executable, **values: Any) -> None:
        """Keeps how it ended. If that fails, what was done is still told; who asks again hears that nobody knows."""
        try:
            await self._store.write(lambda rows: rows.execute(statement, {**_place(asked), **values}))
        except GridwireError as error:
            log.log(logging.ERROR, "an outcome at %s could not be kept: %s", asked.connection, error.message)


@dataclass
class Making:
    """Something that is made once under a key, however often it is asked for. `again`: it was there already."""

    idempotency: Idempotency
    asked: Asked
    again: bool = False

    def once(self, rows: Connection, make: Callable[[], str]) -> str:
        """The id of what `make` makes now, or has made before. Raises KeyConflictError."""
        own, self.again = self.idempotency.bind(rows, self.asked, make)
        return own


def erase_results(rows: Connection, connection: str) -> None:
    """What was done at a connection that is deleted is not done again, and how it ended is told to nobody."""
    rows.execute(update(idempotency).where(idempotency.c.connection == connection).values(result=None))


def _check_row(row: Row[Any], asked: Asked) -> None:
    if row.connection is None and row.status != "made":
        message = "this Idempotency-Key was used at a connection that has been deleted since; nothing was sent now"
        raise KeyConflictError(message, remedy=_LOOK)
    _check(row.fingerprint, asked)


def _check(what: bytes, asked: Asked) -> None:
    if what[:_HASH] != asked.what[:_HASH]:
        message = "this Idempotency-Key was used for something else; nothing was sent"
        raise KeyConflictError(
            message, remedy="Take a new key for each thing to be done, and the same to try it again."
        )
    if what != asked.what:
        message = "this Idempotency-Key was used while the connection had another address or account; nothing was sent"
        raise KeyConflictError(message, remedy=_LOOK)


def _hash(what: Any) -> bytes:
    return hashlib.sha256(msgspec.json.encode(what, order="sorted")).digest()


def _unknown(by: str = "") -> UnknownOutcome:
    message = f"this was begun under the same Idempotency-Key{by}, and how it ended is not known; nothing was sent now"
    return UnknownOutcome(message)


def _place(asked: Asked) -> dict[str, Any]:
    return {"in_workspace": asked.workspace, "of_key": asked.digest}


def _sealed_for(asked: Asked) -> tuple[str, ...]:
    return "idempotency", asked.workspace, asked.digest.hex(), "result"


def _sweep(rows: Connection) -> None:
    rows.execute(delete(idempotency).where(idempotency.c.expires_at <= time.time()))

"""When the secret key is changed: what the old one sealed is sealed with the new one, some at a time."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, Row, func, select, tuple_, update

from connectors.service.store import Store, changed
from connectors.service.tables import SEALED, known_by, place_of
from connectors.service.vault import Vault, WrongKeyError

log = logging.getLogger("gridwire.service")

_AT_ONCE = 200  # rows in one transaction, and in memory


async def reseal(store: Store, vault: Vault) -> None:
    """Seals with the first key whatever another one has sealed; one that broke off goes on when it is called again.

    What none of the keys opens is left as it is, and told in the log: somebody may still have its key.
    Raises StoreError.
    """
    done = 0
    for column in SEALED:
        after: tuple[Any, ...] = ()
        while some := await store.read(partial(_some, vault, column, after)):
            after = _key(column, some[-1])
            done += await store.write(partial(_resealed, vault, column, some))
    if done:
        await store.write(changed)
        await store.settle()
        log.info("%d secrets are now sealed with the first key", done)


def _some(vault: Vault, column: Column[bytes], after: tuple[Any, ...], rows: Connection) -> list[Row[Any]]:
    """The next that another key has sealed, in the order of their primary key."""
    key = column.table.primary_key.columns.values()
    old = func.substr(column, 1, len(vault.current)) != vault.current
    further = [tuple_(*key) > after] if after else []
    wanted = select(*key, *known_by(column), column).where(old, *further).order_by(*key).limit(_AT_ONCE)
    return list(rows.execute(wanted))


def _resealed(vault: Vault, column: Column[bytes], some: list[Row[Any]], rows: Connection) -> int:
    done = 0
    for row in some:
        key, sealed = _key(column, row), row[-1]
        place = place_of(column, *row[len(key) : -1])
        try:
            again = vault.seal(vault.open(sealed, *place), *place)
        except WrongKeyError as error:
            log.warning("%s", error.message)
            continue
        here = [part == value for part, value in zip(column.table.primary_key, key, strict=True)]
        done += rows.execute(update(column.table).where(*here, column == sealed).values({column: again})).rowcount
    return done


def _key(column: Column[bytes], row: Row[Any]) -> tuple[Any, ...]:
    return tuple(row[: len(column.table.primary_key)])

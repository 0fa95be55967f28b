"""When the secret key is changed: what the old one sealed is sealed with the new one."""

from __future__ import annotations

import logging

from sqlalchemy import Column, Connection, func, select, update

from connectors.service.store import Store, changed
from connectors.service.tables import SEALED, known_by, place_of
from connectors.service.vault import Vault, WrongKeyError

log = logging.getLogger("gridwire.service")


async def reseal(store: Store, vault: Vault) -> None:
    """Seals with the first key whatever another one has sealed; all of it or nothing. Raises StoreError.

    What none of the keys opens is left as it is, and told in the log: somebody may still have its key.
    """

    def change(rows: Connection) -> int:
        done = sum(_reseal(rows, vault, column) for column in SEALED)
        if done:
            changed(rows)
        return done

    if done := await store.write(change):
        await store.settle()
        log.info("%d secrets are now sealed with the first key", done)


def _reseal(rows: Connection, vault: Vault, column: Column[bytes]) -> int:
    table, key = column.table, list(column.table.primary_key)
    old = func.substr(column, 1, len(vault.current)) != vault.current
    done = 0
    for *values, sealed in rows.execute(select(*key, *known_by(column), column).where(old)).all():
        values, known = values[: len(key)], values[len(key) :]
        place = place_of(column, *known)
        try:
            again = vault.seal(vault.open(sealed, *place), *place)
        except WrongKeyError as error:
            log.warning("%s", error.message)
            continue
        here = [part == value for part, value in zip(key, values, strict=True)]
        rows.execute(update(table).where(*here).values({column: again}))
        done += 1
    return done

"""The database as a file: copied while it is used, put back, looked at. It is never read beyond what that takes."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import select

from connectors.errors import InputError
from connectors.manifest.catalog import Catalog
from connectors.service.migrations import HEAD
from connectors.service.service import Service, opened
from connectors.service.store import StoreError, put
from connectors.service.tables import workspaces

NAME = "gridwire.db"
_ADDRESS = "address"
_SIGNS = "SELECT count(*) FROM facts, alembic_version WHERE facts.name = 'proof of the secret key'"


def copy(folder: Path, target: Path) -> None:
    """Writes the database as it is at one moment into a file for its owner's eyes alone; servers go on using it.

    Raises InputError if there is no database, StoreError.
    """
    source = folder / NAME
    if not source.is_file():
        raise InputError(f"there is no database in {folder}", remedy="Name the folder of the server with --data.")
    with _failing("the copy cannot be made"), _beside(target) as made:
        with closing(_open(source)) as live, closing(sqlite3.connect(made)) as copied:
            live.backup(copied)
            copied.execute("PRAGMA journal_mode=DELETE")
        made.replace(target)


async def restore(file: Path, folder: Path, secret_keys: Sequence[str], catalog: Catalog) -> None:
    """Puts a copy in the place of the database, or where there is none; nothing is replaced unless all of it is right.

    Raises InputError if the file is no copy, is damaged, was sealed with another key or comes of a newer gridwire;
    StoreError if a server uses the folder.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".restoring-") as place:
        made = Path(place) / NAME
        _take(file, made)
        _check(made, file)
        try:
            async with opened(Path(place), secret_keys, catalog):
                pass
        except InputError as error:
            error.args = (message := error.message.replace(str(made), str(file)),)
            error.message = message
            raise
        _alone(made, file)
        if (folder / NAME).exists():
            _alone(folder / NAME, folder)
        with _failing("the database cannot be replaced"):
            made.replace(folder / NAME)


def version_of(folder: Path) -> str | None:
    """The version of the database's schema; None if there is no database. Raises StoreError."""
    if not (folder / NAME).is_file():
        return None
    with _failing("the database cannot be read"), closing(_open(folder / NAME)) as there:
        [version] = there.execute("SELECT version_num FROM alembic_version").fetchone()
        return version


async def note_address(service: Service, url: str) -> None:
    """Keeps where this machine reaches the server that uses the database, for `noted_address`."""
    await service.store.write(lambda rows: put(rows, _ADDRESS, url.encode()))


def noted_address(folder: Path) -> str | None:
    """Where a server was last started on the database; it may have ended since. None if there was none."""
    if not (folder / NAME).is_file():
        return None
    with _failing("the database cannot be read"), closing(_open(folder / NAME)) as there:
        noted = there.execute("SELECT value FROM facts WHERE name = ?", (_ADDRESS,)).fetchone()
        return noted[0].decode() if noted else None


def newest_version() -> str:
    """The version that this program makes and uses."""
    return HEAD


async def all_workspaces(service: Service) -> dict[str, str]:
    """The id of each workspace, by its name."""
    wanted = select(workspaces.c.name, workspaces.c.id).order_by(workspaces.c.name)
    return await service.store.read(lambda rows: {row.name: row.id for row in rows.execute(wanted)})


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{file.absolute().as_posix()}?mode=ro", uri=True)


def _take(file: Path, made: Path) -> None:
    with _failing("the file cannot be read"):
        made.touch(mode=0o600)
        made.write_bytes(file.read_bytes())


def _check(made: Path, file: Path) -> None:
    try:
        with closing(_open(made)) as there:
            [sound] = there.execute("PRAGMA integrity_check").fetchone()
            [known] = there.execute(_SIGNS).fetchone()
    except sqlite3.DatabaseError as error:
        sound, known = str(error), 0
    if sound != "ok" or not known:
        why = "is damaged" if known else "is not a backup of gridwire"
        raise InputError(f"{file} {why}; nothing was replaced", remedy="Name a file that `gridwire backup` wrote.")


def _alone(file: Path, what: Path) -> None:
    """Puts all of the database into its one file, which SQLite does only for whoever uses it alone."""
    try:
        with closing(sqlite3.connect(file, timeout=0)) as there:
            there.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError:
        message = f"a program uses {what}; nothing was replaced"
        raise StoreError(message, remedy="End the server first, then try again.") from None


@contextmanager
def _beside(target: Path) -> Generator[Path]:
    """A new file in the same folder; it is removed unless it was moved."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _failing(what: str) -> Generator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise StoreError(f"{what}: {why}", remedy="See whether the disk is full, and who may write there.") from None

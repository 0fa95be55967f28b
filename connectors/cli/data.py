"""The data folder: one database, and the secret key that seals what is secret in it."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.engine.addresses import Reach
    from connectors.manifest.catalog import Catalog
    from connectors.service.service import Service

Result = TypeVar("Result")

_FILE = "secret-key"

takes_data = click.option(
    "--data",
    "data_folder",
    metavar="DIR",
    envvar="GRIDWIRE_DATA",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="$XDG_DATA_HOME/gridwire",
    show_envvar=True,
    help="Where keys and connections are kept.",
)


@dataclass(frozen=True)
class Data:
    """A data folder, with the keys that seal what is in it: the current one first."""

    folder: Path
    secret_keys: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path | None) -> Data:
        """The folder that is named or the usual one, and the keys in GRIDWIRE_SECRET_KEY or those kept in the folder.

        Raises InputError.
        """
        folder = folder_of(folder)
        given = os.environ.get("GRIDWIRE_SECRET_KEY", "").strip()
        keys = [key.strip() for key in given.split(",")] if given else [_kept(folder / _FILE)]
        return cls(folder, tuple(keys))

    def opened(self, catalog: Catalog, reach: Reach | None = None) -> AbstractAsyncContextManager[Service]:
        """What is kept there. Raises InputError, StoreError."""
        from connectors.service.service import opened

        try:
            return opened(self.folder, self.secret_keys, catalog, reach)
        except ValueError as error:
            raise InputError(str(error), remedy="Set a longer one, or none: then one is made and kept.") from None

    def ask(self, catalog: Catalog, question: Callable[[Service], Awaitable[Result]]) -> Result:
        """The answer to what `question` asks what is kept there."""

        async def answer() -> Result:
            async with self.opened(catalog) as service:
                return await question(service)

        return asyncio.run(answer(), debug=False)


def folder_of(folder: Path | None) -> Path:
    """The data folder that is named, or the usual one."""
    return folder or Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "gridwire"


def _kept(file: Path) -> str:
    """The secret key in the file; the first time it is made, for its owner's eyes alone. Raises InputError."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            _create(file, secrets.token_urlsafe(32))
        key = file.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise InputError(f"{file} is not text in UTF-8", remedy=_PUT_BACK) from None
    except OSError as error:
        message = f"{file} cannot be kept: {(error.strerror or str(error)).lower()}"
        raise InputError(message, remedy="Name a folder that you may write to with --data.") from None
    if not key:
        raise InputError(f"{file} is empty", remedy=_PUT_BACK)
    return key


_PUT_BACK = "Put the right file back, for nothing else opens the database beside it; or begin with another folder."


def _create(file: Path, key: str) -> None:
    """Several programs may start at once; the first one's key is everybody's, and no one reads half of it."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}.") as stream:
        stream.write(f"{key}\n")
        stream.flush()
        os.fsync(stream.fileno())
        try:
            file.hardlink_to(stream.name)
        except FileExistsError:
            return

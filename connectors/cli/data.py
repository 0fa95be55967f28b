"""The data folder: one database, and the secret key that seals what is secret in it."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from connectors.errors import InputError

if TYPE_CHECKING:
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

takes_workspace = click.option(
    "--workspace",
    metavar="NAME",
    envvar="GRIDWIRE_WORKSPACE",
    default="default",
    show_default=True,
    show_envvar=True,
    help="The workspace; each sees only its own connections.",
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
        keys = tuple(key.strip() for key in given.split(",")) if given else (_kept(folder / _FILE),)
        _check(keys, "GRIDWIRE_SECRET_KEY" if given else str(folder / _FILE))
        return cls(folder, keys)

    @classmethod
    def there(cls, folder: Path | None) -> Data:
        """The same, where there is something in the folder: nothing is made. Raises InputError."""
        folder = folder_of(folder)
        if not (folder / "gridwire.db").exists():
            remedy = "Name the server's folder with --data; `gridwire connect` and `gridwire serve` begin a new one."
            raise InputError(f"there is nothing at {folder}", field="data", remedy=remedy)
        return cls.of(folder)

    @contextmanager
    def open(self, catalog: Catalog) -> Generator[Asked]:
        """What is kept there, for as long as this is open. Raises InputError, StoreError."""
        from connectors.service.service import opened

        with asyncio.Runner(debug=False) as runner:  # PYTHONASYNCIODEBUG would log tasks with what they failed of
            kept = opened(self.folder, self.secret_keys, catalog)
            service = runner.run(_entered(kept))
            try:
                yield Asked(runner, service)
            finally:
                runner.run(_left(kept))

    def ask(self, catalog: Catalog, question: Callable[[Service], Awaitable[Result]]) -> Result:
        """The answer to what `question` asks what is kept there. Raises InputError, StoreError."""
        with self.open(catalog) as asked:
            return asked.ask(question)


@dataclass(frozen=True)
class Asked:
    """What is kept in a data folder, while it is open."""

    _runner: asyncio.Runner
    _service: Service

    def ask(self, question: Callable[[Service], Awaitable[Result]]) -> Result:
        """The answer to what `question` asks."""

        async def answer() -> Result:
            return await question(self._service)

        return self._runner.run(answer())


async def _entered(kept: AbstractAsyncContextManager[Service]) -> Service:
    return await kept.__aenter__()


async def _left(kept: AbstractAsyncContextManager[Service]) -> None:
    await kept.__aexit__(None, None, None)


def _check(keys: Sequence[str], where: str) -> None:
    from connectors.service.vault import Vault

    try:
        Vault(keys)
    except ValueError as error:
        remedy = "Set longer ones, or none: then one is made and kept." if where.isupper() else _PUT_BACK
        raise InputError(f"{where} cannot be used: {error}", remedy=remedy) from None


def folder_of(folder: Path | None) -> Path:
    """The data folder that is named, or the usual one."""
    return folder or Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "gridwire"


def _kept(file: Path) -> str:
    """The secret key in the file; the first time it is made, for its owner's eyes alone. Raises InputError."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            if (file.parent / "gridwire.db").exists():
                raise InputError(f"{file} is missing, and it opens the database beside it", remedy=_PUT_BACK)
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

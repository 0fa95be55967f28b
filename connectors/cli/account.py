"""Which account to use: `--connection`, `--set`, `--connection-file`, `--base-url`, and the door to its vendor."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from connectors.cli.connection_file import ConnectionFile
from connectors.cli.data import takes_data, takes_workspace
from connectors.cli.stored import StoredConnection
from connectors.cli.words import Seconds, ask, pairs, wrong_use
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.cli.session import Session
    from connectors.components.fields import Field, Fields
    from connectors.engine.connection import Connection
    from connectors.engine.run import Vendor
    from connectors.engine.session import SignedIn
    from connectors.engine.transport import Transport
    from connectors.manifest.model import Connector

Result = TypeVar("Result")


@dataclass(frozen=True)
class Account:
    """What the options say about the account."""

    values: tuple[str, ...] = ()
    file: Path | None = None
    base_url: str | None = None
    name: str | None = None
    folder: Path | None = None
    workspace: str = "default"

    def open(self, connector: Connector, session: Session) -> Connection:
        """The account, checked; from now on its secrets are kept out of whatever is said. Raises InputError."""
        read, signed_in = self._read(connector, session)
        content = {**read, "values": {**read.get("values", {}), **self.typed(connector)}}
        return self.opened(connector, content, session, signed_in)

    def _read(self, connector: Connector, session: Session) -> tuple[dict[str, Any], SignedIn]:
        from connectors.engine.session import SignedIn

        if self.name is not None:
            stored = StoredConnection.there(self.name, self.folder, self.workspace, session.catalog())
            content, signed_in, _ = stored.read(connector)
            return content, signed_in
        if self.file is None:
            return {}, SignedIn()
        file = ConnectionFile(self.file)
        content, signed_in = file.read(), SignedIn(sessions=file)
        file.warn()
        signed_in.hold(content.get("session"))
        return content, signed_in

    def opened(
        self, connector: Connector, content: dict[str, Any], session: Session, signed_in: SignedIn | None = None
    ) -> Connection:
        """The account that a connection file holds, with its session; without one, nobody is signed in."""
        from connectors.engine.connection import Connection
        from connectors.engine.session import SignedIn

        signed_in = signed_in or SignedIn()
        values, base_url, hosts = content["values"], self.base_url or content.get("base_url"), content.get("hosts")
        session.redact = Connection(connector, values, str(connector.base_url), signed_in=signed_in).redact
        try:
            connection = Connection.open(connector, values, base_url=base_url, hosts=hosts, signed_in=signed_in)
        except InputError as error:
            error.remedy = error.remedy or _remedy(connector)
            raise
        session.redact = connection.redact
        for warning in connection.warnings:
            click.echo(f"Warning: {warning}", err=True)
        return connection

    def typed(self, connector: Connector) -> dict[str, Any]:
        """What --set says, by name. Raises click.UsageError, InputError."""
        from connectors.components.fields import Field

        values: dict[str, Any] = {}
        for name, text in pairs(self.values, "--set"):
            if name in values:
                raise wrong_use(f"--set {name}=… is given twice")
            values[name] = _value(name, text, connector.connection.fields.get(name, Field()))
        return values


takes_values = click.option(
    "--set",
    "values",
    metavar="NAME=VALUE",
    multiple=True,
    help="A value of the connection, such as an API key; NAME=- asks for it. Repeatable.",
)


takes_base_url = click.option("--base-url", metavar="URL", help="The vendor's address, where it is not the manifest's.")


def takes_account(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say which account to use; the command gets them as one argument, `account`."""

    @click.option("--connection", "stored", metavar="NAME", help="A connection that `gridwire connect` has stored.")
    @takes_data
    @takes_workspace
    @takes_values
    @click.option(
        "--connection-file",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help='The connection as JSON: {"values": {…}, "base_url": "…", "hosts": {…}}; `gridwire connect` writes one.',
    )
    @takes_base_url
    @wraps(command)
    def taking(
        *args: Any,
        values: tuple[str, ...],
        connection_file: Path | None,
        base_url: str | None,
        stored: str | None,
        data_folder: Path | None,
        workspace: str,
        **rest: Any,
    ) -> Any:
        if stored is not None and connection_file is not None:
            raise wrong_use("--connection and --connection-file both say which account; only one of them can")
        account = Account(values, connection_file, base_url, stored, data_folder, workspace)
        return command(*args, account=account, **rest)

    return taking


takes_timeout = click.option(
    "--timeout",
    metavar="SECONDS",
    type=Seconds(),
    default=30.0,
    show_default=True,
    help="How long a request may take, with its repeats.",
)


def keep_secret(session: Session, connection: Connection, fields: Fields, given: dict[str, Any]) -> None:
    """From now on the inputs that are secret are kept out of whatever is said, as the account's secrets are."""
    from connectors.engine.redaction import secrets_in

    session.redact = connection.hiding(secrets_in(fields, given)).redact


def ask_vendor(
    connection: Connection,
    question: Callable[[Vendor], Awaitable[Result]],
    *,
    timeout: float = 30.0,
    transport: Transport | None = None,
    through: Callable[[Transport], Transport] | None = None,
) -> Result:
    """The answer to what `question` asks the vendor. `timeout`, in seconds, bounds each request."""
    with Door(connection, timeout, transport, through) as door:
        return door.ask(question)


class Door:
    """The one door between the engine, which is asynchronous, and the command line, which is not.

    While it is open, connections to the vendor are kept from one question to the next. `through` puts something in
    between that sees what is sent.
    """

    def __init__(
        self,
        connection: Connection,
        timeout: float = 30.0,
        transport: Transport | None = None,
        through: Callable[[Transport], Transport] | None = None,
    ) -> None:
        self._connection = connection
        self._timeout = timeout
        self._transport = transport
        self._through = through
        self._runner = asyncio.Runner(debug=False)  # PYTHONASYNCIODEBUG would log tasks with what they failed of
        self._open = AsyncExitStack()

    def ask(self, question: Callable[[Vendor], Awaitable[Result]]) -> Result:
        """The answer. Each question meets a vendor of whom nothing was read before. Raises KeyboardInterrupt."""
        try:
            return self._runner.run(self._answer(question))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    async def _answer(self, question: Callable[[Vendor], Awaitable[Result]]) -> Result:
        with ending_as_if_interrupted():
            return await self._asked(question)

    async def _asked(self, question: Callable[[Vendor], Awaitable[Result]]) -> Result:
        from connectors.engine.exchange import Exchange
        from connectors.engine.run import Vendor
        from connectors.engine.transport import HttpTransport

        if self._transport is None:
            self._transport = await self._open.enter_async_context(HttpTransport())
            if self._through is not None:
                self._transport = self._through(self._transport)
        return await question(Vendor(Exchange(self._connection, self._transport, self._timeout)))

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *_: object) -> None:
        with self._runner:
            self._runner.run(self._open.aclose())


@contextmanager
def ending_as_if_interrupted() -> Generator[None]:
    """SIGTERM does what Ctrl-C does: a token that is being asked for is kept first, a write is said to be unknown."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no signal comes here
        return
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def end(*_: object) -> None:
        loop.call_soon_threadsafe(task.cancel)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _value(name: str, text: str, field: Field) -> Any:
    from connectors.components.fields import parse_text

    given = ask(field.title or name, hidden=field.secret) if text == "-" else text
    return parse_text(field, given)


def _remedy(connector: Connector) -> str:
    names = " ".join(f"--set {name}=…" for name in connector.connection.fields)
    return f"Give the account's values with {names}, in a --connection-file, or by --connection NAME."

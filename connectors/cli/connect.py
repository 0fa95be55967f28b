"""`gridwire connect`: sign in, test, and keep the connection, in the data folder or in a file."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.account import Account, Door, takes_base_url, takes_timeout, takes_values
from connectors.cli.connection_file import ConnectionFile
from connectors.cli.data import takes_data, takes_workspace
from connectors.cli.output import plain, print_json, waiting
from connectors.cli.session import Session, common, pass_session
from connectors.cli.stored import StoredConnection
from connectors.cli.words import ask, wrong_use
from connectors.errors import InputError, VendorBusy, VendorFailed

if TYPE_CHECKING:
    from connectors.engine.connection import Connection
    from connectors.manifest.model import Connector


@click.command()
@click.argument("name", metavar="X")
@click.option("--name", "stored", metavar="NAME", help="What to call the connection in the data folder.")
@takes_data
@takes_workspace
@click.option(
    "--connection-file",
    "path",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file to keep the connection in instead; what it holds already need not be given again.",
)
@takes_values
@takes_base_url
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="The port that the browser comes back to, for vendors that want to know it; 0 takes any.",
)
@click.option(
    "--redirect-host",
    type=click.Choice(["127.0.0.1", "localhost"]),
    default="127.0.0.1",
    show_default=True,
    help="By which name the browser comes back to this machine: some vendors take localhost alone.",
)
@takes_timeout
@common()
@pass_session
def connect(
    session: Session,
    name: str,
    stored: str | None,
    data_folder: Path | None,
    workspace: str,
    path: Path | None,
    values: tuple[str, ...],
    base_url: str | None,
    port: int,
    redirect_host: str,
    timeout: float,
) -> None:
    """Connect an account of the connector X: sign in, test it, and keep it for the other commands and the server.

    It is kept sealed in the data folder under NAME, and used with --connection NAME; or in a FILE, which holds its
    secrets for you alone to read, and is used with --connection-file FILE. What is there already is changed by what is
    given. What is missing is asked for on a terminal. Where a person signs in in the browser, the vendor has to know
    the address that it comes back to: http://127.0.0.1:PORT/callback, with localhost in it if --redirect-host says so.
    A session is renewed where it is kept.
    """
    if (stored is None) == (path is None):
        raise wrong_use("Say where to keep it: --name NAME, or --connection-file FILE")
    catalog = session.catalog().including(name)
    connector = catalog.load(name)
    place = _File(path) if path else _Stored(StoredConnection.of(str(stored), data_folder, workspace, catalog))
    account = Account(values, None, base_url)
    content, shared = _content(place, connector, account), place.app(connector)
    complete = {**content, "values": {**shared, **content["values"]}}
    connection = account.opened(connector, complete, session)
    with Door(connection, timeout) as door:
        _sign_in(connection, door, redirect_host, port)
        try:
            with waiting(f"Testing the connection to {connector.title}"):
                tested = door.ask(lambda vendor: vendor.test())
        except (VendorBusy, VendorFailed):
            if connection.signed_in.session:  # nobody should have to sign in again because the vendor was busy then
                place.keep(content, connection, tested=False)
                click.echo(f"The session is kept in {place.said} all the same.", err=True)
            raise
    facts = place.keep(content, connection, tested=tested)
    if session.json:
        print_json({"connector": connector.connector, **facts, "tested": tested})
    else:
        done = "is connected" if tested else f"was not tested, for {untested(connector)}; it is kept all the same"
        click.echo(f"{plain(connector.title)} {done}. Use it with {place.option}")


def untested(connector: Connector) -> str:
    """Why an account cannot be tested."""
    named = " or ".join(f"'{hole.name}'" for hole in connector.connection.test.holes)
    return f"{named} is not given"


def _content(place: _File | _Stored, connector: Connector, account: Account) -> dict[str, Any]:
    """What is to be kept: what is there already, what is given, and what is asked for besides."""
    known, shared = place.known(connector), place.app(connector)
    given = {**known.get("values", {}), **account.typed(connector)}
    asked = _complete(connector, {**shared, **given})
    values = {name: value for name, value in asked.items() if name in given or name not in shared}
    return {**known, "values": values} | ({"base_url": account.base_url} if account.base_url else {})


class _File:
    """A connection file as the place to keep it."""

    def __init__(self, path: Path) -> None:
        folder = path.absolute().parent
        if not os.access(folder, os.W_OK):
            raise InputError(f"{path} cannot be written: there is no folder {folder} to write to")
        self._file = ConnectionFile(path)
        self.said: str = str(path)
        self.option: str = f"--connection-file {path}"

    def known(self, connector: Connector) -> dict[str, Any]:
        return self._file.read() if self._file.path.exists() else {}

    def app(self, connector: Connector) -> dict[str, Any]:
        return {}

    def keep(self, content: dict[str, Any], connection: Connection, *, tested: bool) -> dict[str, Any]:
        asyncio.run(self._file.write({**content, "session": connection.signed_in.session}), debug=False)
        return {"connection_file": self.said}


class _Stored:
    """The data folder as the place to keep it."""

    def __init__(self, stored: StoredConnection) -> None:
        self._stored = stored
        self.said: str = "the data folder"
        self.option: str = f"--connection {shlex.quote(stored.name)}"

    def known(self, connector: Connector) -> dict[str, Any]:
        return self._stored.known(connector)

    def app(self, connector: Connector) -> dict[str, Any]:
        return self._stored.app(connector)

    def keep(self, content: dict[str, Any], connection: Connection, *, tested: bool) -> dict[str, Any]:
        stored = self._stored.keep(content, connection, tested=tested)
        return {"id": stored.id, "connection": stored.name, "state": stored.state}


def _sign_in(connection: Connection, door: Door, host: str, port: int) -> None:
    """Lets a person sign in, where the account needs one; every other way signs in when it is tested."""
    from connectors.components.auth import OAuth2

    if not (isinstance(connection.auth, OAuth2) and connection.auth.in_browser):
        return
    from connectors.cli.loopback import code_from_browser, waiting_at
    from connectors.engine.authorization import Authorization

    with waiting_at(host, port) as (address, listeners):
        authorization = Authorization(connection, address)
        code = code_from_browser(listeners, authorization)
    door.ask(lambda vendor: authorization.redeem(code, vendor.exchange.signing))


def _complete(connector: Connector, values: dict[str, Any]) -> dict[str, Any]:
    """The values, with what is missing asked for if there is a terminal."""
    from connectors.components.fields import parse_text

    block = connector.connection
    if not sys.stdin.isatty():
        return values
    ways = block.auth.one_of
    if ways and "auth" not in values and not any(way.is_ready(values) for way in ways.values()):
        for name, one in ways.items():
            said = " or ".join(way.said for _, way in one.ways())
            click.echo(f"  {name}: {plain(f'{one.title} ({said})' if one.title else said)}", err=True)
        way = click.prompt("Way to sign in", type=click.Choice(list(ways)), default=next(iter(ways)), err=True)
        values = {**values, "auth": way}
    chosen = ways[block.auth.name_for(values)] if ways else block.auth
    needed = {hole.path[0] for _, hole in chosen.holes()}
    for name, field in block.fields.items():
        if name not in values and (field.required or name in needed) and "default" not in field.model_fields_set:
            values = {**values, name: parse_text(field, ask(field.title or name, hidden=field.secret))}
    return values

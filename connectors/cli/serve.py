"""`gridwire serve`: the server, put together, and what to try on it."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.cli.keys import kept, new_api_key, new_secret_key, usable
from connectors.cli.listen import address_of, listening, serve_on
from connectors.cli.sandbox import connection_at, event_at
from connectors.cli.session import Session, common, pass_session
from connectors.errors import InputError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from connectors.engine.connection import Connection
    from connectors.manifest.catalog import Catalog
    from connectors.manifest.model import Connector
    from connectors.sandbox import Vendor

_SANDBOX = "/sandbox"
_JSON = "-H 'Content-Type: application/json'"
_READ_CURSOR = """python3 -c 'import json, sys; print(json.load(sys.stdin)["cursor"])'"""


@click.command()
@click.option(
    "--host",
    envvar="GRIDWIRE_HOST",
    default="127.0.0.1",
    show_default=True,
    show_envvar=True,
    help="The address to listen on.",
)
@click.option(
    "--port",
    metavar="N",
    envvar="GRIDWIRE_PORT",
    type=click.IntRange(0, 65535),
    default=8710,
    show_default=True,
    show_envvar=True,
    help="The port; 0 takes any that is free.",
)
@click.option(
    "--data",
    metavar="DIR",
    envvar="GRIDWIRE_DATA",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="$XDG_DATA_HOME/gridwire",
    show_envvar=True,
    help="Where the server keeps its keys.",
)
@click.option(
    "--sandbox",
    envvar="GRIDWIRE_SANDBOX",
    is_flag=True,
    show_envvar=True,
    help="With pretend vendors under /sandbox, each with a connection that is ready to use if it has a manifest.",
)
@common()
@pass_session
def serve(session: Session, host: str, port: int, data: Path | None, sandbox: bool) -> None:
    """Start the server, which offers all connectors over HTTP to no-code platforms and scripts.

    Clients open it with a key, taken from GRIDWIRE_API_KEY or made at the first start and kept in the data folder.
    Ctrl-C ends it.
    """
    from connectors.sandbox import KINDS

    keys = _Keys.of(data or Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "gridwire")
    catalog = session.catalog()
    vendors = [kind() for kind in KINDS] if sandbox else []
    with listening(host, port) as listener:
        address = address_of(listener)
        known = [vendor for vendor in vendors if vendor.name in catalog.names]
        connections = {_id(vendor): _connection(catalog, vendor, f"{address}{_SANDBOX}") for vendor in known}
        session.redact = _redacting(keys, connections.values())
        app = _app(catalog, connections, vendors, keys)
        click.echo(f"The server is at {address} until Ctrl-C.\nAPI key: {keys.api_key_said}")
        click.echo("\nWhat to try, in another terminal:\n")
        click.echo("\n".join(_lines(catalog, known, address, keys)))
        serve_on(listener, app)


@dataclass(frozen=True)
class _Keys:
    """The keys, and how lines that people copy name the API key."""

    api_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    api_key_said: str
    api_key_in_shell: str

    @classmethod
    def of(cls, folder: Path) -> _Keys:
        """The keys in the environment, otherwise those in the folder. Raises InputError."""
        secret_key = _given("GRIDWIRE_SECRET_KEY") or kept(folder / "secret-key", new_secret_key)
        if given := _given("GRIDWIRE_API_KEY"):
            given = usable(given, "GRIDWIRE_API_KEY")
            return cls(given, secret_key, "the one in GRIDWIRE_API_KEY", "$GRIDWIRE_API_KEY")
        made = usable(kept(folder / "api-key", new_api_key), str(folder / "api-key"))
        return cls(made, secret_key, f"{made}  (kept in {folder / 'api-key'})", made)


def _given(name: str) -> str:
    return os.environ.get(name, "").strip()


class _Beside:
    """Two applications at one address: what lies under `prefix` is the second one's."""

    def __init__(self, app: ASGIApp, prefix: str, other: ASGIApp) -> None:
        self.app = app
        self.prefix = prefix
        self.other = other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and f"{scope['path']}/".startswith(f"{self.prefix}/"):
            await self.other({**scope, "root_path": scope.get("root_path", "") + self.prefix}, receive, send)
        else:
            await self.app(scope, receive, send)


def _app(catalog: Catalog, connections: dict[str, Connection], vendors: list[Vendor], keys: _Keys) -> ASGIApp:
    from connectors.sandbox import create_app as create_sandbox
    from connectors.server import create_app

    try:
        app = create_app(
            catalog=catalog,
            connections=connections,
            api_key=keys.api_key,
            signing_key=keys.secret_key.encode(),
        )
    except ValueError as error:
        raise InputError(str(error), remedy="Set a longer one, or none: then one is made and kept.") from None
    return _Beside(app, _SANDBOX, create_sandbox(vendors)) if vendors else app


def _redacting(keys: _Keys, connections: Iterable[Connection]) -> Callable[[str], str]:
    """Takes the server's keys and all that its connections keep secret out of a text."""

    def redact(text: str) -> str:
        for key in (keys.api_key, keys.secret_key):
            text = text.replace(key, "•••")
        return reduce(lambda said, connection: connection.redact(said), connections, text)

    return redact


def _id(vendor: Vendor) -> str:
    return f"sandbox-{vendor.name}"


def _connection(catalog: Catalog, vendor: Vendor, address: str) -> Connection:
    from connectors.engine.connection import Connection

    known = connection_at(vendor, address)
    return Connection.open(catalog.load(vendor.name), known["values"], base_url=known["base_url"], hosts=known["hosts"])


def _lines(catalog: Catalog, vendors: list[Vendor], address: str, keys: _Keys) -> Iterator[str]:
    """Lines to copy, each of which works by itself but for the cursor, which one poll hands to the next."""
    key = f'-H "Authorization: Bearer {keys.api_key_in_shell}"'
    yield f"# What there is\ncurl {address}/v1/connectors {key}"
    for vendor in vendors[:1]:
        yield from _lines_for(catalog.load(vendor.name), vendor, address, f"{key} {_JSON}")
    if others := ", ".join(_id(vendor) for vendor in vendors[1:]):
        yield f"\n# In the same way: {others}; what can be done there, and made to go wrong\ncurl {address}{_SANDBOX}/"


def _lines_for(connector: Connector, vendor: Vendor, address: str, headers: str) -> Iterator[str]:
    from connectors.cli.examples import polled_trigger, writing_action

    account = f"{address}/v1/connections/{_id(vendor)}"
    if polled := polled_trigger(connector):
        trigger, needed = polled
        poll = f"{account}/triggers/{trigger.name}/poll {headers}"
        asked = {"input": needed} if needed else {}
        again = json.dumps({**asked, "cursor": "$CURSOR"}).replace('"', '\\"')
        yield f"\n# {connector.title}: the first poll remembers what is there, the next one gives what is new since"
        yield f"CURSOR=$(curl -s {poll} -d {shlex.quote(json.dumps(asked))} | {_READ_CURSOR})"
        yield event_at(vendor, f"{address}{_SANDBOX}")
        yield f'curl {poll} -d "{again}"'
    if made := writing_action(connector):
        action, given = made
        body = shlex.quote(json.dumps({"input": given}, ensure_ascii=False))
        yield f"\n# {action.title}\ncurl {account}/actions/{action.name} {headers} -d {body}"

"""`gridwire serve`: the server, put together, and what to try on it."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import click

from connectors.cli.data import Data, takes_data
from connectors.cli.sandbox import connection_at, event_at
from connectors.cli.session import Session, common, pass_session
from connectors.cli.sockets import address_of, listening, serve_on
from connectors.cli.words import BaseUrl, Origin, Seconds, Waits

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from connectors.manifest.catalog import Catalog
    from connectors.manifest.model import Connector
    from connectors.sandbox import Vendor
    from connectors.service.service import Service

LogFormat: TypeAlias = Literal["text", "json"]

_SANDBOX = "/sandbox"
_DAY = 86_400.0
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
@takes_data
@click.option(
    "--sandbox",
    envvar="GRIDWIRE_SANDBOX",
    is_flag=True,
    show_envvar=True,
    help="With pretend vendors under /sandbox, each with a connection that is ready to use if it has a manifest.",
)
@click.option(
    "--allow-target",
    "allowed",
    metavar="ORIGIN",
    envvar="GRIDWIRE_ALLOW_TARGET",
    type=Origin(),
    multiple=True,
    show_envvar=True,
    help="Let clients name this address although it is not https or not public: http://n8n:5678. Repeatable.",
)
@click.option(
    "--allow-private",
    envvar="GRIDWIRE_ALLOW_PRIVATE",
    is_flag=True,
    show_envvar=True,
    help="Let clients name any address, also private ones and http.",
)
@click.option(
    "--public-url",
    metavar="URL",
    envvar="GRIDWIRE_PUBLIC_URL",
    type=BaseUrl(),
    show_default="the address that it listens on",
    show_envvar=True,
    help="The address under which browsers and vendors reach the server.",
)
@click.option(
    "--min-interval",
    metavar="SECONDS",
    envvar="GRIDWIRE_MIN_INTERVAL",
    type=Seconds(),
    default=60.0,
    show_default=True,
    show_envvar=True,
    help="The shortest time between two polls of one trigger with one input.",
)
@click.option(
    "--retry-schedule",
    metavar="SECONDS,…",
    envvar="GRIDWIRE_RETRY_SCHEDULE",
    type=Waits(),
    show_default="0,5,300,1800,7200,18000,36000,36000,86400,86400",
    show_envvar=True,
    help="The seconds before each try to deliver an event; after the last one it is dead, and can be replayed.",
)
@click.option(
    "--payload-days",
    metavar="DAYS",
    envvar="GRIDWIRE_PAYLOAD_DAYS",
    type=click.IntRange(1, 3650),
    default=7,
    show_default=True,
    show_envvar=True,
    help="How long events are kept, with how they were delivered.",
)
@click.option(
    "--history-days",
    metavar="DAYS",
    envvar="GRIDWIRE_HISTORY_DAYS",
    type=click.IntRange(1, 3650),
    default=30,
    show_default=True,
    show_envvar=True,
    help="How long the history of subscriptions is kept.",
)
@click.option(
    "--idempotency-ttl",
    metavar="SECONDS",
    envvar="GRIDWIRE_IDEMPOTENCY_TTL",
    type=click.FloatRange(min=1),
    default=86_400.0,
    show_default=True,
    show_envvar=True,
    help="How long the outcome of what was asked for under an Idempotency-Key is kept.",
)
@click.option(
    "--log-format",
    envvar="GRIDWIRE_LOG_FORMAT",
    type=click.Choice(["text", "json"]),
    show_default="text on a terminal, json otherwise",
    show_envvar=True,
    help="How the log is written to standard error: lines to read, or one JSON object a line.",
)
@common()
@pass_session
def serve(
    session: Session,
    host: str,
    port: int,
    data_folder: Path | None,
    sandbox: bool,
    allowed: tuple[str, ...],
    allow_private: bool,
    public_url: str | None,
    min_interval: float,
    retry_schedule: tuple[float, ...] | None,
    payload_days: int,
    history_days: int,
    idempotency_ttl: float,
    log_format: LogFormat | None,
) -> None:
    """Start the server, which offers all connectors over HTTP to no-code platforms and scripts.

    Clients open it with a key: GRIDWIRE_API_KEY, or the one that the first start makes and prints once. What is secret
    is sealed with GRIDWIRE_SECRET_KEY, or with a key that is made and kept in the data folder. Ctrl-C ends it.
    """
    from connectors.engine.addresses import Reach

    _start_log(session, log_format or ("text" if sys.stderr.isatty() else "json"))
    data, catalog = Data.of(data_folder), session.catalog()
    vendors = _pretended() if sandbox else []
    with listening(host, port) as listener:
        address = address_of(listener)
        known = [vendor for vendor in vendors if vendor.name in catalog.names]
        key = data.ask(catalog, partial(_prepare, vendors=known, address=address))
        reach = Reach(frozenset(allowed), loopback=sandbox, private=allow_private)
        settings: dict[str, Any] = {"reach": reach, "idempotency_ttl": idempotency_ttl, "min_interval": min_interval}
        settings |= {"payloads": payload_days * _DAY, "history": history_days * _DAY}
        settings |= {"schedule": retry_schedule} if retry_schedule else {}
        at = public_url or (address if sandbox else None)  # pretend vendors are on this machine too
        app, finish = _app(catalog, data, vendors, **settings, public_url=at, address=address)
        click.echo(f"The server is at {address} until Ctrl-C.\nAPI key: {key.said}")
        click.echo("\nWhat to try, in another terminal:\n")
        click.echo("\n".join(_lines(catalog, known, address, key)))
        serve_on(listener, app, finish)


def _start_log(session: Session, log_format: LogFormat) -> None:
    """From now on whatever is logged, by other programs' libraries too, is written in that form."""
    from connectors.server.logs import JsonLines, TextLines

    session.log_as(JsonLines() if log_format == "json" else TextLines())


def _pretended() -> list[Vendor]:
    from connectors.sandbox import KINDS

    return [kind() for kind in KINDS]


@dataclass(frozen=True)
class _Key:
    """The key that opens the server: what is said of it, and how lines that people copy name it."""

    said: str
    in_shell: str


async def _prepare(service: Service, vendors: list[Vendor], address: str) -> _Key:
    """A key to begin with, and a connection to each pretend vendor; the address is noted for `gridwire doctor`."""
    from connectors.service.connections import Account
    from connectors.service.keys import FIRST_WORKSPACE
    from connectors.service.upkeep import note_address

    await note_address(service, address)
    workspace = await service.keys.workspace(FIRST_WORKSPACE)
    for vendor in vendors:
        known = connection_at(vendor, f"{address}{_SANDBOX}")
        account = Account(known["values"], known["base_url"], known["hosts"])
        await service.connections.put(workspace, vendor.name, _id(vendor), account)
    if given := os.environ.get("GRIDWIRE_API_KEY", "").strip():
        await service.keys.admit("GRIDWIRE_API_KEY", given)
        return _Key("the one in GRIDWIRE_API_KEY", "$GRIDWIRE_API_KEY")
    if await service.keys.listed():
        return _Key("the one that was printed at the first start; `gridwire keys add NAME` makes another", "$KEY")
    _, made = await service.keys.add("first")
    return _Key(f"{made}  (shown this once; `gridwire keys add NAME` makes another)", made)


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


def _app(
    catalog: Catalog, data: Data, vendors: list[Vendor], **settings: Any
) -> tuple[ASGIApp, Callable[[], Awaitable[None]]]:
    """The server, with its sandbox if there is one, and how to let it finish what is under way."""
    from connectors.server import create_app

    app = create_app(catalog=catalog, data=data.folder, secret_keys=data.secret_keys, **settings)
    finish = app.state.gate.close
    if not vendors:
        return app, finish
    from connectors.sandbox import create_app as create_sandbox

    return _Beside(app, _SANDBOX, create_sandbox(vendors)), finish


def _id(vendor: Vendor) -> str:
    return f"sandbox-{vendor.name}"


def _lines(catalog: Catalog, vendors: list[Vendor], address: str, key: _Key) -> Iterator[str]:
    """Lines to copy, each of which works by itself but for the cursor, which one poll hands to the next."""
    bearer = f'-H "Authorization: Bearer {key.in_shell}"'
    yield f"# What there is\ncurl {address}/v1/connectors {bearer}"
    for vendor in vendors[:1]:
        yield from _lines_for(catalog.load(vendor.name), vendor, address, f"{bearer} {_JSON}")
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

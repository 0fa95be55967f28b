"""`gridwire sandbox`: pretend vendors, and what to try on them."""

from __future__ import annotations

import inspect
import json
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.deeds import do, fault, log
from connectors.cli.session import Session, common, pass_session
from connectors.cli.sockets import address_of, listening, serve_on

if TYPE_CHECKING:
    from connectors.manifest.model import Connector
    from connectors.sandbox import Vendor


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8711,
    show_default=True,
    help="The port; 0 takes any that is free.",
)
@common()
@click.pass_context
@pass_session
def sandbox(session: Session, ctx: click.Context, host: str, port: int) -> None:
    """Start pretend vendors that behave as their documents say, to try everything without an account.

    Whoever is in there is invented, and all of it is forgotten at the end. Ctrl-C ends it. The commands below are for
    another terminal, while it runs.
    """
    if ctx.invoked_subcommand is None:
        _serve(session, host, port)


for command in (do, fault, log):
    sandbox.add_command(command)


def _serve(session: Session, host: str, port: int) -> None:
    from connectors.sandbox import KINDS, create_app

    vendors = [kind() for kind in KINDS]
    catalog = session.catalog()
    with listening(host, port) as listener:
        address = address_of(listener)
        click.echo(f"The sandbox is at {address} until Ctrl-C. Everybody in it is invented.")
        click.echo("What to try, in another terminal:\n")
        for vendor in [vendor for vendor in vendors if vendor.name in catalog.names][:1]:
            click.echo("\n".join(_lines(catalog.load(vendor.name), vendor, address)))
        names = ", ".join(vendor.name for vendor in vendors)
        click.echo(f"\n# What else there is ({names}), and what can be made to happen and to go wrong\ncurl {address}/")
        serve_on(listener, create_app(vendors))


def connection_at(vendor: Vendor, address: str) -> dict[str, Any]:
    """The connection to a pretend vendor of the sandbox at this address, as a --connection-file holds it."""
    known = vendor.connection
    hosts = {origin: address + path for origin, path in known["hosts"].items()}
    return {"base_url": address + known["path"], "values": known["values"], "hosts": hosts}


def event_at(vendor: Vendor, address: str) -> str:
    """The line that makes something happen in a pretend vendor's app."""
    deeds = {name: inspect.signature(deed).parameters.values() for name, deed in vendor.deeds().items()}
    ready = (
        name
        for name, takes in deeds.items()
        if name != "reset" and all(each.default is not each.empty for each in takes)
    )
    return f"curl -X POST {address}/_do/{vendor.name}/{next(ready)}"


def _lines(connector: Connector, vendor: Vendor, address: str) -> Iterator[str]:
    from connectors.cli.examples import polled_trigger, writing_action

    program, connection = _program(), connection_at(vendor, address)
    values = " ".join(f"--set {shlex.quote(f'{name}={value}')}" for name, value in connection["values"].items())
    file = f"sandbox-{connector.connector}.json"
    if polled := polled_trigger(connector):
        name, inputs = polled[0].name, _options(polled[1])
        trigger = f"{program} poll {connector.connector}.{name}{inputs}"
        poll = f"{trigger} --connection-file {file} --state {name}.json"
        yield f"# {connector.title}: two of the items that are there"
        yield f"{trigger} --from-start --limit 2 --base-url {connection['base_url']} {values}"
        yield "\n# The same connection as a file, which makes lines shorter"
        yield f"(umask 077; echo {shlex.quote(json.dumps(connection))} > {file})"
        yield "\n# Silent at first; then something happens, and the next poll prints it"
        yield from (poll, event_at(vendor, address), poll)
    if made := writing_action(connector):
        action, given = made
        yield f"\n# {action.title}"
        yield f"{program} run {connector.connector}.{action.name} --connection-file {file}{_options(given)}"


def _options(given: dict[str, Any]) -> str:
    from connectors.cli.examples import as_options

    return "".join(f" -i {shlex.quote(text)}" for text in as_options(given))


def _program() -> str:
    """How this program was called, so that the lines work in another terminal too."""
    started = Path(sys.argv[0]).absolute()
    found = shutil.which("gridwire")
    if found and Path(found).samefile(started):
        return "gridwire"
    return shlex.join([sys.executable, str(started)] if started.suffix == ".py" else [str(started)])

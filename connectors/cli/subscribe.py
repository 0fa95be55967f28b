"""`gridwire subscribe`: from now on, each event of a trigger."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import click

from connectors.cli.data import takes_data, takes_workspace
from connectors.cli.inputs import Inputs, pointing_to, takes_inputs
from connectors.cli.output import print_json, waiting
from connectors.cli.session import Session, common, pass_session
from connectors.cli.stored import StoredConnection
from connectors.cli.words import Seconds, wrong_use
from connectors.cli.work import Work, work
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.service.subscriptions import Wanted

Format: TypeAlias = Literal["cloudevents", "plain"]

_OWN = "gridwire."


@click.command()
@click.argument("trigger", metavar="X.TRIGGER")
@click.option("--connection", "name", metavar="NAME", help="A connection that `gridwire connect` has stored.")
@click.option("--to", "url", metavar="URL", help="Where events are delivered. Default: nowhere; they are read.")
@takes_inputs
@click.option(
    "--format",
    "format_",
    type=click.Choice(["cloudevents", "plain"]),
    default="cloudevents",
    show_default=True,
    help="What is sent: a CloudEvent, or the item alone.",
)
@click.option("--interval", metavar="SECONDS", type=Seconds(), help="Poll no more often than that.")
@click.option("--ordered", is_flag=True, help="One at a time: nothing passes an event that waits.")
@click.option("--from-start", is_flag=True, help="Take what is there already for new.")
@takes_data
@takes_workspace
@common()
@pass_session
def subscribe(
    session: Session,
    trigger: str,
    name: str | None,
    url: str | None,
    inputs: Inputs,
    format_: Format,
    interval: float | None,
    ordered: bool,
    from_start: bool,
    data_folder: Path | None,
    workspace: str,
) -> None:
    """Have each event of a trigger delivered from now on, signed, and again until it is taken.

    Write the trigger as CONNECTOR.TRIGGER; its connection is one that the data folder holds, and the server that works
    on that folder delivers. The secret that deliveries are signed with is shown this once. Without --to events are kept
    to be read: `gridwire subscriptions events`. gridwire.connection.reconnect_needed, gridwire.subscription.failing and
    gridwire.delivery.dead tell what happens here, and need no connection.
    """
    from connectors.service.subscriptions import Wanted

    own, given = _checked(session, trigger, name, inputs, data_folder, workspace)
    options: dict[str, Any] = {"format": format_, "interval": interval, "ordered": ordered, "from_start": from_start}
    wanted = Wanted(own, given, url, **options)
    with waiting("Reading what is there already"):
        made = work(session, data_folder, workspace, partial(_begun, name=name, wanted=wanted))
    if session.json:
        print_json(made)
    else:
        _tell(made, name or "gridwire")


def _checked(
    session: Session, trigger: str, name: str | None, inputs: Inputs, folder: Path | None, workspace: str
) -> tuple[str, dict[str, Any]]:
    """The trigger's own name, and what it is given. Raises InputError, click.UsageError."""
    from connectors.engine.run import operation_named
    from connectors.manifest.model import Trigger

    if trigger.startswith(_OWN):
        if inputs.of({}):
            raise InputError(f"'{trigger}' takes no input", field="input", remedy="Leave -i and --input out.")
        return trigger, {}
    if name is None:
        raise wrong_use("Say with --connection which account the trigger is of; `gridwire connections` lists them")
    catalog = session.catalog()
    connector = catalog.load(StoredConnection.there(name, folder, workspace, catalog).stored().connector)
    of, _, own = trigger.rpartition(".")
    if of not in ("", connector.connector):
        message = f"the connection '{name}' is one of {connector.connector}, and the trigger one of {of}"
        raise InputError(message, field="connection", remedy="`gridwire connections` lists them.")
    found = operation_named(connector, own, Trigger)
    with pointing_to(f"gridwire show {connector.connector} {found.name}"):
        return found.name, found.checker.check(inputs.of(found.input))


async def _begun(desk: Work, name: str | None, wanted: Wanted) -> dict[str, Any]:
    """What was subscribed to, once nothing is missed any more. Whoever ends the program before has no subscription."""
    from connectors.server.subscribed import made

    added = await desk.service.subscriptions.add(desk.workspace, name, wanted)
    try:
        begun = await desk.worker.begin(added)
    except asyncio.CancelledError:
        await desk.service.subscriptions.remove(desk.workspace, added.id)
        raise
    await desk.say_when("what happens is told")
    return await made(desk.service, desk.worker, begun)


def _tell(made: dict[str, Any], name: str) -> None:
    """A person: what happens from now on, the secret, and what is left to do."""
    own, url, way = made["id"], made["target_url"], made["way"]
    from_now = f"Each {made['trigger']} of {name} from now on"
    if made["state"] == "beginning":
        from_now = f"It has not begun yet, for what is there is still being read; then each {made['trigger']} of {name}"
    how = "The vendor calls when it happens." if way == "webhook" else f"It is looked for every {made['interval']:g} s."
    where = f"is delivered to {url}" if url else f"is kept to be read: `gridwire subscriptions events {own}`"
    click.echo(f"Subscribed: {own}\n{from_now} {where}. {how}")
    if url:
        click.echo(f"Deliveries are signed with {made['secret']}  (shown this once)")
    for said in (made["note"], made["setup"]):
        if said:
            click.echo(said, err=True)

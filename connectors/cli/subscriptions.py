"""`gridwire subscriptions`: who is told of what, and how that goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from connectors.cli.data import takes_data, takes_workspace
from connectors.cli.output import json_line, plain, print_json, print_lines, print_table, waiting
from connectors.cli.session import Session, common, pass_session
from connectors.cli.words import Seconds
from connectors.cli.work import Work, work
from connectors.errors import GridwireError

if TYPE_CHECKING:
    from connectors.service.subscriptions import Subscription

Result = TypeVar("Result")

_WAYS = {"webhook": "the vendor calls", "system": "here"}


class _NotDelivered(GridwireError):
    """The target did not take what was sent to it."""

    kind = "not_delivered"


@click.group(invoke_without_command=True)
@takes_data
@takes_workspace
@common()
@click.pass_context
@pass_session
def subscriptions(session: Session, ctx: click.Context, data_folder: Path | None, workspace: str) -> None:
    """List the subscriptions in the data folder, and what stands in their way.

    The commands below take a subscription by its id, or by its trigger where only one is to that.
    """
    if ctx.invoked_subcommand is not None:
        ctx.default_map = {ctx.invoked_subcommand: {"data_folder": data_folder, "workspace": workspace}}
    else:
        _print_all(session, data_folder, workspace)


@subscriptions.command("list")
@takes_data
@takes_workspace
@common()
@pass_session
def list_(session: Session, data_folder: Path | None, workspace: str) -> None:
    """List them, as without a command."""
    _print_all(session, data_folder, workspace)


def _print_all(session: Session, folder: Path | None, workspace: str) -> None:
    shown, names = work(session, folder, workspace, _listed)
    if session.json:
        print_json({"items": shown})
        return
    columns = ["Id", "Trigger", "Connection", "How it comes", "Goes to", "State"]
    print_table(columns, [_row(one, names) for one in shown])
    for one in shown:
        for said in _troubles(one):
            click.echo(plain(session.redact(f"\n{one['id']}: {said}")))


@dataclass(frozen=True)
class One:
    """The subscription that a command is about, by the word for it."""

    session: Session
    folder: Path | None
    workspace: str
    word: str

    def ask(self, question: Callable[[Work, Subscription], Awaitable[Result]]) -> Result:
        """The answer to what `question` asks about it. Raises InputError."""

        async def asked(desk: Work) -> Result:
            return await question(desk, await desk.subscription(self.word))

        return work(self.session, self.folder, self.workspace, asked)


def _takes_one(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the argument SUBSCRIPTION and where it is kept; the command gets both as `one`."""

    @click.argument("word", metavar="SUBSCRIPTION")
    @takes_data
    @takes_workspace
    @common()
    @pass_session
    @wraps(command)
    def taking(session: Session, word: str, data_folder: Path | None, workspace: str, **rest: Any) -> None:
        command(session, One(session, data_folder, workspace, word), **rest)

    return taking


@subscriptions.command()
@_takes_one
def test(session: Session, one: One) -> None:
    """Send the trigger's sample to the target now.

    It is signed, and marked as a test. Nothing of it is kept, and the vendor is not asked.
    """
    from connectors.server.subscribed import tested

    with waiting("Sending a sample"):
        said = one.ask(lambda desk, it: tested(desk.service, desk.worker, it))
    if session.json:
        print_json(said)
    elif said["delivered"]:
        click.echo(f"The target took the sample: it answered {said['status']}.")
    if not said["delivered"]:
        raise _NotDelivered(f"the sample was not delivered: {said['error']}", remedy="See what the target says to it.")


@subscriptions.command()
@click.option(
    "--limit", metavar="N", type=click.IntRange(min=1), default=20, show_default=True, help="At most N lines."
)
@_takes_one
def history(session: Session, one: One, limit: int) -> None:
    """Show polls, calls of the vendor and what went wrong, the newest first."""
    from connectors.server.subscribed import line

    lines = [line(it) for it in one.ask(lambda desk, it: desk.service.feed.history(it))[:limit]]
    if session.json:
        print_json({"items": lines})
        return
    told = ("at", "kind", "items", "until")
    rows = [
        [_short(one["at"]), one["kind"], _figures({n: v for n, v in one.items() if n not in told})] for one in lines
    ]
    print_table(["At", "What", "With"], rows)


@subscriptions.command()
@click.option("--limit", metavar="N", type=click.IntRange(1, 1000), default=100, show_default=True, help="At most N.")
@_takes_one
def events(session: Session, one: One, limit: int) -> None:
    """Print the newest events as JSON lines.

    The oldest of them comes first. Events are kept for some days."""
    from connectors.server.subscribed import event

    found = one.ask(lambda desk, it: desk.service.feed.newest(it, limit))
    print_lines(json_line(event(it)) for it in found)


@subscriptions.command()
@_takes_one
def release(session: Session, one: One) -> None:
    """Believe that everything is gone that is held as too much.

    More than a fifth of all that is known, gone at once, may be a mistake at the vendor. It is asked once more."""
    from connectors.server.subscribed import released

    with waiting("Reading what is there"):
        said = one.ask(lambda desk, it: released(desk.service, desk.worker, it))
    if session.json:
        print_json(said)
    else:
        click.echo(f"{said['released']} events were held and are told now." if said["released"] else "Nothing is held.")


@subscriptions.command()
@_takes_one
def pause(session: Session, one: One) -> None:
    """Deliver nothing until it is resumed. What happens meanwhile is not delivered later either, but can be read."""
    _changed(session, one, "{} is paused.", paused=True)


@subscriptions.command()
@_takes_one
def resume(session: Session, one: One) -> None:
    """Deliver again what happens from now on.

    What waited before it was paused goes on."""
    _changed(session, one, "{} goes on.", paused=False)


@subscriptions.command()
@click.option("--to", "target_url", metavar="URL", help="Where its events go from now on; those that wait too.")
@click.option("--format", type=click.Choice(["cloudevents", "plain"]), help="What is sent.")
@click.option("--interval", metavar="SECONDS", type=Seconds(), help="Poll no more often than that.")
@click.option("--ordered/--unordered", default=None, help="Whether nothing passes an event that waits.")
@_takes_one
def change(session: Session, one: One, **edit: Any) -> None:
    """Change what is given and leave the rest; its secret stays."""
    if all(value is None for value in edit.values()):
        raise click.UsageError("Say what is to be different: --to, --format, --interval or --ordered.")
    _changed(session, one, "{} is changed.", **edit)


@subscriptions.command()
@_takes_one
def remove(session: Session, one: One) -> None:
    """End it at once, with what still waits for it. A vendor that calls is told to call no more."""

    async def removed(desk: Work, it: Subscription) -> str:
        await desk.service.subscriptions.remove(desk.workspace, it.id)
        if it.reading.way == "webhook":
            await desk.say_when("the vendor is told")
        return it.id

    own = one.ask(removed)
    if session.json:
        print_json({"id": own})
    else:
        click.echo(f"{own} has ended.")


def _changed(session: Session, one: One, said: str, **edit: Any) -> None:
    from connectors.server.subscribed import shown
    from connectors.service.subscriptions import Edit

    async def changed(desk: Work, it: Subscription) -> dict[str, Any]:
        after = await desk.service.subscriptions.change(desk.workspace, it.id, Edit(**edit))
        return (await shown(desk.service, desk.worker, desk.workspace, [after]))[0]

    after = one.ask(changed)
    if session.json:
        print_json(after)
    else:
        click.echo(said.format(after["id"]))


async def _listed(desk: Work) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """All of them, and the names of their connections."""
    from connectors.server.subscribed import shown

    some = await desk.service.subscriptions.listed(desk.workspace)
    names = {one.id: one.name for one in await desk.service.connections.listed(desk.workspace)}
    return await shown(desk.service, desk.worker, desk.workspace, some), names


def _row(one: dict[str, Any], names: dict[str, str]) -> list[str]:
    how = _WAYS.get(one["way"]) or f"every {one['interval']:g} s"
    return [
        one["id"],
        one["trigger"],
        names.get(one["connection"], ""),
        how,
        one["target_url"] or "(is read)",
        one["state"],
    ]


def _troubles(one: dict[str, Any]) -> list[str]:
    said = [one["note"]] if one["note"] else []
    if error := one["error"]:
        said.append(" ".join(text for text in (f"{error['message']}.", error["remedy"]) if text))
    if one["held"]:
        release = f"`gridwire subscriptions release {one['id']}` believes it."
        said.append(f"{one['held']} items are gone at once, which may be a mistake at the vendor. {release}")
    return said


def _figures(said: dict[str, Any]) -> str:
    """What a line of history says besides when and what: names and figures, in words where there are any."""
    words = [f"{name.replace('_', ' ')} {_said(value)}" for name, value in said.items() if value is not None]
    return plain(", ".join(words))


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return value["message"] if "message" in value else ", ".join(f"{name}: {each}" for name, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _short(at: str) -> str:
    return at.replace("T", " ")[:19]

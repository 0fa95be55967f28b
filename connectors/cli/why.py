"""`gridwire why`: why a subscription was not told of something."""

from __future__ import annotations

from pathlib import Path

import click

from connectors.cli.data import takes_data, takes_workspace
from connectors.cli.output import plain, print_json
from connectors.cli.session import Session, common, pass_session
from connectors.cli.work import Work, work


@click.command()
@click.argument("word", metavar="SUBSCRIPTION")
@click.argument("item", metavar="[ITEM]", required=False)
@takes_data
@takes_workspace
@common()
@pass_session
def why(session: Session, word: str, item: str | None, data_folder: Path | None, workspace: str) -> None:
    """Say in a sentence why nothing came of late, or what became of ITEM, by the key that the vendor gives it.

    SUBSCRIPTION is its id, or its trigger where only one is to that. No vendor is asked.
    """

    async def asked(desk: Work) -> str:
        one = await desk.subscription(word)
        await desk.say_when("what happens is seen")
        return await desk.service.why.not_fired(desk.workspace, one.id, item)

    said = work(session, data_folder, workspace, asked)
    if session.json:
        print_json({"why": said})
    else:
        click.echo(plain(session.redact(f"{said[:1].upper()}{said[1:]}." if item is None else f"{said}.")))

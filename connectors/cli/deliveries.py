"""`gridwire deliveries` and `gridwire replay`: events on their way to targets, and once more."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from connectors.cli.data import takes_data, takes_workspace
from connectors.cli.output import plain, print_json, print_table
from connectors.cli.session import Session, common, pass_session
from connectors.cli.words import wrong_use
from connectors.cli.work import Work, work
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.service.replay import Delivery


class Moment(click.ParamType[datetime]):
    """A date or a time; without a zone, UTC."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment. Raises click.BadParameter."""
        from connectors.components.times import moment

        return moment(value) or self.fail("write a time as 2026-03-01T10:15:00Z, or a date.", param, ctx)


@click.command()
@click.option("--subscription", "word", metavar="SUBSCRIPTION", help="Those of one: its id, or its trigger.")
@click.option("--state", type=click.Choice(["waiting", "delivered", "dead"]), help="Those in this state.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 1000), default=50, show_default=True, help="At most N.")
@takes_data
@takes_workspace
@common()
@pass_session
def deliveries(
    session: Session,
    word: str | None,
    state: Literal["waiting", "delivered", "dead"] | None,
    limit: int,
    data_folder: Path | None,
    workspace: str,
) -> None:
    """List events on their way to targets, those of the newest event first: delivered, waiting, or dead.

    One is dead once the last try has failed. `gridwire replay` begins anew.
    """
    from connectors.server.subscribed import delivery

    async def listed(desk: Work) -> list[Delivery]:
        one = (await desk.subscription(word)).id if word else None
        return await desk.service.deliveries.listed(desk.workspace, subscription=one, state=state, limit=limit)

    shown = [delivery(one) for one in work(session, data_folder, workspace, listed)]
    if session.json:
        print_json({"items": shown})
        return
    columns = ["Id", "Event", "Type", "Happened", "State", "Tries", "Next", "Last answer"]
    print_table(columns, [_row(one) for one in shown])
    if len(shown) == limit:
        click.echo(f"There may be more than these {limit}: --limit, --state and --subscription say which.", err=True)


@click.command()
@click.argument("id_", metavar="[DELIVERY]", required=False)
@click.option("--subscription", "word", metavar="SUBSCRIPTION", help="In place of DELIVERY: all of one subscription …")
@click.option("--from", "since", type=Moment(), help="… whose events were stored at this time or later …")
@click.option("--to", "until", type=Moment(), show_default="now", help="… and at this time or before.")
@takes_data
@takes_workspace
@common()
@pass_session
def replay(
    session: Session,
    id_: str | None,
    word: str | None,
    since: datetime | None,
    until: datetime | None,
    data_folder: Path | None,
    workspace: str,
) -> None:
    """Deliver again, whether it arrived or not, from the first try on: DELIVERY, or all of a subscription in a time.

    The event's id stays the same, so that a target can tell that it knows it.
    """
    if (id_ is None) == (word is None) or (word is None) != (since is None) or (until is not None and since is None):
        raise wrong_use("Name a delivery, or say --subscription and --from; --to besides, if not until now")

    async def replayed(desk: Work) -> Any:
        done = await (_one(desk, id_) if id_ is not None else _range(desk, word or "", since, until))
        await desk.say_when("it is sent")
        return done

    done = work(session, data_folder, workspace, replayed)
    if session.json:
        print_json(done)
    elif "replayed" in done:
        click.echo(f"{done['replayed']} deliveries are sent once more.")
    else:
        click.echo(f"{done['id']} is sent once more.")


async def _one(desk: Work, own: str) -> dict[str, Any]:
    """Lets one be sent once more. Raises InputError."""
    from connectors.server.subscribed import delivery
    from connectors.service.replay import EndedError, NoSuchDeliveryError

    try:
        return delivery(await desk.service.deliveries.replay(desk.workspace, own))
    except NoSuchDeliveryError as error:
        remedy = "`gridwire deliveries` lists them, for as long as events are kept."
        raise InputError(error.message, field="delivery", remedy=remedy) from None
    except EndedError as error:
        error.remedy = _RESUME
        raise


async def _range(desk: Work, word: str, since: datetime | None, until: datetime | None) -> dict[str, Any]:
    """Lets all of a time be sent once more. Raises InputError."""
    from connectors.service.replay import EndedError

    begin, end = since.timestamp() if since else 0.0, until.timestamp() if until else time.time()
    try:
        return {"replayed": await desk.service.deliveries.replay_range(await desk.subscription(word), begin, end)}
    except EndedError as error:
        error.remedy = _RESUME
        raise


_RESUME = "If there is a target again: `gridwire subscriptions resume`, and `change --to URL` if it is another."


def _row(one: dict[str, Any]) -> list[str]:
    said = one["last_error"] or ("" if one["last_status"] is None else str(one["last_status"]))
    times = [(one[name] or "").replace("T", " ")[:19] for name in ("time", "next_at")]
    return [one["id"], one["event"], one["type"], times[0], one["state"], str(one["attempts"]), times[1], plain(said)]

"""`gridwire record`: an operation, once, as a case that can be played offline from then on."""

from __future__ import annotations

import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.cli.account import Account, Door, takes_account, takes_timeout
from connectors.cli.inputs import Inputs, pointing_to, takes_inputs
from connectors.cli.output import print_json, print_lines, waiting
from connectors.cli.saving import Keeping, Watch, show_places, takes_folder, watching
from connectors.cli.session import Session, common, pass_session
from connectors.cli.words import operation_of, wrong_use
from connectors.errors import ConfirmRequired, InputError

if TYPE_CHECKING:
    from connectors.manifest.model import Operation
    from connectors.testing.case import Case


@click.command()
@click.argument("words", metavar="X.OP", nargs=-1, required=True)
@click.option("--case", "name", metavar="NAME", required=True, help="What to call the case: not_found, second_page …")
@takes_inputs
@takes_account
@takes_folder
@click.option(
    "--evidence", type=click.Choice(["sandbox", "live"]), help="Where it comes from. Default: by the address."
)
@click.option("--choices", "field", metavar="FIELD", help="Record the choices for that input instead.")
@click.option("--search", metavar="TEXT", default="", help="What the titles of the choices must hold.")
@click.option("--polls", metavar="N", type=click.IntRange(1, 9), default=2, show_default=True, help="Of a trigger.")
@click.option("--between", metavar="COMMAND", help="A shell command to run between two polls. Default: wait for Enter.")
@click.option("--webhook", "url", metavar="URL", help="Record the webhook of a trigger, which is to call that address.")
@click.option("--port", metavar="N", type=click.IntRange(1, 65535), help="Where that arrives, if not at URL itself.")
@click.option(
    "--items",
    metavar="N",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Of each page of a polled list keep N items, and whatever changes; 0 keeps all.",
)
@click.option("--from-start", is_flag=True, help="A first poll takes what is there for new.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="At most N items.")
@click.option("--overwrite", is_flag=True, help="Replace a case of that name.")
@click.option("--yes", is_flag=True, help="Write it without asking, and confirm what destroys.")
@takes_timeout
@common()
@pass_session
def record(
    session: Session,
    words: tuple[str, ...],
    name: str,
    inputs: Inputs,
    account: Account,
    folder: Path,
    evidence: str | None,
    field: str | None,
    search: str,
    polls: int,
    between: str | None,
    url: str | None,
    port: int | None,
    items: int,
    from_start: bool,
    limit: int | None,
    overwrite: bool,
    yes: bool,
    timeout: float,
) -> None:
    """Run an operation and keep it as a case: its input, what went over the wire, and what came out.

    Secrets become placeholders and people become invented ones before anything is written; then the case is shown.
    A trigger is polled twice; in between, make happen what it waits for. With --webhook the vendor is asked to call,
    what it sends is taken, and it is asked to call no more.
    """
    from connectors.engine.run import operation_named
    from connectors.manifest.model import Action, Operation, Trigger

    connector_name, [operation_name] = operation_of(words, usage="X.OP")
    connector = session.catalog().load(connector_name)
    operation = operation_named(connector, operation_name, Operation)
    polled = isinstance(operation, Trigger) and not field
    if isinstance(operation, Action) and operation.effective == "destroy" and not (yes or field):
        raise ConfirmRequired(f"{operation_name} destroys something at the vendor", remedy="Confirm it with --yes.")
    if not (yes or sys.stdin.isatty()):
        raise wrong_use("The case is to be looked at before it is written: say --yes where nobody is asked.")
    connection = account.open(connector, session)
    with pointing_to(f"gridwire show {connector_name} {operation_name}"):
        given = inputs.of(operation.input)
    choices = {"field": field, "search": search} if field else None
    keeping = Keeping(name, folder, evidence, overwrite)
    watch = watching(keeping, connection, operation_name, given, limit=limit, from_start=from_start, timeout=timeout)
    watch.choices, watch.most_items = choices, items or None
    if url:
        from connectors.cli.hearing import hear

        with watch.running(), Door(watch.connection, timeout, through=watch.through) as door:
            hear(watch, door, url, port, lambda: _pause(between))
    else:
        _perform(watch, operation, polls if polled else 0, between, timeout)
    case = watch.case()
    _show(case, session)
    show_places(case)
    if yes or click.confirm(f"Write it to {case.path}?", err=True):
        watch.keep(case)


def _perform(watch: Watch, operation: Operation, polls: int, between: str | None, timeout: float) -> None:
    from connectors.testing.perform import perform

    memory = None
    with watch.running(), Door(watch.connection, timeout, through=watch.through) as door:
        for number in range(polls or 1):
            if number:
                _pause(between)
            if polls:
                watch.begins()
            case = replace(watch.take, exchanges=[[]] * (number + 1)).case()
            key = _new_key()
            with waiting(f"Running {operation.title}"):
                said, memory = door.ask(
                    lambda vendor, case=case, memory=memory, key=key: perform(vendor, case, case.steps[-1], memory, key)
                )
            watch.done = "error" not in said
            watch.ends()


def _new_key() -> str:
    return str(uuid.uuid4())


def _pause(between: str | None) -> None:
    """Waits until something has happened at the vendor. Raises InputError if the command for it fails."""
    if between is None:
        click.echo("Now make happen at the vendor what the trigger waits for, then press Enter.", err=True)
        sys.stdin.readline()
        return
    done = subprocess.run(between, shell=True, stdout=subprocess.PIPE, check=False)  # noqa: S602 - the user's own
    if done.returncode:
        raise InputError(f"'{between}' ended with {done.returncode}", remedy="Nothing was written.")


def _show(case: Case, session: Session) -> None:
    """What is about to be written."""
    if session.json:
        print_json(case.model_dump(by_alias=True, exclude_unset=True))
    else:
        print_lines([case.dumps().rstrip().encode()])

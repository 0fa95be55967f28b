"""`gridwire run`: an action or a search, once."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.account import Account, ask_vendor, takes_account
from connectors.cli.files import NotSaved
from connectors.cli.inputs import Inputs, pointing_to, takes_inputs
from connectors.cli.output import print_json, waiting
from connectors.cli.session import Session, common, pass_session
from connectors.cli.words import operation_of
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.engine.connection import Connection
    from connectors.manifest.model import Action, Connector, Search


@click.command()
@click.argument("words", metavar="X.OP", nargs=-1, required=True)
@takes_inputs
@takes_account
@click.option("--dry-run", is_flag=True, help="Send nothing; print the request, and where each part of it comes from.")
@click.option("--yes", is_flag=True, help="Go ahead with an action that destroys something.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Stop a search at N items.")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Where to write a file.")
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="How long a request may take, with its repeats.",
)
@common()
@pass_session
def run(
    session: Session,
    words: tuple[str, ...],
    inputs: Inputs,
    account: Account,
    dry_run: bool,
    yes: bool,
    limit: int | None,
    out: Path | None,
    timeout: float,
) -> None:
    """Run an action or a search, and print what it gives as JSON: an object, or the list of items found.

    X.OP is a connector and its operation; `gridwire show X` lists them. A manifest of one's own is named by its path:
    `gridwire run ./x.yaml OP`. All input is checked before anything is sent.
    """
    name, [operation_name] = operation_of(words, usage="X.OP")
    connector = session.catalog().load(name)
    operation = _runnable(connector, operation_name)
    _check_options(operation, limit, out)
    connection = account.open(connector, session)
    with pointing_to(f"gridwire show {name} {operation_name}"):
        given = inputs.of(operation.input)
        if dry_run:
            from connectors.cli.preview import preview

            preview(connection, operation, given, session)
            return
        result = _done(connection, operation, given, confirmed=yes, limit=limit, timeout=timeout)
    print_json(_kept(result, out) if out else result)


def _runnable(connector: Connector, name: str) -> Action | Search:
    from connectors.engine.run import operation_named
    from connectors.manifest.model import Action, Operation, Search

    operation = operation_named(connector, name, Operation)
    if not isinstance(operation, Action | Search):
        raise InputError(
            f"{connector.connector}.{name} is a trigger, which is polled and not run",
            remedy=f"`gridwire poll {connector.connector}.{name}` prints its new items.",
        )
    return operation


def _check_options(operation: Action | Search, limit: int | None, out: Path | None) -> None:
    """Refuses options that mean nothing for this operation, and a file that could not be written afterwards."""
    from connectors.manifest.model import Action

    if limit and isinstance(operation, Action):
        raise InputError(f"--limit is for searches, and {operation.name} is an action", remedy="Leave it out.")
    if out and not (isinstance(operation, Action) and operation.output):
        raise InputError(f"--out is for operations that give a file, and {operation.name} gives none")
    if out and not os.access(out.parent, os.W_OK):
        raise InputError(f"{out} cannot be written: there is no folder {out.parent} to write to")


def _done(
    connection: Connection,
    operation: Action | Search,
    given: dict[str, Any],
    *,
    confirmed: bool,
    limit: int | None,
    timeout: float,
) -> Any:
    from connectors.manifest.model import Action

    name = operation.name
    with waiting(f"Asking {connection.connector.title}"):
        if isinstance(operation, Action):
            return ask_vendor(connection, lambda v: v.call(name, given, confirmed=confirmed), timeout=timeout)
        return ask_vendor(connection, lambda v: v.search(name, given, limit=limit), timeout=timeout)


def _kept(file: dict[str, Any], out: Path) -> dict[str, Any]:
    """Writes the file; what is left to print. Raises NotSaved."""
    try:
        out.write_bytes(base64.b64decode(file["content"]))
    except OSError as error:
        raise NotSaved(f"{out} could not be written: {error.strerror}", remedy="Name another --out FILE.") from None
    return {name: value for name, value in file.items() if name != "content"} | {"path": str(out)}

"""`gridwire run`: an action or a search, once."""

from __future__ import annotations

import base64
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.account import Account, Door, keep_secret, takes_account, takes_timeout
from connectors.cli.each import Interrupted, mapping, one_reads_standard_input, run_each
from connectors.cli.files import NotSaved, create_in
from connectors.cli.inputs import Inputs, pointing_to, takes_inputs
from connectors.cli.output import NotPrinted, json_line, print_json, print_lines, waiting
from connectors.cli.saving import Keeping, kept_as_case, takes_save_case, watching
from connectors.cli.session import Session, common, pass_session
from connectors.cli.unless import Unless, unless_found
from connectors.cli.words import operation_of
from connectors.errors import ConfirmRequired, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.engine.connection import Connection
    from connectors.manifest.model import Action, Connector, Search


@click.command()
@click.argument("words", metavar="X.OP", nargs=-1, required=True)
@takes_inputs
@takes_account
@click.option(
    "--each",
    metavar="FILE|-",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="Run it for each line of JSON in a file or from standard input; -i name='{customer.name}' maps the lines.",
)
@click.option("--dry-run", is_flag=True, help="Send nothing; print the request, and where each part of it comes from.")
@click.option(
    "--unless-found",
    "looked_for",
    metavar="INPUT",
    multiple=True,
    help="Create only what its search does not find by this input, and print what it finds. Repeatable.",
)
@click.option("--yes", is_flag=True, help="Go ahead with an action that destroys something.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Stop a search at N items.")
@click.option(
    "--out",
    metavar="FILE|DIR",
    type=click.Path(path_type=Path),
    help="Where to write a file; in a folder it is called as the vendor calls it, and replaces no other.",
)
@takes_timeout
@takes_save_case
@common()
@pass_session
def run(
    session: Session,
    words: tuple[str, ...],
    inputs: Inputs,
    account: Account,
    each: str | None,
    dry_run: bool,
    looked_for: tuple[str, ...],
    yes: bool,
    limit: int | None,
    out: Path | None,
    timeout: float,
    keeping: Keeping | None,
) -> None:
    """Run an action or a search, and print what it gives as JSON: an object, or the list of items found.

    X.OP is a connector and its operation; `gridwire show X` lists them. A manifest of one's own is named by its path:
    `gridwire run ./x.yaml OP`. All input is checked before anything is sent.

    With --each it runs once for each line, in order, and prints a line for it; without -i, the line is the input. What
    it does not have is left out; {{ and }} are braces. A line that fails stops the others only if the credentials have
    ended, in Ctrl-C, or if nobody takes the output. The exit code is the first failure's, or 5 if a write is in doubt.
    """
    name, [operation_name] = operation_of(words, usage="X.OP")
    connector = session.catalog().load(name)
    operation = _runnable(connector, operation_name, name)
    _check_options(operation, limit, out, each)
    unless = unless_found(connector, operation, looked_for)
    if keeping and (each is not None or dry_run or unless):
        raise InputError("--save-case keeps one call: it goes with none of --each, --dry-run and --unless-found")
    if each is not None:
        one_reads_standard_input(each, inputs, account)
        _check_confirmed(operation, confirmed=yes or dry_run)
    connection = account.open(connector, session)
    see = f"gridwire show {name} {operation_name}"
    how: Any = {"confirmed": yes, "limit": limit, "out": out, "in_a_line": each is not None}
    if keeping:
        given = inputs.of(operation.input)
        keep_secret(session, connection, operation.input, given)
        watch = watching(keeping, connection, operation_name, given, limit=limit, timeout=timeout)
        with pointing_to(see), kept_as_case(watch), Door(watch.connection, timeout, through=watch.through) as door:
            _perform(door, operation, given, **how)
        return
    with pointing_to(see), Door(connection, timeout) as door:
        if dry_run:
            perform = _previewing(connection, operation, unless, session)
        else:
            perform = partial(_perform, door, operation, unless=unless, **how)

        def discreetly(given: dict[str, Any]) -> None:
            keep_secret(session, connection, operation.input, given)
            perform(given)

        if each is None:
            discreetly(inputs.of(operation.input))
            return
        read = mapping(inputs, operation.input)
        with click.open_file(each, "rb") as lines:
            code = run_each(lines, read, discreetly, session, see=see)
    click.get_current_context().exit(code)


def _runnable(connector: Connector, name: str, called: str) -> Action | Search:
    from connectors.engine.run import operation_named
    from connectors.manifest.model import Action, Operation, Search

    operation = operation_named(connector, name, Operation)
    if not isinstance(operation, Action | Search):
        if connector.list_of(operation) is None:
            how, remedy = "comes by webhook", f"`gridwire show {called} {name}` says how."
        else:
            how, remedy = "is polled", f"`gridwire poll {called} {name}` prints its new items."
        raise InputError(f"{connector.connector}.{name} is a trigger, which {how} and not run", remedy=remedy)
    return operation


def _check_options(operation: Action | Search, limit: int | None, out: Path | None, each: str | None) -> None:
    """Refuses options that mean nothing for this operation, and a file that could not be written afterwards."""
    from connectors.manifest.model import Action

    if limit and isinstance(operation, Action):
        raise InputError(f"--limit is for searches, and {operation.name} is an action", remedy="Leave it out.")
    if out and each and not out.is_dir():
        raise InputError("--out names one file, and --each may give many", remedy="Name a folder that is there.")
    if out and not (isinstance(operation, Action) and getattr(operation.output, "file", None)):
        raise InputError(f"--out is for operations that give a file, and {operation.name} gives none")
    folder = out if out and out.is_dir() else out.parent if out else Path()
    if out and not os.access(folder, os.W_OK):
        raise InputError(f"{out} cannot be written: there is no folder {folder} to write to")


def _previewing(
    connection: Connection, operation: Action | Search, unless: Unless | None, session: Session
) -> Callable[[dict[str, Any]], None]:
    from connectors.cli.preview import preview

    return partial(preview, connection, operation, session=session, unless=unless)


def _check_confirmed(operation: Action | Search, *, confirmed: bool) -> None:
    """Refuses before the first line what would be refused with each. Raises ConfirmRequired."""
    from connectors.manifest.model import Action

    if not confirmed and isinstance(operation, Action) and operation.effective == "destroy":
        message = f"{operation.name} destroys something at the vendor, for every line, and was not confirmed"
        raise ConfirmRequired(message, remedy="Confirm it once for all lines with --yes.")


def _perform(
    door: Door,
    operation: Action | Search,
    given: dict[str, Any],
    *,
    confirmed: bool,
    limit: int | None,
    out: Path | None,
    in_a_line: bool,
    unless: Unless | None = None,
) -> None:
    """Runs the operation, unless what it creates is found, and prints what it gives."""
    from connectors.manifest.model import Action

    name = operation.name
    with waiting(f"Running {operation.title}"):
        if unless is not None and (found := unless.found(door, given)) is not None:
            result: Any = found
        elif isinstance(operation, Action):
            result = _called(door, operation, given, confirmed=confirmed)
        else:
            result = door.ask(lambda vendor: vendor.search(name, given, limit=limit))
    try:
        result = _kept(result, out) if out else result
        if in_a_line:
            print_lines([json_line(result)])
        else:
            print_json(result)
    except NotPrinted as error:
        if _writes(operation):
            error.message = f"{name} was done, but {error.message}"
            error.remedy = "Do not run it again for that: it would be done twice."
        raise


def _called(door: Door, action: Action, given: dict[str, Any], *, confirmed: bool) -> Any:
    """What the action gives. Raises Interrupted if Ctrl-C comes while it writes."""
    try:
        return door.ask(lambda vendor: vendor.call(action.name, given, confirmed=confirmed))
    except KeyboardInterrupt:
        if not _writes(action):
            raise
        message = f"{action.name} was interrupted on its way; whether it was done is not known"
        raise Interrupted(message) from None


def _writes(operation: Action | Search) -> bool:
    from connectors.manifest.model import Action

    return isinstance(operation, Action) and operation.effective != "read"


def _kept(file: dict[str, Any], out: Path) -> dict[str, Any]:
    """Writes the file; what is left to print. Raises NotSaved."""
    try:
        content = base64.b64decode(file["content"])
        if out.is_dir():
            out = create_in(out, file["name"], content)
        else:
            out.write_bytes(content)
    except OSError as error:
        raise NotSaved(f"{out} could not be written: {error.strerror}", remedy="Name another --out FILE.") from None
    return {name: value for name, value in file.items() if name != "content"} | {"path": str(out)}

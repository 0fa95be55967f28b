"""`gridwire drift`: whether the vendor is still as it was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.account import Account, ask_vendor, takes_account, takes_timeout
from connectors.cli.output import print_json, print_table, print_title, waiting
from connectors.cli.saving import CASSETTES
from connectors.cli.session import Session, common, pass_session
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.testing.drift import Drift


@click.command()
@click.argument("name", metavar="CONNECTOR")
@takes_account
@click.option(
    "--cassettes",
    "folder",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of cassettes.  [default: cassettes, or else the bundled ones]",
)
@click.option(
    "--limit-pages",
    "pages",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Read at most N pages of a list.",
)
@takes_timeout
@common()
@pass_session
def drift(session: Session, name: str, account: Account, folder: Path | None, pages: int, timeout: float) -> None:
    """Read again at the vendor what the connector's cases read, and report what has changed since.

    Nothing is written. What was recorded and is not there any more is replaced by what the vendor lists now, where an
    input has choices. Fields, types and paging are compared, not values. The exit code is 1 if a change is breaking.
    """
    from connectors.testing.case import load
    from connectors.testing.drift import drift as compare
    from connectors.testing.suite import bundled_cassettes, cases_in

    folder = folder or (CASSETTES if CASSETTES.is_dir() else bundled_cassettes())
    connector = session.catalog().load(name)
    cases = [load(path) for path in cases_in(folder / connector.connector)]
    if not cases:
        remedy = f"`gridwire record {connector.connector}.OP --case NAME` makes one."
        raise InputError(f"{folder} holds no cases of {connector.connector}", remedy=remedy)
    connection = account.open(connector, session)
    with waiting(f"Reading {connector.title} again"):
        found = ask_vendor(connection, lambda vendor: compare(vendor, cases, pages=pages), timeout=timeout)
    said = {"connector": connector.connector, "version": connector.version, **_hidden(found.as_dict(), session)}
    if session.json:
        print_json(said)
    else:
        _print(connector.title, said, found)
    if found.breaking:
        click.get_current_context().exit(1)


def _print(title: str, said: dict[str, Any], found: Drift) -> None:
    print_title(title)
    if rows := [_row(change) for change in said["changes"]]:
        print_table(["", "Operation", "Where", "Kind", "Now"], rows)
    if lacking := said["uncompared"]:
        print_title("Not compared")
        print_table(["Operation", "Why"], [[one["operation"], one["why"]] for one in lacking])
    answers, breaking = sum(found.compared.values()), sum(change.breaking for change in found.changes)
    compared = f"{answers:,} answer{'' if answers == 1 else 's'} compared"
    click.echo(f"\n{compared}, {len(rows):,} changed, {breaking:,} breaking." if rows else f"\n{compared}; no drift.")


def _row(change: dict[str, Any]) -> list[str]:
    mark = "breaking" if change["breaking"] else "note"
    return [mark, change["operation"], change["where"] or "the whole", change["kind"], change["what"]]


def _hidden(value: Any, session: Session) -> Any:
    """The same without secrets, wherever the vendor may have put one."""
    if isinstance(value, dict):
        return {name: _hidden(inner, session) for name, inner in value.items()}
    if isinstance(value, list):
        return [_hidden(inner, session) for inner in value]
    return session.redact(value) if isinstance(value, str) else value

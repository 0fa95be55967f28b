"""`gridwire choices`: what may be chosen for an input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from connectors.cli.account import Account, ask_vendor, keep_secret, takes_account, takes_timeout
from connectors.cli.inputs import Inputs, pointing_to, takes_inputs
from connectors.cli.output import plain, print_json, print_table, waiting
from connectors.cli.session import Session, common, pass_session
from connectors.cli.words import operation_of

if TYPE_CHECKING:
    from connectors.engine.connection import Connection
    from connectors.manifest.model import Connector, Operation


@click.command()
@click.argument("words", metavar="X.OP FIELD", nargs=-1, required=True)
@takes_inputs
@takes_account
@click.option("--search", metavar="TEXT", default="", help="Only those whose title holds this text.")
@takes_timeout
@common()
@pass_session
def choices(
    session: Session, words: tuple[str, ...], inputs: Inputs, account: Account, search: str, timeout: float
) -> None:
    """List what may be chosen for the input FIELD: the value to give, and what it means.

    Where the choices depend on other inputs, give those with -i.
    """
    from connectors.engine.run import operation_named
    from connectors.manifest.model import Operation

    name, [operation_name, field] = operation_of(words, usage="X.OP FIELD", more=1)
    connector = session.catalog().load(name)
    operation = operation_named(connector, operation_name, Operation)
    connection = _connection(connector, operation, field, account, session)
    with pointing_to(f"gridwire show {name} {operation_name}"), waiting(f"Asking {connector.title}"):
        given = inputs.of(operation.input)
        keep_secret(session, connection, operation.input, given)
        found, more = ask_vendor(
            connection, lambda v: v.choices(operation_name, field, given, search=search), timeout=timeout
        )
    if session.json:
        listed = [{"value": choice.value, "title": choice.title} for choice in found]
        print_json({"choices": listed, "more": more is not None})
        return
    print_table(["Value", "Title"], [[str(choice.value), plain(choice.title)] for choice in found])
    if more is not None:
        click.echo("There are more; --search TEXT finds those that are not shown.", err=True)


def _connection(
    connector: Connector, operation: Operation, name: str, account: Account, session: Session
) -> Connection:
    """The account to ask; choices that the manifest fixes need none."""
    from connectors.engine.choosing import field_named
    from connectors.engine.connection import Connection

    field = field_named(operation, name)
    if field.choices and field.choices.values:
        return Connection(connector, {}, str(connector.base_url))
    return account.open(connector, session)

"""`gridwire request`: any call under an account's credentials, origins and rate plan."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.cli.account import Account, ask_vendor, takes_account, takes_timeout
from connectors.cli.each import Interrupted
from connectors.cli.files import NotSaved
from connectors.cli.output import NotPrinted, plain, print_bytes, print_json, waiting
from connectors.cli.session import Session, common, pass_session
from connectors.cli.words import pairs, read_json, read_source, wrong_use
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.components.http import Response
    from connectors.engine.connection import Connection
    from connectors.engine.raw import RawCall


@click.command()
@click.argument("name", metavar="X")
@click.argument("method")
@click.argument("path")
@click.option(
    "-q", "query", metavar="NAME=VALUE", multiple=True, help="A parameter for the query, encoded for you. Repeatable."
)
@click.option("--body", metavar="JSON|@FILE|-", help="The body as JSON, from a file, or from standard input.")
@click.option("--dry-run", is_flag=True, help="Send nothing; print the request.")
@click.option("--yes", is_flag=True, help="Go ahead with a DELETE.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the body of the answer to a file, as it is but for secrets.",
)
@takes_account
@takes_timeout
@common()
@pass_session
def request(
    session: Session,
    name: str,
    method: str,
    path: str,
    query: tuple[str, ...],
    body: str | None,
    dry_run: bool,
    yes: bool,
    out: Path | None,
    account: Account,
    timeout: float,
) -> None:
    """Make any call to the vendor of the connector X, signed in as the account, and print what comes back.

    PATH begins with / and follows the account's base URL: '/users?page=2'. {name} in it stands for a value of the
    connection that is not secret; %2F and the like arrive as they are written. The credentials go to the vendor alone.

    GET is sent again where that may help, anything else never. JSON is printed as JSON, other text as it is. Secrets of
    the connection are hidden in the answer. The status is told with -v.
    """
    from connectors.components.extract import MISSING
    from connectors.engine.raw import RawCall

    if out and not os.access(out.parent, os.W_OK):
        raise InputError(f"{out} cannot be written: there is no folder {out.parent} to write to")
    if body == "-" and (taken := [text for text in account.values if text.endswith("=-")]):
        raise wrong_use(f"--body - and --set {taken[0]} both read standard input; only one of them can")
    content = MISSING if body is None else read_json(*read_source(body, "--body"))
    call = RawCall(method.upper(), path, pairs(query, "-q"), content)
    connection = account.open(session.catalog().load(name), session)
    if dry_run:
        from connectors.cli.preview import preview_raw

        preview_raw(connection, call, session)
        return
    with waiting(f"Asking {plain(connection.connector.title)}"):
        response = _asked(connection, call, confirmed=yes, timeout=timeout)
    try:
        _save(response.body, out) if out else _print(response, session)
    except NotSaved as error:
        if call.effect != "read":
            error.message = f"{call.method} was done, but {error.message}"
            error.remedy = "Do not send it again for that: it would be done twice."
        raise


def _asked(connection: Connection, call: RawCall, *, confirmed: bool, timeout: float) -> Response:
    """The answer. Raises Interrupted if Ctrl-C comes while it writes."""
    about = (call.method, call.path, call.query, call.body)
    try:
        return ask_vendor(connection, lambda vendor: vendor.request(*about, confirmed=confirmed), timeout=timeout)
    except KeyboardInterrupt:
        if call.effect == "read":
            raise
        message = f"{call.method} was interrupted on its way; whether it was done is not known"
        raise Interrupted(message) from None


def _save(content: bytes, out: Path) -> None:
    try:
        out.write_bytes(content)
    except OSError as error:
        raise NotSaved(f"{out} could not be written: {error.strerror}", remedy="Name another --out FILE.") from None


def _print(response: Response, session: Session) -> None:
    """Prints JSON as JSON and text as text. Raises NotPrinted for what a terminal, or a JSON document, cannot show."""
    try:
        value = response.json()
    except ValueError:
        if not (session.json or sys.stdout.isatty()):
            print_bytes(response.body)
            return
        value = text = _text(response.body)
        if not session.json:
            click.echo("\n".join(plain(line) for line in text.splitlines()))
            return
    print_json(value)


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except ValueError:
        message = f"the answer is no text, but {len(content):,} bytes of something else"
        raise NotPrinted(message, remedy="Keep it with --out FILE.") from None

"""`gridwire sandbox do`, `fault` and `log`: what is done to a sandbox that runs, here or as a part of the server."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from itertools import product
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.output import json_line, print_json, print_lines, print_table
from connectors.cli.session import Session, common, pass_session
from connectors.errors import InputError, NotReached, ResponseLost, UnknownOutcome, VendorRefused, VendorUnreachable

if TYPE_CHECKING:
    from connectors.components.http import Request, Response
    from connectors.sandbox import Vendor

_TIMEOUT = 30.0
"""Seconds; what is done to the sandbox is done at once."""
_START = (
    "Start one with `gridwire sandbox`, or say where it is with --port or --url"
    " (of `gridwire serve --sandbox`: http://127.0.0.1:8710/sandbox)."
)


def at_a_sandbox(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--url` and `--port`; the command gets the address of the sandbox as `address`."""

    @click.option("--port", metavar="N", type=click.IntRange(1, 65535), help="The port of the sandbox on this machine.")
    @click.option("--url", metavar="URL", help="Where the sandbox is, also inside of a server: http://…:8710/sandbox")
    @click.pass_context
    @wraps(command)
    def asking(ctx: click.Context, *args: Any, url: str | None, port: int | None, **rest: Any) -> Any:
        before = ctx.parent.params["port"] if ctx.parent else None
        address = (url or f"http://127.0.0.1:{port or before}").rstrip("/")
        return ctx.invoke(command, *args, address=address, **rest)

    return asking


@click.command(short_help="Make something happen in a pretend vendor's app.")
@click.argument("vendor", required=False)
@click.argument("deed", required=False)
@click.argument("words", metavar="[ARGUMENTS]…", nargs=-1)
@at_a_sandbox
@common()
@pass_session
def do(session: Session, address: str, vendor: str | None, deed: str | None, words: tuple[str, ...]) -> None:
    """Make something happen in a pretend vendor's app: `gridwire sandbox do VENDOR sign-offer 7`.

    Arguments stand in the order of the deed's own, or as NAME=VALUE. Without a deed, it lists what there is.
    """
    if vendor is None or deed is None:
        _list_deeds([_vendor(vendor)] if vendor else _vendors().values(), session)
        return
    there = _vendor(vendor)
    if deed not in there.deeds():
        raise _unknown("deed", deed, there.deeds(), f"`gridwire sandbox do {vendor}` says what each takes.")
    print_json(_ask("POST", f"{address}/_do/{vendor}/{deed}", _arguments(there, deed, words)))


@click.command(short_help="Make something go wrong at a pretend vendor.")
@click.argument("vendor")
@click.argument("kind", required=False)
@click.argument("words", metavar="[NAME=VALUE]…", nargs=-1)
@click.option("--clear", is_flag=True, help="Nothing is to go wrong any more.")
@at_a_sandbox
@common()
@pass_session
def fault(
    session: Session, address: str, vendor: str, kind: str | None, words: tuple[str, ...], *, clear: bool
) -> None:
    """Make something go wrong at a pretend vendor: `gridwire sandbox fault VENDOR status status=429 times=2`.

    Without a kind, it says what is yet to go wrong. `times` is how many requests it meets (1), `match` a part of their
    line, such as page=1. The kinds:

    \b
    status        answers status=429, with headers={…} and body={…}, and does nothing
    delay         does it, and answers after seconds=5
    between_pages serves a page, then does do=DEED with args={…}
    html          does it, and answers with a page for people
    truncate      does it, and sends half of the answer
    empty         does it, and answers with nothing
    invalid_json  does it, and answers with JSON that is none
    drop          does it, and hangs up without an answer: nobody can know that it was done
    drop_before   hangs up, and does nothing
    """
    there = f"{address}/_faults/{_vendor(vendor).name}"
    if clear:
        _ask("DELETE", there)
    elif kind is None:
        print_json(_ask("GET", there))
    else:
        given = {name: _as_json(text) for name, text in _named(words)}
        print_json(_ask("POST", there, {"fault": kind, **given}))


@click.command(short_help="Print what a pretend vendor received.")
@click.argument("vendor")
@click.option("--clear", is_flag=True, help="Forget what was received.")
@at_a_sandbox
@common()
def log(address: str, vendor: str, *, clear: bool) -> None:
    """Print what a pretend vendor received, a request a line as JSON, the oldest first."""
    there = f"{address}/_log/{_vendor(vendor).name}"
    print_lines(json_line(one) for one in _ask("DELETE" if clear else "GET", there) or ())


def _vendors() -> dict[str, Vendor]:
    from connectors.sandbox import KINDS

    return {kind.name: kind() for kind in KINDS}


def _vendor(name: str) -> Vendor:
    there = _vendors()
    if name not in there:
        raise _unknown("pretend vendor", name, there)
    return there[name]


def _unknown(what: str, name: str, known: Iterable[str], remedy: str | None = None) -> InputError:
    from connectors.manifest.problem import did_you_mean

    hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
    return InputError(f"no {what} is called '{name}'; {hint}", remedy=remedy)


def _list_deeds(vendors: Iterable[Vendor], session: Session) -> None:
    rows = [
        (vendor.name, name, _usage(deed), (inspect.getdoc(deed) or "").replace("\n", " "))
        for vendor in vendors
        for name, deed in vendor.deeds().items()
    ]
    if session.json:
        print_json({"deeds": [dict(zip(("vendor", "deed", "takes", "what"), row, strict=True)) for row in rows]})
    else:
        print_table(["Vendor", "Deed", "Takes", "What happens"], rows)


def _usage(deed: Callable[..., Any]) -> str:
    takes = inspect.signature(deed).parameters.values()
    return " ".join(each.name.upper() if each.default is each.empty else f"[{each.name.upper()}]" for each in takes)


def _arguments(vendor: Vendor, name: str, words: Sequence[str]) -> dict[str, Any]:
    """What the words mean for the deed: each as JSON where the deed takes that, otherwise as text."""
    deed = vendor.deeds()[name]
    takes = list(inspect.signature(deed).parameters)
    by_name = [word for word in words if "=" in word and word.partition("=")[0] in takes]
    named = {word.partition("=")[0]: word.partition("=")[2] for word in by_name}
    places = [each for each in takes if each not in named]
    free = [word for word in words if word not in by_name]
    if len(free) > len(places):
        remedy = f"`gridwire sandbox do {vendor.name}` says what each takes."
        raise InputError(f"{name} takes {_usage(deed) or 'nothing'}, not '{free[len(places)]}'", remedy=remedy)
    named |= dict(zip(places, free, strict=False))
    readings = [dict(zip(named, each, strict=True)) for each in product(*map(_readings, named.values()))]
    return next((reading for reading in readings if _takes(vendor, name, reading)), readings[0])


def _readings(text: str) -> list[Any]:
    value = _as_json(text)
    return [value] if value == text else [value, text]


def _takes(vendor: Vendor, deed: str, args: dict[str, Any]) -> bool:
    from starlette.exceptions import HTTPException

    try:
        vendor.check_deed(deed, args)
    except HTTPException:
        return False
    return True


def _named(words: Sequence[str]) -> list[tuple[str, str]]:
    from connectors.cli.words import pairs

    return pairs(words, "a fault")


def _as_json(text: str) -> Any:
    from connectors.components.http import load_json

    try:
        return load_json(text)
    except ValueError:
        return text


def _ask(method: str, url: str, body: Any = None) -> Any:
    """What the sandbox answers, None for nothing. Raises InputError for what it does not understand, VendorError."""
    from connectors.components.http import Request

    request = Request(method, url) if body is None else Request(method, url, json=body)
    try:
        return _said(url, asyncio.run(_sent(request)))
    except NotReached as error:
        raise VendorUnreachable(f"no sandbox answers at {url}: {error.message}", remedy=_START) from None
    except ResponseLost as error:
        raise UnknownOutcome(f"the sandbox at {url} was asked, and did not answer: {error.message}") from None


def _said(url: str, answer: Response) -> Any:
    from connectors.components.http import load_json

    try:
        said = load_json(answer.body) if answer.body else None
    except ValueError:
        raise InputError(f"{url} is no sandbox: it does not answer in JSON", remedy=_START) from None
    if answer.status < 300:
        return said
    if not (isinstance(said, dict) and "message" in said):
        raise InputError(f"{url} is no sandbox: it answers {answer.status}", remedy=_START)
    if answer.status in (400, 404):
        raise InputError(said["message"], remedy="Nothing has happened.")
    raise VendorRefused(said["message"], status=answer.status)


async def _sent(request: Request) -> Response:
    from connectors.engine.transport import HttpTransport

    async with HttpTransport() as transport:
        return await transport.send(request, timeout=_TIMEOUT)

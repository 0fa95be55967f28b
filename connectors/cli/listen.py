"""`gridwire listen`: a small receiver, to see what subscriptions send."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.data import Data, folder_of, takes_data, takes_workspace
from connectors.cli.output import json_line, plain, print_json
from connectors.cli.session import Session, common, pass_session
from connectors.cli.signature import Known, Refused, check, key_of
from connectors.cli.sockets import address_of, listening, serve_on
from connectors.cli.stored import workspace_of
from connectors.errors import GridwireError, InputError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from connectors.service.service import Service

_LARGEST = 16 * 2**20  # bytes of a body
_LEAST_WIDTH = 40


class Secret(click.ParamType[str]):
    """What deliveries are signed with; it is not repeated when it is wrong."""

    name = "whsec_…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The secret. Raises click.BadParameter."""
        try:
            key_of(value)
        except ValueError as error:
            return self.fail(f"this is no secret of a subscription: {error}.", param, ctx)
        return value


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8712,
    show_default=True,
    help="The port; 0 takes any that is free.",
)
@click.option(
    "--secret",
    "secrets",
    type=Secret(),
    multiple=True,
    show_default="those of the subscriptions in the data folder",
    help="What deliveries must be signed with. Repeatable.",
)
@click.option(
    "--answer",
    metavar="STATUS",
    type=click.IntRange(200, 599),
    default=200,
    show_default=True,
    help="What to answer, such as 500 to see how it is tried again.",
)
@takes_data
@takes_workspace
@common()
@pass_session
def listen(
    session: Session,
    host: str,
    port: int,
    secrets: tuple[str, ...],
    answer: int,
    data_folder: Path | None,
    workspace: str,
) -> None:
    """Receive what subscriptions send, and print each event in a line.

    What is not signed as it should be (Standard Webhooks), was signed more than five minutes ago, or comes a second
    time as it was, is refused, and standard error says why. What was sent anew is taken, and printed once. Ctrl-C ends
    it.
    """
    from starlette.applications import Starlette
    from starlette.routing import Route

    find = None if secrets else _kept(session, data_folder, workspace)
    receiver = Receiver(secrets or (find() if find else ()), find, answer, print_json if session.json else _print_line)
    with listening(host, port) as listener:
        click.echo(f"Listening at {address_of(listener)} until Ctrl-C.", err=True)
        try:
            serve_on(listener, Starlette(routes=[Route("/{rest:path}", receiver.take, methods=["POST"])]))
        except SystemExit:
            raise receiver.unread or SystemExit(0) from None


@dataclass
class Receiver:
    """Takes what is signed with one of the secrets; `find` says which there are now. `answer` is the status to give."""

    secrets: Sequence[str]
    find: Callable[[], Sequence[str]] | None
    answer: int
    show: Callable[[dict[str, Any]], None]
    known: Known = field(default_factory=Known)
    unread: Exception | None = None
    """Why what came could not be shown: nobody reads on, or the disk is full. Then nothing more is taken."""

    async def take(self, request: Request) -> Response:
        """The answer to what came."""
        from starlette.responses import PlainTextResponse, Response

        try:
            body = await _read(request)
            name, stamp = await self._checked(request.headers, body)
            again = self.known.came(name, stamp)
            event = _event(name, request.headers, body)
        except Refused as refused:
            click.echo(f"Refused, with {refused.status}: {refused}.", err=True)
            return PlainTextResponse(f"{refused}\n", refused.status)
        if again and self.answer < 300:
            click.echo(f"{plain(name)} came again, and is known.", err=True)
        elif not self._shown(event):
            return Response(status_code=503)
        if self.answer >= 300:
            click.echo(f"{plain(name)} was answered with {self.answer}.", err=True)
        return Response(status_code=self.answer)

    def _shown(self, event: dict[str, Any]) -> bool:
        """Whether it could be shown; if not, the program ends."""
        try:
            self.show(event)
        except (OSError, GridwireError) as error:
            self.unread = error
            signal.raise_signal(signal.SIGTERM)
        return self.unread is None

    async def _checked(self, headers: Mapping[str, str], body: bytes) -> tuple[str, int]:
        """Its id and timestamp; a subscription may have been made while this listens."""
        try:
            return check(headers, body, self.secrets, time.time())
        except Refused:
            if self.find is None:
                raise
            self.secrets = await asyncio.to_thread(self.find)
            return check(headers, body, self.secrets, time.time())


def _kept(session: Session, folder: Path | None, workspace: str) -> Callable[[], Sequence[str]]:
    """How to find the secrets of all subscriptions that there are at the time. Raises InputError."""
    if not (folder_of(folder) / "gridwire.db").exists():
        message = f"there are no subscriptions in {folder_of(folder)}, whose secrets would be taken"
        remedy = "Give --secret, which `gridwire subscribe` has printed, or --data, the folder that the server uses."
        raise InputError(message, field="secret", remedy=remedy)
    data, catalog = Data.of(folder), session.catalog()

    async def question(service: Service) -> list[str]:
        listed = await service.subscriptions.listed(await workspace_of(service, workspace))
        return [one.target.secret for one in listed]

    return lambda: data.ask(catalog, question)


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise Refused(f"it is larger than {_LARGEST // 2**20} MiB", 413)
    return bytes(body)


def _event(name: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """What came, in either format: as a CloudEvent, or the item alone."""
    from connectors.components.http import load_json

    try:
        content = load_json(body)
    except ValueError:
        raise Refused("it is signed, but it is not JSON", 400) from None
    about = {"id": name, "type": None, "time": None, "test": headers.get("gridwire-test") == "true", "data": content}
    if isinstance(content, dict) and headers.get("content-type", "").startswith("application/cloudevents+json"):
        about |= {part: content.get(part) for part in ("type", "time", "data")}
    return about


def _print_line(event: dict[str, Any]) -> None:
    """When it came, what it is, its id, and as much of its data as fits on a terminal; in a pipe all of it."""
    at, data = time.strftime("%H:%M:%S"), json_line(event["data"]).decode()
    what = f"{event['type'] or 'event'}{' (a test)' if event['test'] else ''}"
    line = plain(f"{at}  {what}  {event['id']}  {data}")
    width = max(shutil.get_terminal_size().columns, _LEAST_WIDTH)
    click.echo(f"{line[: width - 1]}…" if sys.stdout.isatty() and len(line) > width else line)

"""A vendor's calls while a case is recorded: an address of this machine for that long, and what happens there."""

from __future__ import annotations

import base64
import secrets
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.cli.account import Door
from connectors.cli.saving import Watch
from connectors.cli.sockets import listening, server_of
from connectors.components.delivery import MAX_BODY, Delivery
from connectors.components.verify import Verify
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.engine.hooks import Hook

SECONDS = 60.0
"""How long a vendor may take to call."""
_METHODS = ["GET", "POST", "PUT"]


def hear(watch: Watch, door: Door, url: str, port: int | None, happens: Callable[[], None]) -> None:
    """Asks the vendor to call `url`, lets something happen, takes what arrives, and asks it to call no more.

    What it sends is answered here, where `url` leads to. Raises InputError if nothing arrives, VendorError.
    """
    watch.hears(url)
    with listening("127.0.0.1", port or _port(url)) as listener:
        hook = door.ask(watch.hook)
        known = watch.agrees(new_secret(hook))
        ear = Ear(hook, url, known.secret)
        with ear.open(listener):
            if setup := hook.setup(url, known.secret):
                click.echo(f"At the vendor: {setup}", err=True)
            elif "error" in watch.happens(door, {"do": "subscribe"}):
                return
            ear.secrets = [known.secret]
            _look(watch, door, hook)
            try:
                happens()
                for now, delivery in ear.heard():
                    watch.happens(door, _received(hook, now, delivery))
            finally:
                if hook.webhook.unsubscribe:
                    watch.happens(door, {"do": "unsubscribe"})
            _look(watch, door, hook)


def _look(watch: Watch, door: Door, hook: Hook) -> None:
    if hook.webhook.check:
        watch.happens(door, {"do": "check"})


def _received(hook: Hook, now: datetime, delivery: Delivery) -> dict[str, Any]:
    from connectors.testing.signed import delivery_words

    return {"do": "receive", "at": f"{now:%Y-%m-%dT%H:%M:%SZ}", "delivery": delivery_words(hook.webhook, delivery)}


def _port(url: str) -> int:
    """The port of an address of this machine. Raises InputError for any other."""
    parts = urlsplit(url)
    if parts.hostname not in ("127.0.0.1", "localhost") or not parts.port:
        remedy = "Say with --port on which port of this machine it arrives, for example at the end of a tunnel."
        raise InputError(f"{url} is not at this machine", field="webhook", remedy=remedy)
    return parts.port


def new_secret(hook: Hook) -> str:
    """A secret of a form that the vendor takes; empty where the vendor says what it signs with."""
    challenge = hook.webhook.challenge
    return "" if challenge and challenge.secret else _random(hook.webhook.verify)


def _random(verify: Verify) -> str:
    if verify.standard_webhooks is None:
        return secrets.token_urlsafe(32)
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


@dataclass(frozen=True)
class _Arrived:
    at: datetime
    delivery: Delivery
    tells: bool
    """It is no challenge, and meant for this trigger."""


class Ear:
    """What answers the vendor, and keeps what it has called with."""

    def __init__(self, hook: Hook, url: str, secret: str) -> None:
        self.secrets = [secret]
        self._hook = hook
        self._url = url
        self._arrived: Queue[_Arrived] = Queue()

    @contextmanager
    def open(self, listener: socket.socket) -> Generator[None]:
        """Answers for as long as this is open."""
        server = server_of(Starlette(routes=[Route("/{rest:path}", self.answer, methods=_METHODS)]))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()

    def heard(self) -> Generator[tuple[datetime, Delivery]]:
        """What has arrived, up to the first that tells of something. Raises InputError if nothing does in time."""
        while True:
            try:
                one = self._arrived.get(timeout=SECONDS)
            except Empty:
                remedy = "Nothing was written. Does the address lead here, and did it happen at the vendor?"
                raise InputError(f"the vendor did not call within {SECONDS:.0f} s", remedy=remedy) from None
            yield one.at, one.delivery
            if one.tells:
                return

    async def answer(self, request: Request) -> Response:
        """What the vendor is told. What does not prove itself is refused and not kept."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return Response(status_code=413)
        own, now = urlsplit(self._url), datetime.now(UTC)
        query = f"?{request.url.query}" if request.url.query else ""
        address = f"{own.scheme}://{own.netloc}{request.scope['raw_path'].decode()}{query}"
        delivery = Delivery(bytes(body), tuple(request.headers.items()), address, request.method)
        got = self._hook.receive(delivery, self.secrets, None, now)
        if got.problem is None:
            self.secrets = [got.secret] if got.secret else self.secrets
            self._arrived.put(_Arrived(now, delivery, got.memory is not None))
        else:
            click.echo(f"Something called and was refused: {got.problem}.", err=True)
        return Response(got.reply.body, got.reply.status, dict(got.reply.headers))

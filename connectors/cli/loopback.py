"""Signing in in the browser: it comes back to an address of this machine, which lives that long (RFC 8252, 7.3)."""

from __future__ import annotations

import asyncio
import html
import socket
import sys
import threading
import webbrowser
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from connectors.cli.sockets import listening, server_of
from connectors.errors import GridwireError, InputError, ReconnectError

if TYPE_CHECKING:
    from connectors.engine.authorization import Authorization

PATH = "/callback"

_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>gridwire</title><body><h1>{title}</h1><p>{text}</p>'
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@contextmanager
def waiting_at(host: str, port: int) -> Generator[tuple[str, list[socket.socket]]]:
    """The address that the browser comes back to, and what listens there; port 0 takes any that is free.

    `localhost` is two addresses where this machine has IPv6, and browsers try either first: nobody else may answer at
    the other one. Raises InputError if that port is in use.
    """
    with ExitStack() as held:
        listeners = [held.enter_context(listening("127.0.0.1", port))]
        port = listeners[0].getsockname()[1]
        if host == "localhost" and _has_ipv6():
            listeners.append(held.enter_context(listening("::1", port)))
        yield f"http://{host}:{port}{PATH}", listeners


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def code_from_browser(listeners: list[socket.socket], authorization: Authorization) -> str:
    """Shows where to sign in, and gives the code with which the browser comes back.

    Raises ReconnectError if it was not allowed, or not in time; KeyboardInterrupt.
    """
    callback = _Callback(authorization)
    click.echo(f"Sign in in the browser, within ten minutes:\n{authorization.address}", err=True)
    if sys.stderr.isatty():  # in a thread, because a browser without windows takes the terminal until it is closed
        threading.Thread(target=webbrowser.open, args=[authorization.address], daemon=True).start()
    asyncio.run(callback.wait(listeners))
    if isinstance(callback.found, GridwireError):
        raise callback.found
    return callback.found


class _Callback:
    """The one page that there is, and what the browser brought to it."""

    def __init__(self, authorization: Authorization) -> None:
        remedy = "Run it again."
        self.found: str | GridwireError = ReconnectError("nobody signed in within ten minutes", remedy=remedy)
        self._authorization = authorization
        self._server = server_of(Starlette(routes=[Route(PATH, self.answer)]))

    async def wait(self, listeners: list[socket.socket]) -> None:
        """Answers until the browser has come back, or ten minutes are over."""
        from connectors.engine.authorization import LASTS

        asyncio.get_running_loop().call_later(LASTS, self._end)
        await self._server.serve(sockets=listeners)

    async def answer(self, request: Request) -> HTMLResponse:
        """What the browser is shown. An answer that is not for us changes nothing."""
        if request.method != "GET":
            return _page(405, "Not like this", "The browser comes here by itself.")
        try:
            self.found = self._authorization.code(request.query_params)
        except InputError as error:
            return _page(400, "Not this one", error.message)
        except ReconnectError as error:
            self.found = error
            self._end()
            return _page(200, "Not connected", error.message)
        self._end()
        return _page(200, "Signed in", "You can close this window, and go back to the terminal.")

    def _end(self) -> None:
        self._server.should_exit = True


def _page(status: int, title: str, text: str) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=html.escape(title), text=html.escape(text)), status, _HEADERS)

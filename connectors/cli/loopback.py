"""Signing in in the browser: it comes back to an address of this machine, which lives that long (RFC 8252, 7.3)."""

from __future__ import annotations

import asyncio
import html
import socket
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING

import click
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from connectors.cli.listen import server_of
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


def code_from_browser(listener: socket.socket, authorization: Authorization) -> str:
    """Shows where to sign in, and gives the code with which the browser comes back.

    Raises ReconnectError if it was not allowed, or not in time; KeyboardInterrupt.
    """
    callback = _Callback(authorization)
    click.echo(f"Sign in in the browser, within ten minutes:\n{authorization.address}", err=True)
    if sys.stderr.isatty():  # in a thread, because a browser without windows takes the terminal until it is closed
        threading.Thread(target=webbrowser.open, args=[authorization.address], daemon=True).start()
    asyncio.run(callback.wait(listener))
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

    async def wait(self, listener: socket.socket) -> None:
        """Answers until the browser has come back, or ten minutes are over."""
        from connectors.engine.authorization import LASTS

        asyncio.get_running_loop().call_later(LASTS, self._end)
        await self._server.serve(sockets=[listener])

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

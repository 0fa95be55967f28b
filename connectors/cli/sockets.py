"""An ASGI application on a socket."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from connectors.errors import InputError

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

_GRACE = 10  # seconds that requests under way have, once the program is told to end
_GLANCE = 0.05  # seconds between two looks at whether a second Ctrl-C came


@contextmanager
def listening(host: str, port: int) -> Generator[socket.socket]:
    """A socket that listens, before anything is said about it; port 0 takes any that is free. Raises InputError."""
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        # Python adds the address to strerror; a name that cannot be resolved has a negative errno of its own.
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror or error)
        message = f"cannot listen on {host}, port {port}: {why.lower()}"
        remedy = "Name another port with --port (for the server, also GRIDWIRE_PORT), or end the program that uses it."
        raise InputError(message, field="port", remedy=remedy) from None
    with listener:
        yield listener


def address_of(listener: socket.socket) -> str:
    """The URL under which this machine reaches it."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - every address of this machine; this is the nearest
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve_on(listener: socket.socket, app: ASGIApp, finish: Callable[[], Awaitable[None]] | None = None) -> None:
    """Answers until the program is told to end; `finish` returns once what is under way is done.

    Raises KeyboardInterrupt when Ctrl-C ended it, SystemExit with 0 when SIGTERM did.
    """
    server = server_of(app, finish)
    before = signal.signal(signal.SIGTERM, _end)
    try:
        server.run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, before)
    if not server.started:
        raise RuntimeError("the server did not start")


def _end(*_: object) -> None:
    sys.exit(0)


def server_of(app: ASGIApp, finish: Callable[[], Awaitable[None]] | None = None) -> uvicorn.Server:
    """What answers for the application, quietly and within limits."""
    import uvicorn

    from connectors.server.heads import BoundedHeads

    class Patient(uvicorn.Server):
        """Goes on answering while what is under way is finished; a second Ctrl-C ends that."""

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            if finish is not None:
                finishing = asyncio.ensure_future(finish())
                deadline = asyncio.get_running_loop().time() + _GRACE
                while not (finishing.done() or self.force_exit or asyncio.get_running_loop().time() > deadline):
                    await asyncio.wait([finishing], timeout=_GLANCE)
                finishing.cancel()
            await super().shutdown(sockets)

    return Patient(
        uvicorn.Config(
            app,
            http=BoundedHeads,
            ws="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1 if finish else _GRACE,
        )
    )

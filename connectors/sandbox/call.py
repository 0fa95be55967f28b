"""One request that a pretend vendor received, and the ways to meet it: answer, cut the answer short, hang up."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .strict import Json

LOGGED_BYTES = 10_000
"""How much of a body the log keeps."""


class Call:
    """A received request.

    `line` is what faults match: method, path as the vendor sees it (percent-encoded; for a second host with its
    origin in front) and query. `entry` is its row in the log; `status` stays None until an answer was sent.
    """

    def __init__(self, app: ASGIApp, request: Request, send: Send, body: bytes, *, origin: str, time: str) -> None:
        self.app = app
        self.scope: Scope = request.scope
        self.receive: Receive = request.receive
        self.send = send
        self.body = body
        path = request.scope["raw_path"].partition(b"?")[0].decode().removeprefix(request.scope["root_path"])
        query = request.scope["query_string"].decode("latin-1")
        self.line: str = f"{request.method} {origin}{path}" + (f"?{query}" if query else "")
        self.entry: Json = {
            "time": time,
            "method": request.method,
            "path": origin + path,
            "query": query,
            "headers": {name: ", ".join(request.headers.getlist(name)) for name in request.headers},
            "body": _shown(body),
            "status": None,
        }

    async def carry_out(self) -> Response:
        """What the vendor answers; whatever the request changes is changed now, and nothing is sent yet."""
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        async def replay() -> Message:
            return {"type": "http.request", "body": self.body, "more_body": False}

        await self.app(self.scope, replay, keep)
        response = Response(b"".join(message.get("body", b"") for message in sent), sent[0]["status"])
        response.raw_headers = list(sent[0]["headers"])
        return response

    async def answer(self, response: Response) -> None:
        """Send the whole answer."""
        self.entry["status"] = response.status_code
        await response(self.scope, self.receive, self.send)

    async def cut_short(self, response: Response) -> None:
        """Declare the whole length, send half of it, hang up."""
        self.entry["status"] = response.status_code
        body = bytes(response.body)
        response.headers["content-length"] = str(max(1, len(body)))
        await self.send(
            {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
        )
        await self.send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await self.hang_up()

    async def hang_up(self) -> None:
        """Close the caller's connection without another byte.

        ASGI has no word for this and a server answers 500 for an application that returns in silence, so the
        connection's own socket is shut down, whatever lies between it and us. Where there is none (an in-process
        client), ConnectionResetError is raised.
        """
        if not _shut_down(self.scope["client"], self.scope["server"]):
            raise ConnectionResetError("the pretend vendor hung up, and the caller has no socket of its own to close")
        await self._disconnected()

    async def still_there_after(self, seconds: float) -> bool:
        """Wait, and say whether the caller waited too."""
        try:
            async with asyncio.timeout(seconds):
                await self._disconnected()
        except TimeoutError:
            return True
        return False

    async def _disconnected(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _shown(body: bytes) -> str:
    more = len(body) - LOGGED_BYTES
    return body[:LOGGED_BYTES].decode(errors="replace") + (f"… and {more:,} more bytes" if more > 0 else "")


def _shut_down(client: object, server: object) -> bool:
    """Shut down this process's socket between the two addresses; whether there was one."""
    for descriptor in list(Path("/dev/fd").iterdir()):
        try:
            found = socket.socket(fileno=int(descriptor.name))
        except OSError:
            continue  # not a socket
        try:
            if (found.getpeername()[:2], found.getsockname()[:2]) == (client, server):
                found.shutdown(socket.SHUT_RDWR)
                return True
        except OSError:
            continue  # listening, or closed meanwhile
        finally:
            found.detach()  # the server owns it
    return False

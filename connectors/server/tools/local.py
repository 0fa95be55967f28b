"""Tools for an agent on this machine, which starts the program and speaks to it over standard input and output."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import Request

from connectors.server.call import Call, Server
from connectors.server.tools.protocol import never, over_stdio
from connectors.service.keys import Caller


async def attend(server: Server, workspace: str, connection: str | None = None) -> None:
    """Answers until standard input ends, for the workspace of that id; what writes is then finished first.

    `connection` is the only one to use; without it, all are.
    """
    query = {} if connection is None else {"connection": connection}
    request = Request({"type": "http", "headers": []}, never)
    caller = Caller("", workspace, frozenset({"use"}))
    async with server.ongoing:
        await over_stdio(Call(server, "", {}, query, {}, Headers(), caller, request))

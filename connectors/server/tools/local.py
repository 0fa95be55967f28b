"""Tools for an agent on this machine, which starts the program and speaks to it over standard input and output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.requests import Request

from connectors.server.call import Call, Server
from connectors.server.tools.protocol import never, over_stdio
from connectors.service.keys import Caller


async def attend(server: Server, workspace: str, names: Sequence[str] = ()) -> None:
    """Answers until standard input ends, for the workspace of that id; what writes is then finished first.

    `names` are the connections to use; without any, all of them.
    """
    query = urlencode([("connection", name) for name in names]).encode()
    asked: dict[str, Any] = {"type": "http", "method": "POST", "path": "/mcp", "headers": [], "query_string": query}
    caller = Caller("", workspace, frozenset({"use"}))
    async with server.ongoing:
        await over_stdio(Call(server, "", {}, {}, Headers(), caller, Request(asked, never)))

"""Agents: actions and searches as tools, by the Model Context Protocol."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from connectors.components.http import JSON_TYPE, dump_json, origin_of
from connectors.errors import InputError
from connectors.server.body import NotJson
from connectors.server.call import Call
from connectors.server.problems import Forbidden

_UNREADABLE, _NO_MESSAGE = -32700, -32600
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


async def answer_agent(call: Call) -> Any:
    """Answers one message of the Model Context Protocol: actions and searches as tools for AI agents.

    `?connection=NAME`, which may be repeated, offers the tools of these connections alone. There are no sessions: each
    message is answered by itself, as JSON, and nothing is sent unasked.
    """
    _check_origin(call)
    protocol = await asyncio.to_thread(import_module, "connectors.server.tools.protocol")
    return await protocol.over_http(call)


def refuse(error: InputError) -> Response:
    """What is no message, as JSON-RPC says it: it cannot be read, or it does not fit."""
    code = _UNREADABLE if isinstance(error, NotJson) else _NO_MESSAGE
    said = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": error.message}}
    return Response(dump_json(said), 400, media_type=JSON_TYPE)


def _check_origin(call: Call) -> None:
    """A page of another site could send here what a name server leads back to this machine. Raises Forbidden."""
    origin = call.header("Origin")
    try:
        own = origin is None or origin == origin_of(call.server.public_url) or urlsplit(origin).hostname in _LOOPBACK
    except ValueError:
        own = False
    if own:
        return
    remedy = "Agents send no Origin. If this is your own page, serve it where GRIDWIRE_PUBLIC_URL says."
    raise Forbidden("pages of other sites may not use the tools", remedy=remedy)

"""The Model Context Protocol, over HTTP and over standard input and output. Only this module imports `mcp`."""

from __future__ import annotations

import asyncio
import logging
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, TypeAlias

import mcp.types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp.types.version import MODERN_PROTOCOL_VERSIONS
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message

import connectors
from connectors.components.http import dump_json
from connectors.errors import ConfirmRequired, GridwireError
from connectors.manifest.problem import quoted
from connectors.server.call import Call
from connectors.server.logs import begin
from connectors.server.problems import expected, problem
from connectors.server.tools.calling import called, failed, listed
from connectors.server.tools.listing import Tool

log = logging.getLogger("gridwire.server")

Context: TypeAlias = ServerRequestContext[Any, Any]

LONGEST_LINE = 2**20
"""Bytes of one message on standard input; over HTTP the body has the same limit."""
_CALL = "gridwire.call"
_CONFIRM = "confirm"
_MOST_SHOWN = 500  # characters of what somebody is asked to confirm
_AGREE: dict[str, Any] = {
    "type": "object",
    "properties": {_CONFIRM: {"type": "boolean", "title": "Yes, do it", "default": False}},
    "required": [_CONFIRM],
}
_ABOUT = (
    "Each tool is an action or a search at a vendor, in the account of the connection. Where a tool asks for an id,"
    " find it with a search or with the connector's choices first. An error says what to do now. After unknown_outcome"
    " do not repeat the call: look first whether it was done. Give an idempotency_key with whatever writes."
)


def _speaker(call_of: Callable[[Context], Call]) -> Server[Any]:
    """What answers; `call_of` tells who asks."""

    async def list_tools(ctx: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        call = call_of(ctx)
        try:
            return types.ListToolsResult.model_validate({"tools": await listed(call)})
        except GridwireError as error:
            raise MCPError(types.INVALID_PARAMS, error.message, problem(error, call.correlation_id)) from None

    async def call_tool(
        ctx: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        call = call_of(ctx)
        tool = call.server.tools.named(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {quoted(params.name)}; tools/list lists them")
        try:
            return await _done(ctx, call, tool, params)
        except ClientDisconnect:
            raise MCPError(types.INTERNAL_ERROR, "the client went away") from None
        except Exception as error:  # noqa: BLE001 - whatever it is, the agent is told in the same form
            known = expected(error, call.correlation_id)
            return _result(failed(problem(known, call.correlation_id)))

    return Server(
        "gridwire",
        version=connectors.__version__,
        title="gridwire",
        instructions=_ABOUT,
        get_tool_input_schema=lambda _: None,  # no tool takes an argument in a header
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def over_http(call: Call) -> Response:
    """The answer to one message. Nothing is kept from one to the next, so any server can answer it."""
    scope = {**call.request.scope, _CALL: call}
    parts = [{"type": "http.request", "body": dump_json(call.body)}]
    sent: list[Message] = []

    async def receive() -> Message:
        return parts.pop() if parts else await never()

    async def send(message: Message) -> None:
        sent.append(message)

    manager = StreamableHTTPSessionManager(_OVER_HTTP, json_response=True, stateless=True)
    async with manager.run():
        await manager.handle_request(scope, receive, send)
    begun, *rest = sent
    response = Response(b"".join(message.get("body", b"") for message in rest), begun["status"])
    response.raw_headers = begun["headers"]
    return response


async def over_stdio(call: Call) -> None:
    """Answers on standard output until standard input ends."""

    def call_of(_: Context) -> Call:
        correlation_id = uuid.uuid4().hex
        begin(correlation_id)
        return replace(call, correlation_id=correlation_id)

    speaker = _speaker(call_of)
    async with stdio_server(stdin=await _lines()) as (read, write):
        await speaker.run(read, write, speaker.create_initialization_options())


async def _done(
    ctx: Context, call: Call, tool: Tool, params: types.CallToolRequestParams
) -> types.CallToolResult | types.InputRequiredResult:
    """What comes of it. What destroys is asked for first, of the person, where the client can do that: there no
    argument stands for their answer, for an agent can write one unasked."""
    given = params.arguments or {}
    if _can_ask(ctx) and _CONFIRM in tool.fields:
        given = {name: value for name, value in given.items() if name != tool.own(_CONFIRM)}
    answer = (params.input_responses or {}).get(_CONFIRM)
    if answer is None:
        try:
            return _result(await called(call, tool, given))
        except ConfirmRequired:
            if not _can_ask(ctx):
                raise
    if answer is None and ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
        asked = types.ElicitRequestFormParams(message=_question(tool, given), requested_schema=_AGREE)
        return types.InputRequiredResult(input_requests={_CONFIRM: types.ElicitRequest(params=asked)})
    if answer is None:
        answer = await ctx.session.elicit_form(_question(tool, given), _AGREE, ctx.request_id)
    if (
        not isinstance(answer, types.ElicitResult)
        or answer.action != "accept"
        or not (answer.content or {}).get(_CONFIRM)
    ):
        message = "the person who was asked did not agree; nothing was sent"
        raise ConfirmRequired(message, remedy="Do not try it again unless they ask you to.")
    return _result(await called(call, tool, given, confirmed=True))


def _can_ask(ctx: Context) -> bool:
    can = ctx.session.client_capabilities
    if can is None or can.elicitation is None or (can.elicitation.url and not can.elicitation.form):
        return False
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS or ctx.session.can_send_request


def _question(tool: Tool, given: dict[str, Any]) -> str:
    secret = [name for name, field in tool.operation.input.items() if field.secret] if tool.operation else []
    shown = dump_json({name: value for name, value in given.items() if name not in secret}).decode()
    title = f"{tool.connector.title}: {tool.operation.title if tool.operation else tool.name}"
    return f"{title}, with {shown[:_MOST_SHOWN]}. This cannot be undone. Do it?"


def _result(told: dict[str, Any]) -> types.CallToolResult:
    return types.CallToolResult.model_validate(told)


def _call_of_request(ctx: Context) -> Call:
    assert ctx.request is not None
    return ctx.request.scope[_CALL]


async def never() -> Any:
    """Waits for ever: nothing comes of a client that stays."""
    await asyncio.Event().wait()


async def _lines() -> Any:
    """Standard input by lines, so that waiting for the next one can be given up; a thread could not."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader(LONGEST_LINE)
    try:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    except ValueError:  # a file, which never lets anybody wait
        return None
    return _decoded(reader)


async def _decoded(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    while True:
        try:
            line = await reader.readline()
        except ValueError:
            log.warning("a message of more than %d bytes on standard input was passed over", LONGEST_LINE)
            continue
        if not line:
            return
        yield line.decode(errors="replace")


_OVER_HTTP = _speaker(_call_of_request)

"""A tool that is called: which connection is meant, what the HTTP API's handlers are given, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import Response

from connectors.components.http import dump_json, load_json
from connectors.errors import ConfirmRequired, InputError
from connectors.manifest.model import Search
from connectors.manifest.problem import did_you_mean, quoted
from connectors.server.attention import in_time
from connectors.server.call import Call
from connectors.server.handlers.actions import run_action
from connectors.server.handlers.operations import offer_choices, run_search
from connectors.server.tools.listing import Tool
from connectors.service.connections import Stored

_WHICH = "connection"
_ASK_FIRST = "Ask the person you work for. If they agree to exactly this, call it again with confirm: true."
_FACTS = ("kind", "message", "remedy", "field", "vendor_message", "vendor_status", "problems", "correlation_id")
_NOT_AGAIN = "Do not do this again as a new call. Look at the vendor first whether it was done."
_DONE = "Done; the vendor says nothing more."
_MORE = "There may be more: a higher limit, or narrower inputs, would tell."


async def listed(call: Call) -> list[dict[str, Any]]:
    """The tools that the caller can use with the connections that are there. Raises InputError, StoreError."""
    names: dict[str, list[str]] = {}
    for stored in await _connections(call):
        names.setdefault(stored.connector, []).append(stored.name)
    return call.server.tools.listed(names)


async def called(call: Call, tool: Tool, given: Mapping[str, Any], *, confirmed: bool = False) -> dict[str, Any]:
    """The tool's result, in the protocol's words. Raises GridwireError.

    It may take as long as one search, so that there is time left to say that an outcome is not known.
    """
    which, own = tool.own(_WHICH), {tool.own(word): word for word in tool.fields}
    rest = {name: value for name, value in given.items() if name != which and name not in own}
    async with in_time(call.server.longest_reading):
        stored = await _chosen(call, tool, given.get(which))
        said = {name: value for name, value in given.items() if name in own} | ({} if tool.operation else rest)
        ours = {own[name]: value for name, value in tool.checker.check(said).items()}
        call = replace(call, params={"id": stored.id}, headers=Headers())
        try:
            body = await _answer(call, tool, ours | ({"confirm": True} if confirmed else {}), rest)
        except ConfirmRequired as error:
            error.remedy = _ASK_FIRST
            raise
    return _result(tool, body, ours.get("limit"))


def failed(error: Mapping[str, Any]) -> dict[str, Any]:
    """What went wrong (an RFC 9457 problem) as a tool's result."""
    known = {name: error[name] for name in _FACTS if error.get(name) is not None}
    return _told(" ".join(_sentences(known)), {"error": known}) | {"isError": True}


async def _connections(call: Call) -> list[Stored]:
    """The workspace's; only one if the address names it: /mcp?connection=north. Raises InputError."""
    there = await call.server.service.connections.listed(call.workspace)
    return [_named(call.query[_WHICH], there)] if _WHICH in call.query else there


async def _chosen(call: Call, tool: Tool, name: Any) -> Stored:
    """The connection that is named, or the only one. Raises InputError."""
    connector = tool.connector
    there = [stored for stored in await _connections(call) if stored.connector == connector.connector]
    if not there:
        remedy = "Ask the person you work for to connect one in gridwire."
        raise InputError(f"there is no connection to {connector.title} here", field=tool.own(_WHICH), remedy=remedy)
    if name is None and len(there) == 1:
        return there[0]
    if name is None:
        names = ", ".join(stored.name for stored in there)
        message = f"there are several connections to {connector.title}: {names}"
        raise InputError(message, field=tool.own(_WHICH), remedy="Name the one to use.")
    return _named(name, there)


def _named(name: Any, there: list[Stored]) -> Stored:
    for stored in there:
        if name in (stored.name, stored.id):
            return stored
    names = [stored.name for stored in there]
    hint = did_you_mean(str(name), names) or f"there are {', '.join(names) or 'none'}"
    raise InputError(f"there is no connection {quoted(name)}; {hint}", field=_WHICH)


async def _answer(call: Call, tool: Tool, ours: dict[str, Any], given: dict[str, Any]) -> Any:
    """What the handler answers. Raises GridwireError."""
    operation = tool.operation
    if operation is None:
        return await offer_choices(replace(call, body=ours))
    if isinstance(operation, Search):
        params = {**call.params, "search": operation.name}
        return await run_search(replace(call, params=params, body={**ours, "input": given}))
    once = ours.get("idempotency_key")
    headers = call.headers if once is None else Headers({"Idempotency-Key": once})
    body = {"input": given, "dry_run": False, "confirm": ours.get("confirm", False)}
    answer = await run_action(
        replace(call, params={**call.params, "action": operation.name}, headers=headers, body=body)
    )
    return load_json(bytes(answer.body)) if isinstance(answer, Response) else answer


def _result(tool: Tool, answer: dict[str, Any], limit: Any) -> dict[str, Any]:
    if "kind" in answer and "output" not in answer:  # kept under an idempotency key
        return failed(answer)
    output = answer.get("output", answer)
    if tool.gives_file:
        about = {name: value for name, value in output.items() if name != "content"}
        uri = f"file:///{quote(output['name'])}"
        blob = {"uri": uri, "mimeType": output["media_type"], "blob": output["content"]}
        told = _told(dump_json(about).decode(), about)
        return {**told, "content": [*told["content"], {"type": "resource", "resource": blob}]}
    told = _told(dump_json(output).decode() if output else _DONE, output)
    if limit is not None and len(output["items"]) >= limit:
        told["content"].append(_text(_MORE))
    return told


def _told(text: str, structured: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": [_text(text)], "structuredContent": structured}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _sentences(error: Mapping[str, Any]) -> Iterator[str]:
    yield f"{error['kind']}: {error['message']}."
    if "field" in error:
        yield f"Argument: {error['field']}."
    if "vendor_message" in error and error["vendor_message"] not in error["message"]:
        yield f"The vendor's words: {error['vendor_message']}."
    if "remedy" in error:
        yield error["remedy"]
    if error["kind"] == "unknown_outcome":
        yield _NOT_AGAIN

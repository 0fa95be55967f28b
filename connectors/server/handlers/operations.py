"""Actions, searches and choices: what is asked of a vendor once."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from typing import Any

import msgspec

from connectors.components.extract import MISSING
from connectors.components.http import Request, dump_json
from connectors.engine.connection import Connection
from connectors.engine.redaction import hidden, secrets_in
from connectors.engine.run import operation_named
from connectors.errors import GridwireError, InputError, UnknownOutcome
from connectors.manifest.model import Action, Operation, Search
from connectors.server.call import Call
from connectors.server.problems import stack_of

log = logging.getLogger("gridwire.server")


async def run_action(call: Call) -> Any:
    """Runs an action once; with `dry_run`, shows the request that it would send, and sends nothing."""
    opened, given = await call.opened(), call.body["input"]
    action = call.operation(opened.connection.connector, Action)
    if call.body["dry_run"]:
        request = call.server.vendor(opened).prepare(action, given)
        secrets = secrets_in(action.input, action.checker.check(given))
        return {"request": _preview(opened.connection.hiding(secrets), request)}
    try:
        async with call.asking(opened) as vendor:
            output = await vendor.call(action.name, given, confirmed=call.body["confirm"])
        return {"output": msgspec.Raw(dump_json(output))}
    except GridwireError:
        raise
    except (Exception, asyncio.CancelledError) as error:
        if action.effective == "read":
            raise
        # A 5xx would be retried by clients, and done twice.
        where = stack_of(error)
        log.log(logging.ERROR, "%s broke off, correlation id %s\n%s", action.name, call.correlation_id, where)
        message = "gridwire broke off after the request may have been sent"
        raise UnknownOutcome(message) from error


async def run_search(call: Call) -> Any:
    """Finds items; with `limit`, reads no further than that many."""
    limit = call.body.get("limit")
    wanted = None if limit is None else int(limit)  # 2.0 is an integer to JSON Schema
    opened = await call.opened()
    search = call.operation(opened.connection.connector, Search)
    async with call.asking(opened) as vendor:
        return {"items": await vendor.search(search.name, call.body["input"], limit=wanted)}


async def offer_choices(call: Call) -> Any:
    """Gives the choices of an input; `next`, if there is one, gives the ones after when it is sent back."""
    body, opened = call.body, await call.opened()
    operation_named(opened.connection.connector, body["operation"], Operation)
    asked = (body["operation"], body["field"], body["input"], body["search"])
    about = ("choices", opened.stored.id, opened.connection.base_url, *asked)
    after = _request(call, body["next"], about) if body.get("next") is not None else None
    async with call.asking(opened) as vendor:
        found, following = await vendor.choices(
            body["operation"], body["field"], body["input"], search=body["search"], after=after
        )
    rest = call.server.signer.sign(_continuation(following), *about) if following else None
    return {"choices": [asdict(choice) for choice in found], "next": rest}


def _preview(connection: Connection, request: Request) -> dict[str, Any]:
    connection = connection.as_if_signed_in()
    signed = connection.auth.signed(request, connection.values, connection.signed_in.session or {})
    return {
        "method": signed.method,
        "url": connection.redact(signed.full_url),
        "headers": {name: connection.redact(value) for name, value in signed.headers.items()},
        "body": hidden(_body(signed), connection.redact),
    }


def _body(request: Request) -> Any:
    if request.form is not None:
        return [list(pair) for pair in request.form]
    return None if request.json is MISSING else request.json


def _continuation(request: Request) -> dict[str, Any]:
    """A request of the engine's, before it is signed in, so without credentials."""
    parts = {"method": request.method, "url": request.url, "query": request.query, "headers": request.headers}
    parts |= {} if request.form is None else {"form": request.form}
    return parts if request.json is MISSING else {**parts, "json": request.json}


def _request(call: Call, text: str, about: tuple[Any, ...]) -> Request:
    try:
        parts = call.server.signer.open(text, *about)
    except ValueError:
        message = "this 'next' was changed, or was given for other choices"
        raise InputError(message, field="next", remedy="Leave it out to read from the start.") from None
    pairs = {name: tuple(map(tuple, parts[name])) for name in ("query", "form") if name in parts}
    return Request(**parts | pairs)

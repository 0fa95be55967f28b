"""What each route does. A handler is given a Call and gives the answer as data; its docstring is its documentation."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from typing import Any

import msgspec

from connectors.components.extract import MISSING
from connectors.components.http import Request, dump_json, load_json
from connectors.components.memory import Memory
from connectors.engine.connection import Connection
from connectors.engine.redaction import hidden, secrets_in
from connectors.engine.run import operation_named
from connectors.errors import GridwireError, InputError, UnknownOutcome
from connectors.manifest.model import Action, Operation, Search, Trigger
from connectors.server import describe
from connectors.server.call import Call
from connectors.server.problems import TooLarge, stack_of

log = logging.getLogger("gridwire.server")

MAX_CURSOR = 256 * 1024
"""Characters."""


async def health(call: Call) -> Any:
    """Says that the server runs."""
    return {"status": "ok"}


async def openapi(call: Call) -> Any:
    """This description."""
    return call.server.document


async def list_connectors(call: Call) -> Any:
    """Lists the connectors and the names of what each can do."""
    return {"items": [describe.summary(connector) for connector in call.server.connectors.values()]}


async def show_connector(call: Call) -> Any:
    """Describes a connector: its connection form, and its operations with their forms and samples."""
    return describe.whole(call.connector)


async def list_connections(call: Call) -> Any:
    """Lists the connections that are ready to use."""
    return {"items": [_shown(name, connection) for name, connection in call.server.connections.items()]}


async def show_connection(call: Call) -> Any:
    """Describes a connection. Its values are never shown."""
    return _shown(call.params["id"], call.connection)


async def test_connection(call: Call) -> Any:
    """Asks the vendor whether the connection works."""
    await call.vendor.test()
    return _shown(call.params["id"], call.connection)


async def run_action(call: Call) -> Any:
    """Runs an action once; with `dry_run`, shows the request that it would send, and sends nothing."""
    action, vendor = call.operation(Action), call.vendor
    request = vendor.prepare(action, call.body["input"])
    if call.body["dry_run"]:
        secrets = secrets_in(action.input, action.checker.check(call.body["input"]))
        return {"request": _preview(vendor.connection.hiding(secrets), request)}
    try:
        output = await vendor.call(action.name, call.body["input"], confirmed=call.body["confirm"])
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
    return {"items": await call.vendor.search(call.operation(Search).name, call.body["input"], limit=wanted)}


async def offer_choices(call: Call) -> Any:
    """Gives the choices of an input; `next`, if there is one, gives the ones after when it is sent back."""
    body, vendor = call.body, call.vendor
    operation_named(vendor.connector, body["operation"], Operation)
    asked = (body["operation"], body["field"], body["input"], body["search"])
    about = ("choices", call.params["id"], vendor.connection.base_url, *asked)
    after = _request(call, body["next"], about) if body.get("next") is not None else None
    found, following = await vendor.choices(
        body["operation"], body["field"], body["input"], search=body["search"], after=after
    )
    rest = call.server.signer.sign(_continuation(following), *about) if following else None
    return {"choices": [asdict(choice) for choice in found], "next": rest}


async def poll_trigger(call: Call) -> Any:
    """Gives what is new since the poll that gave `cursor`.

    Without a cursor it is the first poll: it remembers what is there and gives nothing, unless `from_start`.
    """
    body, trigger, vendor = call.body, call.operation(Trigger), call.vendor
    about = ("poll", call.params["id"], vendor.connector.connector, trigger.name, body["input"])
    memory = _memory(call, body["cursor"], about) if body.get("cursor") is not None else None
    poll = await vendor.poll(trigger.name, body["input"], memory, from_start=body["from_start"])
    cursor = call.server.signer.sign(poll.memory.as_dict(), *about)
    if len(cursor) > MAX_CURSOR:
        message = f"'{trigger.name}' has {len(poll.memory.versions):,} items to remember, too many for a cursor"
        remedy = "Use a subscription, for which the server remembers, or `gridwire poll` with a --state file."
        raise TooLarge(f"{message} of {MAX_CURSOR // 1024} KiB", remedy=remedy)
    return {"items": [load_json(event.line) for event in poll.events], "cursor": cursor}


async def show_sample(call: Call) -> Any:
    """Gives an example of what a trigger emits, without asking the vendor."""
    return {"sample": call.connection.connector.sample_of(call.operation(Trigger))}


def _shown(name: str, connection: Connection) -> dict[str, Any]:
    return {"id": name, "name": name, "connector": connection.connector.connector, "state": "ok"}


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


def _memory(call: Call, cursor: str, about: tuple[Any, ...]) -> Memory:
    try:
        return Memory.from_dict(call.server.signer.open(cursor, *about))
    except ValueError:
        message = "this cursor was changed, or was given for another trigger, connection or input"
        remedy = "Send the last cursor as it came, with the same input; or none, to begin anew."
        raise InputError(message, field="cursor", remedy=remedy) from None


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

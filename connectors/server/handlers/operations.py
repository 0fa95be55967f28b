"""Searches and choices: what is read of a vendor once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from connectors.components.extract import MISSING
from connectors.components.fields import Fields, parse_text
from connectors.components.http import Request
from connectors.engine.run import operation_named
from connectors.errors import InputError
from connectors.manifest.model import Operation, Search
from connectors.server.call import Call
from connectors.service.connections import Opened


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
    opened = await call.opened()
    operation = operation_named(opened.connection.connector, call.body["operation"], Operation)
    return await _offered(call, opened, operation, call.body["input"])


async def list_choices(call: Call) -> Any:
    """Gives the choices of an input to whoever can only GET, such as forms that fill a dropdown.

    `input` is JSON; one of the inputs can also be given by itself, as `input.NAME`.
    """
    opened = await call.opened()
    operation = operation_named(opened.connection.connector, call.query["operation"], Operation)
    return await _offered(call, opened, operation, meant(operation.input, call.query["input"]))


def meant(fields: Fields, given: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in a query as text, as the fields would have it."""
    texts = {name: value for name, value in given.items() if isinstance(value, str) and name in fields}
    return {**given, **{name: parse_text(fields[name], text) for name, text in texts.items()}}


async def _offered(call: Call, opened: Opened, operation: Operation, given: Mapping[str, Any]) -> Any:
    asked = call.body or call.query
    name, field, search = operation.name, asked["field"], asked["search"]
    about = ("choices", opened.stored.id, opened.connection.base_url, name, field, given, search)
    after = _request(call, asked["next"], about) if asked.get("next") is not None else None
    async with call.asking(opened) as vendor:
        found, following = await vendor.choices(name, field, given, search=search, after=after)
    rest = call.server.signer.sign(_continuation(following), *about) if following else None
    return {"choices": [asdict(choice) for choice in found], "next": rest}


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

"""Answers in the manner of Django REST framework, for vendors whose documents leave their refusals open.

A refusal of the whole request is `{"detail": …}`, one of fields is `{field: [what is wrong, …]}`. Unlike the framework,
which passes over what it does not know, a field that is unknown or read-only is refused: a pretend vendor is strict.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from .strict import Json, media_type, only_query, read_json

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Answer = Callable[[Request], Awaitable[Response]]

MESSAGES = {
    "missing": "This field is required.",
    "string_type": "Not a valid string.",
    "int_type": "A valid integer is required.",
    "float_type": "A valid number is required.",
    "bool_type": "Must be a valid boolean.",
    "list_type": "Expected a list of items.",
    "model_type": "Invalid data. Expected a dictionary.",
}


class Refused(HTTPException):
    """A refusal with this JSON as its body."""

    def __init__(self, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, json.dumps(body), headers)
        self.body = body


def body_of(error: HTTPException) -> Json:
    """The body of a refusal, wherever it was raised."""
    return error.body if isinstance(error, Refused) else {"detail": error.detail}


def wrong(field: str, message: str) -> Refused:
    """A refusal (400) of one field."""
    return Refused(400, {field: [message]})


@dataclass(frozen=True)
class Place:
    """What an address does, by method; `methods` is asked each time.

    `admit` lets a request in or refuses it before the method is looked at; `after` is called once it is carried out.
    """

    methods: Callable[[], dict[str, Answer]]
    admit: Callable[[Request], None]
    after: Callable[[], None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.admit(request)
        methods = self.methods()
        if request.method not in methods:
            detail = f'Method "{request.method}" not allowed.'
            raise Refused(405, {"detail": detail}, {"Allow": ", ".join(methods)})
        response = await methods[request.method](request)
        self.after()
        await response(scope, receive, send)


def routes(path: str, place: Place, *, bare: bool = False) -> list[BaseRoute]:
    """The routes to a place whose path ends with a slash; without the slash it is found only if `bare`."""
    without = place if bare else Place(dict, _no_slash, place.after)
    return [Route(path, place), Route(path.rstrip("/"), without)]


def _no_slash(request: Request) -> None:
    raise HTTPException(404, "Not found: this address ends with a slash.")


async def read_fields(request: Request, model: type[BaseModel], read_only: Collection[str] = ()) -> Json:
    """The fields that the body gives, as `model` reads them; 400 names each that is wrong. No query is taken."""
    only_query(request)
    if media_type(request.headers.get("content-type")) != "application/json":
        raise HTTPException(400, "header content-type: must be application/json")
    data = read_json(await request.body())
    _must_be_text(data)
    try:
        return model.model_validate(data).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise Refused(400, _by_field(error, read_only)) from None


async def no_body(request: Request) -> None:
    """Refuse (400) a body where none is taken."""
    if await request.body():
        raise HTTPException(400, f"body: {request.method} takes none")


def _must_be_text(data: object) -> None:
    """Refuse what Python reads but could not show again."""
    try:
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise HTTPException(400, "body: holds half a character, or a number that is too large") from None


def _by_field(error: ValidationError, read_only: Collection[str]) -> Json:
    found: dict[str, list[str]] = {}
    for one in error.errors(include_url=False):
        field, *inside = [str(part) for part in one["loc"]] or ["non_field_errors"]
        said = MESSAGES.get(one["type"], one["msg"])
        if one["type"] == "extra_forbidden":
            said = "This field is read-only." if field in read_only and not inside else "Unknown field."
        found.setdefault(field, []).append(f"{'.'.join(inside)}: {said}" if inside else said)
    return found

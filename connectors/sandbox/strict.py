"""How a pretend vendor refuses: what its document does not allow is an error that names the field.

Refusals are starlette's `HTTPException(status, message)`; each vendor decides what their body looks like.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from starlette.requests import Request
    from starlette.responses import Response

Json = dict[str, Any]
Model = TypeVar("Model", bound=BaseModel)

MAX_BYTES = 2**20

PLAIN_WORDS = {
    "extra_forbidden": "is not known here",
    "missing": "is required",
    "missing_argument": "is required",
    "model_type": "must be a JSON object",
    "unexpected_keyword_argument": "is not known here",
    "bool_type": "must be true or false",
    "dict_type": 'must be an object, such as {"name": "Erika"}',
    "float_type": "must be a number, such as 1.5",
    "int_type": "must be a whole number, such as 7",
    "list_type": "must be a list, such as [1, 2]",
    "string_type": "must be a text",
}
_BRANCHES = frozenset(("int", "str", "float", "bool"))
"""What pydantic adds to the place of something that may be of several types."""


def _a_day(text: str) -> str:
    try:
        date.fromisoformat(text if len(text) == len("2027-12-31") else "")
    except ValueError:
        raise PydanticCustomError("day", "must be a day that exists, as YYYY-MM-DD: 2027-12-31") from None
    return text


Day = Annotated[str, AfterValidator(_a_day)]
"""A day as text, 2027-12-31."""


class Strict(BaseModel):
    """A JSON object in which nothing may be unknown, infinite or of another type than documented."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


def route(method: str, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    """A route for one method only; starlette would add HEAD to GET, which no document mentions."""
    made = Route(path, endpoint, methods=[method])
    made.methods = {method}
    return made


def only_query(request: Request, *allowed: str) -> None:
    """Refuse (400) query parameters that are unknown or given twice."""
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in allowed:
            raise HTTPException(400, f"query parameter {name}: is not known here")
        if name in seen:
            raise HTTPException(400, f"query parameter {name}: is given twice")
        seen.add(name)


async def read_body(request: Request) -> bytes:
    """The body; more than `MAX_BYTES` of it are refused (413)."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BYTES:
            raise HTTPException(413, f"body: has more than {MAX_BYTES // 2**20} MiB")
    return bytes(data)


def media_type(header: str | None) -> str:
    """The media type a header names, without its parameters and in lower case."""
    return (header or "").partition(";")[0].strip().lower()


def read_json(raw: bytes) -> Any:
    """`raw` as JSON by RFC 8259: UTF-8, no NaN, no comma too many. Anything else is refused (400)."""
    try:
        return json.loads(raw.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, f"body: is not valid JSON: {error}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def checked(model: type[Model], data: object) -> Model:
    """`data` as a `model`, or a refusal (400) that names every wrong field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise HTTPException(400, explain(error)) from None


def explain(error: ValidationError) -> str:
    """What is wrong, field by field, in one line."""
    said: dict[str, list[str]] = {}
    for one in error.errors(include_url=False):
        place = one["loc"][:-1] if len(one["loc"]) > 1 and one["loc"][-1] in _BRANCHES else one["loc"]
        said.setdefault(".".join(map(str, place)) or "body", []).append(PLAIN_WORDS.get(one["type"], one["msg"]))
    return "; ".join(f"{place}: {', or '.join(dict.fromkeys(words))}" for place, words in said.items())


def unknown(what: str, name: str, known: Collection[str]) -> HTTPException:
    """A 404 that says which names there are."""
    return HTTPException(404, f"no {what} is called {name!r}; there is: {', '.join(known)}")

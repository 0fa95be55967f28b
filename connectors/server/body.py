"""A request's body: read within limits, then read as a JSON object, then checked."""

from __future__ import annotations

import asyncio
from collections import Counter
from email.message import Message
from json import JSONDecoder
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from connectors.components.fields import Checker
from connectors.components.http import FORM_TYPE, JSON_TYPE, load_json
from connectors.errors import InputError
from connectors.manifest.problem import quoted
from connectors.server.problems import TooLarge, TooSlow, UnsupportedMediaType

MAX_BYTES = 2**20
MAX_FORM = 2**16
MAX_DEPTH = 64
SECONDS = 15.0
"""How long a body may take to arrive."""
_MOST_FIELDS = 200


class NotJson(InputError):
    """The body cannot be read at all."""


async def read_body(request: Request, checker: Checker) -> dict[str, Any]:
    """The body, with defaults filled in; no body at all is an empty object. Raises Refusal, InputError."""
    data = await read_bytes(request, MAX_BYTES)
    if not data:
        return checker.check({})
    _check_type(request)
    return checker.check(_object(data))


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form that a browser sends; of one that comes twice, the last. Raises Refusal."""
    data = await read_bytes(request, MAX_FORM)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        remedy = f"Send a form with the header Content-Type: {FORM_TYPE}."
        raise UnsupportedMediaType("the body is not sent as a form", remedy=remedy)
    try:
        return dict(parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise UnsupportedMediaType("the body is no form in UTF-8, or has too many fields") from None


async def read_bytes(request: Request, most: int) -> bytes:
    """The body as it comes, of at most so many bytes. Raises TooLarge, TooSlow."""
    data = bytearray()
    _check_size(int(request.headers.get("content-length", "0")), most)
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in request.stream():
                data += chunk
                _check_size(len(data), most)
    except TimeoutError:
        message = f"the body did not arrive within {SECONDS:g} s; nothing was done"
        raise TooSlow(message, remedy="Send it again, faster.") from None
    return bytes(data)


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"a body has at most {_bytes(most)}", remedy="Send less at once.")


def _bytes(size: int) -> str:
    return f"{size // 2**20} MiB" if size >= 2**20 else f"{size // 2**10} KiB"


def _check_type(request: Request) -> None:
    if request.headers.get("content-type") == JSON_TYPE and "content-encoding" not in request.headers:
        return
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    plain = request.headers.get("content-encoding", "identity").lower() == "identity"
    utf8 = str(header.get_param("charset", "utf-8")).lower() in ("utf-8", "utf8", "us-ascii")
    if header.get_content_type() != JSON_TYPE or not utf8 or not plain:
        remedy = f"Send JSON in UTF-8, uncompressed, with the header Content-Type: {JSON_TYPE}."
        raise UnsupportedMediaType("the body is not sent as JSON", remedy=remedy)


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = load_json(data)
    except ValueError as error:
        raise NotJson(f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InputError("the body has to be a JSON object", remedy='Send {"input": {…}}, or as /openapi.json says.')
    _check_depth(value)
    _ONCE_EACH.decode(data.decode("utf-8-sig"))
    return value


def _check_names(pairs: list[tuple[str, Any]]) -> None:
    """Raises InputError where an object has a name twice, for readers of JSON differ in which of the two they take."""
    if len(dict(pairs)) < len(pairs):
        [(twice, _), *_] = Counter(name for name, _ in pairs).most_common(1)
        message = f"the body has {quoted(twice)} twice in the same object"
        raise InputError(message, field=twice, remedy="Send each name once; nothing was done.")


_ONCE_EACH = JSONDecoder(object_pairs_hook=_check_names, parse_int=str, parse_float=str)


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in (node.values() if isinstance(node, dict) else node)]
        level = [node for node in level if isinstance(node, dict | list)]
        if not level:
            return
    raise InputError(f"the body is nested more than {MAX_DEPTH} deep")

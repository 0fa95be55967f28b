"""The small values of a manifest: names, versions, durations, addresses and request lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import core_schema

from connectors.components.http import base_of
from connectors.components.template import Hole, Template, TemplateError, Written
from connectors.components.times import moment
from connectors.components.tree import WORDS, Tree
from connectors.components.wrong import wrong

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

_DOTS = re.compile(r"(^|[/\\])\.\.?(;[^/\\]*)?([/\\]|$)")  # some servers pass over what follows a semicolon
_NO_CODE = re.compile("%(?![0-9A-Fa-f]{2})")  # RFC 3986, 2.1


Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


def _time(value: Any) -> Any:
    if moment(value) is None:
        raise wrong("time", "a time is written as 2026-01-31 or 2026-01-31T09:30:00Z")
    return value


Time: TypeAlias = Annotated[str, AfterValidator(_time)]


Version: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]


def _absolute(url: str) -> str:
    if "{" in url:
        raise wrong("url", "where names complete an address, it is written {pattern: …}; elsewhere it holds no braces")
    try:
        return base_of(url)
    except ValueError:
        raise wrong("url", "an address is https:// with a host, and without query, fragment or user") from None


def _endpoint(url: str) -> str:
    """An address that is kept to the letter: for the one server that it names, a slash at its end may matter."""
    _absolute(url)
    return url


def in_clear(url: str) -> bool:
    """Whether what is sent there can be read on the way: it is http:// and not on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1")


def _block(value: Any) -> Any:
    if not isinstance(value, dict) or (len(value) == 1 and not value.keys().isdisjoint(WORDS)):
        raise wrong("block", "this should be a block of keys")
    return value


Block: TypeAlias = Annotated[Tree, BeforeValidator(_block)]
"""A tree that is a block of keys of its own."""

Url: TypeAlias = Annotated[str, AfterValidator(_absolute), WithJsonSchema({"type": "string", "pattern": "^https?://"})]


Endpoint: TypeAlias = Annotated[
    str, AfterValidator(_endpoint), WithJsonSchema({"type": "string", "pattern": "^https?://"})
]


def _decoded(path: str) -> str:
    """The path as the last of several servers may read it, each of which decodes it."""
    for _ in range(4):
        path = unquote(path)
    return path


def written_in_address(text: str) -> Template:
    """The template of a segment or of a query. Raises TemplateError for a percent sign that begins no code, too."""
    template = Template(text)
    for part in template.parts:
        if isinstance(part, str) and (found := _NO_CODE.search(part)):
            message = "a % in an address begins a code such as %20; the sign itself is %25"
            raise TemplateError(message, max(0, text.find(part[found.start() :])))
    return template


def effect_of(method: str) -> Literal["read", "write", "destroy"]:
    """What a request does at the vendor, as far as its method tells."""
    usual: dict[str, Literal["read", "destroy"]] = {"GET": "read", "DELETE": "destroy"}
    return usual.get(method, "write")


class RequestLine(Written):
    """`GET /clients/{clientId}/users`: a method and a path whose holes fill exactly one segment, or a part of one.

    Percent-encoding arrives as it is written: `%2F` does not end its segment.
    Written as a list, the first line counts; the others are tried in turn when the vendor answers 405, so did nothing.
    """

    def __init__(self, line: str, *alternatives: RequestLine) -> None:
        self.line: str = line
        self.alternatives: tuple[RequestLine, ...] = alternatives
        method, _, path = line.partition(" ")
        if method not in METHODS or not path.startswith("/"):
            raise wrong("request_line", f"a request is a method ({', '.join(METHODS)}) and a path that begins with /")
        self.method: str = method
        self.segments: tuple[Template, ...] = tuple(self._segments(path))

    @property
    def reads(self) -> bool:
        """Whether the method only reads (RFC 9110: safe)."""
        return self.method == "GET"

    @property
    def holes(self) -> list[Hole]:
        """The holes, with their offsets in the whole line."""
        found, offset = list[Hole](), len(self.method) + 2
        for segment in self.segments:
            found += [Hole(hole.path, hole.filters, offset + hole.offset) for hole in segment.holes]
            offset += len(segment.text) + 1
        return found

    def _segments(self, path: str) -> Iterator[Template]:
        if re.search(r"[?#\s\\]|//", path) or _DOTS.search(_decoded(path)):
            raise wrong("request_line", "a path holds no spaces, ?, #, //, /./ or /../")
        offset = len(self.method) + 2
        for text in path[1:].split("/"):
            try:
                yield written_in_address(text)
            except TemplateError as error:
                raise wrong("template", error.message, offset=offset + error.offset) from None
            offset += len(text) + 1

    def __repr__(self) -> str:
        return self.line

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        one = core_schema.no_info_after_validator_function(cls, core_schema.str_schema(strict=True))
        several = core_schema.list_schema(one, min_length=2)
        joined = core_schema.no_info_after_validator_function(lambda lines: cls(lines[0].line, *lines[1:]), several)
        return core_schema.tagged_union_schema(
            {"one": one, "several": joined}, lambda value: "several" if isinstance(value, list) else "one"
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        line = {"type": "string", "pattern": rf"^({'|'.join(METHODS)}) /", "description": "METHOD /path, with {names}."}
        return {"anyOf": [line, {"type": "array", "items": line, "minItems": 2}]}

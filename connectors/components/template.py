"""Texts with holes: `{name}`, `{item.customer.id}`, `{apiKey|base64}`.

A hole is a dotted path into the scope and, after bars, filters from a closed set. `{{` and `}}` are braces. A text
that is exactly one hole keeps the type of its value; otherwise the values become text. There are no expressions: a
template ends, costs what its size costs, and what it inserts is never read as a template again.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from connectors.components.extract import MISSING, extract
from connectors.components.filters import FILTERS, as_text
from connectors.components.wrong import wrong
from connectors.errors import InputError

Scope: TypeAlias = Mapping[str, Any]

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*")


class TemplateError(ValueError):
    """A template that cannot be read. `offset` is where in the text, in characters."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message: str = message
        self.offset: int = offset


class NotText(InputError):
    """A null, a list or an object where text has to stand. `field` is the dotted name of the value."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"'{name}': {reason}", field=name)
        self.reason: str = reason


@dataclass(frozen=True, slots=True)
class Hole:
    """One `{path|filter}`; `offset` is where its path begins in the text."""

    path: tuple[str, ...]
    filters: tuple[str, ...]
    offset: int

    @property
    def name(self) -> str:
        """The path as it is written."""
        return ".".join(self.path)

    def value(self, scope: Scope) -> Any:
        """What the scope holds there, filtered; missing and null stay what they are. Raises NotText."""
        value = extract(scope.get(self.path[0], MISSING), self.path[1:])
        for name in self.filters:
            if value is MISSING or value is None:
                break
            value = self.apply(FILTERS[name], value)
        return value

    def apply(self, convert: Callable[[Any], Any], value: Any) -> Any:
        """The value converted. Raises NotText in place of TypeError."""
        try:
            return convert(value)
        except TypeError as error:
            raise NotText(self.name, str(error)) from None


class Written(ABC):
    """A text with holes."""

    __slots__ = ()

    @property
    @abstractmethod
    def holes(self) -> list[Hole]:
        """The holes, in order, each with its offset in the whole text."""


class Template(Written):
    """A compiled text. Two templates are equal when their texts are."""

    __slots__ = ("parts", "text")

    def __init__(self, text: str) -> None:
        self.text: str = text
        self.parts: tuple[str | Hole, ...] = tuple(_parse(text))

    @property
    def holes(self) -> list[Hole]:
        """The holes, in order."""
        return [part for part in self.parts if isinstance(part, Hole)]

    def fill(self, scope: Scope) -> Any:
        """The text with its holes filled; MISSING as soon as one of them is.

        Raises NotText when a null, a list or an object would have to become text.
        """
        if len(self.parts) == 1:
            part = self.parts[0]
            return part.value(scope) if isinstance(part, Hole) else part
        texts: list[str] = []
        for part in self.parts:
            value = part.value(scope) if isinstance(part, Hole) else part
            if value is MISSING:
                return MISSING
            texts.append(part.apply(as_text, value) if isinstance(part, Hole) else part)
        return "".join(texts)

    def show(self, scope: Scope) -> str:
        """The text for people to read: what is missing, null or no text leaves nothing behind."""
        return "".join(_readable(part, scope) for part in self.parts).strip()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Template({self.text!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(_validated, core_schema.str_schema(strict=True))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        return {"type": "string", "description": "A text; {name} inserts a value."}


def _readable(part: str | Hole, scope: Scope) -> str:
    if isinstance(part, str):
        return part
    try:
        value = part.value(scope)
        values = value if isinstance(value, list) else [] if value is MISSING or value is None else [value]
        return ", ".join(map(as_text, values))
    except (NotText, TypeError):
        return ""


def _parse(text: str) -> Iterator[str | Hole]:
    literal, end = "", 0
    for token in _TOKEN.finditer(text):
        literal += text[end : token.start()]
        end = token.end()
        if token.group() in ("{{", "}}"):
            literal += token.group()[0]
            continue
        if literal:
            yield literal
            literal = ""
        yield _hole(token)
    literal += text[end:]
    if literal or not text:
        yield literal


def _hole(token: re.Match[str]) -> Hole:
    inner = token.group(1)
    if inner is None:
        brace = token.group()
        what = "is never closed: add '}'" if brace == "{" else "closes nothing: take it out"
        raise TemplateError(f"this '{brace}' {what}, or write '{brace * 2}' for a brace", token.start())
    path, *filters = inner.split("|")
    if not _NAME.fullmatch(path):
        raise TemplateError(f"'{path}' is not a name", token.start(1))
    offset = token.start(1) + len(path) + 1
    for name in filters:
        if name not in FILTERS:
            raise TemplateError(f"there is no filter '{name}'; there are {', '.join(FILTERS)}", offset)
        offset += len(name) + 1
    return Hole(tuple(path.split(".")), tuple(filters), token.start(1))


def _validated(text: str) -> Template:
    try:
        return Template(text)
    except TemplateError as error:
        raise wrong("template", error.message, offset=error.offset) from None

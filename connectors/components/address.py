"""A vendor's address with a part of each account's own: `{pattern: "https://{instance}.example.com"}`."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, TypeAlias

from pydantic import Discriminator, Tag, field_validator

from connectors.components.component import Component
from connectors.components.extract import MISSING
from connectors.components.http import base_of
from connectors.components.path import segment, text_of
from connectors.components.template import Hole, Scope, Template
from connectors.components.values import Endpoint, Url
from connectors.components.wrong import wrong
from connectors.errors import InputError

_PARTS = re.compile(r"(https?://)([^/]*)(?:/(.*))?")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")  # RFC 1123, 2.1
_OPEN_END = re.compile(r".*\}[^.]*(\.[^.]*)?")  # fewer than two labels after the last that is left open


class UrlPattern(Component):
    """An address that the fields of the connection complete."""

    pattern: Template
    """https:// with {names} of fields, each a part of one label of the host or of one segment of the path."""

    @field_validator("pattern")
    @classmethod
    def _is_an_address(cls, pattern: Template) -> Template:
        parts = _PARTS.fullmatch(pattern.text)
        try:
            base_of("".join(part if isinstance(part, str) else _example(part) for part in pattern.parts))
        except ValueError:
            parts = None
        if parts is None:
            message = "a pattern is https:// with a host, and without query, fragment or user"
        elif not pattern.holes:
            message = "nothing is left open in this pattern; write it as a plain address"
        elif _OPEN_END.fullmatch(parts[2]):
            message = "the host ends in a domain that is fixed, such as {name}.example.com"
        else:
            return pattern
        raise wrong("url", message)

    @property
    def holes(self) -> list[Hole]:
        """What the connection's fields fill."""
        return self.pattern.holes

    @cached_property
    def _parts(self) -> tuple[str, Template, list[Template]]:
        parts = _PARTS.fullmatch(self.pattern.text)
        assert parts is not None
        path = [] if parts[3] is None else parts[3].split("/")
        return parts[1], Template(parts[2]), [Template(text) for text in path]

    def fill(self, scope: Scope) -> str:
        """The address of one account. Raises InputError for a value that is not a part of one label or segment."""
        scheme, host, path = self._parts
        filled = "".join(part if isinstance(part, str) else _label(part, scope) for part in host.parts)
        return "/".join([scheme + filled, *(segment(text, scope) for text in path)])

    @property
    def examples(self) -> dict[str, str]:
        """Values for the fields that it is made of: their own names."""
        return {hole.path[0]: _example(hole) for hole in self.holes}

    @property
    def example(self) -> str:
        """An address of this form, made of `examples`."""
        return base_of("".join(part if isinstance(part, str) else _example(part) for part in self.pattern.parts))

    def __str__(self) -> str:
        return self.pattern.text


def _label(hole: Hole, scope: Scope) -> str:
    text = text_of(hole, scope)
    if not _LABEL.fullmatch(text):
        message = f"'{hole.name}' is part of a host's name, so it can hold letters, digits and - alone"
        raise InputError(message, field=hole.name, remedy="Give only this part, not the whole address.")
    return text


def _example(hole: Hole) -> str:
    return hole.path[0].replace("_", "-").strip("-").lower()


def _way(value: Any) -> str:
    return "pattern" if isinstance(value, dict | UrlPattern) else "url"


BaseUrl: TypeAlias = Annotated[Annotated[Url, Tag("url")] | Annotated[UrlPattern, Tag("pattern")], Discriminator(_way)]
"""Where a vendor's API is: an address, or a pattern of addresses."""

EndpointUrl: TypeAlias = Annotated[
    Annotated[Endpoint, Tag("url")] | Annotated[UrlPattern, Tag("pattern")], Discriminator(_way)
]
"""Where one thing is asked for: an address, or a pattern of addresses, that is kept to the letter."""


def address(url: str | UrlPattern, scope: Scope) -> str:
    """The address of one account. Raises InputError for a value that is missing, or cannot be in it."""
    return url if isinstance(url, str) else url.fill(scope)


def completed(url: str | UrlPattern, scope: Scope) -> str | None:
    """The same, but None while a field that is in it is missing."""
    holes = url.holes if isinstance(url, UrlPattern) else []
    return None if any(hole.value(scope) is MISSING for hole in holes) else address(url, scope)

"""What values become in paths and headers; in a path each fills one segment, or part of one, and leads nowhere else."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from connectors.components.extract import MISSING
from connectors.components.filters import as_text
from connectors.components.http import HEADER_RULE, fits_header
from connectors.components.template import Hole, Scope, Template
from connectors.components.values import RequestLine
from connectors.errors import InputError

_WRITTEN = ":@!$&'()*+,;=-._~%"  # RFC 3986, 3.3; what is written in percent-encoding arrives as it is written
_DOTS = (".", "..")


def path_of(line: RequestLine, scope: Scope) -> str:
    """The path with its holes filled, each value inside one segment. Raises InputError for what cannot be a segment."""
    return "".join(f"/{segment(template, scope)}" for template in line.segments)


def segment(template: Template, scope: Scope) -> str:
    """The text with its holes filled, each value encoded. Raises InputError for what cannot be (part of) a segment."""
    text = filled(template, scope)
    if unquote(text) in _DOTS and template.holes:
        name = template.holes[0].name
        raise InputError(f"'{name}' cannot be '.' or '..': it is part of an address", field=name)
    return text


def filled(template: Template, scope: Scope, allowed: str = "") -> str:
    """The text with each value encoded; what is written around them stays, with `allowed` beside what a segment allows.

    Raises InputError.
    """
    return "".join(
        quote(part, safe=_WRITTEN + allowed) if isinstance(part, str) else quote(text_of(part, scope), safe="")
        for part in template.parts
    )


def text_of(hole: Hole, scope: Scope) -> str:
    """What a hole inserts into an address. Raises InputError for what is missing, empty or no text."""
    value = hole.value(scope)
    if value is MISSING:
        raise InputError(f"'{hole.name}' is required: it is part of an address", field=hole.name)
    text = text_for(hole.name, value, "an address")
    if not text:
        raise InputError(f"'{hole.name}' cannot be empty: it is part of an address", field=hole.name)
    return text


def header_for(name: str, value: Any) -> str:
    """The value as a header holds it. Raises InputError that names it."""
    text = text_for(name, value, "a header")
    if not fits_header(text):
        raise InputError(f"'{name}' {HEADER_RULE}", field=name)
    return text


def text_for(name: str, value: Any, place: str) -> str:
    """The value as text. Raises InputError that names it, and the place where no such value can stand."""
    try:
        return as_text(value)
    except TypeError as error:
        raise InputError(f"'{name}' goes into {place}, but {error}", field=name) from None

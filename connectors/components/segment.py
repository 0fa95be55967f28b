"""One segment of an address's path: what is inserted stays inside of it."""

from __future__ import annotations

from urllib.parse import quote

from connectors.components.extract import MISSING
from connectors.components.filters import as_text
from connectors.components.template import Hole, Scope, Template
from connectors.errors import InputError

_WRITTEN = ":@!$&'()*+,;=-._~"  # RFC 3986, 3.3


def segment(template: Template, scope: Scope) -> str:
    """The text with its holes filled, each value encoded. Raises InputError for what cannot be (part of) a segment."""
    text = "".join(_part(part, scope) for part in template.parts)
    if text in (".", "..") and template.holes:
        name = template.holes[0].name
        raise InputError(f"'{name}' cannot be '.' or '..': it is part of an address", field=name)
    return text


def text_of(hole: Hole, scope: Scope) -> str:
    """What a hole inserts into an address. Raises InputError for what is missing, empty or no text."""
    value = hole.value(scope)
    if value is MISSING:
        raise InputError(f"'{hole.name}' is required: it is part of an address", field=hole.name)
    try:
        text = as_text(value)
    except TypeError as error:
        raise InputError(f"'{hole.name}' goes into an address, but {error}", field=hole.name) from None
    if not text:
        raise InputError(f"'{hole.name}' cannot be empty: it is part of an address", field=hole.name)
    return text


def _part(part: str | Hole, scope: Scope) -> str:
    return quote(part, safe=_WRITTEN) if isinstance(part, str) else quote(text_of(part, scope), safe="")

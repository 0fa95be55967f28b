"""What differs between what was recorded and what happens now, field by field, for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from connectors.components.extract import MISSING
from connectors.components.http import load_json
from connectors.testing.steps import Asked

_LONGEST = 300
"""Characters of a value that are shown."""
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was recorded. A side that has nothing there is MISSING."""

    where: str
    """Such as `request 2 of 3, body customer.name`."""
    recorded: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.where}\n    recorded: {_shown(self.recorded)}\n    now:      {_shown(self.now)}"

    def as_dict(self) -> dict[str, Any]:
        """The difference as data; a side that has nothing there is left out."""
        sides = {"recorded": self.recorded, "now": self.now}
        return {"where": self.where, **{name: side for name, side in sides.items() if side is not MISSING}}


def differing(where: str, recorded: Any, now: Any) -> Iterator[Difference]:
    """What differs between two values; 7, 7.0 and true are three values."""
    if isinstance(recorded, dict) and isinstance(now, dict):
        for name in [*recorded, *(name for name in now if name not in recorded)]:
            yield from differing(f"{where}.{name}", recorded.get(name, MISSING), now.get(name, MISSING))
    elif isinstance(recorded, list) and isinstance(now, list):
        for index in range(max(len(recorded), len(now))):
            one = recorded[index] if index < len(recorded) else MISSING
            other = now[index] if index < len(now) else MISSING
            yield from differing(f"{where}[{index}]", one, other)
    elif type(recorded) is not type(now) or recorded != now:
        yield Difference(where, recorded, now)


def requests_differing(where: str, recorded: Asked, now: Asked) -> Iterator[Difference]:
    """What differs between two requests: method, address, headers, body."""
    if recorded.method != now.method:
        yield Difference(f"{where}, method", recorded.method, now.method)
    if _normal(recorded.url) != _normal(now.url):
        whole = Difference(f"{where}, address", recorded.url, now.url)
        yield from list(_addresses(where, recorded.url, now.url)) or [whole]
    yield from differing(f"{where}, header", recorded.headers, now.headers)
    yield from differing(f"{where}, body", _value(recorded), _value(now))


def _addresses(where: str, recorded: str, now: str) -> Iterator[Difference]:
    one, other = urlsplit(recorded), urlsplit(now)
    yield from differing(f"{where}, host", f"{one.scheme}://{one.netloc}", f"{other.scheme}://{other.netloc}")
    yield from differing(f"{where}, path", unquote(one.path), unquote(other.path))
    yield from differing(f"{where}, query", _pairs(one.query), _pairs(other.query))


def _normal(url: str) -> str:
    """The address with one way of escaping, for HTTP clients have their own."""
    parts = urlsplit(url)
    path = "/".join(quote(unquote(segment), safe="") for segment in parts.path.split("/"))
    return f"{parts.scheme}://{parts.netloc}{path}?{urlencode(parse_qsl(parts.query, keep_blank_values=True))}"


def _pairs(query: str) -> dict[str, Any]:
    """The parameters by name, with all values of each in order."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _value(message: Asked) -> Any:
    """The body in a form that shows what it says, whatever the order of its keys."""
    if "json_" in message.model_fields_set:
        return message.json_
    if message.text is None:
        return message.base64 if message.base64 is not None else MISSING
    if message.headers.get("content-type", "").startswith(_FORM):
        return [list(pair) for pair in parse_qsl(message.text, keep_blank_values=True)]
    try:
        return load_json(message.text)
    except ValueError:
        return message.text


def _shown(value: Any) -> str:
    if value is MISSING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text):,} characters)"

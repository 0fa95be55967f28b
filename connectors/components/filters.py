"""What a hole in a template may do to its value: `{apiKey|base64}`. A closed set of pure functions, without arguments.

A filter that cannot do it with the value that it gets raises TypeError, which names the kind of value, never the value.
Of an empty list there is no first and no last: what would insert it drops out.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from datetime import UTC
from typing import Any
from urllib.parse import quote

from connectors.components.extract import MISSING
from connectors.components.http import dump_json
from connectors.components.times import iso, milliseconds, moment

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]+")


def as_text(value: Any) -> str:
    """A value as it reads in a URL, a header or the middle of a text. Raises TypeError for null, lists and objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return dump_json(value).decode()
    raise TypeError(f"{_kind(value)} cannot stand in a text")


def _kind(value: Any) -> str:
    return {type(None): "null", list: "a list", dict: "an object", str: "this text"}.get(type(value), "this value")


def _moment(value: Any) -> Any:
    when = moment(value)
    if when is None:
        raise TypeError(f"{_kind(value)} is not a date or time")
    return when


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{_kind(value)} is not a list")
    return value


def _number(value: Any) -> int | float:
    text = as_text(value).strip()
    try:
        number = int(text) if _WHOLE.fullmatch(text) else float(text) if _NUMBER.fullmatch(text) else math.nan
    except ValueError:  # more digits than Python reads
        number = math.nan
    if isinstance(number, float) and not math.isfinite(number):
        raise TypeError(f"{_kind(value)} is not a number")
    return number


def _integer(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise TypeError("this number is not whole")
    return int(number)


FILTERS: dict[str, Callable[[Any], Any]] = {
    "base64": lambda value: base64.b64encode(as_text(value).encode()).decode(),
    "lower": lambda value: as_text(value).lower(),
    "upper": lambda value: as_text(value).upper(),
    "trim": lambda value: as_text(value).strip(),
    "url": lambda value: quote(as_text(value), safe=""),
    "text": as_text,
    "number": _number,
    "integer": _integer,
    "json": lambda value: dump_json(value).decode(),
    "join": lambda value: ",".join(map(as_text, _listed(value))),
    "first": lambda value: next(iter(_listed(value)), MISSING),
    "last": lambda value: next(reversed(_listed(value)), MISSING),
    "epoch": lambda value: milliseconds(_moment(value)) // 1000,
    "epoch_ms": lambda value: milliseconds(_moment(value)),
    "iso8601": lambda value: iso(_moment(value)),
    "date": lambda value: _moment(value).date().isoformat(),
    "minute": lambda value: f"{_moment(value).astimezone(UTC):%Y-%m-%d %H:%M}",
}
"""The filters that a hole may name, by name."""

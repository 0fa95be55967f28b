"""Paths into JSON. Missing is not null."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Final, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

from connectors.components.wrong import wrong


class Missing(Enum):
    """The one value that stands for "not there"."""

    MISSING = "missing"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING


def extract(value: Any, path: tuple[str, ...]) -> Any:
    """What lies at `path` in `value`: a name steps into an object, a number into a list. MISSING if nothing does."""
    for name in path:
        if isinstance(value, dict):
            value = value.get(name, MISSING)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


def nest(values: dict[str, Any]) -> dict[str, Any]:
    """Values by dotted path as one object: `{"a.b": 1}` → `{"a": {"b": 1}}`."""
    whole: dict[str, Any] = {}
    for path, value in values.items():
        *outer, last = path.split(".")
        place = whole
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = value
    return whole


def _split(text: Any) -> tuple[str, ...]:
    if not isinstance(text, str) or not all(text.split(".")):
        raise wrong("path", "a path is names joined by dots, such as customer.id")
    return tuple(text.split("."))


Path: TypeAlias = Annotated[
    tuple[str, ...],
    PlainValidator(_split),
    WithJsonSchema({"type": "string", "pattern": r"^[^.]+(\.[^.]+)*$"}),
]
"""A path as a manifest writes it: `customer.id`."""


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same in JSON: 1 and 1.0 are, true and 1 are not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other

"""What is wrong in a case, in plain words."""

from __future__ import annotations

_PLAIN = {
    "int_type": "this should be a whole number: 200",
    "int_parsing": "this should be a whole number: 200",
    "string_type": "this should be a text",
    "dict_type": "this should be an object: {name: value}",
    "model_type": "this should be an object: {name: value}",
    "list_type": "this should be a list: [a, b]",
    "bool_type": "this should be true or false",
}
_FORMS = {
    "date": "this should be a day: 2026-11-21",
    "at": "this should be a moment in UTC: 2026-11-21T09:00:00Z",
    "manifest": "this should be a connector and its version: acme 1.0.0",
}


def plainly(kind: str, message: str, key: str) -> str:
    """pydantic's message of that kind in plain words, with an example; `key` is what it is about."""
    if kind == "string_pattern_mismatch" and key in _FORMS:
        return _FORMS[key]
    return _PLAIN.get(kind) or message.replace("Input should", "this should").removeprefix("Value error, ")

"""What JSON Schema found wrong with an input, in words for the person who gave it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from connectors.errors import FieldProblem

MOST = 20
"""How many problems are told one by one."""

_TYPES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}

_SENTENCES: dict[str, Callable[[Any], str]] = {
    "required": lambda _: "is required",
    "type": lambda e: f"must be {_types(e.validator_value)}, not {_given(e)}",
    "maxLength": lambda e: f"must have at most {_count(e.validator_value, 'character')}; it has {len(e.instance):,}",
    "minLength": lambda e: (
        "must not be empty"
        if not e.instance
        else f"must have at least {_count(e.validator_value, 'character')}; it has {len(e.instance)}"
    ),
    "minimum": lambda e: f"must be at least {e.validator_value:,}, not {_given(e)}",
    "maximum": lambda e: f"must be at most {e.validator_value:,}, not {_given(e)}",
    "enum": lambda e: f"must be one of {', '.join(map(_option, e.validator_value))}; not {_given(e)}{_near(e)}",
    "format": lambda e: f"must be a valid {e.validator_value}, not {_given(e)}",
    "pattern": lambda e: f"must match {e.validator_value}; {_given(e)} does not",
    "minItems": lambda e: f"must hold at least {_count(e.validator_value, 'entry', 'entries')}",
    "maxItems": lambda e: f"must hold at most {_count(e.validator_value, 'entry', 'entries')}",
}


def problem_of(error: Any) -> list[FieldProblem]:
    """A jsonschema ValidationError as field problems: one per thing that is wrong, unknown names with a near miss."""
    return [_problem(error, place) for place in _places(error)]


def problems_of(errors: Iterable[Any]) -> list[FieldProblem]:
    """Several ValidationErrors likewise; after `MOST` problems the last one says how many more there are."""
    wrong = ((error, place) for error in errors for place in _places(error))
    told = [_problem(error, place) for error, place in islice(wrong, MOST)]
    more = sum(1 for _ in wrong)
    return [*told, FieldProblem(None, f"and {more:,} more")] if more else told


def _places(error: Any) -> list[list[str]]:
    """The paths that an error is about: of names that are missing or unknown, or of the value itself."""
    path = [str(step) for step in error.absolute_path]
    if error.validator == "required":
        return [[*path, name] for name in error.validator_value if error.message.startswith(f"{name!r} is")]
    if error.validator == "additionalProperties":
        return [[*path, name] for name in error.instance if name not in error.schema["properties"]]
    return [path]


def _problem(error: Any, place: list[str]) -> FieldProblem:
    field = ".".join(place)
    if error.validator == "additionalProperties":
        return FieldProblem(field, f"there is no input '{field}'; {_instead(place[-1], error)}")
    sentence = _SENTENCES.get(str(error.validator), lambda e: e.message)
    return FieldProblem(field, f"'{field}' {sentence(error)}")


def _instead(name: str, error: Any) -> str:
    names: list[str] = list(error.schema["properties"])
    near = difflib.get_close_matches(name, names, 1)
    return f"did you mean '{near[0]}'?" if near else f"there {'are' if names else 'is'} {', '.join(names) or 'none'}"


def _types(types: str | list[str]) -> str:
    names = [types] if isinstance(types, str) else types
    return " or ".join(_TYPES[name] for name in names)


def _given(error: Any) -> str:
    """The value that was given, shortened; a secret one is not shown."""
    if error.schema.get("writeOnly"):
        return "what was given"
    text = json.dumps(error.instance, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _option(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _near(error: Any) -> str:
    options = [option for option in error.validator_value if isinstance(option, str)]
    near = difflib.get_close_matches(str(error.instance), options, 1)
    return f" (did you mean '{near[0]}'?)" if near else ""

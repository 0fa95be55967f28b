"""What the model refuses, in words for the person who writes the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from connectors.manifest.problem import did_you_mean
from connectors.manifest.reference import keys_at

_SENTENCES = {
    "string_type": "this should be a text",
    "int_type": "this should be a whole number",
    "bool_type": "this should be true or false",
    "dict_type": "this should be a block of keys",
    "model_type": "this should be a block of keys",
    "list_type": "this should be a list",
    "literal_error": "this should be {expected}",
    "string_too_long": "this should have at most {max_length} characters",
    "string_too_short": "this should not be empty",
    "too_short": "this should have at least {min_length} entries",
    "greater_than_equal": "this should be at least {ge}",
    "less_than_equal": "this should be at most {le}",
    "none_required": "this should be empty",
}

_NAME_REMEDY = "names are lower-case letters, digits and underscores, and begin with a letter"


def explain(error: ValidationError, value: Any) -> Iterator[dict[str, Any]]:
    """One finding, as keyword arguments, per place that the model refuses."""
    said: set[tuple[tuple[str, ...], bool]] = set()
    for detail in error.errors(include_url=False):
        finding = _finding(detail, _known_part(detail, value))
        at = (finding["path"], "hint" in finding)
        if (finding["path"], False) not in said and at not in said:
            said.add(at if detail["type"] in ("missing", "extra_forbidden") else (finding["path"], False))
            yield finding


def _known_part(detail: Any, value: Any) -> tuple[str, ...]:
    """The part of the error's place that is written in the manifest; pydantic's own names for unions are not."""
    path: list[str] = []
    for step in detail["loc"]:
        if not isinstance(value, dict | list) or (isinstance(value, dict) and step not in value):
            break
        if isinstance(value, list) and not (isinstance(step, int) and step < len(value)):
            break
        value = value[step]
        path.append(str(step))
    return tuple(path)


def _finding(detail: Any, path: tuple[str, ...]) -> dict[str, Any]:
    kind, context = detail["type"], detail.get("ctx", {})
    key = {"path": path, "on_key": True}
    if kind == "missing":
        return {**key, "rule": "missing-key", "message": f"'{detail['loc'][-1]}' is missing here"}
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        known = keys_at(path[:-1])
        hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
        return {**key, "rule": "unknown-key", "message": f"there is no key '{name}' here", "hint": hint}
    if "[key]" in detail["loc"]:
        return {**key, "rule": "bad-name", "message": "this is not a name", "remedy": _NAME_REMEDY}
    if kind in _SENTENCES:
        return {"rule": "wrong-value", "path": path, "message": _SENTENCES[kind].format(**context)}
    if kind == "string_pattern_mismatch":
        return {"rule": "wrong-value", "path": path, "message": _pattern(detail)}
    inner = tuple(str(step) for step in context.get("path", ()))
    rule = kind.replace("_", "-")
    return {"rule": rule, "path": (*path, *inner), "message": detail["msg"], "offset": context.get("offset")}


def _pattern(detail: Any) -> str:
    return "a version is three numbers, such as 1.4.0" if detail["loc"][-1] == "version" else _NAME_REMEDY

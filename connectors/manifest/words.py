"""What the model refuses, in words for the person who writes the manifest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from connectors.components.extract import MISSING, extract
from connectors.components.values import METHODS
from connectors.manifest.problem import did_you_mean, near, quoted
from connectors.manifest.reference import keys_at

_SENTENCES = {
    "string_type": "this should be a text",
    "int_type": "this should be a whole number",
    "int_parsing_size": "this number is too large",
    "float_type": "this should be a number",
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
}

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_NAME_REMEDY = "names are lower-case letters, digits and underscores, and begin with a letter; at most 60 characters"
_TYPE_REMEDY = "names of types are letters and digits, and begin with a capital letter; at most 60 characters"
_VERSION = "a version is three numbers, such as 1.4.0"


def explain(error: ValidationError, value: Any) -> list[dict[str, Any]]:
    """One finding, as keyword arguments, per place that the model refuses; a misspelt key is not also missing."""
    found: dict[Any, dict[str, Any]] = {}
    for detail in error.errors(include_url=False):
        finding = _finding(detail, _known_part(detail, value))
        place = (finding["path"], finding["message"] if detail["type"] == "missing" else None)
        if place not in found or detail["type"] == "float_type":  # where a number may be whole or not, both refuse
            found[place] = finding
    unknown = [finding["path"] for finding in found.values() if finding["rule"] == "unknown-key"]
    misspelt = {(path[:-1], _missing(near(path[-1], keys_at(path[:-1])))) for path in unknown}
    inside = {path[:-1] for path, _ in found if path}  # a list that may also be a single value is refused as both
    return [
        finding
        for (path, _), finding in found.items()
        if (path, finding["message"]) not in misspelt and not (finding["rule"] == "wrong-value" and path in inside)
    ]


def meant(name: str, known: Iterable[str]) -> str:
    """A hint: the name that was probably meant, or all that there are."""
    names = list(known)
    there = "there are" if len(names) > 1 else "there is only" if names else "there is none"
    return did_you_mean(name, names) or f"{there} {', '.join(names)}".rstrip()


def _known_part(detail: Any, value: Any) -> tuple[str, ...]:
    """The part of the error's place that is written in the manifest; pydantic's own names for unions are not."""
    path: list[str] = []
    for step in detail["loc"]:
        inside = extract(value, (str(step),))
        if inside is not MISSING:
            value = inside
            path.append(str(step))
    return tuple(path)


def _finding(detail: Any, path: tuple[str, ...]) -> dict[str, Any]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return _missing_key(path, str(detail["loc"][-1]))
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if detail["loc"] == ("version",):
        return {"rule": "wrong-value", "path": path, "message": _VERSION}
    if "[key]" in detail["loc"] or kind == "string_pattern_mismatch":
        return _bad_name(detail, path)
    if kind in _SENTENCES:
        message = _SENTENCES[kind].format(**context)
        return {"rule": "wrong-value", "path": path, "message": message, "hint": _hint(kind, detail)}
    inner = tuple(str(step) for step in context.get("path", ()))
    found = {"rule": kind.replace("_", "-"), "path": (*path, *inner), "message": detail["msg"]}
    return {**found, "offset": context.get("offset"), "hint": _hint(kind, detail)}


def _missing_key(path: tuple[str, ...], name: str) -> dict[str, Any]:
    says = keys_at(path).get(name)
    remedy = f"{name}: {says}" if says else None
    return {"rule": "missing-key", "path": path, "message": _missing(name), "remedy": remedy, "on_key": True}


def _missing(name: Any) -> str:
    return f"'{name}' is missing here"


def _unknown_key(path: tuple[str, ...]) -> dict[str, Any]:
    hint = meant(path[-1], keys_at(path[:-1]))
    message = f"there is no key {quoted(path[-1])} here"
    return {"rule": "unknown-key", "path": path, "message": message, "hint": hint, "on_key": True}


def _bad_name(detail: Any, path: tuple[str, ...]) -> dict[str, Any]:
    name = str(detail["input"])
    apart = re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).strip("_")
    of_type = detail.get("ctx", {}).get("pattern", "").startswith("^[A-Z]")
    plain = re.sub(r"(?:^|_)(.?)", lambda start: start[1].upper(), apart) if of_type else apart.lower()
    return {
        "rule": "bad-name",
        "path": path,
        "message": f"{quoted(name)} cannot be {'the name of a type' if of_type else 'a name'}",
        "hint": f"write '{plain}'" if _NAME.fullmatch(plain.lower()) else None,
        "remedy": _TYPE_REMEDY if of_type else _NAME_REMEDY,
        "on_key": "[key]" in detail["loc"],
    }


def _hint(kind: str, detail: Any) -> str | None:
    given = detail["input"]
    if kind == "string_type" and isinstance(given, bool | int | float):
        return "put it in quotes"
    if kind in ("dict_type", "model_type") and isinstance(given, list):
        return "leave out the '-'"
    if kind == "literal_error" and isinstance(given, str):
        return did_you_mean(given, re.findall("'([^']*)'", detail["ctx"]["expected"]))
    if kind == "pattern":
        return "correct it; there are no look-around and no back-references, for they can take for ever"
    if kind == "request_line" and "://" in given:
        return "leave the host out; 'base_url' names it"
    if kind == "request_line" and given.partition(" ")[0] not in METHODS:
        return did_you_mean(given.partition(" ")[0], METHODS)
    return None

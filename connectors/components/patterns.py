"""Regular expressions of manifests and the check of values against schemas that hold them.

A manifest must terminate, and Python's own expressions can take for ever (`^(a+)+$`). These are RE2's: they take time
in proportion to the text, at the price of no look-around and no back-references.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Annotated, Any, TypeAlias

import re2
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from pydantic import AfterValidator, WithJsonSchema

from connectors.components.wrong import wrong


@cache
def _compiled(pattern: str) -> Any:
    quiet = re2.Options()
    quiet.log_errors = False
    return re2.compile(pattern, quiet)


def is_in(pattern: str, text: str) -> bool:
    """Whether the expression is found in the text; half a character counts as an unknown one."""
    return _compiled(pattern).search(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")) is not None


def _readable(pattern: str) -> str:
    try:
        _compiled(pattern)
    except (re2.error, UnicodeEncodeError) as error:
        said = error.args[0].decode("utf-8", "replace") if isinstance(error, re2.error) else "half a character"
        raise wrong("pattern", f"this is no regular expression of RE2: {said}") from None
    return pattern


Pattern: TypeAlias = Annotated[str, AfterValidator(_readable), WithJsonSchema({"type": "string"})]
"""A regular expression as a manifest writes it, in RE2's syntax."""


def _matches(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(value, "string") and not is_in(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


Validator: Any = extend(Draft202012Validator, {"pattern": _matches})


def validator_of(schema: dict[str, Any]) -> Any:
    """What checks values against a schema, formats included, in time that grows with the value alone."""
    return Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def quick_check_of(schema: dict[str, Any]) -> Callable[[Any], bool]:
    """Says of most values that fit a schema of objects and lists that they do, in microseconds.

    Of any other it says nothing: `validator_of` decides, and knows what is wrong.
    """
    from jsonschema_rs import validator_for  # here, because it takes 20 ms to import

    formats: dict[str, Callable[[str], bool]] = {}
    quick = validator_for(_as_formats(schema, formats), formats=formats, validate_formats=True)

    def fits(value: Any) -> bool:
        try:
            return quick.is_valid(value)
        except ValueError:  # what is no JSON, such as half a character
            return False

    return fits


def _as_formats(schema: dict[str, Any], formats: dict[str, Callable[[str], bool]]) -> dict[str, Any]:
    """The schema, its expressions and formats to be judged as `validator_of` does: the library has ideas of its own."""
    inner = dict(schema)
    named = {"format": _conforms, "pattern": is_in}
    for word in named.keys() & schema.keys():
        name = f"{word} {inner.pop(word)}"
        formats[name] = partial(named[word], schema[word])
        inner["allOf"] = [*inner.get("allOf", []), {"format": name}]
    if "properties" in schema:
        inner["properties"] = {name: _as_formats(each, formats) for name, each in schema["properties"].items()}
    if "items" in schema:
        inner["items"] = _as_formats(schema["items"], formats)
    return inner


def _conforms(format: str, text: str) -> bool:
    return Draft202012Validator.FORMAT_CHECKER.conforms(text, format)

"""Input fields: what may be given, checked before anything is sent, and described for people and programs.

Fields use the words of JSON Schema (draft 2020-12) plus `required`, `secret`, `multiline`, `send_as` and `choices`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias, cast, get_args

from pydantic import Field as Attribute
from pydantic import StringConstraints

from connectors.components.choices import Choices
from connectors.components.component import Component, OneKind
from connectors.components.http import load_json
from connectors.components.patterns import Pattern, quick_check_of, validator_of
from connectors.components.say import problems_of
from connectors.errors import FieldProblem, InputError

Format: TypeAlias = Literal["date", "date-time", "time", "email", "ipv4", "ipv6", "uri", "uuid"]
JsonType: TypeAlias = Literal["string", "number", "integer", "boolean", "object", "array", "null"]
TypeName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]*$", max_length=60)]

_AS_JSON = json.JSONEncoder(allow_nan=False, ensure_ascii=False).encode
_SURROGATE = re.compile("[\ud800-\udfff]")
_OWN_WORDS = {"required", "secret", "multiline", "send_as", "read", "choices", "properties", "items", "type", "file"}


class Field(Component):
    """One input. Without a `type` it is a string, or an object if it has `properties`, or an array if `items`."""

    title: str | None = None
    """What a person reads above the box."""
    description: str | None = None
    """Help below the box."""
    type: JsonType | list[JsonType] | TypeName | None = None
    """One type of JSON, or several; in what comes back also the name of one of `types`."""
    format: Format | None = None
    """How the text must read."""
    enum: list[Any] | None = None
    """The only values that may be given."""
    minimum: int | float | None = None
    """The least number that may be given."""
    maximum: int | float | None = None
    """The greatest number that may be given."""
    minLength: int | None = None
    """The fewest characters."""
    maxLength: int | None = None
    """The most characters."""
    pattern: Pattern | None = None
    """A regular expression (RE2) that must be found in the text."""
    minItems: int | None = None
    """The fewest entries."""
    maxItems: int | None = None
    """The most entries."""
    properties: dict[str, Field] | None = None
    """The fields of an object, by name."""
    items: Field | None = None
    """The field that each entry of a list is."""
    default: Any = None
    """Used when nothing is given."""
    examples: list[Any] | None = None
    """Values that could be given."""
    required: bool = False
    """Nothing is sent without it."""
    secret: bool = False
    """Never shown, logged or stored in clear."""
    multiline: bool = False
    """A text of several lines."""
    send_as: str | None = None
    """The name on the wire, if it is not this one."""
    read: Literal["epoch_or_iso_date", "epoch_or_iso_datetime", "text", "decimal"] | None = None
    """How what the vendor sends here becomes one type, where it sends several."""
    choices: Choices | None = None
    """A dropdown."""

    @property
    def named(self) -> str | None:
        """The one of `types` that it names, if it names one."""
        return self.type if isinstance(self.type, str) and self.type not in get_args(JsonType) else None

    def resolved(self, types: Mapping[str, Field]) -> Field:
        """The field with the types that it names written out; what it says itself goes before what the type says."""
        if self.named is not None:
            own = {word: getattr(self, word) for word in self.model_fields_set - {"type"}}
            return types[self.named].model_copy(update=own).resolved(types) if self.named in types else self
        inner: dict[str, Any] = {}
        if self.properties is not None:
            inner["properties"] = {name: field.resolved(types) for name, field in self.properties.items()}
        if self.items is not None:
            inner["items"] = self.items.resolved(types)
        return self.model_copy(update=inner) if inner else self

    @property
    def kinds(self) -> list[str]:
        """The JSON types that a value may have; of a type that is only named nothing is known."""
        if self.named is not None:
            return list(get_args(JsonType))
        if self.type is not None:
            return list(self.type) if isinstance(self.type, list) else [self.type]
        return ["object" if self.properties is not None else "array" if self.items is not None else "string"]

    def to_schema(self) -> dict[str, Any]:
        """The field as a JSON Schema."""
        words = self.model_dump(exclude_unset=True, exclude=_OWN_WORDS)
        schema: dict[str, Any] = {"type": self.kinds[0] if len(self.kinds) == 1 else self.kinds, **words}
        if self.choices is not None and self.choices.values and not self.choices.open:
            schema["enum"] = [parse_text(self, value) for value in self.choices.values]
            schema["enum"] += [None] if "null" in self.kinds else []
        if self.secret:
            schema["writeOnly"] = True
            schema.pop("default", None)  # a schema is shown
        if self.properties is not None:
            schema |= object_schema(self.properties) | {"type": schema["type"]}
        if self.items is not None:
            schema["items"] = self.items.to_schema()
        return schema


Fields: TypeAlias = dict[str, Field]


class Rule(OneKind):
    """A rule between fields."""

    exactly_one_of: list[str] | None = Attribute(None, min_length=2)
    """One of these must be given, and no other of them. An object without anything in it is not enough."""
    at_least_one_of: list[str] | None = Attribute(None, min_length=2)
    """One of these must be given, or more. An object without anything in it is not enough."""
    conflicts_with: list[str] | None = Attribute(None, min_length=2)
    """At most one of these may be given."""
    required_with: dict[str, list[str]] | None = None
    """Who gives the first must give the others: `{latitude: [longitude]}`."""

    @property
    def names(self) -> list[str]:
        """Every field that the rule mentions."""
        if self.required_with is None:
            return list(self.chosen)
        return [name for first, others in self.required_with.items() for name in (first, *others)]

    def broken_by(self, given: Mapping[str, Any]) -> FieldProblem | None:
        """What is wrong with the given inputs, or None."""
        if self.required_with is not None:
            return _first_lonely(self.required_with, given)
        present = [name for name in self.names if name in given]
        if len(present) > 1 and self.kind != "at_least_one_of":
            return FieldProblem(present[1], f"give only one of {_listed(self.names)}, not {_listed(present, 'and')}")
        if self.kind != "conflicts_with" and not any(_says_something(given[name]) for name in present):
            empty = f"'{present[0]}' has nothing in it; " if present else ""
            least = "one" if self.kind == "exactly_one_of" else "at least one"
            return FieldProblem([*present, *self.names][0], f"{empty}give {least} of {_listed(self.names)}")
        return None

    def to_schema(self, fields: Fields) -> dict[str, Any]:
        """The rule between these fields as a JSON Schema."""
        one_each: list[dict[str, Any]] = [{"required": [name]} for name in self.names]
        if self.required_with is not None:
            return {"dependentRequired": self.required_with}
        if self.kind == "conflicts_with":
            return {"anyOf": [{"not": {"anyOf": one_each}}, {"oneOf": one_each}]}
        groups = [name for name in self.names if "object" in fields[name].kinds]
        filled = {name: {"properties": {name: {"minProperties": 1}}} for name in groups}
        each = [{**one, **filled.get(name, {})} for name, one in zip(self.names, one_each, strict=True)]
        if self.kind == "at_least_one_of":
            return {"anyOf": each}
        return {"anyOf": each, "oneOf": one_each} if filled else {"oneOf": one_each}


def object_schema(fields: Fields, rules: list[Rule] | None = None) -> dict[str, Any]:
    """A JSON Schema for an object of these fields and no others."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: field.to_schema() for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": False,
    }
    if rules:
        schema["allOf"] = [rule.to_schema(fields) for rule in rules]
    return schema


class Checker:
    """Checks inputs against fields and the rules between them; made once per operation."""

    def __init__(self, fields: Fields, rules: list[Rule]) -> None:
        self._fields = fields
        self._rules = rules
        self._validator = validator_of(object_schema(fields))
        self._checks = 0

    def check(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs with defaults filled in. Raises InputError naming every field that cannot be used."""
        values = _with_defaults(self._fields, given)
        problems = list(_unsendable(given))
        problems += self._wrong(values)
        problems += [problem for rule in self._rules if (problem := rule.broken_by(values)) is not None]
        if problems:
            raise InputError.of(problems)
        return {name: _whole(self._fields[name], value) for name, value in values.items()}

    def _wrong(self, values: Mapping[str, Any]) -> list[FieldProblem]:
        self._checks += 1
        if self._checks > 1 and self._fits(values):  # who checks once would lose more than is won
            return []
        return problems_of(self._validator.iter_errors(values))

    @cached_property
    def _fits(self) -> Callable[[Any], bool]:
        return quick_check_of(object_schema(self._fields))


def parse_text(field: Field, text: str) -> Any:
    """What a text that a person typed means for this field: `52.5` for a number, JSON for an object or array.

    A text that does not read as the field's type stays text, so that checking it explains what is wrong.
    """
    if "string" in field.kinds:
        return text
    try:
        return load_json(text)
    except ValueError:
        return text


def wire_names(fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values under the names that they have on the wire, at every depth."""
    return {
        (fields[name].send_as or name) if name in fields else name: _wire(fields.get(name), value)
        for name, value in values.items()
    }


def _wire(field: Field | None, value: Any) -> Any:
    if field is not None and field.properties is not None and isinstance(value, dict):
        return wire_names(field.properties, value)
    if field is not None and field.items is not None and isinstance(value, list):
        return [_wire(field.items, item) for item in value]
    return value


def _with_defaults(fields: Fields, given: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: field.default for name, field in fields.items() if "default" in field.model_fields_set}
    for name, value in given.items():
        inner = fields[name].properties if name in fields else None
        values[name] = _with_defaults(inner, value) if inner and isinstance(value, dict) else value
    return values


def _whole(field: Field, value: Any) -> Any:
    """The value with 7.0 as 7 where a whole number is meant: JSON Schema takes both, a vendor's path only one."""
    if isinstance(value, float) and "integer" in field.kinds and value.is_integer():
        return int(value)
    if isinstance(value, dict) and field.properties is not None:
        inner = field.properties
        return {name: _whole(inner[name], child) for name, child in cast("dict[str, Any]", value).items()}
    if isinstance(value, list) and field.items is not None:
        return [_whole(field.items, child) for child in cast("list[Any]", value)]
    return value


def _unsendable(given: Mapping[str, Any]) -> Iterator[FieldProblem]:
    """What JSON Schema lets pass and JSON cannot carry."""
    try:
        _AS_JSON(given).encode()
    except (ValueError, TypeError, RecursionError):
        for name, value in given.items():
            yield from _unsendable_in(name, value)


def _unsendable_in(name: str, value: Any) -> Iterator[FieldProblem]:
    found: list[tuple[str, Any]] = [(name, value)]
    while found:
        name, value = found.pop()
        if isinstance(value, dict):
            found += [(name, key) for key in value] + [(f"{name}.{key}", child) for key, child in value.items()]
        elif isinstance(value, list):
            found += [(f"{name}.{index}", child) for index, child in enumerate(value)]
        elif isinstance(value, float) and not math.isfinite(value):
            yield FieldProblem(name, f"'{name}' must be a finite number")
        elif isinstance(value, str) and _SURROGATE.search(value):
            yield FieldProblem(name, f"'{name}' holds half a character (a lone surrogate); give it as valid UTF-8")


def _first_lonely(needs: Mapping[str, list[str]], given: Mapping[str, Any]) -> FieldProblem | None:
    for first, others in needs.items():
        lacking = [name for name in others if name not in given]
        if first in given and lacking:
            return FieldProblem(lacking[0], f"'{lacking[0]}' is needed together with '{first}'")
    return None


def _says_something(value: Any) -> bool:
    """Whether a value is more than empty objects within each other; null, "" and [] each say that there is nothing."""
    return not isinstance(value, dict) or any(map(_says_something, cast("dict[str, Any]", value).values()))


def _listed(names: list[str], word: str = "or") -> str:
    quoted = [f"'{name}'" for name in names]
    return f"{', '.join(quoted[:-1])} {word} {quoted[-1]}"

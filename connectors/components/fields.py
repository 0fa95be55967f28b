"""Input fields: what may be given, checked before anything is sent, and described for people and programs.

Fields use the words of JSON Schema (draft 2020-12) plus `required`, `secret`, `multiline`, `send_as` and `choices`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeAlias

from jsonschema import Draft202012Validator, FormatChecker
from pydantic import Field as Attribute

from connectors.components.choices import Choices
from connectors.components.component import Component, OneKind
from connectors.components.say import problem_of
from connectors.errors import FieldProblem, InputError

JsonType: TypeAlias = Literal["string", "number", "integer", "boolean", "object", "array", "null"]

_OWN_WORDS = {"required", "secret", "multiline", "send_as", "choices", "properties", "items", "type"}


class Field(Component):
    """One input. Without a `type` it is a string, or an object if it has `properties`, or an array if `items`."""

    title: str | None = None
    """What a person reads above the box."""
    description: str | None = None
    """Help below the box."""
    type: JsonType | list[JsonType] | None = None
    format: str | None = None
    """uuid, email, date, date-time, uri, …"""
    enum: list[Any] | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    minLength: int | None = None
    maxLength: int | None = None
    pattern: str | None = None
    minItems: int | None = None
    maxItems: int | None = None
    properties: dict[str, Field] | None = None
    items: Field | None = None
    default: Any = None
    """Used when nothing is given."""
    examples: list[Any] | None = None
    required: bool = False
    secret: bool = False
    """Never shown, logged or stored in clear."""
    multiline: bool = False
    """A text of several lines."""
    send_as: str | None = None
    """The name on the wire, if it is not this one."""
    choices: Choices | None = None
    """A dropdown."""

    @property
    def kinds(self) -> list[str]:
        """The JSON types that a value may have."""
        if self.type is not None:
            return list(self.type) if isinstance(self.type, list) else [self.type]
        return ["object" if self.properties is not None else "array" if self.items is not None else "string"]

    def to_schema(self) -> dict[str, Any]:
        """The field as a JSON Schema."""
        words = self.model_dump(exclude_unset=True, exclude=_OWN_WORDS)
        schema: dict[str, Any] = {"type": self.kinds[0] if len(self.kinds) == 1 else self.kinds, **words}
        if self.choices is not None and self.choices.values and not self.choices.open:
            schema["enum"] = [parse_text(self, value) for value in self.choices.values]
        if self.properties is not None:
            schema |= object_schema(self.properties)
        if self.items is not None:
            schema["items"] = self.items.to_schema()
        return schema


Fields: TypeAlias = dict[str, Field]


class Rule(OneKind):
    """A rule between fields."""

    exactly_one_of: list[str] | None = Attribute(None, min_length=2)
    at_least_one_of: list[str] | None = Attribute(None, min_length=2)
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
        if not present and self.kind != "conflicts_with":
            least = "one" if self.kind == "exactly_one_of" else "at least one"
            return FieldProblem(self.names[0], f"give {least} of {_listed(self.names)}")
        return None

    def to_schema(self) -> dict[str, Any]:
        """The rule as a JSON Schema."""
        one_each = [{"required": [name]} for name in self.names]
        if self.required_with is not None:
            return {"dependentRequired": self.required_with}
        if self.kind == "conflicts_with":
            return {"anyOf": [{"not": {"anyOf": one_each}}, {"oneOf": one_each}]}
        return {"oneOf" if self.kind == "exactly_one_of" else "anyOf": one_each}


def object_schema(fields: Fields, rules: list[Rule] | None = None) -> dict[str, Any]:
    """A JSON Schema for an object of these fields and no others."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: field.to_schema() for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": False,
    }
    if rules:
        schema["allOf"] = [rule.to_schema() for rule in rules]
    return schema


class Checker:
    """Checks inputs against fields and the rules between them; made once per operation."""

    def __init__(self, fields: Fields, rules: list[Rule]) -> None:
        self._defaults = {name: f.default for name, f in fields.items() if "default" in f.model_fields_set}
        self._rules = rules
        self._validator = Draft202012Validator(object_schema(fields), format_checker=_formats())

    def check(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs with defaults filled in. Raises InputError naming every field that cannot be used."""
        values = {**self._defaults, **given}
        problems = [problem for error in self._validator.iter_errors(values) for problem in problem_of(error)]
        problems += [problem for rule in self._rules if (problem := rule.broken_by(values)) is not None]
        if problems:
            raise InputError.of(problems)
        return values


def parse_text(field: Field, text: str) -> Any:
    """What a text that a person typed means for this field: `52.5` for a number, JSON for an object or array.

    A text that does not read as the field's type stays text, so that checking it explains what is wrong.
    """
    if "string" in field.kinds:
        return text
    try:
        return json.loads(text)
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


def _first_lonely(needs: Mapping[str, list[str]], given: Mapping[str, Any]) -> FieldProblem | None:
    for first, others in needs.items():
        lacking = [name for name in others if name not in given]
        if first in given and lacking:
            return FieldProblem(lacking[0], f"'{lacking[0]}' is needed together with '{first}'")
    return None


def _listed(names: list[str], word: str = "or") -> str:
    quoted = [f"'{name}'" for name in names]
    return f"{', '.join(quoted[:-1])} {word} {quoted[-1]}"


@cache
def _formats() -> FormatChecker:
    return FormatChecker()

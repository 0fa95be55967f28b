"""Fields as Power Automate shows them: Swagger 2.0 schemas with Microsoft's words beside.

Swagger 2.0 knows no `null`, no `const` and no alternatives, so a schema says less than the server checks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.components.fields import Field, Fields, Rule, parse_text
from connectors.export.words import cased, spaced

Schema = dict[str, Any]
Dropdown = Callable[[str, Field], Schema]
"""Where the choices of the input at that dotted path come from."""

MOST_TITLE = 80
"""Characters that Power Automate allows in a title."""
_KEPT = ("format", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


def inputs(fields: Fields, rules: list[Rule], dropdown: Dropdown) -> Schema:
    """The form of an operation: what is required is shown at once, and so is what a rule asks for."""
    shown = {name for rule in rules for name in rule.names if len(rule.names) <= 5}
    return _form(fields, dropdown, "", shown, _IMPORTANT)


def output(field: Field) -> Schema:
    """What comes back: it may hold more, and any of it may be absent."""
    schema = _said(field)
    if field.properties is not None:
        schema["properties"] = {name: _titled(name, inner) | output(inner) for name, inner in field.properties.items()}
    if schema.get("type") == "array":
        schema["items"] = output(field.items) if field.items is not None else {}
    return schema


def seen(sample: Any) -> Schema:
    """What a sample shows, where nothing else says what comes back."""
    if isinstance(sample, dict):
        return {"type": "object", "properties": {name: _titled(name) | seen(one) for name, one in sample.items()}}
    if isinstance(sample, list):
        return {"type": "array", "items": seen(sample[0]) if sample else {}}
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
    kind = kinds.get(type(sample))
    return {"type": kind} if kind else {}


def cut(words: str, most: int) -> str:
    """The words, as many as there may be characters."""
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def sentence(words: str) -> str:
    """A description: one line that ends with a full stop."""
    line = " ".join(words.split())
    return line if not line or line[-1] in ".!?" else f"{line}."


def _form(fields: Fields, dropdown: Dropdown, above: str, shown: set[str], around: Schema) -> Schema:
    """`around` is where the group itself is seen: what it requires is seen there too, and never before it."""
    required = [name for name, field in fields.items() if field.required]
    seen_at = {name: around if field.required else {} if name in shown else _ADVANCED for name, field in fields.items()}
    properties = {
        name: _titled(name, field) | seen_at[name] | _input(field, f"{above}{name}", dropdown, seen_at[name])
        for name, field in fields.items()
    }
    schema: Schema = {"type": "object", "properties": properties}
    return schema | ({"required": required} if required else {})


_IMPORTANT = {"x-ms-visibility": "important"}
_ADVANCED = {"x-ms-visibility": "advanced"}


def _input(field: Field, path: str, dropdown: Dropdown, around: Schema) -> Schema:
    schema = _with_example(field, _said(field)) | _default(field)
    if field.properties is not None:
        return schema | _form(field.properties, dropdown, f"{path}.", set(), around)
    if schema.get("type") == "array":
        return schema | {"items": _entries(field, path, dropdown, around)}
    return schema | _choices(field, path, dropdown)


def _entries(field: Field, path: str, dropdown: Dropdown, around: Schema) -> Schema:
    if field.items is None:
        return {}
    entry = field.items.model_copy(update={"choices": field.items.choices or field.choices})
    return _input(entry, path, dropdown, around)


def _choices(field: Field, path: str, dropdown: Dropdown) -> Schema:
    choices = field.choices
    if choices is not None and choices.list is not None:
        return dropdown(path, field)
    if choices is None or choices.open:
        values = {value: str(value) for value in field.enum or [] if value is not None}
    else:
        values = {parse_text(field, value): title for value, title in (choices.values or {}).items()}
    if not values:
        return {}
    named = [{"value": value, "displayName": title} for value, title in values.items()]
    return {"enum": list(values), "x-ms-enum-values": named}


def _said(field: Field) -> Schema:
    """Type, bounds and description."""
    kinds = [kind for kind in field.kinds if kind != "null"]
    schema: Schema = {"type": kinds[0]} if len(kinds) == 1 else {}
    schema |= {word: said for word in _KEPT if (said := getattr(field, word)) is not None}
    described = field.description or ""
    if field.choices is not None and field.choices.values and field.choices.open:
        known = (value if value == title else f"{value} ({title})" for value, title in field.choices.values.items())
        described = f"{sentence(described)} Such as: {', '.join(known)}"
    return schema | ({"description": sentence(described)} if described else {})


def _with_example(field: Field, schema: Schema) -> Schema:
    """What helps a person in an empty box."""
    if not field.examples or field.examples[0] is None or isinstance(field.examples[0], dict | list):
        return schema
    said = sentence(f"For example: {field.examples[0]}")
    return schema | {"description": f"{schema.get('description', '')} {said}".strip()}


def _default(field: Field) -> Schema:
    return {} if field.default is None else {"default": field.default}


def _titled(name: str, field: Field | None = None) -> Schema:
    words = cased(spaced(name))
    title = field.title if field is not None and field.title else words[:1].upper() + words[1:]
    return {"x-ms-summary": cut(title or name, MOST_TITLE)}

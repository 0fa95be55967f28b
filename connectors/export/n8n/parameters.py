"""A manifest's input fields as n8n's parameters: the required ones shown, the optional ones added one by one.

Each field becomes the box that fits it: text, number, date, dropdown, searchable list, or a group of these. What the
node sends is read back from these parameters by `runtime/input.ts`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from connectors.components.choices import Choices
from connectors.components.fields import Field, Fields, Rule, parse_text
from connectors.export.n8n import words
from connectors.export.words import OF_EVERY_OBJECT, label, spaced

Parameter = dict[str, Any]

OPTIONAL = "additionalFields"
_OWN = (
    *("event", "resource", "operation", "connection", OPTIONAL, "returnAll", "limit", "confirm", "binaryPropertyName"),
    *OF_EVERY_OBJECT,  # by which n8n would find what every object has
)
_DIGITS = 15  # that a number keeps; n8n's linters take no list of boxes for numbers, so these are boxes for text
_CONNECTION = "The account to use, as it was connected on your gridwire server"
_EXPRESSION = '<a href="https://docs.n8n.io/code/expressions/">expression</a>'
_PRIVATE = re.compile(
    "secret|password|token|apikey", re.IGNORECASE
)  # by such names n8n's linter knows what must be hidden


def parameters(fields: Fields, search: str, rules: list[Rule] | None = None) -> list[Parameter]:
    """The parameters for these fields. `search` names the dropdowns' searches: the operation, and the path so far."""
    made = [(field.required, _parameter(name, field, search + name)) for name, field in fields.items()]
    shown = [{**parameter, "required": True} for required, parameter in made if required]
    optional = sorted((parameter for required, parameter in made if not required), key=by_label)
    return [*shown, _collection(optional, fields, rules or [])] if optional else shown


def kind_of(field: Field) -> str:
    """What its box is for."""
    return next((kind for kind in field.kinds if kind != "null"), "string")


def is_any(items: Field) -> bool:
    """Whether n8n has no box that can be repeated for such entries of a list."""
    return kind_of(items) in ("array", "boolean")


def by_label(parameter: Parameter) -> tuple[list[tuple[int, str]], str]:
    """The order that n8n asks of long lists."""
    return words.order(parameter.get("displayName") or parameter["name"])


def chooser(title: str, name: str, options: list[Parameter]) -> Parameter:
    """A list of what there is. What comes first in the manifest is chosen to begin with.

    n8n does not save what is left as it was, so a later version that adds something must not change it.
    """
    box = {"displayName": title, "name": name, "type": "options", "noDataExpression": True}
    return {**box, "default": options[0]["value"], "options": sorted(options, key=by_label)}


def shown_for(chosen: dict[str, str], parameter: Parameter) -> Parameter:
    """The parameter, shown only while the choosers stand at these values."""
    show = {**{name: [value] for name, value in chosen.items()}, **parameter.get("displayOptions", {})}
    return {**parameter, "displayOptions": {"show": show}}


def connection() -> Parameter:
    """The account."""
    return {**_locator("Connection", "connection", "connections", _CONNECTION), "required": True}


def _locator(title: str, name: str, method: str, help_text: str | None, example: str = "") -> Parameter:
    """A list to search in, or an ID to type."""
    by_id = {"displayName": "By ID", "name": "id", "type": "string"}
    by_list = {"displayName": "From List", "name": "list", "type": "list"}
    modes = [{**by_list, "typeOptions": {"searchListMethod": method, "searchable": True}}, by_id]
    return {
        "displayName": title,
        "name": name,
        "type": "resourceLocator",
        "default": {"mode": "list", "value": ""},
        **({"description": help_text} if help_text else {}),
        "modes": [modes[0], {**by_id, "placeholder": example}] if example else modes,
    }


def _parameter(name: str, field: Field, search: str) -> Parameter:
    title = label(field.title or spaced(name))
    kind = kind_of(field)
    own = f"{name}_" if name in _OWN or name.endswith("_") else name
    described = words.help_text(field.description, title=title, boolean=kind == "boolean")
    if kind == "array" and _is_listed(field.choices or (field.items.choices if field.items else None)):
        return _several_listed(title, own, search, described)
    if _is_listed(field.choices):
        found = _locator(title, own, search, described, _example(field))
        return {**found, **_type_options({"numberPrecision": 0})} if kind in ("number", "integer") else found
    parameter: Parameter = {"displayName": title, "name": own, **_box(name, field, kind, title, search)}
    if described:
        parameter["description"] = described
    return parameter


def _box(name: str, field: Field, kind: str, title: str, search: str) -> Parameter:
    """Type, default and what belongs to the type."""
    if kind == "object":
        return _group(field, title, search)
    if kind == "array":
        return _several(name, field, title, search)
    if options := _options(field):
        first = options[0]["value"]  # of the manifest: see `chooser`
        box: Parameter = {
            "type": "options",
            "default": _default(field, first),
            "options": sorted(options, key=by_label),
        }
        return {**box, "allowArbitraryValues": True} if field.choices and field.choices.open else box
    if kind == "boolean":
        return {"type": "boolean", "default": _default(field, False)}
    if kind in ("number", "integer"):
        return _number(field, kind)
    return _text(name, field)


def _text(name: str, field: Field) -> Parameter:
    if field.format in ("date", "date-time"):
        day = {"typeOptions": {"dateOnly": True}} if field.format == "date" else {}
        return {"type": "dateTime", **day, "default": ""}
    limits: Parameter = {"rows": 4} if field.multiline else {}
    if field.secret or _PRIVATE.search(name):
        limits["password"] = True
    box: Parameter = {"type": "string", **_type_options(limits), "default": _default(field, "")}
    example = "name@email.com" if name == "email" or field.format == "email" else _example(field)
    return {**box, "placeholder": example} if example else box


def _number(field: Field, kind: str) -> Parameter:
    limits = {"minValue": field.minimum, "maxValue": field.maximum, "numberPrecision": 0 if kind == "integer" else None}
    given = {name: limit for name, limit in limits.items() if limit is not None}
    return {"type": "number", **_type_options(given), "default": _default(field, "")}


def _group(field: Field, title: str, search: str) -> Parameter:
    if not field.properties:
        return {"type": "json", "default": "{}"}
    inner = parameters(field.properties, f"{search}.")
    if inner[0]["name"] == OPTIONAL:
        return {"type": "collection", "placeholder": f"Add to {title}", "default": {}, "options": inner[0]["options"]}
    options = [{"displayName": title, "name": "value", "values": _sorted_if_long(inner)}]
    return {"type": "fixedCollection", "placeholder": f"Add {title}", "default": {}, "options": options}


def _several(name: str, field: Field, title: str, search: str) -> Parameter:
    items = field.items
    if items is None or is_any(items):
        return {"type": "json", "default": "[]"}
    if items.properties:
        inner = _sorted_if_long(parameters(items.properties, f"{search}."))
        options = [{"displayName": title, "name": "items", "values": inner}]
        return {"type": "fixedCollection", **_type_options({"multipleValues": True}), "default": {}, "options": options}
    if options := _options(items):
        return {"type": "multiOptions", "default": _default(field, []), "options": sorted(options, key=by_label)}
    kind = kind_of(items)
    box = _text(name, Field()) if kind in ("number", "integer") else _box(name, items, kind, title, search)
    numeric = {"numberPrecision": 0 if kind == "integer" else _DIGITS} if kind in ("number", "integer") else {}
    several = {**box.get("typeOptions", {}), **numeric, "multipleValues": True}
    return {**box, **_type_options(several), "default": _default(field, [])}


def _is_listed(choices: Choices | None) -> bool:
    return choices is not None and choices.list is not None


def _several_listed(title: str, name: str, method: str, help_text: str | None) -> Parameter:
    """A list to pick several from, in the words that n8n's linter wants for it."""
    fill = {"loadOptionsMethod": method, "loadOptionsDependsOn": ["connection.value"]}
    words_of_n8n = f"Choose from the list, or specify IDs using an {_EXPRESSION}"
    return {
        "displayName": f"{words.singular(title)} Names or IDs",
        "name": name,
        "type": "multiOptions",
        **_type_options(fill),
        "default": [],
        "description": f"{help_text.rstrip('.')}. {words_of_n8n}." if help_text else words_of_n8n,
    }


def _options(field: Field) -> list[Parameter]:
    if field.choices is not None and field.choices.values:
        titles = {parse_text(field, value): title for value, title in field.choices.values.items()}
    else:
        titles = {value: str(value) for value in field.enum or [] if value is not None}
    return [{"name": label(title), "value": _inert(value)} for value, title in titles.items()]


def _collection(options: list[Parameter], fields: Fields, rules: list[Rule]) -> Parameter:
    hints = [hint for rule in rules if (hint := _hint(rule, fields))]
    return {
        "displayName": "Additional Fields",
        "name": OPTIONAL,
        "type": "collection",
        "placeholder": "Add Field",
        "default": {},
        **({"hint": " ".join(hints)} if hints else {}),
        "options": options,
    }


def _hint(rule: Rule, fields: Fields) -> str | None:
    """What the user should know before the server refuses."""
    titles = [label(fields[name].title or spaced(name)) for name in rule.names]
    amount = {"exactly_one_of": "exactly one", "at_least_one_of": "at least one", "conflicts_with": "at most one"}
    return f"Give {amount[rule.kind]} of {', '.join(titles)}." if rule.kind in amount else None


def _sorted_if_long(inner: list[Parameter]) -> list[Parameter]:
    return sorted(inner, key=by_label) if len(inner) >= 5 else inner


def _type_options(options: Parameter) -> Parameter:
    return {"typeOptions": options} if options else {}


def _default(field: Field, otherwise: Any) -> Any:
    return _inert(field.default) if field.default is not None else otherwise


def _inert(value: Any) -> Any:
    """n8n would run a text that begins with `=`: it is written as an expression that gives just this text."""
    if not isinstance(value, str) or not value.startswith("="):
        return value
    quoted = json.dumps(value).replace("{", "\\u007b").replace("}", "\\u007d")
    return f"={{{{ {quoted} }}}}"


def _example(field: Field) -> str:
    return f"e.g. {field.examples[0]}" if field.examples and isinstance(field.examples[0], str) else ""

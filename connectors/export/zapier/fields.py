"""A manifest's input fields as Zapier's boxes: text, number, date, dropdown, or a group of lines.

Zapier's boxes are flat. What lies in an object stands beside the others, under a key such as `latLng__lat`; where it
belongs is said in the box's `meta`, from which `runtime/gridwire.js` reads it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from connectors.components.choices import Choices
from connectors.components.fields import Field, Fields, Rule
from connectors.export.words import label, spaced, with_units
from connectors.export.zapier.dropdowns import Dropdowns
from connectors.export.zapier.keys import Path, keys_of_boxes
from connectors.manifest.model import Operation, Search

Box = dict[str, Any]

_TYPES = {"number": "number", "integer": "integer", "boolean": "boolean", "object": "json", "array": "json"}
_MOST = 1000
_AMOUNTS = {"exactly_one_of": "exactly one", "at_least_one_of": "at least one", "conflicts_with": "at most one"}


@dataclass(frozen=True)
class Place:
    """Where a field stands: in which objects, under which titles, and whether all of these have to be given."""

    path: tuple[str, ...] = ()
    """Its objects' names, from the operation's input on."""
    titles: tuple[str, ...] = ()
    needed: bool = True
    line: int = 0
    """How much of the path leads to the list of lines that it stands in; 0 outside of one."""

    def inside(self, name: str, field: Field, *, line: bool = False) -> Place:
        """The place of what lies in that field. A line names its own parts, so no titles go along."""
        path = (*self.path, name)
        if line:
            return Place(path, (), True, len(path))
        return Place(path, (*self.titles, _title(name, field)), self.needed and field.required, self.line)


class _Form(NamedTuple):
    """What all boxes of an operation are made with: their keys, and what a box with such choices says."""

    keys: dict[Path, str]
    choices: Callable[[Choices], Box]


def boxes(operation: Operation, dropdowns: Dropdowns) -> list[Box]:
    """The boxes for an operation's inputs."""
    form = _Form(keys_of_boxes(operation), partial(dropdowns.box, operation=operation))
    made = _boxes(operation.input, Place(), form)
    waited = {need for box in made for need in box.get("dependsOn", ())} - {"connection"}
    hints = _hints(operation)
    return [_finished(box, hints, waited) for box in made]


def shortened(words: str) -> str:
    """The words on one line, as many as Zapier takes for a description."""
    words = " ".join(words.split())
    return words if len(words) <= _MOST else f"{words[: _MOST - 1]}…"


def _boxes(fields: Fields, place: Place, form: _Form) -> list[Box]:
    return [box for name, field in fields.items() for box in _of(name, field, place, form)]


def _of(name: str, field: Field, place: Place, form: _Form) -> Iterator[Box]:
    if field.properties:
        yield from _boxes(field.properties, place.inside(name, field), form)
        return
    lines = field.items.properties if field.items and not place.line else None
    if lines:
        children = _boxes(lines, place.inside(name, field, line=True), form)
        yield {**_named(name, field, place, form), "children": children}
        return
    yield _box(name, field, place, form)


def _named(name: str, field: Field, place: Place, form: _Form) -> Box:
    path = (*place.path, name)
    key, within = form.keys[path], ".".join(path[place.line :])
    meta: Box = {"path": within} if within != key else {}
    meta |= {"as": "date"} if field.format == "date" else {}
    title = ": ".join((*place.titles, _title(name, field)))
    return {"key": key, "label": title, **({"meta": meta} if meta else {})}


def _box(name: str, field: Field, place: Place, form: _Form) -> Box:
    one = field.items if field.items and not field.items.properties and not place.line else field
    several = one is not field
    box = {**_named(name, field, place, form), "type": _type(one), "required": field.required and place.needed}
    if several:
        box["list"] = True
    choices = field.choices or one.choices
    box |= _choices(one, choices, form) if choices or one.enum else _example(one)
    if field.description:
        box["helpText"] = field.description
    if isinstance(field.default, str | int | float) and field.default != "" and not several:
        box["default"] = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    return box


def _type(field: Field) -> str:
    kind = next((kind for kind in field.kinds if kind != "null"), "string")
    if kind != "string":
        return _TYPES[kind]
    if field.format in ("date", "date-time"):
        return "datetime"
    return "password" if field.secret else "text" if field.multiline else "string"


def _choices(field: Field, choices: Choices | None, form: _Form) -> Box:
    if choices is not None and choices.list is not None:
        return form.choices(choices)
    titles = choices.values if choices and choices.values else {str(one): str(one) for one in field.enum or [] if one}
    listed = [{"value": value, "sample": value, "label": label(title)} for value, title in titles.items() if value]
    return {"choices": listed} if listed else {}


def _example(field: Field) -> Box:
    example = field.examples[0] if field.examples else None
    return {"placeholder": str(example)} if isinstance(example, str | int | float) and example != "" else {}


def _finished(box: Box, hints: dict[str, str], waited: set[str]) -> Box:
    said = " ".join(filter(None, (box.get("helpText"), hints.get(_input(box)))))
    box |= {"helpText": shortened(said)} if said and "children" not in box else {}
    return {**box, "altersDynamicFields": True} if box["key"] in waited else box


def _input(box: Box) -> str:
    """The name of the input that the box belongs to."""
    return box.get("meta", {}).get("path", box["key"]).split(".")[0]


def _hints(operation: Operation) -> dict[str, str]:
    """What the user should know before the server refuses, by the name of the first input that it is about."""
    if isinstance(operation, Search) and not any(field.required for field in operation.input.values()):
        return dict.fromkeys(list(operation.input)[:1], "Give this or another of these boxes.")
    return {rule.names[0]: hint for rule in operation.rules if (hint := _hint(rule, operation.input))}


def _hint(rule: Rule, fields: Fields) -> str:
    first, *others = [_title(name, fields[name]) for name in rule.names]
    if rule.kind not in _AMOUNTS:
        return f"{first} needs {', '.join(others)} too."
    return f"Give {_AMOUNTS[rule.kind]} of {', '.join((first, *others))}."


def _title(name: str, field: Field) -> str:
    return with_units(field.title or spaced(name))

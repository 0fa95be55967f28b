"""What follows from what is looked for: searches find what they are given, dropdowns offer what their inputs take."""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import partial
from typing import Any

from connectors.components.extract import MISSING, extract
from connectors.components.fields import Field
from connectors.components.template import Hole, Template
from connectors.components.where import Condition
from connectors.manifest.finding import dropdowns
from connectors.manifest.model import Connector, Operation, Search
from connectors.testing.generated.inputs import base
from connectors.testing.generated.items import items_of, sample_item
from connectors.testing.generated.pretend import World, put
from connectors.testing.generated.trial import Act, Done, Trial, chosen
from connectors.testing.generated.values import other_value_for, takes, value_for

_COUNT = 3


def of_finds(connector: Connector, names: Container[str]) -> Iterator[Trial]:
    """The trials about searches and about dropdowns that read a list."""
    for operation in chosen(connector.operations, names):
        if isinstance(operation, Search):
            yield from _matches(connector, operation)
        for path, choices in dropdowns(operation):
            if len(path) == 3 and choices.list in connector.lists:
                yield _offers(connector, operation, path[1])


def _matches(connector: Connector, search: Search) -> Iterator[Trial]:
    reading = connector.lists[search.list]
    sample = sample_item(connector, search, reading)
    others = {one: value for one, value in base(search).items() if search.input[one].required}
    for path, condition in search.match.by_path():
        name, value = asks(condition), extract(sample, path)
        if name not in search.input or not isinstance(value, str | int | float) or isinstance(value, bool):
            continue
        field = search.input[name]
        value = value if takes(field, value) else value_for(field, name)
        world = World(connector, items_of(connector, reading, _COUNT, put(path, value, sample)))
        for word, given in _forms(condition, value):
            if takes(field, given):
                act = Act("search", {**others, name: given}, world)
                yield Trial(search.name, "events", f"{name} is {given!r}, {word}", (act,), partial(_finds, value, path))
        absent = _absent(field, name, value)
        if absent is not MISSING:
            act = Act("search", {**others, name: absent}, world)
            yield Trial(search.name, "events", f"{name} is {absent!r}, as nowhere", (act,), _finds_nothing)


def _absent(field: Field, name: str, value: Any) -> Any:
    """A value that the input takes and no item has; MISSING if none is known."""
    strange = "none has it" if isinstance(value, str) else 987654321
    others = (strange, value_for(field, name), other_value_for(field, name))
    return next((one for one in others if one != value and takes(field, one)), MISSING)


def asks(condition: Condition) -> str:
    """The input that it compares with; empty if it is not one plain input."""
    tree = condition.equals or condition.contains
    root = tree.root if tree is not None else None
    if not isinstance(root, Template) or [*map(type, root.parts)] != [Hole] or root.holes[0].filters:
        return ""
    return root.holes[0].name


def _forms(condition: Condition, value: Any) -> Iterator[tuple[str, Any]]:
    yield "as in the sample", value
    if isinstance(value, str) and condition.fold:
        yield "as in the sample, in other letters", value.swapcase()
    if isinstance(value, str) and condition.contains is not None and len(value) > 1:
        yield "a part of what is in the sample", value[1:]


def _finds(value: Any, path: tuple[str, ...], done: list[Done]) -> str | None:
    if done[-1].error is not None:
        return f"fails: {done[-1].error}"
    if not any(extract(item, path) == value for item in done[-1].output):
        return f"should find the item whose {'.'.join(path)} is {value!r}, and does not"
    return None


def _finds_nothing(done: list[Done]) -> str | None:
    if done[-1].error is not None:
        return f"fails: {done[-1].error}"
    return f"should find nothing, and finds {len(done[-1].output)}" if done[-1].output else None


def _offers(connector: Connector, operation: Operation, name: str) -> Trial:
    choices = operation.input[name].choices
    assert choices is not None
    assert choices.list is not None
    reading = connector.lists[choices.list]
    items = items_of(connector, reading, _COUNT, sample_item(connector, None, reading))
    needed = {hole.path[0] for _, hole in choices.with_.holes()} if choices.with_ else set[str]()
    given = base(operation, *needed) | {
        one: value_for(operation.input[one], one) for one in needed if one in operation.input
    }
    given = {one: value for one, value in given.items() if one != name and value is not MISSING}
    act = Act("choices", given, World(connector, items), field=name)
    takes = partial(_fits, operation, name)
    return Trial(operation.name, "choices", f"{name}: {_COUNT} items to choose from", (act,), takes)


def _fits(operation: Operation, name: str, done: list[Done]) -> str | None:
    last = done[-1]
    if last.error is not None:
        return f"the choices for '{name}' cannot be read: {last.error}"
    if len(last.output) != _COUNT:
        return f"of {_COUNT} items {len(last.output)} can be chosen"
    if any(not title.strip() for _, title in last.output):
        return "a choice has no title"
    field = operation.input[name]
    one = field.items if field.items is not None else field
    wrong = [value for value, _ in last.output[:1] if not takes(one, value)]
    return f"the choice {wrong[0]!r} is none that '{name}' takes" if wrong else None

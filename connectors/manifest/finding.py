"""What a rule finds, and the ways through a manifest that rules walk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from connectors.components.choices import Choices
from connectors.components.extract import extract
from connectors.components.fields import Field, Fields
from connectors.components.template import Hole
from connectors.components.tree import holes_in
from connectors.manifest.hooks import Webhook
from connectors.manifest.model import Action, Call, Connector, List, Search, Trigger
from connectors.manifest.problem import Problem
from connectors.manifest.source import Source

Route: TypeAlias = tuple[str, ...]
AnyOperation: TypeAlias = Action | Search | Trigger


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a path of the manifest; `offset` counts characters into the text there."""

    rule: str
    path: Route
    message: str
    hint: str | None = None
    remedy: str | None = None
    offset: int | None = None
    on_key: bool = False

    def at(self, source: Source) -> Problem:
        """The finding as a problem with its place."""
        place = source.place(tuple(_steps(self.path, source.value)), key=self.on_key, offset=self.offset)
        return Problem(self.rule, self.message, place, hint=self.hint, remedy=self.remedy)


def _steps(path: Route, value: Any) -> Iterator[str | int]:
    """The path as the source counts it: positions in a list are numbers."""
    for step in path:
        yield int(step) if isinstance(value, list) and step.isdecimal() else step
        value = extract(value, (step,))


def operations(connector: Connector) -> Iterator[tuple[Route, AnyOperation]]:
    """Every operation with its place."""
    for kind in ("triggers", "actions", "searches"):
        for name, operation in getattr(connector, kind).items():
            yield (kind, name), operation


def lists(connector: Connector) -> Iterator[tuple[Route, List]]:
    """Every list with its place."""
    for name, reading in connector.lists.items():
        yield ("lists", name), reading


def calls(connector: Connector) -> Iterator[tuple[Route, Call, Fields]]:
    """Everything that makes requests, with its inputs."""
    for name, action in connector.actions.items():
        yield ("actions", name), action, action.input
    for path, reading in lists(connector):
        yield path, reading, reading.input
    for path, trigger, hook in hooks(connector):
        keeps = hook.subscribe.keep if hook.subscribe else {}
        ours = {"webhook_url": Field(required=True), "webhook_secret": Field(required=True)}
        kept = {"subscription": Field(required=True, properties={name: Field() for name in keeps if name != "secret"})}
        if hook.subscribe is not None:
            yield (*path, "subscribe"), hook.subscribe, {**trigger.input, **ours}
        if hook.unsubscribe is not None:
            yield (*path, "unsubscribe"), hook.unsubscribe, {**trigger.input, **kept}


def hooks(connector: Connector) -> Iterator[tuple[Route, Trigger, Webhook]]:
    """Every webhook with its place and its trigger."""
    for name, trigger in connector.triggers.items():
        if trigger.webhook is not None:
            yield ("triggers", name, "webhook"), trigger, trigger.webhook


def every_field(fields: Fields) -> Iterator[tuple[Route, Field]]:
    """Every field, also those inside of others, with its place."""
    for name, field in fields.items():
        yield (name,), field
        for path, inner in every_field(field.properties or {}):
            yield (name, "properties", *path), inner
        if field.items is not None:
            for path, inner in every_field({"items": field.items}):
                yield (name, *path), inner


def dropdowns(operation: AnyOperation) -> Iterator[tuple[Route, Choices]]:
    """Every dropdown that reads a list, with its place in the operation."""
    for path, field in every_field(operation.input):
        if field.choices is not None and field.choices.list is not None:
            yield ("input", *path, "choices"), field.choices


def every_hole(call: Call) -> Iterator[tuple[Route, Hole]]:
    """Every hole of a call, those of all its request lines included."""
    for where, hole in call.holes():
        yield (("request", "0") if where == ("request",) and len(call.lines) > 1 else where), hole
    for index, line in enumerate(call.request.alternatives, 1):
        yield from holes_in(line, ("request", str(index)))


def other_holes(operation: AnyOperation) -> Iterator[tuple[Route, Hole]]:
    """The holes of conditions and of what dropdowns are given."""
    if not isinstance(operation, Action):
        word = "match" if isinstance(operation, Search) else "where"
        yield from holes_in(getattr(operation, word), (word,))
    for path, choices in dropdowns(operation):
        yield from holes_in(choices.with_, (*path, "with"))


def always_there(field: Field) -> bool:
    """Whether the input has a value even if nobody gives one, or must be given."""
    return field.required or "default" in field.model_fields_set

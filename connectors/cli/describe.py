"""An operation in words: what it takes, where each input goes, what is looked at, and what is noted about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.components.fields import Field, Fields, object_schema
from connectors.components.http import dump_json
from connectors.components.template import Template
from connectors.components.verify import Verify
from connectors.components.where import Conditions
from connectors.engine.redaction import HIDDEN
from connectors.engine.request import origins
from connectors.manifest.model import Action, Connector, Key, List, Note, Operation, Output, Search, Trigger

FIRES = {
    "new": "when an item appears",
    "changed": "when an item's version changes",
    "new_or_changed": "when an item appears, and when its version changes",
    "deleted": "when an item is gone",
    "due": "when a time comes",
}


def as_data(connector: Connector, operation: Operation) -> dict[str, Any]:
    """All of it as one JSON document; the input as a JSON Schema."""
    return {
        "connector": connector.connector,
        "name": operation.name,
        "kind": kind(operation),
        "title": operation.title,
        "description": operation.description,
        "docs": docs(connector, operation),
        "effect": operation.effective if isinstance(operation, Action) else "read",
        "request": str(asked.request) if (asked := call(connector, operation)) else None,
        "comes_by": comes_by(operation) if isinstance(operation, Trigger) else None,
        "webhook": list(hook(operation)) if isinstance(operation, Trigger) else [],
        "from_connection": from_connection(connector, operation),
        "input": object_schema(operation.input, operation.rules),
        "goes_to": {name: destination(connector, operation, name) for name, _ in inputs(operation.input)},
        "output": output_schema(connector, operation),
        "include": {name: include.from_ for name, include in operation.include.items()},
        "sample": connector.sample_of(operation),
        "notes": [note.model_dump() for note in notes(connector, operation)],
    }


def kind(operation: Operation) -> str:
    """`action`, `search` or `trigger`."""
    return type(operation).__name__.lower()


def call(connector: Connector, operation: Operation) -> Action | List | None:
    """The request that it makes: its own, or its list's; None for what comes by webhook only."""
    return operation if isinstance(operation, Action) else connector.list_of(operation)


def docs(connector: Connector, operation: Operation) -> str | None:
    """Where the vendor documents it."""
    reading = connector.list_of(operation)
    return operation.docs or (reading.docs if reading else None) or connector.docs


def comes_by(trigger: Trigger) -> list[str]:
    """How its events come: `webhook`, `poll` or both."""
    return [word for word in ("webhook", "poll") if getattr(trigger, word) is not None]


def hook(trigger: Trigger) -> Iterator[str]:
    """How the vendor is made to call, and how a call proves to be the vendor's, in words."""
    if (said := trigger.webhook) is None:
        return
    if said.subscribe is not None:
        yield f"turned on by {said.subscribe.request}"
    if said.unsubscribe is not None:
        yield f"turned off by {said.unsubscribe.request}"
    if said.setup is not None:
        yield f"to be set up by hand: {said.setup.text}"
    if said.check is not None:
        yield f"looked up in the list {said.check.list}, to see whether the vendor still calls"
    if said.challenge is not None:
        yield "answered when the vendor first asks whether the address is right"
    yield f"verified by {_proof(said.verify)}"
    yield from (f"only if {line}" for line in conditions(said.where))
    yield from (f"only if the header {line}" for line in conditions(said.headers))


def destination(connector: Connector, operation: Operation, name: str) -> str:
    """Where an input goes, by its dotted name: `body text`, `path`, or what it is compared with."""
    first, *rest = name.split(".")
    compared = [] if isinstance(operation, Action) else _compared(operation)
    found = [f"compared with {path}" for path, hole in compared if hole == first]
    for asked in asked_for(connector, operation):
        filled = (each for each in origins(None, asked, asked.input) if first in asked.input)
        places = [each.place for each in filled if each.source.partition(".")[0] == f"input: {first}"]
        of = f" of the list {asked.name}" if asked is not call(connector, operation) else ""
        found += [".".join([place, *_wire_names(asked.input[first], rest)]) + of for place in places]
    for name_, include in operation.include.items():
        found += [f"{name_}: {'.'.join(place)}" for place, hole in include.with_.holes() if hole.path[0] == first]
    if isinstance(operation, Trigger) and operation.webhook and operation.webhook.subscribe:
        told = operation.webhook.subscribe.holes()
        found += [f"the subscription's {'.'.join(place)}" for place, hole in told if hole.path[0] == first]
    return ", ".join(dict.fromkeys(found))


def from_connection(connector: Connector, operation: Operation) -> list[str]:
    """The names of the connection's values that its request holds, besides those for signing in."""
    fields = connector.connection.fields
    webhook = operation.webhook if isinstance(operation, Trigger) else None
    told = (one for one in (webhook.subscribe, webhook.unsubscribe) if one) if webhook else ()
    fetched = (connector.actions[include.from_] for include in operation.include.values())
    holes = (hole for one in (*asked_for(connector, operation), *told, *fetched) for _, hole in one.holes())
    return list(dict.fromkeys(hole.path[0] for hole in holes if hole.path[0] in fields))


def asked_for(connector: Connector, operation: Operation) -> list[Action] | list[List]:
    """What it asks for by itself: the action, or its list and those under whose items that is read."""
    if isinstance(operation, Action):
        return [operation]
    reading = connector.list_of(operation)
    return connector.lineage(reading) if reading else []


def included(connector: Connector, operation: Operation) -> Iterator[str]:
    """What it fetches besides, in words: by which request, with what, and where that is documented."""
    for name, include in operation.include.items():
        action = connector.actions[include.from_]
        given = ", ".join(f"{word} = {_written(value)}" for word, value in include.with_.root.items())
        yield f"Includes {name}: what {connector.connector}.{action.name} gives, by {action.request}, with {given}."
        if documented := docs(connector, action):
            yield f"  documented: {documented}"


def inputs(fields: Fields, prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Every input with its dotted name, parents before children."""
    for name, field in fields.items():
        yield f"{prefix}{name}", field
        yield from inputs(field.properties or {}, f"{prefix}{name}.")


def limits(field: Field) -> str:
    """Type and limits: `required text, at most 100 characters`."""
    words = [field.format or " or ".join(_TYPES[kind] for kind in field.kinds)]
    words += [f"each {limits(field.items)}"] if field.items else []
    words += _range(field.minimum, field.maximum, "")
    words += ["not empty"] if field.minLength == 1 and field.maxLength is None else _range(*_length(field))
    words += _range(field.minItems, field.maxItems, " entries")
    words += [f"matching {field.pattern}"] if field.pattern else []
    words += [f"one of {', '.join(map(str, field.enum))}"] if field.enum else []
    default = HIDDEN if field.secret else "null" if field.default is None else field.default
    words += [f"default {default}"] if "default" in field.model_fields_set else []
    return ("required " if field.required else "") + ", ".join(words)


def choices(field: Field) -> str | None:
    """What may be chosen, or which command lists it."""
    if field.choices is None:
        return None
    fixed = (f"{value} ({title})" for value, title in (field.choices.values or {}).items())
    return ", ".join(fixed) or f"chosen from the list {field.choices.list}"


def conditions(conditions: Conditions) -> list[str]:
    """Conditions in words: `email equals {email}, upper and lower case alike`."""
    found: list[str] = []
    for path, condition in conditions.root.items():
        fold = _FOLDED if condition.fold else ""
        found += [f"{path} {_COMPARED[word]} {_written(tree.root)}{fold}" for word, tree in condition.trees()]
        found += (
            [] if condition.exists is None else [f"{path} {'exists' if condition.exists else 'is missing or null'}"]
        )
    return found


def looks_at(connector: Connector, trigger: Trigger) -> Iterator[str]:
    """What a trigger looks at, in words."""
    paths = trigger.key.hash if isinstance(trigger.key, Key) else trigger.key
    if trigger.each:
        yield f"its items are the entries at {'.'.join(trigger.each)} of each item, with that item as parent"
    yield f"known by {'a hash of ' if isinstance(trigger.key, Key) else ''}{', '.join(map('.'.join, paths))}"
    if isinstance(trigger.version, Key):
        yield f"its version is a hash of {', '.join(map('.'.join, trigger.version.hash))}"
    elif trigger.version:
        yield f"its version is {'.'.join(trigger.version)}"
    if trigger.due:
        before = f"{str(trigger.due.before).removesuffix(', 0:00:00')} before " if trigger.due.before else ""
        yield f"the time is {before}{'.'.join(trigger.due.at)}"
    if trigger.remember:
        yield f"remembers {', '.join(map('.'.join, trigger.remember))}"
    yield from (f"only if {line}" for line in conditions(trigger.where))


def rate(connector: Connector, operation: Operation) -> str | None:
    """How often the vendor lets itself be asked: `10 requests per second`."""
    asked = call(connector, operation)
    plan = connector.rates.get(asked.rate or "default") if asked else None
    return f"{plan.limit:,} request{'' if plan.limit == 1 else 's'} per {plan.per}" if plan else None


def output(connector: Connector, operation: Operation) -> Field | None:
    """What comes back in the words of fields, if the manifest says it; a file is said in another way."""
    said = connector.output_of(operation)
    return None if isinstance(said, Output) and said.file else said


def requests(connector: Connector, operation: Operation) -> Iterator[str]:
    """The request in words: its line, others that are tried instead, and what it is made for."""
    asked = call(connector, operation)
    if asked is None:
        return
    yield str(asked.request)
    yield from (f"or {line}, if the vendor answers 405" for line in asked.request.alternatives)
    if isinstance(asked, List) and asked.for_each:
        yield f"once for each {asked.for_each.as_} of the list {asked.for_each.list}"


def output_schema(connector: Connector, operation: Operation) -> dict[str, Any] | None:
    """What comes back as a JSON Schema; None if only the sample shows it."""
    said = output(connector, operation)
    return said.to_schema() if said else None


def notes(connector: Connector, operation: Operation) -> list[Note]:
    """What is noted about the operation, its inputs, the lists that it reads, what comes back and what it includes."""
    names = [operation.name, *(include.from_ for include in operation.include.values())]
    names += [f"lists.{reading.name}" for reading in asked_for(connector, operation) if isinstance(reading, List)]
    if isinstance(operation, Trigger) and operation.webhook and operation.webhook.check:
        names.append(f"lists.{operation.webhook.check.list}")
    names += [f"types.{name}" for name in _types_of(connector, operation)]
    return [note for note in connector.notes if _is_about(note, names)]


def general_notes(connector: Connector) -> list[Note]:
    """What is noted about the connector as a whole: its address, the connection, errors …"""
    shown = {id(note) for operation in connector.operations.values() for note in notes(connector, operation)}
    return [note for note in connector.notes if id(note) not in shown]


def _types_of(connector: Connector, operation: Operation) -> set[str]:
    """The types that lie in what comes back."""
    shown = connector.shown_by(operation)
    said = operation.output if operation.output is not None or shown is None else shown.output
    found: set[str] = set()
    waiting = [said if isinstance(said, Field) else Field(type=said)]
    while waiting:
        field = waiting.pop()
        if field.named in connector.types and field.named not in found:
            found.add(field.named)
            waiting.append(connector.types[field.named])
        waiting += [*(field.properties or {}).values(), *([field.items] if field.items else [])]
    return found


_TYPES = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
    "null": "null",
}
_COMPARED = {
    "equals": "equals",
    "not": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "contains": "contains",
    "gt": "is more than",
    "lt": "is less than",
}
_FOLDED = ", upper and lower case alike"


def _proof(verify: Verify) -> str:
    if verify.hmac is not None:
        return f"a signature (HMAC {verify.hmac.algorithm}) in the header {verify.hmac.header}"
    if verify.shared_secret is not None:
        where = verify.shared_secret.header
        return f"a secret in the header {where}" if where else "a secret in the address"
    return "a signature (Standard Webhooks)"


def _compared(operation: Operation) -> Iterator[tuple[str, str]]:
    found = [operation.match] if isinstance(operation, Search) else [getattr(operation, "where", Conditions({}))]
    hook = operation.webhook if isinstance(operation, Trigger) else None
    found += [hook.where, hook.headers] if hook else []
    for path, hole in (each for conditions in found for each in conditions.holes()):
        yield path[0], hole.path[0]


def _wire_names(field: Field, names: list[str]) -> Iterator[str]:
    """The names on the wire of what lies that deep in an object."""
    for name in names:
        field = (field.properties or {})[name]
        yield field.send_as or name


def _length(field: Field) -> tuple[int | None, int | None, str]:
    return field.minLength, field.maxLength, " characters"


def _range(least: float | None, most: float | None, things: str) -> list[str]:
    if least is not None and most is not None:
        return [f"{least:,} to {most:,}{things}"]
    return [
        f"{word} {count:,}{things}" for word, count in (("at least", least), ("at most", most)) if count is not None
    ]


def _written(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_written, value))
    return value.text if isinstance(value, Template) else dump_json(value).decode()


def _is_about(note: Note, names: list[str]) -> bool:
    subjects = note.about.split(", ")
    return any(subject == name or subject.startswith(f"{name}.") for subject in subjects for name in names)

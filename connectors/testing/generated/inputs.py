"""What follows from the inputs: what is on a limit is taken, what lies beyond it is refused by its name."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from connectors.components.extract import MISSING
from connectors.components.fields import Rule
from connectors.components.values import RequestLine
from connectors.manifest.model import Action, Connector, Operation, Search, Trigger
from connectors.testing.generated.items import items_of, sample_item
from connectors.testing.generated.pretend import World
from connectors.testing.generated.trial import Act, Done, Trial, Verb, chosen
from connectors.testing.generated.values import Edge, edges_of, other_value_for, value_for
from connectors.testing.perform import CONNECTION
from connectors.testing.placeholders import fits_addresses, in_addresses, placeholders


def of_inputs(connector: Connector, names: Container[str]) -> Iterator[Trial]:
    """The trials about the inputs of every operation, and about the values of the connection."""
    for operation in chosen(connector.operations, names):
        yield from _edges(connector, operation)
        yield from _rules(connector, operation)
        if isinstance(operation, Action):
            yield from _effects(connector, operation)
    if CONNECTION in names:
        yield from _values(connector)


def _values(connector: Connector) -> Iterator[Trial]:
    for name, field in connector.connection.fields.items():
        for edge in edges_of(field, name):
            fits = edge.fits and fits_addresses(connector, name, edge.value)
            whole = replace(edge, path=(name, *edge.path), fits=fits)
            yield _trial(CONNECTION, name, whole, Act("open", {name: edge.value}))
        if field.required:
            acts = (Act("open", {name: MISSING}),)
            yield Trial(CONNECTION, "inputs", f"without {name}, which is required", acts, partial(_refuses, {name}))


def account(connector: Connector) -> dict[str, Any]:
    """What the connection is opened with: a fitting value for what is required, and to sign in the first way."""
    block = connector.connection
    _, first = next(block.auth.ways())
    needed = {hole.path[0] for hole in first.needed()} | {name for name, one in block.fields.items() if one.required}
    plain = {name for name in needed if name in block.fields and not block.fields[name].secret}
    return placeholders(connector, {name: value for name, value in known(connector).items() if name in plain})


def known(connector: Connector) -> dict[str, Any]:
    """A value for every field of the connection, if one is known that it takes, and every address with it."""
    found = {name: value_for(field, name) for name, field in connector.connection.fields.items()}
    fitting = {name: value for name, value in found.items()
               if value is not MISSING and fits_addresses(connector, name, value)}  # fmt: skip
    return in_addresses(connector) | fitting


def base(operation: Operation, *including: str) -> dict[str, Any]:
    """Inputs that are enough for the operation, with these among them. What has no known value is left out."""
    fields = operation.input
    wanted = {*including, *(name for name, field in fields.items() if field.required)}
    for _ in operation.rules:
        for rule in operation.rules:
            wanted |= _lacking(rule, wanted)
    if isinstance(operation, Search) and not wanted:
        wanted |= set(list(fields)[:1])
    found = {name: value_for(field, name) for name, field in fields.items() if name in wanted}
    return {name: value for name, value in found.items() if value is not MISSING}


def _lacking(rule: Rule, given: set[str]) -> set[str]:
    if rule.required_with is not None:
        return {other for first, others in rule.required_with.items() if first in given for other in others}
    return set() if rule.kind == "conflicts_with" or given & set(rule.names) else {rule.names[0]}


def verb_of(operation: Operation) -> Verb:
    """How it is asked for."""
    if isinstance(operation, Trigger):
        return "poll" if operation.poll else "hook"
    return "search" if isinstance(operation, Search) else "call"


def act_of(connector: Connector, operation: Operation, given: dict[str, Any], **words: Any) -> Act:
    """The operation asked for with these inputs, of a vendor that holds two of everything."""
    reading = connector.list_of(operation)
    items = items_of(connector, reading, 2, sample_item(connector, operation, reading)) if reading else {}
    action = operation.name if isinstance(operation, Action) else ""
    return Act(verb_of(operation), given, World(connector, items, action, **words))


def _edges(connector: Connector, operation: Operation) -> Iterator[Trial]:
    in_path = _in_path(connector, operation)
    for name, field in operation.input.items():
        for edge in edges_of(field, name):
            whole = replace(edge, path=(name, *edge.path))
            if not edge.path and name in in_path and edge.value in (None, ""):
                whole = replace(whole, fits=False)
            yield _trial(
                operation.name, name, whole, act_of(connector, operation, base(operation, name) | {name: edge.value})
            )
        if "default" not in field.model_fields_set and not _ruled(operation, name):
            given = {one: value for one, value in base(operation).items() if one != name}
            said = "required" if field.required else "optional"
            edge = Edge(None, fits=not field.required, why=f"nothing given, and it is {said}", path=(name,))
            if given or not isinstance(operation, Search):
                yield _trial(operation.name, name, edge, act_of(connector, operation, given))
    given = {**base(operation), "nobody_knows_this": 1}
    unknown = Edge(1, fits=False, why="a name that is none of its inputs", path=("nobody_knows_this",))
    yield _trial(operation.name, "nobody_knows_this", unknown, act_of(connector, operation, given))


def _ruled(operation: Operation, name: str) -> bool:
    return any(name in rule.names for rule in operation.rules)


def _in_path(connector: Connector, operation: Operation) -> set[str]:
    """The inputs that stand in an address, where nothing may be empty."""
    call = operation if isinstance(operation, Action) else connector.list_of(operation)
    lines: list[RequestLine] = call.lines if call else []
    return {hole.path[0] for line in lines for hole in line.holes}


def _trial(operation: str, name: str, edge: Edge, act: Act) -> Trial:
    expect = partial(_takes, name) if edge.fits else partial(_refuses, {edge.name, name})
    return Trial(operation, "inputs", f"{edge.name}: {edge.why}", (act,), expect)


def _takes(name: str, done: list[Done]) -> str | None:
    error = done[-1].error
    if error is None or done[-1].requests:
        return None if error is None else f"is taken and then fails: {error}"
    return f"should be taken, and is refused: {error}"


def _refuses(names: set[str], done: list[Done]) -> str | None:
    last = done[-1]
    if last.requests:
        return f"should be refused, and is sent: {last.requests[0].line}"
    if last.error is None or last.kind not in ("invalid_input", "confirm_required"):
        return (
            "should be refused, and is taken" if last.error is None else f"fails instead of being refused: {last.error}"
        )
    if not names & last.refused:
        return f"is refused without naming {min(names, key=len)}: {last.error}"
    return None


def _rules(connector: Connector, operation: Operation) -> Iterator[Trial]:
    for rule in operation.rules:
        for what, given, fits in _around(operation, rule):
            if any(name not in given for name in operation.input if operation.input[name].required):
                continue
            expect = partial(_takes, rule.names[0]) if fits else partial(_refuses, set(rule.names))
            yield Trial(operation.name, "inputs", what, (act_of(connector, operation, given),), expect)


def _around(operation: Operation, rule: Rule) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Inputs that keep a rule and inputs that break it, each with what is tried and whether it should be taken."""
    names, plain = rule.names, {name: one for name, one in base(operation).items() if name not in rule.names}
    values = {name: value_for(operation.input[name], name) for name in names}
    if rule.required_with is not None:
        for first, others in rule.required_with.items():
            yield f"{first} without {others[0]}", {**plain, first: values[first]}, False
        return
    fixed = {
        name for name in names if operation.input[name].required or "default" in operation.input[name].model_fields_set
    }
    if rule.kind != "conflicts_with" and not fixed:
        yield f"none of {', '.join(names)}", plain, False
    for name in names:
        others = fixed - {name}
        if rule.kind != "exactly_one_of" or not others:
            given = base(operation, name)
            if not _broken_elsewhere(operation, rule, given):
                yield f"{name} alone of {', '.join(names)}", given, True
    if rule.kind != "at_least_one_of":
        for name in names[1:]:
            yield f"{names[0]} and {name}", {**plain, names[0]: values[names[0]], name: values[name]}, False


def _broken_elsewhere(operation: Operation, rule: Rule, given: dict[str, Any]) -> bool:
    return any(one.broken_by(given) for one in operation.rules if one is not rule) or bool(rule.broken_by(given))


def _effects(connector: Connector, action: Action) -> Iterator[Trial]:
    """Every input of an action shows in what is sent: another value, another request."""
    for name, field in action.input.items():
        one, other = value_for(field, name), other_value_for(field, name)
        if MISSING in (one, other):
            continue
        acts = tuple(act_of(connector, action, base(action, name) | {name: value}) for value in (one, other))
        yield Trial(action.name, "inputs", f"{name}: two values", acts, partial(_differ, name))


def _differ(name: str, done: list[Done]) -> str | None:
    first, second = ([one.model_dump() for one in act.requests] for act in done)
    if first and first == second:
        return f"'{name}' changes nothing in what is sent: {done[0].requests[0].line}"
    return None

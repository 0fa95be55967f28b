"""Records what follows for every operation alike: `python tests/cassettes/edges.py [autarc|enneo|opensolar]`.

Inputs none of which fit, nothing given, a write that is not confirmed or fails halfway, and what dropdowns offer. Where
a case of that name is there already, it is recorded anew.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import aclosing
from functools import partial
from typing import Any, TypeAlias
from unittest.mock import patch

import autarc_cases
import opensolar
from others import connection_to, keep
from record import RECORDED, Plan, record, serving, status

from connectors.components.extract import MISSING, extract
from connectors.components.fields import Field, Fields
from connectors.components.where import Condition
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.reading import Reader
from connectors.engine.transport import HttpTransport
from connectors.manifest.catalog import bundled, load
from connectors.manifest.finding import dropdowns
from connectors.manifest.model import Action, Connector, Operation, Trigger
from connectors.sandbox import Autarc, Enneo, OpenSolar, Vendor
from connectors.sandbox.faults import read_fault
from connectors.testing.generated.inputs import base
from connectors.testing.generated.values import edges_of, takes, value_for
from connectors.testing.stage import Stage

Rows: TypeAlias = dict[str, list[Any]]
"""What each list holds, by its name."""

FEW = 30
"""Of so many inputs, each is tried alone where one is needed."""
MISFITS = {"string": 7, "number": "much", "integer": 1.5, "boolean": "perhaps", "object": "text", "array": "text"}


def plans(connector: Connector) -> Iterator[Plan]:
    """The connection's own test, then each operation's edges."""
    yield Plan("connection", "works")
    for name, operation in connector.operations.items():
        polls = 1 if isinstance(operation, Trigger) else 0
        if wrong := {one: _misfit(field) for one, field in operation.input.items()}:
            yield Plan(name, "nothing_fits", wrong, polls=polls)
        if any(field.required for field in operation.input.values()):
            yield Plan(name, "nothing_given", {}, polls=polls)
        if operation.rules:
            needed = {one: wrong[one] for one in _needed(operation)}
            yield Plan(name, "nothing_to_do", needed)
        if inside := {one: _inside(field) for one, field in operation.input.items() if _inner(field)}:
            yield Plan(name, "nothing_fits_inside", _needed(operation) | inside, polls=polls)
        for what, given in beside(operation) if not polls or operation.poll else ():
            yield Plan(name, what, base(operation) | given, polls=polls)
        for path, choices in dropdowns(operation):
            if len(path) == 3 and choices.list is not None:
                given = _needed(operation) if choices.with_ else {}
                yield Plan(name, f"{path[1].lower()}_to_choose", given, choices={"field": path[1]})
        if isinstance(operation, Action):
            yield from _effects(operation)


def beside(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Inputs on, just below and just above every limit, and halves where a whole number is meant."""
    fields = operation.input
    for fits, least, most in ((True, "at_the_least", "at_the_most"), (False, "too_little", "too_much")):
        found = {one: _beside(field, fits=fits) for one, field in fields.items()}
        yield from _if_any(least, {one: values[0] for one, values in found.items() if values})
        yield from _if_any(most, {one: values[-1] for one, values in found.items() if len(values) > 1})
    yield from _if_any("halves_do_not_fit", {one: 1.5 for one, field in fields.items() if _may_be_whole(field)})
    inner = {one: _inner(field) for one, field in fields.items() if field.items and _inner(field)}
    halves = {one: [{name: 1.5} for name, field in inside.items() if field.kinds[0] == "integer"]
              for one, inside in inner.items()}  # fmt: skip
    yield from _if_any("halves_do_not_fit_inside", {one: values for one, values in halves.items() if values})
    for one, inside in inner.items():
        yield f"{one}_with_one_thing_each", {one: [{name: value_for(field, name)} for name, field in inside.items()]}


def _may_be_whole(field: Field) -> bool:
    """Whether nothing else shows that a half does not fit."""
    return field.kinds[0] == "integer" and _misfit(field) != MISFITS["integer"]


def _if_any(what: str, given: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if given:
        yield what, given


def _beside(field: Field, *, fits: bool) -> list[Any]:
    """Values on a limit, or just beyond it, the least first."""
    kind = (int, float) if field.kinds[0] in ("integer", "number") else str
    limits = (field.minimum, field.maximum, field.minLength, field.maxLength)
    if (kind is str and (field.format or field.pattern)) or limits == (None,) * 4:
        return []
    edges = [edge.value for edge in edges_of(field, "") if edge.fits is fits and not edge.path]
    values = [value for value in edges if isinstance(value, kind) and not isinstance(value, bool) and value != ""]
    values = [value for value in values if field.kinds[0] != "integer" or value == int(value)]
    return sorted(values, key=lambda value: (len(value), value) if isinstance(value, str) else value)


def rules(operation: Operation, known: Rows) -> Iterator[Plan]:
    """Everything at once, and each one alone of which one is needed."""
    values = {one: _lively(field, one, known) for one, field in operation.input.items()}
    whole = base(operation) | {one: values[one] for one in _needed(operation)}
    for one, value in values.items():
        more = {**whole, one: value}
        if value is not MISSING and not any(
            rule.kind != "at_least_one_of" and rule.broken_by(more) for rule in operation.rules
        ):
            whole = more
    yield Plan(operation.name, "everything", whole)
    needed = {one: values[one] for one in _needed(operation)}
    for rule in operation.rules:
        if rule.kind == "at_least_one_of" and len(rule.names) <= FEW:
            yield from (Plan(operation.name, f"only_{one}", {**needed, one: values[one]}) for one in rule.names)


def _lively(field: Field, name: str, known: Rows) -> Any:
    """A value that is at the vendor, if it must be; a number with a fraction, where it may have one."""
    if field.choices is not None and known.get(field.choices.list or ""):
        value = extract(known[field.choices.list or ""][-1], field.choices.value)
        return [value] if field.kinds[0] == "array" else value
    if field.kinds[0] == "number" and takes(field, 7.25):
        return 7.25
    return value_for(field, name)


def finds(connector: Connector, known: Rows) -> Iterator[Plan]:
    """Each search by each of its inputs: a part of a text, in other letters, where that is enough."""
    for name, search in connector.searches.items():
        for path, condition in search.match.by_path() if search.list else ():
            values = [extract(row, path) for row in known.get(search.list, [])]
            value = next((one for one in reversed(values) if one not in (None, "", MISSING)), None)
            one = _asked(condition)
            if value is None or one not in search.input:
                continue
            if isinstance(value, str):
                value = value[1:-1] if condition.contains is not None and len(value) > 2 else value
                value = value.swapcase() if condition.fold else value
            if takes(search.input[one], value):
                yield Plan(name, f"by_{one}", _needed(search) | {one: value})


def _asked(condition: Condition) -> str:
    """The input that it compares with; empty if it is none."""
    tree = condition.equals or condition.contains
    holes = getattr(tree and tree.root, "holes", ())
    return holes[0].name if holes else ""


async def rows(connection: Connection) -> Rows:
    """What each list holds that needs no input."""
    found: Rows = {}
    async with HttpTransport() as transport:
        reader = Reader(Exchange(connection, transport).in_a_reading())
        for name, reading in connection.connector.lists.items():
            if not any(field.required for field in connection.connector.inputs_of(reading).values()):
                async with aclosing(reader.read(reading, {})) as pages:
                    found[name] = [item async for page in pages for item in page.items]
    return found


def _effects(action: Action) -> Iterator[Plan]:
    nulls = {name: None for name, field in action.input.items() if "null" in field.kinds}
    if nulls:
        yield Plan(action.name, "emptied", base(action) | nulls)
    yield Plan(action.name, "not_confirmed", base(action), options={"confirmed": False})
    yield Plan(action.name, "fails_halfway", base(action), faults=(status(500, times=3),))


def _needed(operation: Any) -> dict[str, Any]:
    return {name: value_for(field, name) for name, field in operation.input.items() if field.required}


def _misfit(field: Field) -> Any:
    """A value that does not fit, of the right type if a text has a form or a number a limit."""
    formed = [edge.value for edge in edges_of(field, "") if not edge.fits and not edge.path and edge.value is not None]
    return formed[-1] if formed else MISFITS[field.kinds[0]]


def _inner(field: Field) -> Fields:
    return (field.items.properties if field.items else field.properties) or {}


def _inside(field: Field) -> Any:
    wrong = {name: _misfit(inner) for name, inner in _inner(field).items()}
    return [wrong] if field.items else wrong


def main(vendor: Vendor) -> None:
    """Writes every case, each against a sandbox as it is at the start. What is given is nobody's, so it stays."""
    connector = load(bundled() / f"{vendor.name}.yaml")
    values = {"instance": "demo"} if vendor.name == "enneo" else {}
    connect = opensolar.connection_to if isinstance(vendor, OpenSolar) else partial(connection_to, vendor)
    _begin_anew(vendor)
    with serving(vendor) as address, patch.object(Stage, "value", lambda stage, value, key="", holder="": value):
        known = asyncio.run(rows(connect(address, values)))
        more = [plan for action in connector.actions.values() for plan in rules(action, known)]
        for plan in [*plans(connector), *more, *finds(connector, known)]:
            vendor.faults += [read_fault(fault) for fault in plan.faults]
            keep(asyncio.run(record(plan, connect(address, values))))
            _begin_anew(vendor)


def _begin_anew(vendor: Vendor) -> None:
    """Back to the start, with few records, so that a cassette can be read in review."""
    if isinstance(vendor, Autarc):
        autarc_cases.begin_anew(vendor)
    elif isinstance(vendor, OpenSolar):
        opensolar.begin_anew(vendor)
    else:
        vendor.reset()


if __name__ == "__main__":
    for vendor in (
        Autarc(now=lambda: RECORDED),
        Enneo(now=lambda: RECORDED),
        OpenSolar(now=lambda: RECORDED, limits={}),
    ):
        if vendor.name in sys.argv[1:]:
            main(vendor)

"""Records what follows for every operation alike: `python tests/cassettes/edges.py [autarc|enneo|opensolar]`.

Inputs none of which fit, nothing given, a write that is not confirmed or fails halfway, and what dropdowns offer. Where
a case of that name is there already, it is recorded anew.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import autarc_cases
from others import connection_to, keep
from record import RECORDED, Plan, record, serving, status

from connectors.components.fields import Field
from connectors.manifest.catalog import bundled, load
from connectors.manifest.finding import dropdowns
from connectors.manifest.model import Action, Connector, Trigger
from connectors.sandbox import Autarc, Enneo, OpenSolar, Vendor
from connectors.sandbox.faults import read_fault
from connectors.testing.generated.inputs import base
from connectors.testing.generated.values import edges_of, value_for
from connectors.testing.stage import Stage

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
        if inside := {one: _inside(field) for one, field in operation.input.items() if field.properties}:
            yield Plan(name, "nothing_fits_inside", _needed(operation) | inside)
        for path, choices in dropdowns(operation):
            if len(path) == 3 and choices.list is not None:
                given = _needed(operation) if choices.with_ else {}
                yield Plan(name, f"{path[1].lower()}_to_choose", given, choices={"field": path[1]})
        if isinstance(operation, Action):
            yield from _effects(operation)


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


def _inside(field: Field) -> Any:
    return {name: _misfit(inner) for name, inner in (field.properties or {}).items()}


def main(vendor: Vendor) -> None:
    """Writes every case, each against a sandbox as it is at the start. What is given is nobody's, so it stays."""
    connector = load(bundled() / f"{vendor.name}.yaml")
    values = {"instance": "demo"} if vendor.name == "enneo" else {}
    _begin_anew(vendor)
    with serving(vendor) as address, patch.object(Stage, "value", lambda stage, value, key="", holder="": value):
        for plan in plans(connector):
            vendor.faults += [read_fault(fault) for fault in plan.faults]
            keep(asyncio.run(record(plan, connection_to(vendor, address, values))))
            _begin_anew(vendor)


def _begin_anew(vendor: Vendor) -> None:
    autarc_cases.begin_anew(vendor) if isinstance(vendor, Autarc) else vendor.reset()


if __name__ == "__main__":
    for kind in (Autarc, Enneo, OpenSolar):
        if kind.name in sys.argv[1:]:
            main(kind(now=lambda: RECORDED))

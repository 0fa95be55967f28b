"""The custom connector, taken at its word: requests are built from its two files alone, as Power Automate would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from openapi_spec_validator import validate

from connectors.export.power_automate.definition import operation_id

if TYPE_CHECKING:
    from tests.proofs.power_automate.conftest import Flow
    from tests.server.conformance import Whole

pytestmark = pytest.mark.proof


def test_it_is_valid(flow: Flow) -> None:
    validate(flow.document)


def test_the_accounts_are_those_of_the_vendor(vendor: str, flow: Flow) -> None:
    found = flow.ask("ListConnections").json()["items"]

    assert [one["name"] for one in found] == [f"sandbox-{vendor}"]


def test_every_action_and_search_works_as_it_is_described(vendor: str, running: Whole, flow: Flow) -> None:
    connector = running.connectors[vendor]
    for operation in [*connector.actions.values(), *connector.searches.values()]:
        known = running.known.inputs(connector, operation.name)
        assert any(ask(running, flow, operation_id(operation), given, vendor) for given in known), operation.name


def ask(running: Whole, flow: Flow, name: str, given: dict[str, Any], vendor: str) -> bool:
    """Whether it is done; null is what nobody can enter."""
    running.reset()
    body = {"input": {key: value for key, value in given.items() if value is not None}} if given else {}
    known = next(
        (one["schema"]["properties"] for one in flow.operations[name][2]["parameters"] if one["in"] == "body"), {}
    )
    body |= {"confirm": True} if "confirm" in known else {}
    return flow.ask(name, body, connection=f"sandbox-{vendor}").status_code == 200


def dropdowns(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "x-ms-dynamic-list" in schema:
        yield schema
    for inner in [*schema.get("properties", {}).values(), schema.get("items", {}), schema.get("schema", {})]:
        yield from dropdowns(inner)


def test_every_dropdown_offers_something(vendor: str, running: Whole, flow: Flow) -> None:
    connector = running.connectors[vendor]
    running.reset()
    for operation in connector.operations.values():
        known = running.known.inputs(connector, operation.name)
        account = {"connection": f"sandbox-{vendor}"}
        chosen = [{**account, "body": {**account, "input": given}} for given in known or [{}]]
        for parameter in flow.operations[operation_id(operation)][2]["parameters"]:
            for schema in dropdowns(parameter):
                assert any(flow.dropdown(schema, values) for values in chosen), (operation.name, schema)

"""The custom connector, taken at its word: requests are built from its two files alone, as Power Automate would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from openapi_spec_validator import validate

from connectors.export.power_automate.definition import operation_id

if TYPE_CHECKING:
    from tests.proofs.power_automate.conftest import Flow, Told
    from tests.server.conformance import Whole

pytestmark = pytest.mark.proof


def test_it_is_valid(flow: Flow) -> None:
    validate(flow.document)


def test_the_accounts_are_those_of_the_vendor(vendor: str, flow: Flow) -> None:
    found = flow.ask("Gridwire_ListConnections").json()["items"]

    assert [one["name"] for one in found] == [f"sandbox-{vendor}"]


def test_every_action_and_search_works_as_it_is_described(vendor: str, running: Whole, flow: Flow) -> None:
    connector = running.connectors[vendor]
    for operation in [*connector.actions.values(), *connector.searches.values()]:
        known = running.known.inputs(connector, operation.name)
        name = operation_id(connector, operation)
        assert any(ask(running, flow, name, given, vendor) for given in known), operation.name


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
    inside = (schema[word] for word in ("items", "schema") if word in schema)
    for inner in (*schema.get("properties", {}).values(), *inside):
        yield from dropdowns(inner)


def test_every_dropdown_offers_something(vendor: str, running: Whole, flow: Flow) -> None:
    connector = running.connectors[vendor]
    running.reset()
    for operation in connector.operations.values():
        known = running.known.inputs(connector, operation.name)
        account = {"connection": f"sandbox-{vendor}"}
        chosen = [{**account, "body": {**account, "input": given}} for given in known or [{}]]
        for parameter in flow.operations[operation_id(connector, operation)][2]["parameters"]:
            for schema in dropdowns(parameter):
                assert any(flow.dropdown(schema, values) for values in chosen), (operation.name, schema)


def test_every_trigger_subscribes_and_unsubscribes(vendor: str, running: Whole, flow: Flow, told: Told) -> None:
    connector = running.connectors[vendor]
    running.reset()
    for trigger in connector.triggers.values():
        known = running.known.inputs(connector, trigger.name) or [{}]
        name = operation_id(connector, trigger)
        location = next(filter(None, (subscribe(flow, name, told.url, vendor, given) for given in known)), None)
        assert location is not None, trigger.name
        assert location.startswith(f"{running.url}/v1/subscriptions/")
        assert running.client.get(location).json()["trigger"] == trigger.name
        assert flow.delete(location).status_code == 204
        assert running.client.get(location).status_code == 404


def subscribe(flow: Flow, trigger: str, target: str, vendor: str, given: dict[str, Any]) -> str | None:
    """Where the subscription is, as Power Automate is told when a flow is turned on; None if it is refused."""
    body = {"connection": f"sandbox-{vendor}", "target_url": target} | ({"input": given} if given else {})
    answer = flow.ask(trigger, body)
    return answer.headers["location"] if answer.status_code == 201 else None


def test_every_sample_is_what_a_flow_is_told(vendor: str, running: Whole, flow: Flow) -> None:
    connector = running.connectors[vendor]
    for trigger in connector.triggers.values():
        sample = running.client.get(f"/v1/connections/sandbox-{vendor}/triggers/{trigger.name}/sample").json()["sample"]
        flow.notified(operation_id(connector, trigger), sample)


@pytest.mark.parametrize("vendor", ["reonic"], indirect=True)
def test_a_flow_is_told_of_what_happens(running: Whole, flow: Flow, told: Told) -> None:
    running.reset()
    location = subscribe(flow, "NewOffer", told.url, "reonic", {})
    assert location is not None
    running.client.post("/sandbox/_do/reonic/create-offer").raise_for_status()

    headers, item = told.next()
    assert headers["webhook-id"].startswith("evt_")
    flow.notified("NewOffer", item)
    assert item["offerCreatedAt"]
    assert flow.delete(location).status_code == 204

from __future__ import annotations

import time

import pytest
from openapi_spec_validator import validate

from connectors.components.fields import object_schema
from connectors.components.patterns import validator_of
from connectors.manifest.catalog import Catalog, bundled
from connectors.server.openapi import document
from connectors.server.problems import TITLES
from connectors.server.routes import ROUTES
from tests.server.test_routes import ids

KINDS = {"action": "actions", "search": "searches", "trigger": "triggers"}


@pytest.fixture(scope="module")
def ours() -> dict:
    """The description of the bundled connectors, of which two use the same name."""
    catalog = Catalog([bundled()])
    return document(ROUTES, [catalog.load(name) for name in catalog.names])


@pytest.fixture
def acmes(client) -> dict:
    return client.get("/openapi.json").json()


def operations(description: dict) -> dict:
    return {(method.upper(), path): one for path, of in description["paths"].items() for method, one in of.items()}


def body_of(operation: dict) -> dict:
    return operation["requestBody"]["content"]["application/json"]


def answer_of(operation: dict) -> dict:
    return operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]


def test_the_description_is_valid(acmes, ours):
    validate(acmes)
    validate(ours)


def test_each_route_is_described_and_each_name_in_its_place(acmes):
    described = set(operations(acmes))
    routes = {(route.method, route.path) for route in ROUTES}

    assert routes <= described
    assert ("POST", "/v1/connections/{id}/actions/place_order") in described
    assert ("POST", "/v1/connections/{id}/searches/find_order") in described
    assert ("GET", "/v1/connections/{id}/triggers/new_order/sample") in described
    assert {path.split("/")[4] for _, path in described - routes} == set(KINDS.values())


def test_operations_have_names_of_their_own(ours):
    names = [one["operationId"] for one in operations(ours).values()]

    assert len(names) == len(set(names))
    assert {"run_action", "run_action_create_request", "poll_trigger_new_offer"} <= set(names)


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_what_is_described_is_what_is_checked(acmes, route):
    operation = operations(acmes)[route.method, route.path]

    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    assert body == (None if route.takes is None else object_schema(route.takes))


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_the_description_says_who_may_ask(acmes, route):
    security = operations(acmes)[route.method, route.path].get("security", acmes["security"])

    assert security == {"public": [], "any key": [{"key": []}]}.get(route.scope, [{"key": [route.scope]}])


def test_an_action_has_the_form_of_its_input_and_an_example(ours):
    body = body_of(operations(ours)["POST", "/v1/connections/{id}/actions/create_request"])

    assert body["schema"]["properties"]["input"] == {"$ref": "#/components/schemas/reonic.create_request.input"}
    assert "input" in body["schema"]["required"] or {"required": ["input"]} in body["schema"]["anyOf"]
    form = ours["components"]["schemas"]["reonic.create_request.input"]
    assert form["properties"]["firstName"]["title"] == "First name"
    assert form["examples"][0]["firstName"] == "Erika"


def test_two_connectors_with_the_same_name_are_told_apart(ours):
    operation = operations(ours)["POST", "/v1/connections/{id}/actions/create_project"]

    forms = [ref["$ref"].rsplit("/")[-1] for ref in body_of(operation)["schema"]["properties"]["input"]["anyOf"]]
    assert forms == ["autarc.create_project.input", "opensolar.create_project.input"]
    assert [ours["components"]["schemas"][form]["title"].split(":")[0] for form in forms] == ["autarc", "OpenSolar"]
    assert operation["tags"] == ["autarc", "opensolar"]


def test_what_comes_out_is_typed_as_far_as_the_manifest_says(ours):
    found = operations(ours)
    schemas = ours["components"]["schemas"]

    assert answer_of(found["POST", "/v1/connections/{id}/actions/get_offer"])["output"] == {
        "$ref": "#/components/schemas/reonic.get_offer.output"
    }
    assert answer_of(found["POST", "/v1/connections/{id}/searches/find_user"])["items"]["type"] == "array"
    assert schemas["reonic.get_offer.output"]["properties"]
    assert schemas["reonic.get_signed_pdf.output"]["properties"]["content"]["contentEncoding"] == "base64"


def test_every_example_fits_its_form_and_every_sample_what_comes_out(ours):
    schemas = ours["components"]["schemas"]
    examples = [(name, one) for name, schema in schemas.items() for one in schema.get("examples", [])]

    assert len(examples) > 100
    for name, example in examples:
        assert list(validator_of(schemas[name]).iter_errors(example)) == [], name


def test_most_operations_show_what_to_send(ours):
    posted = [one for (method, path), one in operations(ours).items() if method == "POST" and "{id}/" in path]
    named = [one for one in posted if "_" in one["operationId"].replace("run_action", "").replace("poll_trigger", "")]

    assert sum("examples" in body_of(one) for one in named) > 0.9 * len(named)


def test_a_problem_is_listed_under_its_status_with_its_kinds(ours):
    listed = ours["components"]["responses"]
    action = operations(ours)["POST", "/v1/connections/{id}/actions/create_request"]["responses"]
    kinds = listed[action["409"]["$ref"].rsplit("/")[-1]]["content"]["application/problem+json"]["schema"]

    assert {"confirm_required", "unknown_outcome"} <= set(kinds["properties"]["kind"]["enum"])
    assert "Retry-After" in listed[action["429"]["$ref"].rsplit("/")[-1]]["headers"]
    assert {"401", "403", "404", "422", "424", "502", "504"} <= set(action)
    assert set(operations(ours)["GET", "/healthz"]["responses"]).isdisjoint({"401", "403", "404", "422", "424"})


def test_every_kind_of_problem_is_somewhere(ours):
    listed = ours["components"]["responses"].values()
    contents = [one["content"]["application/problem+json"]["schema"].get("properties", {}) for one in listed]

    kinds = {kind for one in contents if one for kind in one["kind"]["enum"]}
    assert kinds == set(TITLES) - {"method_not_allowed"}


def test_what_writes_takes_an_idempotency_key(ours):
    def headers(name: str) -> list[str]:
        operation = operations(ours)["POST", f"/v1/connections/{{id}}/actions/{name}"]
        return [one["name"] for one in operation["parameters"] if one["in"] == "header"]

    assert (headers("create_request"), headers("get_offer")) == (["Idempotency-Key"], [])


def test_it_is_made_once_and_served_at_once(client):
    client.get("/openapi.json")
    started = time.perf_counter()
    first, second = client.get("/openapi.json"), client.get("/openapi.json")

    assert first.content == second.content
    assert time.perf_counter() - started < 0.5

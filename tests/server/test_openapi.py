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
from tests.server.asking import PAGES, ids

KINDS = {"action": "actions", "search": "searches", "trigger": "triggers"}


@pytest.fixture(scope="module")
def ours() -> dict:
    """The description of the bundled connectors, of which two use the same name."""
    catalog = Catalog([bundled()])
    return document(ROUTES, [catalog.load(name) for name in catalog.names])


@pytest.fixture
def acmes(client) -> dict:
    return client.get("/openapi.json").json()


@pytest.fixture
def club(catalog):
    """The one connector of the two to which people sign in in the browser."""
    return catalog.load("club")


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
def test_what_is_described_is_what_is_checked(acmes, club, route):
    operation = operations(acmes)[route.method, route.path]

    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if callable(route.takes):
        assert body == {"anyOf": [object_schema(route.takes(club)) | {"title": "club"}]}
    else:
        assert body == (None if route.takes is None else object_schema(route.takes))


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_the_description_says_who_may_ask(acmes, route):
    security = operations(acmes)[route.method, route.path].get("security", acmes["security"])

    assert security == ([{"key": []}] if route.scope == "any key" else [{"key": [one]} for one in route.scopes])


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


def test_what_may_write_takes_an_idempotency_key(ours):
    headers = {
        one["operationId"]: [each["name"] for each in one.get("parameters", []) if each["in"] == "header"]
        for one in operations(ours).values()
    }

    keyed = {name for name, found in headers.items() if found == ["Idempotency-Key"]}
    assert {"run_action", "run_action_create_request", "send_request"} <= keyed
    assert {name for name, found in headers.items() if found} == keyed
    assert "run_action_get_offer" not in keyed


def test_several_inputs_have_several_results_each_typed(ours):
    operation = operations(ours)["POST", "/v1/connections/{id}/actions/create_request"]
    given, result = body_of(operation)["schema"]["properties"]["inputs"], answer_of(operation)["results"]["items"]

    assert given["items"] == {"$ref": "#/components/schemas/reonic.create_request.input"}
    assert result["properties"]["output"] == {"$ref": "#/components/schemas/reonic.create_request.output"}
    assert result["properties"]["error"] == {"$ref": "#/components/schemas/problem"}


def test_any_request_is_described_with_what_comes_back(acmes):
    operation = operations(acmes)["POST", "/v1/connections/{id}/request"]

    assert body_of(operation)["schema"]["required"] == ["method", "path"]
    assert {"status", "headers", "body", "content"} <= set(answer_of(operation))


@pytest.mark.parametrize("route", PAGES, ids=ids)
def test_a_page_says_what_goes_wrong_as_a_page(acmes, route):
    answers = operations(acmes)[route.method, route.path]["responses"]
    wrong = acmes["components"]["responses"][answers.pop("default")["$ref"].rsplit("/")[-1]]

    assert set(wrong["content"]) == {"text/html", "application/problem+json"}
    assert set(answers) <= {"200", "303"}


def test_a_form_is_posted_as_browsers_do_and_may_lead_away(acmes):
    form = operations(acmes)["POST", "/connect/{ticket}"]

    assert list(form["requestBody"]["content"]) == ["application/x-www-form-urlencoded"]
    assert set(form["responses"]) == {"200", "303", "default"}


def test_it_is_made_once_and_served_at_once(client):
    client.get("/openapi.json")
    started = time.perf_counter()
    first, second = client.get("/openapi.json"), client.get("/openapi.json")

    assert first.content == second.content
    assert time.perf_counter() - started < 0.5

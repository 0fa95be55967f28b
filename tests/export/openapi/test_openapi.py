from __future__ import annotations

import json
import re

import pytest
from openapi_spec_validator import validate

from connectors.components.patterns import validator_of
from connectors.export.openapi import limits, package
from connectors.export.openapi.document import document
from connectors.manifest.catalog import bundled, load
from connectors.server import openapi as server
from connectors.server.routes import ROUTES

OF = "/v1/connections/{connection}"


@pytest.fixture(scope="module")
def reonic():
    return document(load(bundled() / "reonic.yaml"))


def bodies(described):
    """Each body with its example, as something that can be checked."""
    for of in described["paths"].values():
        for operation in of.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "example" in content:
                yield operation["operationId"], content["schema"], content["example"]


def test_it_is_valid(connector):
    validate(document(connector))


def test_each_operation_is_there_under_a_name_of_its_own(connector):
    described = document(connector)
    named = [operation["operationId"] for of in described["paths"].values() for operation in of.values()]

    assert len(named) == len(set(named))
    polled = {f"{name}.poll" for name, one in connector.triggers.items() if one.poll}
    assert {*connector.actions, *connector.searches, *polled} <= set(named)
    assert set(described["webhooks"]) == set(connector.triggers)


def test_every_example_fits(connector):
    described = document(connector)
    found = list(bodies(described))

    assert found
    for name, schema, example in found:
        whole = {**schema, "components": described["components"]}
        assert list(validator_of(whole).iter_errors(example)) == [], name


def test_what_destroys_has_to_be_confirmed(ok):
    cancel = document(ok)["paths"][f"{OF}/actions/cancel_order"]["post"]

    content = cancel["requestBody"]["content"]["application/json"]
    assert content["schema"]["properties"]["confirm"]["description"].startswith("Has to be true")
    assert "confirm" not in content["example"]


def test_what_changes_something_can_be_sent_once_only(reonic):
    key = {"$ref": "#/components/parameters/idempotency_key"}

    assert key in reonic["paths"][f"{OF}/actions/add_note"]["post"]["parameters"]
    assert key not in reonic["paths"][f"{OF}/actions/get_offer"]["post"]["parameters"]
    assert "409" not in reonic["paths"][f"{OF}/actions/get_offer"]["post"]["responses"]


def test_what_goes_wrong_is_what_the_server_says_of_itself(reonic):
    own = server.document(ROUTES, [load(bundled() / "reonic.yaml")])
    asked = reonic["paths"][f"{OF}/actions/add_note"]["post"]["responses"]
    answered = own["paths"]["/v1/connections/{id}/actions/add_note"]["post"]["responses"]

    assert set(asked) <= set(answered)
    for status in asked.keys() - {"200", "default"}:
        listed = own["components"]["responses"][answered[status]["$ref"].rpartition("/")[2]]["description"]
        for line in reonic["components"]["responses"][status]["description"].split("\n\n"):
            assert not line.startswith("`") or line.partition(":")[0] in listed


def test_a_subscription_names_what_is_sent_to_it(reonic):
    subscribe = reonic["paths"]["/v1/subscriptions"]["post"]

    assert subscribe["callbacks"].keys() == reonic["webhooks"].keys()
    told = subscribe["callbacks"]["offer_signed"]["{$request.body#/target_url}"]["post"]
    assert told == reonic["webhooks"]["offer_signed"]["post"]
    item = told["requestBody"]["content"]["application/json"]["schema"]
    assert item == {"$ref": "#/components/schemas/offer_signed.output"}


def test_the_files_bear_the_manifests_version(ok):
    files = package(ok)

    assert sorted(files) == ["README.md", "openapi.json"]
    assert json.loads(files["openapi.json"])["info"]["version"] == ok.version
    assert f"`{ok.connector}` {ok.version}" in files["README.md"]
    assert files == package(ok)


def test_dropdowns_are_what_it_cannot_express(ok):
    found = {(limit.operation, limit.feature) for limit in limits(ok)}

    assert ("create_order", "dropdowns") in found
    assert {feature for _, feature in found} <= {"dropdowns", "search or create", "icon"}


def asked_and_answered(described, hole):
    """By method and path: the schemas of the body, of the query and of the answer, without what is the connector's."""
    found = {}
    for path, of in described["paths"].items():
        for method, one in of.items():
            content = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            bodies = [
                described["components"]["schemas"][way["$ref"].rpartition("/")[2]] for way in content.get("oneOf", [])
            ]
            body = {name: said for whole in bodies or [content] for name, said in whole.get("properties", {}).items()}
            query = {
                p["name"]: p.get("schema") or p["content"] for p in one.get("parameters", []) if p.get("in") == "query"
            }
            done = next((said for status, said in one["responses"].items() if status.startswith("2")), {})
            gives = done.get("content", {}).get("application/json", {}).get("schema", {}).get("properties", {})
            found[method, re.sub(hole, "{id}", path)] = (body, query, gives)
    return found


def test_what_is_asked_and_answered_is_as_the_server_describes_it(reonic):
    own = asked_and_answered(server.document(ROUTES, [load(bundled() / "reonic.yaml")]), "x^")
    ours = asked_and_answered(reonic, r"\{(connection|subscription)\}")
    of_the_connector = {
        "input",
        "trigger",
        "operation",
        "output",
        "items",
        "sample",
        "connector",
        "choices",
        "connection",
    }

    assert ours.keys() <= own.keys()
    for route, parts in ours.items():
        for part, whole in zip(parts, own[route], strict=True):
            assert part.keys() <= whole.keys(), route
            for name in part.keys() - of_the_connector:
                assert part[name] == whole[name], (route, name)

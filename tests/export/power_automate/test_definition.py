"""The rules of Microsoft's that can be computed, on each connector."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from connectors.export.power_automate import package
from connectors.export.power_automate.definition import definition

UNKNOWN = {"anyOf", "oneOf", "allOf", "not", "const", "nullable", "examples", "writeOnly", "$defs", "contentEncoding"}
LARGEST = 1024 * 1024  # bytes of a definition that Microsoft imports


@pytest.fixture(scope="module")
def described(connector) -> dict[str, Any]:
    return definition(connector)


def operations(described: dict[str, Any]) -> list[dict[str, Any]]:
    verbs = ("get", "post", "delete")
    return [one for of in described["paths"].values() for verb, one in of.items() if verb in verbs]


def triggers(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [of for of in described["paths"].values() if "x-ms-notification-content" in of]


def named(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["operationId"]: one for one in operations(described)}


def schemas(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document that is not a list of properties by name."""
    if isinstance(tree, dict):
        yield tree
        for key, child in tree.items():
            inner = (
                child.values()
                if key in ("properties", "definitions", "parameters") and isinstance(child, dict)
                else [child]
            )
            for one in inner:
                yield from schemas(one)
    elif isinstance(tree, list):
        for child in tree:
            yield from schemas(child)


def body(operation: dict[str, Any]) -> dict[str, Any]:
    return next(one["schema"]["properties"] for one in operation["parameters"] if one["in"] == "body")


def test_it_is_valid_and_small_enough(connector):
    text = package(connector)["apiDefinition.swagger.json"]

    validate(json.loads(text))
    assert len(text.encode()) < LARGEST


def test_it_speaks_swagger_2_and_nothing_newer(described):
    for schema in schemas(described):
        assert UNKNOWN.isdisjoint(schema.keys())
        assert not isinstance(schema.get("type"), list)
        assert schema.get("required") != []
        assert schema.get("type") != "array" or "items" in schema


def test_the_connector_has_a_short_title_and_says_what_it_is(described):
    about = described["info"]

    assert len(about["title"]) <= 30
    assert 30 <= len(about["description"]) <= 500
    assert not re.search(r"\b(API|connector|Power)\b", about["title"], re.IGNORECASE)


def test_a_long_title_and_description_are_cut(ok):
    about = definition(ok.model_copy(update={"title": "Solar " * 10, "description": "Offers. " * 100}))["info"]

    assert about["title"] == "Solar Solar Solar Solar Solar…"
    assert (len(about["description"]) <= 500, about["description"][-1]) == (True, "…")


def test_operations_have_names_of_their_own(described, connector):
    found = named(described)

    assert len(found) == len(operations(described))
    assert all(re.fullmatch("(Gridwire_)?[A-Z][A-Za-z0-9]*", name) for name in found)
    assert len([name for name in found if "_" not in name]) == len(connector.operations)


def test_operations_of_like_names_have_names_of_their_own(odd):
    found = {
        path.rpartition("/")[2]: of["post"]["operationId"]
        for path, of in definition(odd)["paths"].items()
        if "post" in of
    }

    assert (found["add_v1"], found["add_v_1"]) == ("AddV1", "AddV12")
    assert len({name.lower() for name in found.values()}) == len(found)


def test_titles_are_short_and_descriptions_are_sentences(described):
    for one in operations(described):
        assert len(one["summary"]) <= 80
        assert re.fullmatch(r"[\w '(),-]+", one["summary"])
        assert one["description"].endswith(".")
        assert one["description"].rstrip(".") != one["summary"]
    for schema in schemas(described):
        assert len(schema.get("x-ms-summary", "")) <= 80
        assert schema.get("description", ".")[-1] in ".?!"


def test_parameters_are_named_for_people(described):
    for one in operations(described):
        for parameter in one["parameters"]:
            if parameter["in"] != "body" and parameter.get("x-ms-visibility") != "internal":
                assert parameter["x-ms-summary"]
                assert parameter["description"]
            if parameter["in"] == "path":
                assert parameter["x-ms-url-encoding"] == "single"


def test_what_is_not_shown_has_a_value(described):
    for one in operations(described):
        if one.get("x-ms-visibility") != "internal":
            hidden = [schema for schema in schemas(one["parameters"]) if schema.get("x-ms-visibility") == "internal"]
            assert all("default" in schema or "x-ms-notification-url" in schema for schema in hidden)


def test_every_answer_has_a_schema(described):
    for one in operations(described):
        for status, answer in one["responses"].items():
            assert "schema" in answer or status == "204" or one["operationId"] == "Gridwire_Unsubscribe"


def test_a_trigger_subscribes_and_can_be_ended(described, connector):
    assert len(triggers(described)) == len(connector.triggers)
    for of in triggers(described):
        post = of["post"]
        assert of["x-ms-notification-content"]["schema"]
        assert post["x-ms-trigger"] == "single"
        assert "Location" in post["responses"]["201"]["headers"]
        callbacks = [name for name, one in body(post).items() if one.get("x-ms-notification-url")]
        assert callbacks == ["target_url"]
        assert body(post)["format"]["default"] == "plain"
        assert body(post)["trigger"]["default"] in connector.triggers
    assert ("delete" in described["paths"].get("/v1/subscriptions/{id}", {})) == bool(connector.triggers)


def given(operation: dict[str, Any]) -> set[str]:
    return {one["name"] for one in operation["parameters"] if one.get("required")}


def test_dropdowns_ask_what_there_is_with_all_that_it_needs(described):
    found = 0
    for one in operations(described):
        for schema in schemas(one["parameters"]):
            if "x-ms-dynamic-list" not in schema:
                continue
            found += 1
            new, old = schema["x-ms-dynamic-list"], schema["x-ms-dynamic-values"]
            asked = named(described)[new["operationId"]]
            assert given(asked) <= new["parameters"].keys() == old["parameters"].keys()
            assert new["parameters"].keys() <= {parameter["name"] for parameter in asked["parameters"]}
            items = asked["responses"]["200"]["schema"]["properties"][new["itemsPath"]]["items"]["properties"]
            assert {new["itemValuePath"], new["itemTitlePath"]} <= items.keys()
            for at in (one["parameterReference"] for one in new["parameters"].values() if "parameterReference" in one):
                assert is_there(one, at), at
    assert found


def is_there(operation: dict[str, Any], reference: str) -> bool:
    """Whether such a path, as in `body/input/id`, leads to something that the user fills in."""
    name, *steps = reference.split("/")
    found = next((one for one in operation["parameters"] if one["name"] == name), {})
    for step in steps:
        found = found.get("schema", found).get("properties", {}).get(step, {})
    return bool(found)

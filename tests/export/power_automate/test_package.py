from __future__ import annotations

import json
import re

from connectors.export.power_automate import limits, package
from connectors.export.power_automate.definition import definition
from connectors.manifest.catalog import bundled, load

REONIC = load(bundled() / "reonic.yaml")


def test_the_files_are_those_that_microsoft_imports(ok):
    files = package(ok)

    assert sorted(files) == ["README.md", "apiDefinition.swagger.json", "apiProperties.json"]
    assert files == package(ok)
    assert json.loads(files["apiDefinition.swagger.json"])["info"]["version"] == ok.version


def test_the_key_is_hidden_and_becomes_the_header(ok):
    properties = json.loads(package(ok)["apiProperties.json"])["properties"]
    asked = properties["connectionParameters"]
    policies = {one["templateId"]: one["parameters"] for one in properties["policyTemplateInstances"]}

    assert asked["api_key"]["type"] == "securestring"
    assert asked["api_key"]["uiDefinition"]["constraints"]["clearText"] is False
    assert policies["setheader"]["x-ms-apimTemplateParameter.value"] == "Bearer @connectionParameters('api_key')"
    used = set(re.findall(r"@connectionParameters\('(\w+)'\)", json.dumps(policies)))
    assert used == set(asked)


def test_triggers_are_led_to_one_address(ok):
    policies = json.loads(package(ok)["apiProperties.json"])["properties"]["policyTemplateInstances"]
    (led,) = [one["parameters"] for one in policies if one["templateId"] == "routerequesttoendpoint"]
    paths = definition(ok)["paths"].values()

    assert led["x-ms-apimTemplateParameter.newPath"] == "/v1/subscriptions"
    assert led["x-ms-apimTemplate-operationName"] == [
        of["post"]["operationId"] for of in paths if "x-ms-notification-content" in of
    ]


def test_what_destroys_is_confirmed_and_what_writes_can_be_sent_once_only(ok):
    paths = definition(ok)["paths"]
    cancel = paths["/v1/connections/{connection}/actions/cancel_order"]["post"]
    (body,) = [one["schema"] for one in cancel["parameters"] if one["in"] == "body"]

    assert "confirm" in body["required"]
    assert body["properties"]["confirm"]["type"] == "boolean"
    assert "Idempotency-Key" in {one["name"] for one in cancel["parameters"]}


def test_rules_between_inputs_are_said_in_words():
    paths = definition(REONIC)["paths"]
    said = paths["/v1/connections/{connection}/actions/create_request"]["post"]["description"]

    assert said.endswith("Give exactly one of 'Address of the building', 'Position of the building'.")


def test_the_limits_say_what_is_done_instead():
    found = {(limit.operation, limit.feature) for limit in limits(REONIC)}

    assert {
        (None, "polling"),
        ("create_request", "rules between inputs"),
        ("get_signed_pdf", "files"),
        ("add_note", "searching in dropdowns"),
    } <= found
    assert (None, "search or create") not in found

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.export.n8n.node import paths, properties
from connectors.manifest.catalog import bundled, load

if TYPE_CHECKING:
    from connectors.manifest.model import Connector


def shown(connector: Connector, resource: str, operation: str) -> dict[str, dict[str, Any]]:
    """The parameters of one operation, by name."""
    return {
        parameter["name"]: parameter
        for parameter in properties(connector)
        if {"resource": [resource], "operation": [operation]}.items()
        <= parameter.get("displayOptions", {}).get("show", {}).items()
    }


def test_an_operation_is_the_verb_of_its_thing(acme: Connector) -> None:
    assert paths(acme) == {
        "acmeSolar": {"ping": "actions/ping"},
        "request": {"create": "actions/create_request", "delete": "actions/delete_request"},
        "signedPdf": {"get": "actions/get_signed_pdf"},
        "user": {"find": "searches/find_user"},
    }


def test_resources_are_named_as_titles_write_them(acme: Connector) -> None:
    resource = properties(acme)[0]
    assert [option["name"] for option in resource["options"]] == ["Acme Solar", "Request", "Signed PDF", "User"]


def test_things_of_like_names_stay_apart(odd: Connector) -> None:
    assert paths(odd) == {
        "v1": {"add": "actions/add_v1"},
        "v12": {"add": "actions/add_v_1"},
        "lead": {"get": "actions/get_lead"},
        "leads": {"get": "actions/get_leads"},
        "odd": {"get": "actions/get_odd"},
        "odd2": {"ping": "actions/ping", "constructor": "actions/constructor"},
    }
    titles = [option["name"] for option in properties(odd)[0]["options"]]
    assert titles == ["Lead", "Lead 2", "Odd", "Odd 2", "V 1", "V1"]


def test_operations_say_what_they_do(acme: Connector) -> None:
    (create, delete) = next(
        parameter["options"]
        for parameter in properties(acme)
        if parameter["name"] == "operation" and parameter["displayOptions"]["show"]["resource"] == ["request"]
    )
    assert create == {"name": "Create", "value": "create", "action": "Create request", "description": "Creates a lead"}
    assert delete["value"] == "delete"


def test_the_connection_is_chosen_once_for_all_operations(acme: Connector) -> None:
    (connection,) = [parameter for parameter in properties(acme) if parameter["name"] == "connection"]
    assert connection["required"]
    assert "displayOptions" not in connection


def test_an_operation_shows_its_inputs(acme: Connector) -> None:
    inputs = shown(acme, "request", "create")
    assert list(inputs) == ["name", "additionalFields"]
    assert inputs["additionalFields"]["hint"] == "Give exactly one of Position, Address to Look Up."


def test_a_search_has_a_limit_unless_all_is_wanted(acme: Connector) -> None:
    inputs = shown(acme, "user", "find")
    assert (inputs["returnAll"]["default"], inputs["limit"]["default"]) == (False, 50)
    assert inputs["limit"]["displayOptions"]["show"]["returnAll"] == [False]


def test_what_destroys_asks_to_be_confirmed(acme: Connector) -> None:
    assert shown(acme, "request", "delete")["confirm"]["default"] is False
    assert "confirm" not in shown(acme, "request", "create")


def test_what_is_typed_is_no_file() -> None:
    reonic = load(bundled() / "reonic.yaml")

    assert "binaryPropertyName" in shown(reonic, "signedPdf", "get")
    assert "binaryPropertyName" not in shown(reonic, "note", "add")


def test_a_file_is_put_into_a_field(acme: Connector) -> None:
    assert shown(acme, "signedPdf", "get")["binaryPropertyName"]["default"] == "data"

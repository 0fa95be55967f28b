"""The exported Reonic node in n8n's own engine, against a gridwire server with its sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.proofs.n8n.conftest import Vendor

pytestmark = pytest.mark.proof


@pytest.fixture(scope="session")
def reonic(nodes: Callable[[str], Vendor]) -> Vendor:
    return nodes("reonic")


def test_n8n_loads_the_package(reonic: Vendor) -> None:
    described = reonic.describe("reonic")
    assert (described["displayName"], described["usableAsTool"]) == ("Reonic", True)
    assert described["iconUrl"]["dark"] == "icons/n8n-nodes-gridwire-reonic/dist/icons/reonic.dark.svg"


def test_the_credential_is_tested(reonic: Vendor) -> None:
    assert reonic.test() == {"ok": {"status": "OK"}}


def test_a_wrong_key_is_refused(reonic: Vendor) -> None:
    assert reonic.test(apiKey="wrong")["error"]["httpCode"] == "401"


def test_a_wrong_key_says_how_to_make_one(reonic: Vendor) -> None:
    wrong = {**reonic.credentials, "apiKey": "wrong"}
    error = reonic.run("offer", "get", credentials=wrong, id={"__rl": True, "mode": "id", "value": "o"})["error"]
    assert error["description"].startswith("Make a new key on the server, `gridwire keys add n8n --scope use`")


def test_the_connection_is_chosen_from_a_list(reonic: Vendor) -> None:
    found = {choice["name"]: choice["value"] for choice in reonic.search("connections")}

    assert found["sandbox-reonic"].startswith("con_")
    assert reonic.search("connections", filter="nothing like it") == []


def test_an_action_takes_nested_inputs(reonic: Vendor) -> None:
    done = reonic.run(
        "request",
        "create",
        items=[{"name": "Erika", "zip": 10115}, {"name": "Emil", "zip": 99084}],
        firstName="={{ $json.name }}",
        lastName="Beispiel",
        additionalFields={"postcode": "={{ $json.zip }}", "latLng": {"value": {"lat": 52.5, "lng": "={{ 13.4 }}"}}},
    )
    assert [item["pairedItem"] for item in done["outputs"][0]] == [{"item": 0}, {"item": 1}]


def test_a_dropdown_gives_what_an_action_takes(reonic: Vendor) -> None:
    offer = reonic.search("add_note:offerId", parameters={"resource": "note", "operation": "add"})[0]["value"]
    chosen = {"__rl": True, "mode": "list", "value": offer}
    (note,) = reonic.run("note", "add", offerId=chosen, text="Call back")["outputs"][0]
    assert note["json"]["text"] == "Call back"
    (read,) = reonic.run("offer", "get", id={**chosen, "mode": "id"})["outputs"][0]
    assert read["json"]["notes"][-1]["message"] == "Call back"


def test_a_search_gives_items_for_each_that_came_in(reonic: Vendor) -> None:
    wanted = [{"email": f"{name}@example.com"} for name in ("mehmet.yalinkaya", "nobody", "tobias.wendelin")]
    found = reonic.run("user", "find", wanted, additionalFields={"email": "={{ $json.email }}"})["outputs"][0]
    assert [item["json"]["fullName"] for item in found] == ["Mehmet Yalinkaya", "Tobias Wendelin"]
    assert [item["pairedItem"] for item in found] == [{"item": 0}, {"item": 2}]


def test_a_search_stops_at_its_limit(reonic: Vendor) -> None:
    wanted = {"additionalFields": {"status": "Pending Feedback"}}
    assert len(reonic.run("offer", "find", limit=2, **wanted)["outputs"][0]) == 2
    assert len(reonic.run("offer", "find", returnAll=True, **wanted)["outputs"][0]) > 2


def test_a_refusal_says_what_the_server_said(reonic: Vendor) -> None:
    place = {"latLng": {"value": {"lat": 52.5, "lng": 13.4}}}
    names = [{"name": "Erika"}, {"name": "x" * 101}]
    error = reonic.run("request", "create", names, firstName="={{ $json.name }}", lastName="B", additionalFields=place)
    assert error["error"]["message"] == "'firstName' must have at most 100 characters; it has 101"
    assert (error["error"]["itemIndex"], error["error"]["httpCode"]) == (1, "422")


@pytest.mark.parametrize(("on_error", "good", "bad"), [("continueRegularOutput", 0, 0), ("continueErrorOutput", 0, 1)])
def test_other_items_go_on_after_a_failed_one(reonic: Vendor, on_error: str, good: int, bad: int) -> None:
    done = reonic.run(
        "request",
        "create",
        items=[{"name": "x" * 101}, {"name": "Erika"}],
        onError=on_error,
        firstName="={{ $json.name }}",
        lastName="Beispiel",
        additionalFields={"addressToGeocode": {"city": "Berlin"}},
    )["outputs"]
    failed = done[bad][0]
    assert failed["json"]["details"]["field"] == "firstName"
    assert failed["json"]["error"] == failed["json"]["details"]["message"]
    assert (failed["pairedItem"], done[good][-1]["pairedItem"]) == ({"item": 0}, {"item": 1})


def test_the_vendors_words_arrive(reonic: Vendor) -> None:
    nobody = {"__rl": True, "mode": "id", "value": "nobody"}
    error = reonic.run("user", "get", id=nobody)["error"]
    assert (error["httpCode"], "user ID not found" in error["message"]) == ("404", True)
    assert "client ID" in error["description"]


def test_n8n_asks_for_what_is_required(reonic: Vendor) -> None:
    issues = reonic.run("request", "create", firstName="", lastName="Beispiel")["issues"]
    assert issues["parameters"] == {"firstName": ['Parameter "First Name" is required.']}


def test_a_file_becomes_binary_data(reonic: Vendor) -> None:
    offers = reonic.run("offer", "find", returnAll=True, additionalFields={"status": "Order Confirmed"})["outputs"][0]
    signed = next(offer["json"]["id"] for offer in offers if offer["json"]["currentSignature"])
    (item,) = reonic.run("signedPdf", "get", id={"__rl": True, "mode": "id", "value": signed})["outputs"][0]
    assert item["binary"]["data"]["mimeType"] == "application/pdf"
    assert item["binary"]["data"]["bytes"] == item["json"]["size"] > 0


def test_a_server_that_is_not_there_is_named(reonic: Vendor) -> None:
    nowhere = {**reonic.credentials, "serverUrl": "http://127.0.0.1:1"}
    error = reonic.run("user", "find", credentials=nowhere)["error"]
    assert error["message"] == "The gridwire server at http://127.0.0.1:1 was not reached"

"""The exported Reonic app in Zapier's own core: what a step sends, what comes back, and what is said when it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.proofs.zapier.answering import answering

if TYPE_CHECKING:
    from tests.proofs.zapier.conftest import App

pytestmark = pytest.mark.proof

PERSON = {"firstName": "Erika", "lastName": "Beispiel"}


def test_the_connection_is_tested_and_named(reonic: App) -> None:
    server = reonic.auth["server_url"].strip("/").removeprefix("http://")
    assert reonic.call("authentication.test") == {"label": f"sandbox-reonic on {server}", "accounts": 1}
    assert reonic.definition["authentication"]["connectionLabel"] == "{{label}}"


def test_a_wrong_key_asks_to_connect_again(reonic: App) -> None:
    error, message = reonic.with_auth(api_key="wrong").refused("authentication.test")
    assert error == "ExpiredAuthError"
    assert "gridwire keys add zapier --scope use`, and connect gridwire again" in message


@pytest.mark.parametrize("address", ["", "gridwire.example", "http://gridwire.example", "https://"])
def test_the_key_is_sent_to_no_address_that_is_open(reonic: App, address: str) -> None:
    error, message = reonic.with_auth(server_url=address).refused("authentication.test")
    assert (error, "it has to begin with https://" in message) == ("AppError", True)


def test_an_action_takes_nested_inputs_in_the_form_of_their_boxes(reonic: App) -> None:
    place = {"latLng__lat": "52.5", "latLng__lng": 13.4, "postcode": 10115}
    assert reonic.run("creates", "create_request", {**PERSON, **place}) == {"done": True}


def test_braces_in_a_users_text_are_text(reonic: App) -> None:
    offer = reonic.run("triggers", "gridwire_offers_id")[0]["id"]
    text = "{{bundle.authData.api_key}} and {{ nothing }}"
    assert reonic.run("creates", "add_note", {"offerId": offer, "text": text})["text"] == text


def test_what_the_server_refuses_is_said_with_what_to_do(reonic: App) -> None:
    error, message = reonic.refused("creates.create_request.operation.perform", PERSON)
    assert error == "AppError"
    assert message == (
        "Give one of 'addressToGeocode' or 'latLng'. Correct the input and send it again; nothing was done."
    )


def test_an_input_that_is_refused_is_called_as_its_box(reonic: App) -> None:
    _, message = reonic.refused("creates.create_request.operation.perform", {**PERSON, "latLng__lat": "north"})
    assert 'It is about the box "Position of the Building: Latitude' in message


def test_a_get_that_finds_nothing_is_an_empty_search(reonic: App) -> None:
    assert reonic.run("searches", "get_user", {"id": "nobody"}) == []


def test_a_dropdown_goes_on_where_its_page_ended(reonic: App) -> None:
    pages = {None: ("first", "n1"), "n1": ("second", "n2"), "n2": ("third", None)}

    def page(asked: Any) -> dict[str, Any]:
        title, following = pages[asked["next"]]
        return {"choices": [{"value": title, "title": title}], "next": following}

    with answering(page) as url:
        app = reonic.with_auth(server_url=url)
        found = [
            app.run("triggers", "gridwire_offers_id", {"connection": "c"}, meta={"page": number})
            for number in (0, 1, 2, 3)
        ]
    assert [[choice["id"] for choice in shown] for shown in found] == [["first"], ["second"], ["third"], []]


def test_a_dropdown_follows_what_it_depends_on(app: Callable[[str], App]) -> None:
    solar = app("opensolar")
    all_of_them = solar.run("triggers", "gridwire_systems_uuid")
    project = solar.run("triggers", "gridwire_projects_id")[0]["id"]
    assert 0 < len(solar.run("triggers", "gridwire_systems_uuid", {"project_id": project})) < len(all_of_them)
    (box,) = [
        box
        for box in solar.definition["searches"]["get_system_image"]["operation"]["inputFields"]
        if "dependsOn" in box and box["key"] == "uuid"
    ]
    assert box["dependsOn"] == ["connection", "project_id"]


def test_a_file_is_fetched_when_a_later_step_needs_it(reonic: App) -> None:
    offers = reonic.run("searches", "find_offer", {"status": "Order Confirmed"})
    signed = next(offer["id"] for offer in offers if offer["currentSignature"])
    (found,) = reonic.run("searches", "get_signed_pdf", {"id": signed})
    assert found["media_type"] == "application/pdf"
    assert found["file"].startswith("hydrate|||")

    inputs = {"connection": "sandbox-reonic", "name": "get_signed_pdf", "input": {"id": signed}}
    assert reonic.call("hydrators.file", inputs).endswith("/stashed")
    assert "%PDF" in reonic.files[0]


def test_an_account_is_chosen_where_there_are_several(reonic: App) -> None:
    with answering({"items": [{"id": f"con_{n}", "name": f"n{n}", "connector": "reonic"} for n in (1, 2)]}) as url:
        app = reonic.with_auth(server_url=url)
        account = app.call("triggers.new_offer.operation.inputFields")[0]
        _, message = app.refused("searches.find_user.operation.perform", {"name": "a"})
    assert [choice["label"] for choice in account["choices"]] == ["n1", "n2"]
    assert "default" not in account
    assert message == "Your gridwire server has 2 Reonic accounts. Choose one in this step."


def test_without_an_account_the_user_is_told_to_connect_one(reonic: App) -> None:
    with answering({"items": []}) as url:
        app = reonic.with_auth(server_url=url)
        account = app.call("triggers.new_offer.operation.inputFields")[0]
        _, message = app.refused("searches.find_user.operation.perform", {"name": "a"})
    assert "choices" not in account
    assert message == "Your gridwire server has no Reonic account yet. Connect one there first."


PROBLEMS = [
    (424, "reconnect", "AppError", "Reonic no longer takes the key. Enter a new key."),
    (409, "unknown_outcome", "HaltedError", "Reonic no longer takes the key. Enter a new key."),
    (502, "vendor_failed", "AppError", "Reonic no longer takes the key. Enter a new key."),
    (403, "forbidden", "AppError", "Reonic no longer takes the key. Enter a new key."),
]


@pytest.mark.parametrize(("status", "kind", "error", "words"), PROBLEMS)
def test_a_problem_becomes_an_error_of_zapiers(reonic: App, status: int, kind: str, error: str, words: str) -> None:
    problem = {"kind": kind, "detail": "Reonic no longer takes the key", "remedy": "Enter a new key."}
    with answering(problem, status=status) as url:
        said = creating(reonic.with_auth(server_url=url))
    assert said == (error, words)


def test_the_vendors_own_words_are_shown(reonic: App) -> None:
    with answering(
        {"kind": "vendor_refused", "detail": "it said no", "vendor_message": "plz Prüfen"}, status=422
    ) as url:
        assert creating(reonic.with_auth(server_url=url))[1] == 'It said no. Reonic says: "plz Prüfen".'


def test_zapier_waits_as_long_as_it_is_told(reonic: App) -> None:
    with answering({"kind": "busy", "detail": "later"}, status=429, **{"Retry-After": "17"}) as url:
        said = reonic.with_auth(server_url=url)._ask(CREATE, {**PERSON, "connection": "c"}, {})
    assert said["error"] == "ThrottledError"
    assert '"delay":17' in said["message"]


@pytest.mark.parametrize("status", [0, 200, 502, 504])
def test_a_write_whose_answer_is_lost_halts(reonic: App, status: int) -> None:
    """Zapier repeats what failed, and it may have been done."""
    with answering("<html>", status=status) as url:
        error, message = creating(reonic.with_auth(server_url=url))
        search = reonic.with_auth(server_url=url).refused("searches.find_user.operation.perform", {"connection": "c"})
    assert (error, "It is not known whether it was done" in message) == ("HaltedError", True)
    assert search[0] == "AppError"


def test_a_server_that_is_not_there_was_sent_nothing(reonic: App) -> None:
    error, message = creating(reonic.with_auth(server_url="http://127.0.0.1:1"))
    assert error == "AppError"
    assert message.startswith("The gridwire server at http://127.0.0.1:1 gave no answer (ECONNREFUSED).")


def test_the_key_is_sent_nowhere_else(reonic: App) -> None:
    with answering({}) as other, answering({}, status=307, Location=f"{other}/v1/connections") as url:
        _, message = reonic.with_auth(server_url=url).refused("authentication.test")
    assert f"The server at {url} answered 307, not as a gridwire server does." in message


CREATE = "creates.create_request.operation.perform"


def creating(app: App) -> tuple[str, str]:
    return app.refused(CREATE, {**PERSON, "connection": "c"})

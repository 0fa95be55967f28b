from __future__ import annotations

import copy

import pytest

OFFERS = "/rest/v2/clients/sandbox-client/h360/offers"


@pytest.fixture
def do(sandbox):
    def do(deed, /, **args):
        return sandbox.post(f"/_do/reonic/{deed}", json=args)

    return do


def moved(before, after):
    return {key for key in before if before[key] != after[key]}


def test_a_new_offer_is_first_in_the_list(do, api):
    last_of_the_first_page = api.get(OFFERS).json()["results"][19]
    made = do("create-offer", name="Ada Lovis Beispiel", status="In Planning").json()
    assert made["number"] == 58
    assert made["offer"]["status"] == "In Planning"
    assert made["offer"]["offerCreatedAt"] == "2026-11-21T09:00:00Z"
    assert api.get(OFFERS).json()["results"][0] == made["offer"]
    assert api.get(OFFERS, params={"page": 1}).json()["results"][0] == last_of_the_first_page


def test_the_customer_of_a_new_offer_can_be_named(do, api):
    customer = do("create-offer", name="Ada Lovis Beispiel").json()["offer"]["customer"]["id"]
    contact = api.get(f"/rest/v2/clients/sandbox-client/contacts/{customer}").json()
    assert (contact["firstName"], contact["lastName"]) == ("Ada Lovis", "Beispiel")


def test_a_new_offer_needs_nothing_said(do):
    assert do("create-offer").json()["offer"]["options"]


def test_a_signature_is_requested_for_a_fortnight(do, reonic):
    before = copy.deepcopy(reonic.offers[7])
    after = do("request-signature", id=7).json()["offer"]
    assert after["currentSignature"] == {
        "signatureRequestCreatedAt": "2026-11-21T09:00:00Z",
        "state": "Pending",
        "expiryAt": "2026-12-05T09:00:00Z",
        "signedAt": None,
        "signedPdfUrl": None,
        "signedOptionId": None,
    }
    assert moved(before, after) == {"currentSignature", "offerLastEditedAt"}


def test_signing_keeps_when_it_was_asked_for(do, clock):
    do("request-signature", id=7)
    clock.forward(minutes=5)
    signature = do("sign-offer", id=7).json()["offer"]["currentSignature"]
    assert signature["signatureRequestCreatedAt"] == "2026-11-21T09:00:00Z"
    assert signature["signedAt"] == "2026-11-21T09:05:00Z"


def test_signing_moves_neither_status_nor_last_edited(do, reonic, api):
    before = copy.deepcopy(reonic.offers[7])
    do("sign-offer", id=7)
    after = api.get(f"{OFFERS}/{before['id']}").json()
    assert after["currentSignature"]["state"] == "Signed"
    assert moved(before, after) == {"currentSignature", "notes"}


def test_nobody_signs_twice(do):
    do("sign-offer", id=7)
    answer = do("sign-offer", id=7)
    assert answer.status_code == 409
    assert "was signed at 2026-11-21T09:00:00Z" in answer.json()["message"]


@pytest.mark.parametrize("deed", ["sign-offer", "request-signature"])
def test_a_request_has_nothing_to_sign(do, deed):
    answer = do(deed, id=8)
    assert answer.status_code == 409
    assert "row 8 is a request" in answer.json()["message"]


def test_a_status_changes_alone(do, reonic):
    before = copy.deepcopy(reonic.offers[7])
    assert moved(before, do("change-status", id=before["id"], status="On Hold").json()["offer"]) == {"status"}


def test_a_deleted_offer_is_gone_and_its_number_with_it(do, api, reonic):
    newest = reonic.offers[57]["id"]
    assert do("delete-offer", id=57).json() == {"number": 57, "deleted": newest}
    assert api.get(f"{OFFERS}/{newest}").status_code == 404
    assert do("create-offer").json()["number"] == 58


def test_a_colleague_joins(do, api):
    user = do("add-user", name="Ole Neuling", email="ole@example.com", role="ADMIN").json()["user"]
    assert api.get("/rest/v2/clients/sandbox-client/users").json()["results"][-1] == user
    assert list(do("add-user", name="Ohne Post").json()["user"]) == ["id", "fullName", "role"]


def test_reset_brings_everything_back(do, reonic, sandbox, api):
    before = api.get(OFFERS).json()
    do("create-offer")
    do("delete-offer", id=56)
    sandbox.post("/_faults/reonic", json={"fault": "drop"})
    assert do("reset").json() == {"reset": "reonic"}
    assert sandbox.get("/_log/reonic").json() == sandbox.get("/_faults/reonic").json() == []
    assert api.get(OFFERS).json() == before


def test_an_unknown_row_names_the_numbers_there_are(do, reonic):
    answer = do("sign-offer", id=99)
    assert answer.status_code == 404
    assert answer.json()["message"] == "id: no offer has the id or running number 99; there are 1 to 57"
    reonic.offers.clear()
    assert "there are none" in do("delete-offer", id="x").json()["message"]


@pytest.mark.parametrize(
    ("deed", "args", "field"),
    [
        ("sign-offer", {}, "id: is required"),
        ("sign-offer", {"id": 7, "at": "now"}, "at: is not known here"),
        ("sign-offer", {"id": 7.5}, "id"),
        ("change-status", {"id": 7}, "status: is required"),
        ("add-user", {"name": "A", "role": "KING"}, "role"),
    ],
)
def test_wrong_arguments_are_named(do, deed, args, field):
    answer = do(deed, **args)
    assert answer.status_code == 400
    assert field in answer.json()["message"]


def test_a_request_becomes_an_offer_and_keeps_its_id(do):
    taken = do("take-request", name="Ada Lovis Beispiel").json()
    assert (taken["offer"]["options"], taken["offer"]["offerCreatedAt"]) == ([], None)
    planned = do("plan-offer", id=taken["number"]).json()["offer"]
    assert planned["id"] == taken["offer"]["id"]
    assert planned["offerCreatedAt"] == "2026-11-21T09:00:00Z"
    assert do("plan-offer", id=taken["number"]).status_code == 409


@pytest.mark.parametrize(
    ("deed", "args", "keys"),
    [
        ("edit-offer", {}, {"offerLastEditedAt"}),
        ("lose-offer", {"reason": "Moved away"}, {"status", "lostReason", "lostAt"}),
        ("archive", {}, {"archived", "offerArchived"}),
        ("write-note", {"text": "Call back"}, {"notes"}),
    ],
)
def test_what_happens_to_an_offer_changes_that_alone(do, reonic, deed, args, keys):
    before = copy.deepcopy(reonic.offers[7])
    assert moved(before, do(deed, id=7, **args).json()["offer"]) == keys


def test_a_request_is_archived_as_one_and_taken_out_again(do):
    assert do("archive", id=8).json()["offer"]["requestArchived"] is True
    assert do("archive", id=8, archived=False).json()["offer"]["archived"] is False


def test_an_offer_is_assigned_to_somebody_who_is_there(do, reonic):
    user = reonic.users[1]["id"]
    assert do("assign", id=7, user=user).json()["offer"]["assignedToId"] == user
    assert do("assign", id=7, user=None).json()["offer"]["assignedToId"] is None
    assert do("assign", id=7, user="nobody").status_code == 404

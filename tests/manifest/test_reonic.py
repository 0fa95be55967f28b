"""What the vendor's document says of each endpoint, as data: a change to the manifest that contradicts it turns red."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connectors.components.extract import extract
from connectors.components.http import Request, Response
from connectors.components.memory import Memory
from connectors.components.paginate import Page
from connectors.engine.connection import Connection
from connectors.engine.request import build
from connectors.errors import InputError
from connectors.manifest.catalog import load

if TYPE_CHECKING:
    from connectors.manifest.model import Trigger

NOW = datetime(2026, 1, 2, tzinfo=UTC)
REONIC = load(Path(__file__).parents[2] / "manifests" / "reonic.yaml")
CONNECTION = Connection.open(REONIC, {"clientId": "acme/solar", "apiKey": "k-1"})
HOST = "https://api.reonic.de"
REST = f"{HOST}/rest/v2/clients/acme%2Fsolar"
READS = {"Accept": "application/json"}
WRITES = {**READS, "Content-Type": "application/json"}
OFFER = "3f6c1d52-8a04-4b1e-9c57-0d2f7e91ab34"
LEAD: dict[str, Any] = {"firstName": "Mara", "lastName": "Lindqvist", "latLng": {"lat": 52.520008, "lng": 13.404954}}
ADDRESS = {"street": "Ahornweg", "streetNumber": "7", "postcode": "14469", "city": "Potsdam", "country": "Germany"}
EVERYTHING: dict[str, Any] = {
    "firstName": "Mara",
    "lastName": "Lindqvist",
    "email": "mara.lindqvist@example.com",
    "phone": "+493023125042",
    "message": "Solar, please",
    "note": "Call in the morning",
    "leadSourceId": "s-1",
    "leadSourceName": "Website",
    "totalDemandkWh": 4500,
    "energyPriceCtPerKwh": 35.5,
    "addressToGeocode": ADDRESS,
    **ADDRESS,
}


def request_of(name: str, inputs: dict[str, Any]) -> Request:
    action = REONIC.actions[name]
    return build(CONNECTION, action, action.checker.check(inputs), action.input)


def named_by(name: str, inputs: dict[str, Any]) -> list[str | None]:
    """The inputs that the action names when it refuses these; none when it takes them."""
    try:
        REONIC.actions[name].checker.check(inputs)
    except InputError as error:
        return [problem.field for problem in error.problems]
    return []


def refused(**changes: Any) -> list[str | None]:
    """What create_request names when it refuses a lead with these changes; None takes an input away."""
    return named_by("create_request", {name: value for name, value in (LEAD | changes).items() if value is not None})


def test_it_has_the_operations_that_were_agreed():
    assert set(REONIC.lists) == {"offers", "users"}
    assert set(REONIC.triggers) == {
        *("new_request", "new_offer", "offer_updated", "offer_signed", "signature_requested", "signature_expiring"),
        *("offer_status_changed", "offer_lost", "offer_archived", "offer_assigned", "new_note", "new_user"),
    }
    assert set(REONIC.searches) == {"find_offer", "find_user"}
    assert " ".join(REONIC.actions) == "create_request add_note get_offer get_contact get_user get_signed_pdf"


@pytest.mark.parametrize(
    ("name", "inputs", "request_"),
    [
        (
            "create_request",
            LEAD,
            Request("POST", f"{HOST}/integrations/acme%2Fsolar/h360/request/create", (), WRITES, LEAD),
        ),
        (
            "create_request",
            EVERYTHING,
            Request("POST", f"{HOST}/integrations/acme%2Fsolar/h360/request/create", (), WRITES, EVERYTHING),
        ),
        (
            "add_note",
            {"offerId": OFFER, "text": "{text}\n"},
            Request("POST", f"{REST}/h360/offers/notes", (), WRITES, {"offerId": OFFER, "text": "{text}\n"}),
        ),
        ("get_offer", {"id": "o/1"}, Request("GET", f"{REST}/h360/offers/o%2F1", (), READS)),
        ("get_signed_pdf", {"id": "o-1"}, Request("GET", f"{REST}/h360/offers/o-1", (), READS)),
        ("get_contact", {"contactId": "c-1"}, Request("GET", f"{REST}/contacts/c-1", (), READS)),
        ("get_user", {"id": "u-1"}, Request("GET", f"{REST}/users/u-1", (), READS)),
    ],
)
def test_an_action_asks_as_the_document_says(name: str, inputs: dict[str, Any], request_: Request):
    assert request_of(name, inputs) == request_


def test_what_is_not_given_is_not_sent():
    """4,000 kWh and 30 ct are the vendor's defaults: sending them would freeze what it may change."""
    assert request_of("create_request", LEAD).json == LEAD


def page(items: list[Any], *, more: bool) -> Page:
    return Page(Response(200, (), b""), {"results": items, "hasNextPage": more}, items)


def test_offers_are_read_from_page_0_for_as_long_as_there_are_more():
    offers = REONIC.lists["offers"]
    assert offers.paginate is not None
    pages = offers.paginate.chosen
    first = pages.first(build(CONNECTION, offers, {}, {}))
    assert first == Request("GET", f"{REST}/h360/offers", (("page", "0"),), READS)
    assert pages.next(first, page([], more=True)) == first.with_query("page", "1")
    assert pages.next(first, page([1], more=False)) is None
    assert offers.items == ("results",)


def test_users_come_all_at_once():
    users = REONIC.lists["users"]
    assert build(CONNECTION, users, {}, {}) == Request("GET", f"{REST}/users", (), READS)
    assert (users.items, users.paginate) == (("results",), None)


@pytest.mark.parametrize(("way", "value"), [("raw", "k-1"), ("basic", "Basic ay0x")])
def test_the_key_travels_in_either_of_the_documents_forms(way: str, value: str):
    asked = Request("GET", REST)
    values = {"clientId": "c", "apiKey": "k-1", "auth": way}
    assert REONIC.connection.auth.chosen_for(values).signed(asked, values, {}).headers == {"X-Authorization": value}


def test_the_raw_key_is_the_default():
    assert CONNECTION.auth is REONIC.connection.auth.one_of["raw"].chosen  # pyright: ignore[reportOptionalSubscript]


def test_the_signed_pdf_lies_on_another_host_that_gets_no_credentials():
    assert CONNECTION.trusted == HOST
    assert set(CONNECTION.readable) == {"https://private-static.reonic.de"}
    assert REONIC.origins["files"].credentials == "none"


def test_only_the_two_writes_write():
    writes = {name for name, action in REONIC.actions.items() if action.effective == "write"}
    assert writes == {"create_request", "add_note"}
    assert not any(action.idempotent for action in REONIC.actions.values())


# The limits of create_request: at each, and beyond


@pytest.mark.parametrize("name", ["firstName", "lastName", "phone"])
def test_names_and_phone_have_1_to_100_characters(name: str):
    assert [refused(**{name: "ü" * length}) for length in (1, 100)] == [[], []]
    assert [refused(**{name: "ü" * length}) for length in (0, 101)] == [[name], [name]]


@pytest.mark.parametrize("name", ["message", "note"])
def test_message_and_note_have_at_most_10_000_characters(name: str):
    assert [refused(**{name: "x" * length}) for length in (0, 10_000)] == [[], []]
    assert refused(**{name: "x" * 10_001}) == [name]


@pytest.mark.parametrize(("name", "most"), [("totalDemandkWh", 200_000), ("energyPriceCtPerKwh", 500)])
def test_demand_and_price_have_a_range(name: str, most: int):
    assert [refused(**{name: value}) for value in (0, 0.5, most)] == [[], [], []]
    assert [refused(**{name: value}) for value in (-0.001, most + 0.001, most + 1, str(most))] == [[name]] * 4


@pytest.mark.parametrize(("name", "most"), [("lat", 90), ("lng", 180)])
def test_a_position_is_on_earth(name: str, most: int):
    position = LEAD["latLng"]
    assert [refused(latLng={**position, name: value}) for value in (-most, 0, most)] == [[], [], []]
    assert [refused(latLng={**position, name: value}) for value in (-most - 1, most + 0.1, "52.5")] == [
        [f"latLng.{name}"]
    ] * 3


@pytest.mark.parametrize("name", ["firstName", "lastName"])
def test_both_names_are_required(name: str):
    assert refused(**{name: None}) == [name]


@pytest.mark.parametrize("name", ["lat", "lng"])
def test_half_a_position_is_none(name: str):
    assert refused(latLng={name: 1}) == [f"latLng.{'lng' if name == 'lat' else 'lat'}"]


def test_either_a_position_or_an_address():
    assert refused(latLng=None, addressToGeocode=ADDRESS) == []
    assert refused(latLng=None, addressToGeocode={"city": "Potsdam"}) == []
    assert refused(latLng=None) == ["addressToGeocode"]
    assert refused(addressToGeocode=ADDRESS) == ["latLng"]


@pytest.mark.parametrize("name", ["", "country", "postcode", "city", "street", "streetNumber"])
def test_an_address_has_five_texts(name: str):
    assert refused(latLng=None, addressToGeocode={name: "x"}) == ([] if name else ["addressToGeocode."])
    assert refused(latLng=None, addressToGeocode={name: 7}) == [f"addressToGeocode.{name}"]


@pytest.mark.parametrize("name", ["email", "leadSourceId", "leadSourceName", *ADDRESS])
def test_what_has_no_limit_in_the_document_has_none_here(name: str):
    assert [refused(**{name: value}) for value in ("", "x" * 20_000)] == [[], []]


@pytest.mark.parametrize(("offer", "fields"), [(OFFER, []), ("o-1", ["offerId"]), ("", ["offerId"])])
def test_a_note_is_for_the_uuid_of_an_offer(offer: str, fields: list[str]):
    assert named_by("add_note", {"offerId": offer, "text": ""}) == fields


# What triggers and searches look at


def offer(id_: str, **changes: Any) -> dict[str, Any]:
    """An offer that nobody was asked to sign, with these changes."""
    made = "2026-01-01T00:00:00Z"
    usual = {"status": "Pending Feedback", "customer": {"id": "c-1"}, "archived": False, "assignedToId": None}
    dates = {"lostAt": None, "offerCreatedAt": made, "offerLastEditedAt": made, "currentSignature": None}
    return {"id": id_, **usual, **dates, "notes": [], **changes}


def signature(**said: Any) -> dict[str, Any]:
    """What changes when a customer is asked to sign, and may have done so."""
    asked = {"signatureRequestCreatedAt": "2026-01-02T00:00:00Z", "expiryAt": "2026-01-16T00:00:00Z"}
    return {"currentSignature": {"state": "Pending", "signedAt": None, **asked, **said}}


def signed(at: str) -> dict[str, Any]:
    return signature(state="Signed", signedAt=at)


def events(name: str, *readings: list[dict[str, Any]], **inputs: str) -> list[list[str]]:
    """The ids that each reading emits."""
    trigger, memory = REONIC.triggers[name], Memory()
    return [[item["id"] for item in items if fires(trigger, item, memory, NOW, inputs)] for items in readings]


def fires(trigger: Trigger, item: dict[str, Any], memory: Memory, now: datetime, inputs: dict[str, str]) -> bool:
    look = trigger.identity.look(item, memory, now)
    seen = item if look.previous is None else {**item, "previous": look.previous}
    told = look.fires and trigger.where.holds(seen, inputs)
    look.keep(memory, told=told)
    return told


def test_a_request_is_new_once_and_an_offer_is_none():
    request = offer("1", offerCreatedAt=None)
    assert events("new_request", [request], [request, offer("2")], [offer("1")], [request]) == [["1"], [], [], []]


def test_an_offer_is_new_once_whatever_becomes_of_it():
    one, two, done = offer("1"), offer("2"), offer("1", status="Lost", **signed("2026-01-02T03:04:05Z"))
    assert events("new_offer", [one], [two, one], [done, two], []) == [["1"], ["2"], [], []]


def test_a_request_that_becomes_an_offer_is_a_new_offer():
    request = offer("1", offerCreatedAt=None)
    assert events("new_offer", [request], [offer("1")], [offer("1")]) == [[], ["1"], []]


def test_an_offer_is_signed_when_its_signature_says_so():
    asked, done, again = (
        offer("1", **said) for said in (signature(), signed("2026-01-02T03:04:05Z"), signed("2026-02-02T03:04:05Z"))
    )
    assert events("offer_signed", [offer("1")], [asked], [done], [done], [asked], [again]) == [
        *([], [], ["1"], [], [], ["1"])
    ]


def test_signing_and_notes_are_no_edits():
    """In the document's sample offerLastEditedAt stays before signedAt and before the note."""
    edited = offer("1", offerLastEditedAt="2026-01-03T00:00:00Z")
    done = offer("1", **signed("2026-01-02T03:04:05Z"), notes=[{"message": "Signed"}])
    assert events("offer_updated", [offer("1")], [done], [edited], [edited]) == [[], [], ["1"], []]


def test_a_signature_is_requested_again():
    later = offer("1", **signature(signatureRequestCreatedAt="2026-01-05T00:00:00Z"))
    asked = offer("1", **signature())
    assert events("signature_requested", [offer("1")], [asked], [asked], [later]) == [[], ["1"], [], ["1"]]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"expiryAt": "2026-01-05T00:00:00Z"}, True),
        ({"expiryAt": "2026-01-05T00:00:01Z"}, False),
        ({"expiryAt": "2026-01-04T23:59:59Z", "signedAt": "2026-01-01T00:00:00Z"}, False),
        ({"expiryAt": None}, False),
    ],
)
def test_a_signature_expires_in_three_days(said: dict[str, Any], told: bool):
    item = offer("1", **signature(**said))
    assert events("signature_expiring", [item], [item]) == [["1"] if told else [], []]


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({}, True),
        ({"to": "LOST"}, True),
        ({"from": "pending feedback"}, True),
        ({"from": "Pending Feedback", "to": "Lost"}, True),
        ({"from": "Lost"}, False),
        ({"to": "Pending"}, False),
    ],
)
def test_a_status_changes_from_and_to(inputs: dict[str, str], told: bool):
    before, after = offer("1"), offer("1", status="Lost")
    readings = [before], [before], [after], [after, offer("2", status="Lost")]
    assert events("offer_status_changed", *readings, **inputs) == [[], [], ["1"] if told else [], []]


def test_a_status_that_comes_back_has_changed_twice():
    one, other = offer("1"), offer("1", status="On hold")
    assert events("offer_status_changed", [one], [other], [one], [other]) == [[], ["1"], ["1"], ["1"]]


@pytest.mark.parametrize(
    ("trigger", "key", "one", "other", "again"),
    [
        ("offer_lost", "lostAt", None, "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"),
        ("offer_archived", "archived", False, True, True),
        ("offer_assigned", "assignedToId", None, "u-1", "u-2"),
    ],
)
def test_what_is_said_each_time_it_becomes_so(trigger: str, key: str, one: Any, other: Any, again: Any):
    before, then, later = (offer("1", **{key: value}) for value in (one, other, again))
    assert events(trigger, [before], [then], [then], [before], [later]) == [[], ["1"], [], [], ["1"]]


def test_a_note_is_known_by_its_offer_time_writer_and_text():
    """Notes have no id of their own."""
    assert REONIC.triggers["new_note"].each == ("notes",)
    note = {"message": "Call back", "createdAt": "2026-01-02T00:00:00Z", "createdById": None, "parent": {"id": "1"}}
    others = [
        {**note, **change}
        for change in (
            *({"message": "Called"}, {"createdAt": "2026-01-03T00:00:00Z"}, {"createdById": "u-1"}),
            {"parent": {"id": "2"}},
        )
    ]
    keys = {REONIC.triggers["new_note"].identity.key_of(one) for one in [note, dict(note), *others]}
    assert len(keys) == 5


def test_an_offer_that_is_signed_brings_its_customer():
    include = REONIC.triggers["offer_signed"].include["customer"]
    assert (include.from_, include.with_.fill({"item": offer("1")})) == ("get_contact", {"contactId": "c-1"})
    assert (
        REONIC.sample_of(REONIC.triggers["offer_signed"])["customer"].keys()
        == (REONIC.types["Contact"].properties or {}).keys()
    )


def found(search: str, items: list[dict[str, Any]], inputs: dict[str, str]) -> list[str]:
    return [item["id"] for item in items if REONIC.searches[search].match.holds(item, inputs)]


@pytest.mark.parametrize(
    ("inputs", "ids"),
    [
        ({"id": "1"}, ["1"]),
        ({"customerId": "c-1"}, ["1", "2"]),
        ({"status": "pending FEEDBACK"}, ["1", "2"]),
        ({"customerId": "c-1", "id": "2"}, ["2"]),
        ({"customerId": "c-1", "status": "Pending"}, []),
    ],
)
def test_an_offer_is_found(inputs: dict[str, str], ids: list[str]):
    assert found("find_offer", [offer("1"), offer("2")], inputs) == ids
    assert REONIC.searches["find_offer"].scan.pages == 50


@pytest.mark.parametrize(
    ("inputs", "ids"),
    [
        ({"email": "ADA@example.com"}, ["1"]),
        ({"name": "okafor"}, ["2"]),
        ({"name": "a"}, ["1", "2"]),
        ({"email": ""}, []),
    ],
)
def test_a_user_is_found_even_where_some_have_no_email(inputs: dict[str, str], ids: list[str]):
    users = [{"id": "1", "email": "ada@example.com", "fullName": "Ada Brandt"}, {"id": "2", "fullName": "Ines Okafor"}]
    assert found("find_user", users, inputs) == ids


def test_samples_of_offers_have_the_documents_fields():
    plain = [REONIC.sample_of(REONIC.operations[name]) for name in ("new_offer", "get_offer", "find_offer")]
    assert all(sample == plain[0] for sample in plain)
    assert plain[0].keys() == (REONIC.types["Offer"].properties or {}).keys()
    assert len(plain[0]) == 30
    assert extract(plain[0], ("options", "0", "sesPlanned", "components", "0", "vatPerc")) == 0.19
    assert extract(plain[0], ("lat",)) == "52.520008"

from __future__ import annotations

from uuid import UUID

import pytest

from connectors.sandbox import CONNECTIONS, Reonic

V2 = "/rest/v2/clients/sandbox-client"
OFFERS = f"{V2}/h360/offers"
NOTES = f"{V2}/h360/offers/notes"
CREATE = "/integrations/sandbox-client/h360/request/create"
LEAD = {"firstName": "Ada", "lastName": "Beispiel", "latLng": {"lat": 52.520008, "lng": 13.404954}}
OFFER_KEYS = (
    "id status archived offerArchived requestArchived customer kfWTotalConfirmationId kfWRequestConfirmationId "
    "signaturePlannedUntil leadSource lat lng notes demand options totalPlannedPrice assignedToId assignedToUsers "
    "lostReason lostAt solarPackage sesPackage heatpumpPackage wallboxPackage offerCreatedById offerCreatedAt "
    "offerLastEditedById offerLastEditedAt existingSolar currentSignature"
).split()
SIGNATURE_KEYS = "signatureRequestCreatedAt state expiryAt signedAt signedPdfUrl signedOptionId".split()


def pages(api):
    page = 0
    while True:
        answer = api.get(OFFERS, params={"page": page}).json()
        yield answer["results"]
        if not answer["hasNextPage"]:
            return
        page += 1


def everything(api):
    return [offer for page in pages(api) for offer in page]


def test_offers_come_in_pages_of_twenty_newest_first(api, reonic):
    assert [len(page) for page in pages(api)] == [20, 20, 17]
    assert [offer["id"] for offer in everything(api)] == [offer["id"] for offer in reversed(reonic.offers.values())]


def test_the_first_page_is_page_zero_and_the_default(api):
    assert api.get(OFFERS).json() == api.get(OFFERS, params={"page": 0}).json()


def test_a_page_behind_the_last_is_empty(api):
    assert api.get(OFFERS, params={"page": 3}).json() == {"results": [], "hasNextPage": False}


def test_a_last_page_that_is_full_has_no_next(api, reonic, monkeypatch):
    monkeypatch.setattr(reonic, "page_size", 19)
    assert [len(page) for page in pages(api)] == [19, 19, 19]


def test_offers_have_the_documents_keys_in_its_order(api):
    for offer in everything(api):
        assert list(offer) == OFFER_KEYS
        assert isinstance(offer["lat"], str)
        assert isinstance(offer["lng"], str)
        assert UUID(offer["id"])


def test_a_planned_offer_has_the_documents_blocks(api):
    offer = next(offer for offer in everything(api) if offer["sesPackage"])
    option = offer["options"][0]
    assert list(option) == "id solarPlanned sesPlanned wallboxPlanned heatpumpPlanned additionalPlanned".split()
    assert list(option["solarPlanned"]) == ["totalSizeWp", "totalNumberOfModules", "components"]
    assert list(option["sesPlanned"]) == ["storageSize", "components"]
    battery = option["sesPlanned"]["components"][0]
    assert list(battery) == "id componentId quantity netPrice vatPerc vat name brand type".split()
    assert battery["vat"] == pytest.approx(battery["netPrice"] * 0.19)
    assert offer["heatpumpPackage"] == {}


def test_a_signed_offer_has_the_documents_signature_and_note(api):
    offer = next(offer for offer in everything(api) if (offer["currentSignature"] or {}).get("signedAt"))
    signature = offer["currentSignature"]
    assert list(signature) == SIGNATURE_KEYS
    assert signature["state"] == "Signed"
    assert signature["signedOptionId"] == offer["options"][0]["id"]
    assert signature["signedPdfUrl"].startswith("https://private-static.reonic.de/")
    assert offer["notes"] == [
        {"message": "Offer signed and synchronized", "createdAt": signature["signedAt"], "createdById": None}
    ]


def test_some_rows_are_requests_without_any_date(api):
    requests = [offer for offer in everything(api) if offer["offerCreatedAt"] is None]
    assert len(requests) == 7
    assert all(not request["options"] and request["offerCreatedById"] is None for request in requests)


def test_an_offer_alone_is_the_same_object(api):
    offer = api.get(OFFERS).json()["results"][3]
    assert api.get(f"{OFFERS}/{offer['id']}").json() == offer


def test_the_customer_of_every_offer_is_a_contact(api):
    for offer in api.get(OFFERS).json()["results"]:
        contact = api.get(f"{V2}/contacts/{offer['customer']['id']}").json()
        keys = "id firstName lastName email emailSecondary telephone mobilePhone street number city postcode createdAt"
        assert list(contact) == keys.split()
        assert contact["createdAt"][-5:] == ".000Z"


def test_users_come_at_once_and_one_has_no_email(api):
    answer = api.get(f"{V2}/users").json()
    assert list(answer) == ["results"]
    assert [list(user) for user in answer["results"]].count(["id", "fullName", "role"]) == 1
    assert [list(user) for user in answer["results"]].count(["id", "email", "fullName", "role"]) == 4
    assert {user["role"] for user in answer["results"]} == {"ADMIN", "USER"}


def test_one_user(api):
    user = api.get(f"{V2}/users").json()["results"][2]
    assert api.get(f"{V2}/users/{user['id']}").json() == user


def test_a_note_is_added_and_moves_nothing_else(api):
    before = api.get(OFFERS).json()["results"][0]
    answer = api.post(NOTES, json={"offerId": before["id"].upper(), "text": "Ruft am Montag zurück"})
    assert answer.status_code == 200
    assert UUID(answer.json()["id"])
    assert answer.json()["text"] == "Ruft am Montag zurück"
    after = api.get(f"{OFFERS}/{before['id']}").json()
    note = {"message": "Ruft am Montag zurück", "createdAt": "2026-11-21T09:00:00Z", "createdById": None}
    assert after == before | {"notes": [*before["notes"], note]}


def test_a_lead_is_answered_with_nothing(api):
    answer = api.post(CREATE, json=LEAD)
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_lead_becomes_the_newest_row_and_a_contact(api):
    more = {"email": "ada@example.com", "phone": "+493023125999", "street": "Hauptstraße", "streetNumber": "123"}
    place = {"country": "Germany", "postcode": "01067", "city": "Dresden"}
    api.post(CREATE, json=LEAD | more | place)
    row = everything(api)[0]
    assert (row["lat"], row["lng"]) == ("52.520008", "13.404954")
    assert [row[key] for key in OFFER_KEYS if key.startswith("offer") and key != "offerArchived"] == [None] * 4
    contact = api.get(f"{V2}/contacts/{row['customer']['id']}").json()
    assert contact | {"id": 0} == {
        "id": 0,
        "firstName": "Ada",
        "lastName": "Beispiel",
        "email": "ada@example.com",
        "emailSecondary": None,
        "telephone": "+493023125999",
        "mobilePhone": None,
        "street": "Hauptstraße",
        "number": "123",
        "city": "Dresden",
        "postcode": "01067",
        "createdAt": "2026-11-21T09:00:00.000Z",
    }


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({}, (4_000_000, 0.0003)),
        ({"totalDemandkWh": 4500, "energyPriceCtPerKwh": 35}, (4_500_000, 0.00035)),
        ({"totalDemandkWh": 0.001, "energyPriceCtPerKwh": 29.9}, (1, 0.000299)),
        ({"totalDemandkWh": 200_000, "energyPriceCtPerKwh": 500}, (200_000_000, 0.005)),
        ({"totalDemandkWh": 0, "energyPriceCtPerKwh": 0}, (0, 0)),
    ],
)
def test_a_lead_is_sent_in_kwh_and_kept_in_wh(api, sent, kept):
    api.post(CREATE, json=LEAD | sent)
    demand = everything(api)[0]["demand"]
    assert (demand["annualEnergyDemandWh"], demand["energyPrice"]) == kept


def test_a_leads_words_become_notes_and_a_lead_source(api):
    words = {"message": "Ich hätte gern Sonne", "note": "Vormittags anrufen", "leadSourceName": "Website"}
    api.post(CREATE, json=LEAD | words | {"leadSourceId": "source123"})
    row = everything(api)[0]
    assert [note["message"] for note in row["notes"]] == ["Ich hätte gern Sonne", "Vormittags anrufen"]
    assert row["leadSource"] == "Website"


@pytest.mark.parametrize(
    ("address", "position"),
    [
        ({"postcode": "50667"}, ("50.938", "6.957")),
        ({"country": "Germany", "city": "münchen", "street": "Hauptstraße"}, ("48.136", "11.573")),
        ({}, ("51.163", "10.448")),
    ],
)
def test_an_address_is_looked_up(api, address, position):
    lead = {"firstName": "Ada", "lastName": "Beispiel", "addressToGeocode": address}
    assert api.post(CREATE, json=lead).status_code == 200
    row = everything(api)[0]
    assert (row["lat"], row["lng"]) == position


def test_the_same_seed_gives_the_same_people_and_another_others():
    first, again, other = Reonic(seed=1), Reonic(seed=1), Reonic(seed=2)
    assert (first.offers, first.contacts, first.users) == (again.offers, again.contacts, again.users)
    assert {offer["id"] for offer in first.offers.values()}.isdisjoint(o["id"] for o in other.offers.values())
    assert first.contacts != other.contacts


def test_the_ready_connection_is_plain_data():
    assert CONNECTIONS["reonic"] == {
        "path": "/reonic",
        "values": {"clientId": "sandbox-client", "apiKey": "sandbox-reonic-key"},
        "hosts": {"https://private-static.reonic.de": "/reonic-files"},
    }

from __future__ import annotations

from base64 import b64encode

import pytest

KEY = b"sandbox-reonic-key"
V2 = "/rest/v2/clients/sandbox-client"
OFFERS = f"{V2}/h360/offers"
NOTES = f"{V2}/h360/offers/notes"
CREATE = "/integrations/sandbox-client/h360/request/create"
NOBODY = "123e4567-e89b-12d3-a456-426614174000"
LEAD = {"firstName": "Ada", "lastName": "Beispiel", "latLng": {"lat": 52.520008, "lng": 13.404954}}


def refused(response, status, *words):
    assert response.status_code == status, response.text
    assert list(response.json()) == ["message"]
    for word in words:
        assert word in response.json()["message"]


@pytest.mark.parametrize("value", [KEY, b"Basic " + b64encode(KEY)])
def test_the_key_is_taken_bare_and_as_basic(api, value):
    assert api.get(f"{V2}/users", headers={b"X-Authorization": value}).status_code == 200


@pytest.mark.parametrize("value", [b"", b"wrong", b"Basic " + KEY, b"Bearer " + KEY, b64encode(KEY)])
@pytest.mark.parametrize("path", [OFFERS, f"{OFFERS}/1", f"{V2}/contacts/1", f"{V2}/users", f"{V2}/users/1"])
def test_any_other_credential_is_refused(api, path, value):
    refused(api.get(path, headers={b"x-authorization": value}), 401, "x-authorization")


@pytest.mark.parametrize("path", [NOTES, CREATE])
def test_writing_needs_the_key_too(api, path):
    refused(api.post(path, json={}, headers={"x-authorization": "wrong"}), 401, "x-authorization")


def test_another_header_does_not_do(sandbox):
    headers = {"accept": "application/json", "authorization": KEY.decode()}
    refused(sandbox.get(f"/reonic{OFFERS}", headers=headers), 401)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", path) for path in (OFFERS, f"{OFFERS}/{NOBODY}", f"{V2}/contacts/{NOBODY}", f"{V2}/users")]
    + [("GET", f"{V2}/users/{NOBODY}"), ("POST", NOTES), ("POST", CREATE)],
)
def test_another_client_is_not_found(api, method, path):
    refused(api.request(method, path.replace("sandbox-client", "someone-else")), 404, "client ID not found")


@pytest.mark.parametrize("kind", ["h360/offers", "contacts", "users"])
@pytest.mark.parametrize("id", [NOBODY, "7", "x%2Fy"])
def test_an_unknown_id_is_not_found(api, kind, id):
    refused(api.get(f"{V2}/{kind}/{id}"), 404)


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json, text/plain", ""])
def test_accept_must_be_json(api, accept):
    refused(api.get(OFFERS, headers={"accept": accept}), 400, "header accept")


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", [NOTES, CREATE])
def test_content_type_must_be_json(api, path, content_type):
    headers = {"content-type": content_type} if content_type else {}
    refused(api.post(path, content=b"{}", headers=headers), 400, "header content-type")


def test_a_charset_is_no_other_type(api):
    body = b'{"firstName": "A", "lastName": "B", "addressToGeocode": {}}'
    answer = api.post(CREATE, content=body, headers={"content-type": "Application/JSON; charset=utf-8"})
    assert answer.status_code == 200


@pytest.mark.parametrize("page", ["-1", "1.0", "one", "", "٣", "+1", "9" * 10])
def test_a_page_is_a_whole_number_from_zero(api, page):
    refused(api.get(OFFERS, params={"page": page}), 400, "page")


@pytest.mark.parametrize(
    ("path", "query", "name"),
    [
        (OFFERS, "limit=5", "limit"),
        (OFFERS, "Page=1", "Page"),
        (OFFERS, "page=0&page=1", "page"),
        (f"{OFFERS}/{NOBODY}", "page=0", "page"),
        (f"{V2}/users", "page=0", "page"),
        (f"{V2}/users/{NOBODY}", "x=", "x"),
        (f"{V2}/contacts/{NOBODY}", "x=", "x"),
    ],
)
def test_a_query_the_document_does_not_know_is_refused(api, path, query, name):
    refused(api.get(f"{path}?{query}"), 400, f"query parameter {name}:")


@pytest.mark.parametrize("path", [NOTES, CREATE])
def test_a_post_takes_no_query(api, path):
    refused(api.post(f"{path}?text=x", json={}), 400, "query parameter text")


def test_a_get_takes_no_body(api):
    refused(api.request("GET", OFFERS, json={"page": 0}), 400, "body")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/rest/v1/clients/sandbox-client/users", 404),
        ("GET", f"{V2}/users/", 404),
        ("GET", f"{V2}/contacts", 404),
        ("POST", f"{OFFERS}/{NOBODY}/notes", 404),
        ("POST", OFFERS, 405),
        ("HEAD", OFFERS, 405),
        ("PATCH", f"{OFFERS}/{NOBODY}", 405),
        ("DELETE", f"{V2}/users/{NOBODY}", 405),
        ("GET", CREATE, 405),
        ("PUT", NOTES, 405),
    ],
)
def test_what_the_document_does_not_offer_is_not_there(api, method, path, status):
    assert api.request(method, path).status_code == status


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"offerId": "x", "text": "y",}',
        b'{"text": NaN}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"text": ' + b"1" * 5000 + b"}",
    ],
)
@pytest.mark.parametrize("path", [NOTES, CREATE])
def test_what_is_not_json_is_refused(api, path, raw):
    headers = {"content-type": "application/json"}
    refused(api.post(path, content=raw, headers=headers), 400, "body: is not valid JSON")


@pytest.mark.parametrize("body", [[], "text", None, 7])
@pytest.mark.parametrize("path", [NOTES, CREATE])
def test_a_body_is_an_object(api, path, body):
    content = "null" if body is None else None
    headers = {"content-type": "application/json"}
    refused(api.post(path, json=body, content=content, headers=headers), 400, "body: must be a JSON object")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"offerId": ...}, "offerId: is required"),
        ({"offerId": None}, "offerId"),
        ({"offerId": 7}, "offerId"),
        ({"offerId": "7"}, "offerId"),
        ({"offerId": NOBODY.replace("-", "")}, "offerId"),
        ({"offerId": NOBODY + "\n"}, "offerId"),
        ({"text": ...}, "text: is required"),
        ({"text": None}, "text"),
        ({"text": 7}, "text"),
        ({"message": "x"}, "message: is not known here"),
    ],
)
def test_a_wrong_note_is_refused_naming_the_field(api, reonic, change, field):
    note = {"offerId": reonic.offers[1]["id"], "text": "x"} | change
    answer = api.post(NOTES, json={key: value for key, value in note.items() if value is not ...})
    refused(answer, 400, field)
    assert not any(note["message"] == "x" for note in reonic.offers[1]["notes"])


def test_a_note_for_no_offer_is_not_found(api):
    refused(api.post(NOTES, json={"offerId": NOBODY, "text": "x"}), 404, "offer ID not found")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"firstName": ...}, "firstName: is required"),
        ({"firstName": ""}, "firstName"),
        ({"firstName": "x" * 101}, "firstName"),
        ({"firstName": 7}, "firstName"),
        ({"lastName": ...}, "lastName: is required"),
        ({"lastName": ""}, "lastName"),
        ({"lastName": "x" * 101}, "lastName"),
        ({"email": None}, "email"),
        ({"phone": ""}, "phone"),
        ({"phone": "1" * 101}, "phone"),
        ({"phone": 491234}, "phone"),
        ({"postcode": 10115}, "postcode"),
        ({"country": None}, "country"),
        ({"city": []}, "city"),
        ({"street": {}}, "street"),
        ({"streetNumber": 123}, "streetNumber"),
        ({"message": "x" * 10_001}, "message"),
        ({"note": "x" * 10_001}, "note"),
        ({"leadSourceId": 1}, "leadSourceId"),
        ({"leadSourceName": False}, "leadSourceName"),
        ({"totalDemandkWh": -0.1}, "totalDemandkWh"),
        ({"totalDemandkWh": 200_001}, "totalDemandkWh"),
        ({"totalDemandkWh": "4500"}, "totalDemandkWh"),
        ({"totalDemandkWh": True}, "totalDemandkWh"),
        ({"energyPriceCtPerKwh": -1}, "energyPriceCtPerKwh"),
        ({"energyPriceCtPerKwh": 501}, "energyPriceCtPerKwh"),
        ({"energyPriceCtPerKwh": None}, "energyPriceCtPerKwh"),
        ({"latLng": ...}, "latLng, addressToGeocode"),
        ({"addressToGeocode": {}}, "latLng, addressToGeocode"),
        ({"addressToGeocode": None}, "addressToGeocode: must be an object, or left out"),
        ({"latLng": {"lat": 1}}, "latLng.lng: is required"),
        ({"latLng": {"lng": 1}}, "latLng.lat: is required"),
        ({"latLng": {"lat": "52.5", "lng": 13}}, "latLng.lat"),
        ({"latLng": {"lat": 10**400, "lng": 13}}, "latLng.lat"),
        ({"latLng": {"lat": 1, "lng": 2, "alt": 3}}, "latLng.alt: is not known here"),
        ({"latLng": "52.5,13.4"}, "latLng: must be a JSON object"),
        ({"latLng": ..., "addressToGeocode": {"number": "1"}}, "addressToGeocode.number: is not known here"),
        ({"latLng": ..., "addressToGeocode": {"postcode": 10115}}, "addressToGeocode.postcode"),
        ({"lat": 52.5}, "lat: is not known here"),
        ({"firstname": "x"}, "firstname: is not known here"),
    ],
)
def test_a_wrong_lead_is_refused_naming_the_field(api, reonic, change, field):
    lead = {key: value for key, value in (LEAD | change).items() if value is not ...}
    refused(api.post(CREATE, json=lead), 400, field)
    assert len(reonic.offers) == 57


@pytest.mark.parametrize(("name", "lat", "field"), [("B", "1e999", "latLng.lat"), ("\\ud800", "1", "lastName")])
def test_what_json_can_write_and_nobody_can_mean_is_refused(api, name, lat, field):
    body = f'{{"firstName": "A", "lastName": "{name}", "latLng": {{"lat": {lat}, "lng": 1}}}}'
    refused(api.post(CREATE, content=body, headers={"content-type": "application/json"}), 400, field)


def test_every_wrong_field_is_named(api):
    refused(api.post(CREATE, json={"phone": "", "x": 1}), 400, "firstName", "lastName", "phone", "x: is not known")


def test_the_longest_lead_is_taken(api):
    longest = {"firstName": "ß" * 100, "lastName": "x" * 100, "phone": "1" * 100, "message": "x" * 10_000}
    assert api.post(CREATE, json=LEAD | longest | {"note": "x" * 10_000}).status_code == 200


def test_the_documents_own_sample_body_is_refused(api):
    address = {"country": "Germany", "postcode": "10115", "city": "Berlin", "street": "H", "streetNumber": "123"}
    refused(api.post(CREATE, json=LEAD | {"addressToGeocode": address}), 400, "not both")

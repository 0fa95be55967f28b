from __future__ import annotations

import json

import pytest

PROJECTS = "/autarc/api/v1/projects"
CUSTOMERS = "/autarc/api/v1/customers"
NOBODY = "123e4567-e89b-12d3-a456-426614174000"
KEY = {"authorization": "Bearer sandbox-autarc-key"}
EVERY = [
    ("GET", PROJECTS),
    ("POST", PROJECTS),
    ("GET", f"{PROJECTS}/{NOBODY}"),
    ("PATCH", f"{PROJECTS}/{NOBODY}"),
    ("DELETE", f"{PROJECTS}/{NOBODY}"),
    ("GET", CUSTOMERS),
    ("POST", CUSTOMERS),
    ("GET", f"{CUSTOMERS}/{NOBODY}"),
    ("PATCH", f"{CUSTOMERS}/{NOBODY}"),
    ("DELETE", f"{CUSTOMERS}/{NOBODY}"),
]
WRITING = [("POST", PROJECTS), ("PATCH", f"{PROJECTS}/{{}}"), ("POST", CUSTOMERS), ("PATCH", f"{CUSTOMERS}/{{}}")]


def refused(response, status, *words):
    assert response.status_code == status, response.text
    assert list(response.json()) == ["message"]
    for word in words:
        assert word in response.json()["message"]


@pytest.fixture
def ask(outside, autarc):
    return lambda method, path, **more: outside.request(method, path, **{"headers": KEY} | more)


@pytest.fixture
def write(ask, autarc):
    """Sends a body that is right but for `change`; a value of `...` leaves the field out."""
    good = {
        PROJECTS: {"name": "A", "companyId": autarc.company, "address": None},
        CUSTOMERS: {"firstName": "A", "lastName": "B", "companyId": autarc.company, "address": None},
    }

    def write(method, path, change):
        rows = autarc.projects if path.startswith(PROJECTS) else autarc.customers
        body = good[path] | change if method == "POST" else change
        body = {name: value for name, value in body.items() if value is not ...}
        headers = KEY | {"content-type": "application/json"}
        return ask(method, path.format(rows[1]["id"]), content=json.dumps(body), headers=headers)

    return write


@pytest.mark.parametrize(("method", "path"), EVERY)
@pytest.mark.parametrize(
    "value", [None, b"", b"sandbox-autarc-key", b"Bearer wrong", b"bearer sandbox-autarc-key", b"Basic x", b"Bearer"]
)
def test_any_other_credential_is_refused(ask, method, path, value):
    answer = ask(method, path, headers={} if value is None else {b"authorization": value})
    refused(answer, 401, "header authorization")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_two_credentials_are_refused(ask):
    refused(ask("GET", PROJECTS, headers=[("authorization", "Bearer sandbox-autarc-key")] * 2), 401)


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_a_query_is_refused_everywhere(ask, method, path):
    refused(ask(method, f"{path}?page=1"), 400, "query parameter page: is not known here")


@pytest.mark.parametrize(("method", "path"), [each for each in EVERY if each[0] in ("GET", "DELETE")])
def test_reading_and_deleting_take_no_body(ask, method, path):
    refused(ask(method, path, json={}), 400, f"body: {method} takes none")


@pytest.mark.parametrize("kind", [PROJECTS, CUSTOMERS])
@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
@pytest.mark.parametrize("id", [NOBODY, "7", "x%2Fy"])
def test_an_unknown_id_is_not_found(ask, kind, method, id):
    body = {"json": {}} if method == "PATCH" else {}
    refused(ask(method, f"{kind}/{id}", **body), 404)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/autarc/", 404),
        ("GET", "/autarc/api/v2/projects", 404),
        ("GET", f"{PROJECTS}/", 404),
        ("GET", "/autarc/api/v1/companies", 404),
        ("HEAD", PROJECTS, 405),
        ("PUT", PROJECTS, 405),
        ("PATCH", CUSTOMERS, 405),
        ("DELETE", PROJECTS, 405),
        ("POST", f"{PROJECTS}/{NOBODY}", 405),
        ("PUT", f"{PROJECTS}/{NOBODY}", 405),
        ("PUT", f"{CUSTOMERS}/{NOBODY}", 405),
        ("HEAD", f"{CUSTOMERS}/{NOBODY}", 405),
    ],
)
def test_what_the_document_does_not_offer_is_not_there(ask, method, path, status):
    assert ask(method, path).status_code == status


@pytest.mark.parametrize(("method", "path"), WRITING)
@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_content_type_must_be_json(ask, autarc, method, path, content_type):
    headers = KEY | ({"content-type": content_type} if content_type else {})
    refused(ask(method, path, content=b"{}", headers=headers), 400, "header content-type")


@pytest.mark.parametrize(("method", "path"), WRITING)
@pytest.mark.parametrize("raw", [b"", b"{", b'{"name": "y",}', b'{"name": NaN}', b"\xff", b"[]", b"null", b'"x"'])
def test_a_body_is_a_json_object(ask, method, path, raw):
    refused(ask(method, path, content=raw, headers=KEY | {"content-type": "application/json"}), 400, "body: ")


WRONG_PROJECT = [
    ({"name": None}, "name"),
    ({"name": 7}, "name"),
    ({"companyId": None}, "companyId"),
    ({"companyId": "Wiesengrund"}, "companyId"),
    ({"customerId": "7"}, "customerId"),
    ({"customerId": ""}, "customerId"),
    ({"status": "done"}, "status"),
    ({"status": None}, "status"),
    ({"isLead": "yes"}, "isLead"),
    ({"isLead": 1}, "isLead"),
    ({"humanId": 1}, "humanId"),
    ({"projectValue": "10.000EUR"}, "projectValue"),
    ({"projectValue": True}, "projectValue"),
    ({"projectValue": float("inf")}, "not valid JSON"),
    ({"installationDate": "2027-02-29"}, "installationDate: must be a day that exists"),
    ({"installationDate": "2027-02-28T00:00:00Z"}, "installationDate"),
    ({"installationDate": "20270228"}, "installationDate"),
    ({"installationDate": 1661990400}, "installationDate"),
    ({"buildingType": "castle"}, "buildingType"),
    ({"buildingAge": "1918"}, "buildingAge"),
    ({"numberOfResidents": "4"}, "numberOfResidents"),
    ({"numberOfFloors": False}, "numberOfFloors"),
    ({"heatedLivingAreaM2": []}, "heatedLivingAreaM2"),
    ({"address": "Am Anger 1"}, "address"),
    ({"address": []}, "address"),
    ({"id": NOBODY}, "id: is not known here"),
    ({"updatedAt": "2026-11-21T09:00:00Z"}, "updatedAt: is not known here"),
    ({"isMonumentProtected": "\ud800"}, "isMonumentProtected"),
    ({"address": {"city": "\ud800"}}, "address"),
    ({"address": {"city": json.loads("[" * 32 + "1" + "]" * 32)}}, "address: has too many levels"),
    ({"isMonumentProtected": json.loads("[" * 500 + "]" * 500)}, "isMonumentProtected: has too many levels"),
]
WRONG_CUSTOMER = [
    ({"firstName": None}, "firstName"),
    ({"lastName": 7}, "lastName"),
    ({"companyId": "x"}, "companyId"),
    ({"email": "nobody"}, "email"),
    ({"email": ""}, "email"),
    ({"email": "a b@example.com"}, "email"),
    ({"invoiceEmail": "x@localhost"}, "invoiceEmail"),
    ({"phoneNumber": 49899999800}, "phoneNumber"),
    ({"isCompany": None}, "isCompany"),
    ({"isCompany": "true"}, "isCompany"),
    ({"companyName": []}, "companyName"),
    ({"address": 7}, "address"),
    ({"name": "x"}, "name: is not known here"),
    ({"phone": "x"}, "phone: is not known here"),
]


@pytest.mark.parametrize(("method", "path"), WRITING[:2])
@pytest.mark.parametrize(("change", "field"), WRONG_PROJECT)
def test_a_wrong_project_is_refused_naming_the_field(write, autarc, method, path, change, field):
    before = str(autarc.projects)
    refused(write(method, path, change), 400, field)
    assert str(autarc.projects) == before


@pytest.mark.parametrize(("method", "path"), WRITING[2:])
@pytest.mark.parametrize(("change", "field"), WRONG_CUSTOMER)
def test_a_wrong_customer_is_refused_naming_the_field(write, autarc, method, path, change, field):
    before = str(autarc.customers)
    refused(write(method, path, change), 400, field)
    assert str(autarc.customers) == before


@pytest.mark.parametrize(
    ("path", "field"),
    [(PROJECTS, name) for name in ("name", "companyId", "address")]
    + [(CUSTOMERS, name) for name in ("firstName", "lastName", "companyId", "address")],
)
def test_what_is_required_must_be_there(write, path, field):
    refused(write("POST", path, {field: ...}), 400, f"{field}: is required")


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_another_company_is_forbidden(write, method, path):
    refused(write(method, path, {"companyId": NOBODY}), 403, "companyId")


@pytest.mark.parametrize(("method", "path"), WRITING[:2])
def test_a_project_of_nobody_is_refused(write, method, path):
    refused(write(method, path, {"customerId": NOBODY}), 400, "customerId: there is no such customer")

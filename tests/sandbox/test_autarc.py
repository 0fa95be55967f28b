from __future__ import annotations

import json
from uuid import UUID

import pytest

from connectors.sandbox import CONNECTIONS, Autarc

PROJECTS = "/autarc/api/v1/projects"
CUSTOMERS = "/autarc/api/v1/customers"
PROJECT_KEYS = (
    "id name companyId createdAt updatedAt customerId status isLead humanId projectValue installationDate buildingType "
    "buildingAge isMonumentProtected numberOfResidents numberOfFloors heatedLivingAreaM2 address"
).split()
CUSTOMER_KEYS = (
    "id firstName lastName companyId createdAt updatedAt email invoiceEmail phoneNumber isCompany companyName address"
).split()


@pytest.fixture
def call(outside, autarc):
    def call(method, path, **body):
        headers = {"authorization": "Bearer sandbox-autarc-key"}
        return outside.request(method, path, headers=headers, json=None if method in ("GET", "DELETE") else body)

    return call


@pytest.fixture
def project(autarc):
    return {"name": "Wärmepumpe Beispiel", "companyId": autarc.company, "address": None}


@pytest.fixture
def customer(autarc):
    return {"firstName": "Ada", "lastName": "Beispiel", "companyId": autarc.company, "address": {"city": "Kiel"}}


def test_projects_come_at_once_with_the_documents_keys_in_its_order(call, autarc):
    projects = call("GET", PROJECTS).json()
    assert projects == list(autarc.projects.values())
    assert len(projects) == 40
    assert {tuple(each) for each in projects} == {tuple(PROJECT_KEYS)}


def test_customers_come_at_once_with_the_documents_keys_in_its_order(call, autarc):
    customers = call("GET", CUSTOMERS).json()
    assert customers == list(autarc.customers.values())
    assert len(customers) == 24
    assert {tuple(each) for each in customers} == {tuple(CUSTOMER_KEYS)}


def test_everything_is_of_one_company_and_some_projects_have_no_address(call, autarc):
    projects, customers = call("GET", PROJECTS).json(), call("GET", CUSTOMERS).json()
    assert {each["companyId"] for each in projects + customers} == {autarc.company}
    assert {each["customerId"] for each in projects} <= {each["id"] for each in customers}
    assert [each["address"] for each in projects].count(None) == 4
    assert [each["isLead"] for each in projects].count(True) == 8
    assert {each["status"] for each in projects} == {"inProgress", "completed", "archived"}


@pytest.mark.parametrize(("path", "rows"), [(PROJECTS, "projects"), (CUSTOMERS, "customers")])
def test_one_alone_is_the_same_object(call, autarc, path, rows):
    row = getattr(autarc, rows)[7]
    assert call("GET", f"{path}/{row['id']}").json() == row


def test_the_smallest_project_has_the_documented_defaults(call, project, autarc):
    answer = call("POST", PROJECTS, **project)
    assert answer.status_code == 201
    made = answer.json()
    assert list(made) == PROJECT_KEYS
    assert UUID(made["id"])
    defaults = dict.fromkeys(PROJECT_KEYS) | {"status": "inProgress", "isLead": False, "isMonumentProtected": False}
    now = {"createdAt": "2026-11-21T09:00:00Z", "updatedAt": "2026-11-21T09:00:00Z"}
    assert made == defaults | project | now | {"id": made["id"]}
    assert call("GET", PROJECTS).json()[-1] == made


@pytest.mark.parametrize(
    "given",
    [
        {"status": "archived"},
        {"isLead": True},
        {"isLead": None},
        {"humanId": "P-001"},
        {"projectValue": 10000},
        {"projectValue": 10000.5},
        {"projectValue": None},
        {"installationDate": "2028-02-29"},
        {"buildingType": "endTerracedHouse", "buildingAge": "before1918"},
        {"isMonumentProtected": "as far as the garden"},
        {"isMonumentProtected": None},
        {"numberOfResidents": 2.5, "numberOfFloors": 3, "heatedLivingAreaM2": 140.25},
        {"address": {"anything": ["goes", {"since": "folded up"}]}},
        {"address": {"city": json.loads("[" * 31 + "1" + "]" * 31)}},
    ],
)
def test_a_project_keeps_what_it_is_given(call, project, given):
    assert call("POST", PROJECTS, **project | given).json().items() >= given.items()


def test_a_project_can_have_a_customer(call, project, autarc):
    customer = autarc.customers[3]["id"]
    assert call("POST", PROJECTS, **project, customerId=customer.upper()).json()["customerId"] == customer


def test_a_change_keeps_what_it_does_not_name_and_null_clears(call, autarc, clock):
    before = dict(autarc.projects[3])
    clock.forward(minutes=1)
    answer = call("PATCH", f"{PROJECTS}/{before['id']}", name="Neu", installationDate=None, address=None)
    assert answer.status_code == 200
    moved = {"name": "Neu", "installationDate": None, "address": None, "updatedAt": "2026-11-21T09:01:00Z"}
    assert answer.json() == before | moved
    assert call("GET", f"{PROJECTS}/{before['id']}").json() == answer.json()


def test_a_change_of_nothing_is_a_change(call, autarc):
    before = dict(autarc.projects[3])
    after = call("PATCH", f"{PROJECTS}/{before['id']}").json()
    assert after == before | {"updatedAt": "2026-11-21T09:00:00Z"}


def test_a_customer_is_made(call, customer):
    answer = call("POST", CUSTOMERS, **customer)
    assert answer.status_code == 201
    made = answer.json()
    assert list(made) == CUSTOMER_KEYS
    now = {"createdAt": "2026-11-21T09:00:00Z", "updatedAt": "2026-11-21T09:00:00Z"}
    rest = dict.fromkeys(CUSTOMER_KEYS) | {"isCompany": False}
    assert made == rest | customer | now | {"id": made["id"]}
    assert call("GET", f"{CUSTOMERS}/{made['id']}").json() == made


def test_a_company_is_a_customer_with_all_there_is(call, customer):
    firm = {"isCompany": True, "companyName": "Bäckerei Beispiel", "invoiceEmail": "rechnung@example.com"}
    whole = customer | firm | {"email": "ada@example.com", "phoneNumber": "+49899999800", "address": None}
    assert call("POST", CUSTOMERS, **whole).json().items() >= whole.items()


def test_a_customer_is_changed(call, autarc):
    before = dict(autarc.customers[3])
    after = call("PATCH", f"{CUSTOMERS}/{before['id']}", phoneNumber=None, lastName="Anders").json()
    assert after == before | {"phoneNumber": None, "lastName": "Anders", "updatedAt": "2026-11-21T09:00:00Z"}


@pytest.mark.parametrize(("path", "rows"), [(PROJECTS, "projects"), (CUSTOMERS, "customers")])
def test_what_is_deleted_is_gone_for_ever(call, autarc, path, rows):
    gone = getattr(autarc, rows)[24]["id"]
    answer = call("DELETE", f"{path}/{gone}")
    assert (answer.status_code, list(answer.json())) == (200, ["message"])
    assert gone not in [row["id"] for row in call("GET", path).json()]
    assert [call(method, f"{path}/{gone}").status_code for method in ("GET", "PATCH", "DELETE")] == [404] * 3


def test_an_id_is_never_given_twice(call, project, autarc):
    first = call("POST", PROJECTS, **project).json()["id"]
    call("DELETE", f"{PROJECTS}/{first}")
    assert call("POST", PROJECTS, **project).json()["id"] != first


def test_a_deleted_customer_leaves_the_projects(call, autarc):
    owner = autarc.projects[3]["customerId"]
    theirs = [row["id"] for row in autarc.projects.values() if row["customerId"] == owner]
    call("DELETE", f"{CUSTOMERS}/{owner}")
    assert [call("GET", f"{PROJECTS}/{each}").json()["customerId"] for each in theirs] == [None] * len(theirs)


def test_put_instead_of_patch_is_a_matter_of_a_deed(call, outside, autarc):
    path = f"{PROJECTS}/{autarc.projects[3]['id']}"
    refused = call("PUT", path, name="Neu")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, PATCH, DELETE")
    outside.post("/_do/autarc/take-updates-by", json={"method": "PUT"})
    assert call("PUT", path, name="Neu").json()["name"] == "Neu"
    assert call("PATCH", path, name="x").status_code == 405


def test_the_same_seed_gives_the_same_people_and_another_others():
    first, again, other = Autarc(seed=1), Autarc(seed=1), Autarc(seed=2)
    assert (first.projects, first.customers) == (again.projects, again.customers)
    assert {row["id"] for row in first.projects.values()}.isdisjoint(row["id"] for row in other.projects.values())
    assert [row["lastName"] for row in first.customers.values()] != [r["lastName"] for r in other.customers.values()]


def test_the_ready_connection_is_plain_data():
    assert CONNECTIONS["autarc"] == {
        "path": "/autarc",
        "values": {"apiKey": "sandbox-autarc-key"},
        "hosts": {"https://auth.autarc.energy": "/autarc-auth"},
    }

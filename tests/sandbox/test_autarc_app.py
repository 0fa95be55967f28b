from __future__ import annotations

import copy

import pytest

PROJECTS = "/autarc/api/v1/projects"
KEY = {"authorization": "Bearer sandbox-autarc-key"}


@pytest.fixture
def do(outside, autarc):
    return lambda deed, /, **args: outside.post(f"/_do/autarc/{deed}", json=args)


@pytest.fixture
def projects(outside, autarc):
    return lambda: outside.get(PROJECTS, headers=KEY)


def moved(before, after):
    return {key for key in before if before[key] != after[key]}


def test_a_new_project_is_last_in_the_list(do, projects, autarc):
    made = do("create-project", name="Neubau Beispiel", is_lead=True).json()
    assert made["number"] == 41
    assert made["project"].items() >= {"name": "Neubau Beispiel", "isLead": True, "humanId": "P-041"}.items()
    assert projects().json()[-1] == made["project"]
    assert do("create-project").json()["project"]["isLead"] is False


def test_what_may_be_a_number_or_a_text_is_told_as_both(do):
    refused = do("schedule-installation", id=1.5, date=None)

    assert (refused.status_code, refused.json()["message"]) == (
        400,
        "id: must be a whole number, such as 7, or must be a text",
    )


def test_a_project_needs_a_customer(do, autarc):
    autarc.customers.clear()
    assert do("create-project").status_code == 409


def test_a_new_customer_is_called_as_said(do):
    made = do("create-customer", name="Ada Lovis Beispiel", email="ada@example.com").json()["customer"]
    assert (made["firstName"], made["lastName"], made["email"]) == ("Ada Lovis", "Beispiel", "ada@example.com")


@pytest.mark.parametrize(
    ("deed", "args", "key", "value"),
    [
        ("rename-project", {"name": "Anders"}, "name", "Anders"),
        ("change-status", {"status": "archived"}, "status", "archived"),
        ("convert-lead", {}, "isLead", False),
        ("schedule-installation", {"date": "2028-02-29"}, "installationDate", "2028-02-29"),
    ],
)
def test_a_project_changes_alone(do, autarc, deed, args, key, value):
    before = copy.deepcopy(autarc.projects[5])
    after = do(deed, id=5, **args).json()["project"]
    assert moved(before, after) == {key, "updatedAt"}
    assert (after[key], after["updatedAt"]) == (value, "2026-11-21T09:00:00Z")


def test_a_row_can_be_named_by_its_id(do, autarc):
    project = autarc.projects[3]["id"]
    assert do("rename-project", id=project, name="Anders").json() == {"number": 3, "project": autarc.projects[3]}


def test_an_installation_is_called_off(do):
    assert do("schedule-installation", id=4, date=None).json()["project"]["installationDate"] is None


def test_what_is_no_lead_is_not_converted(do):
    answer = do("convert-lead", id=4)
    assert (answer.status_code, answer.json()["message"]) == (409, "project 4 is not a lead")


def test_a_telephone_number_changes(do, autarc):
    before = copy.deepcopy(autarc.customers[3])
    after = do("change-phone-number", id=3, phone_number="+49899999801").json()["customer"]
    assert moved(before, after) == {"phoneNumber", "updatedAt"}


def test_a_deleted_project_is_gone_and_its_number_with_it(do, projects, autarc):
    gone = autarc.projects[40]["id"]
    assert do("delete-project", id=40).json() == {"number": 40, "deleted": gone}
    assert len(projects().json()) == 39
    made = do("create-project").json()
    assert (made["number"], made["project"]["humanId"]) == (41, "P-041")


def test_a_deleted_customer_leaves_the_projects(do, autarc):
    owner = autarc.projects[3]["customerId"]
    assert do("delete-customer", id=owner).json()["deleted"] == owner
    assert autarc.projects[3]["customerId"] is None
    assert autarc.projects[3]["updatedAt"] == "2026-11-21T09:00:00Z"


def test_a_rate_is_kept_to(do, projects, clock):
    do("limit-rate", requests=2, seconds=10)
    assert [projects().status_code for _ in range(3)] == [200, 200, 429]
    clock.forward(seconds=4.5)
    assert projects().headers["retry-after"] == "6"
    clock.forward(seconds=5.5)
    assert projects().status_code == 200


def test_a_rate_is_lifted(do, projects):
    do("limit-rate", requests=1)
    assert [projects().status_code for _ in range(2)] == [200, 429]
    do("limit-rate", requests=None)
    assert [projects().status_code for _ in range(2)] == [200, 200]


def test_reset_brings_everything_back(do, projects, autarc):
    before = projects().json()
    do("delete-project", id=7)
    do("take-updates-by", method="PUT")
    do("limit-rate", requests=1)
    do("require-pkce", required=False)
    do("reset")
    assert projects().json() == before
    assert (autarc.update_method, autarc.limit, autarc.grants.pkce_required) == ("PATCH", None, True)


@pytest.mark.parametrize("deed", ["delete-project", "delete-customer"])
def test_an_unknown_row_names_the_numbers_there_are(do, autarc, deed):
    answer = do(deed, id=99)
    assert answer.status_code == 404
    assert "has the id or running number 99; there are 1 to " in answer.json()["message"]
    autarc.projects.clear()
    autarc.customers.clear()
    assert "there are none" in do(deed, id="x").json()["message"]


@pytest.mark.parametrize(
    ("deed", "args", "field"),
    [
        ("create-customer", {}, "name: is required"),
        ("change-status", {"id": 7, "status": "done"}, "status"),
        ("convert-lead", {}, "id: is required"),
        ("convert-lead", {"id": 7.5}, "id"),
        ("schedule-installation", {"id": 7}, "date: is required"),
        ("schedule-installation", {"id": 7, "date": "2027-02-29"}, "date: must be a day that exists"),
        ("take-updates-by", {"method": "POST"}, "method"),
        ("limit-rate", {"requests": 0}, "requests"),
        ("limit-rate", {"requests": 1, "seconds": 0}, "seconds"),
        ("expire-tokens", {"kind": "all"}, "kind"),
        ("require-pkce", {"required": "no"}, "required"),
        ("register-redirect-uri", {"url": "https://a.example"}, "url: is not known here"),
    ],
)
def test_wrong_arguments_are_named(do, deed, args, field):
    answer = do(deed, **args)
    assert answer.status_code == 400
    assert field in answer.json()["message"]


def test_a_project_appears_after_the_list_was_read(do, projects, outside, autarc):
    fault = {"fault": "between_pages", "do": "create-project", "times": 9}
    assert outside.post("/_faults/autarc", json=fault).status_code == 201
    outside.get(f"{PROJECTS}/{autarc.projects[1]['id']}", headers=KEY)
    assert [len(projects().json()) for _ in range(3)] == [40, 41, 42]


def test_faults_reach_the_second_host_too(outside, autarc):
    fault = {"fault": "status", "status": 503, "match": "POST https://auth.autarc.energy/oauth2/token"}
    assert outside.post("/_faults/autarc", json=fault).status_code == 201
    assert outside.get(PROJECTS, headers=KEY).status_code == 200
    assert outside.post("/autarc-auth/oauth2/token").status_code == 503
    assert autarc.log[-1]["path"] == "https://auth.autarc.energy/oauth2/token"

"""What happens in the pretend OpenSolar's app, and what can be made to go wrong."""

from __future__ import annotations

import shlex

import pytest

from connectors.sandbox import OpenSolar

ORG = "https://api.opensolar.com/api/orgs/1"


def test_a_project_is_made_with_a_system_and_its_customer(solar, solar_do):
    project = solar_do("create-project", name="Ada Lovis Beispiel", address="1 Wattle Street").json()["project"]
    assert (project["id"], project["address"], project["title"]) == (46, "1 Wattle Street", "1 Wattle Street")
    [contact] = project["contacts_data"]
    assert (contact["first_name"], contact["family_name"]) == ("Ada Lovis", "Beispiel")
    assert project["systems"][0]["project"] == project["url"]
    assert solar("GET", "projects/").json()[0] == project
    assert solar_do("create-project").json()["project"]["id"] == 47


def test_a_sold_project_says_so_in_many_places(solar_do):
    project = solar_do("sell-project", id=7).json()["project"]
    assert project["sold_date"] == project["modified_date"] == "2026-11-21T09:00:00.000000Z"
    assert project["system_sold"] == project["systems"][0]["url"]
    assert project["payment_option_sold"] == f"{ORG}/payment_options/1/"
    assert project["stage"] == 4
    assert project["events_data"][-1]["event_type_id"] == 3
    again = solar_do("sell-project", id=7)
    assert again.status_code == 409
    assert "was sold at 2026-11-21" in again.json()["message"]


def test_a_project_is_installed_on_the_day_that_was_planned(solar_do):
    planned = solar_do("set-installation-date", id=7, date="2026-12-01").json()["project"]["installation_date"]
    project = solar_do("install-project", id=7).json()["project"]
    assert project["installation_date"] == planned == "2026-12-01T00:00:00.000000Z"
    assert (project["system_installed"], project["stage"]) == (project["systems"][0]["url"], 6)
    assert solar_do("install-project", id=8).json()["project"]["installation_date"] == "2026-11-21T09:00:00.000000Z"


@pytest.mark.parametrize(
    ("task", "field"),
    [
        ("seller", "assigned_role"),
        ("installer", "assigned_installer_role"),
        ("inspector", "assigned_site_inspector_role"),
    ],
)
def test_a_colleague_is_given_a_project(solar_do, task, field):
    project = solar_do("assign-role", id=7, role=4, task=task).json()["project"]
    assert project[field] == f"{ORG}/roles/4/"
    assert project[f"{field}_data"]["id"] == 4
    assert project["events_data"][-1]["event_type_id"] == 45


def test_a_stage_changes_with_an_event(solar_do):
    project = solar_do("change-stage", id=7, stage=3).json()["project"]
    assert (project["stage"], project["events_data"][-1]["title"]) == (3, "Project Stage Changed")


def test_a_system_is_designed_anew(solar, solar_do):
    system = solar_do("redesign-system", id=7, modules=100).json()["project"]["systems"][0]
    assert (system["module_quantity"], system["kw_stc"]) == (100, 41.0)
    assert solar("GET", "systems/7/", params={"fieldset": "list"}).json() == system


def test_notes_are_written(solar_do):
    assert solar_do("write-notes", id=7, notes="Call").json()["project"]["notes"] == "Call"


def test_events_come_and_go(solar, solar_do):
    event = solar_do("add-event", id=7, event_type=2).json()["event"]
    assert (event["id"], event["title"]) == (46, "Customer Viewed Online Proposal")
    assert event["url"] in solar("GET", "projects/7/").json()["events"]
    assert solar_do("delete-event", id=46).json() == {"deleted": 46}
    assert event["url"] not in solar("GET", "projects/7/").json()["events"]


def test_the_events_of_a_deleted_contact_name_nobody(opensolar, solar_do):
    assert opensolar.events[7]["contact"] == f"{ORG}/contacts/7/"
    solar_do("delete-contact", id=7)
    assert opensolar.events[7]["contact"] is None


def test_contacts_come_change_and_go(solar, solar_do):
    made = solar_do("create-contact", name="Ada Beispiel", email="ada@example.com").json()["contact"]
    assert (made["id"], made["family_name"]) == (46, "Beispiel")
    assert solar_do("change-contact", id=46, phone="1").json()["contact"]["phone"] == "1"
    assert solar("GET", "contacts/46/").json()["phone"] == "1"
    assert solar_do("delete-contact", id=46).json() == {"deleted": 46}
    assert solar("GET", "contacts/46/").status_code == 404


def test_a_deleted_project_is_gone(solar, solar_do):
    assert solar_do("delete-project", id=7).json() == {"deleted": 7}
    assert solar("GET", "projects/7/").status_code == 404


def test_tokens_run_out_but_those_of_machines(opensolar, solar, solar_do):
    header = {"authorization": f"Bearer {opensolar.users[101]['token']}"}
    assert solar("GET", "", headers=header).status_code == 200
    assert "robin.palmwood@example.com" in solar_do("expire-tokens").json()["expired"]
    assert solar("GET", "", headers=header).json() == {"detail": "Token has expired."}
    assert solar("GET", "").status_code == 200


def test_a_project_without_a_system_cannot_be_sold(solar, solar_do):
    solar("POST", "projects/", json={})
    answer = solar_do("sell-project", id=46)
    assert (answer.status_code, answer.json()) == (409, {"message": "project 46 has no system yet"})


@pytest.mark.parametrize(
    ("deed", "args", "status", "said"),
    [
        ("sell-project", {"id": 99}, 404, "project: none has the id 99; there are 1 to 45"),
        ("delete-event", {"id": 99}, 404, "event: none has the id 99"),
        ("remove-webhook", {"id": 1}, 404, "there are none"),
        ("assign-role", {"id": 7, "role": 9}, 404, "role: none has the id 9; there are 1 to 4"),
        ("assign-role", {"id": 7, "role": 1, "task": "cook"}, 400, "task"),
        ("change-stage", {"id": 7, "stage": 8}, 400, "stage: must be from 0 to 7"),
        ("change-stage", {"id": "7", "stage": 1}, 400, "id"),
        ("redesign-system", {"id": 7, "modules": 0}, 400, "modules: must be from 1"),
        ("add-event", {"id": 7, "event_type": 43}, 400, "event_type: must be one of 0, 1"),
        ("set-installation-date", {"id": 7, "date": "soon"}, 400, "date"),
        ("create-contact", {}, 400, "name: is required"),
        ("update-settings-by", {"method": "GET"}, 400, "method"),
        ("write-notes", {"id": 7, "notes": "x", "at": 1}, 400, "at: is not known here"),
    ],
)
def test_wrong_arguments_are_named_and_nothing_happens(solar, solar_do, deed, args, status, said):
    before = solar("GET", "projects/7/").json()
    answer = solar_do(deed, **args)
    assert answer.status_code == status
    assert said in answer.json()["message"]
    assert solar("GET", "projects/7/").json() == before


def test_reset_brings_everything_back(solar, solar_do, solar_sandbox):
    before = solar("GET", "projects/").json()
    solar_do("create-project")
    solar_do("update-settings-by", method="PUT")
    solar("POST", "webhooks/", json={"endpoint": "http://127.0.0.1:1/", "enabled": True, "debug": False})
    assert solar_do("reset").json() == {"reset": "opensolar"}
    assert solar_sandbox.get("/_log/opensolar").json() == []
    assert solar("GET", "projects/").json() == before
    assert solar("GET", "webhooks/").json() == []
    assert solar("POST", "costings/1", json={}).status_code == 200


def test_every_line_of_the_landing_page_works(solar_sandbox):
    text = solar_sandbox.get("/").text
    lines = [shlex.split(line) for line in text.splitlines() if line.startswith("  curl")]
    assert len(lines) == 8
    for words in lines:
        headers = dict(words[place + 1].split(": ", 1) for place, word in enumerate(words) if word == "-H")
        data = words[words.index("-d") + 1] if "-d" in words else None
        url = next(word for word in words if word.startswith("http"))
        method = "POST" if data or "-X" in words else "GET"
        answer = solar_sandbox.request(method, url, headers=headers, content=data)
        assert answer.is_success, (words, answer.text)


@pytest.mark.parametrize("path", ["projects/?page=1", "contacts/", "costings/", "webhook_process_logs/"])
def test_pages_shift_while_they_are_read(opensolar, solar, solar_sandbox, path):
    fault = {"fault": "between_pages", "do": "create-project", "match": path}
    assert solar_sandbox.post("/_faults/opensolar", json=fault).status_code == 201
    assert solar("GET", "projects/1/").status_code == solar("GET", path).status_code == 200
    assert len(opensolar.projects) == 46


def test_a_fault_answers_in_place_of_the_vendor(solar, solar_sandbox):
    busy = {"fault": "status", "status": 429, "headers": {"Retry-After": "1"}, "body": {"detail": "Throttled."}}
    solar_sandbox.post("/_faults/opensolar", json=busy | {"match": "POST /api/orgs/1/projects/"})
    assert solar("GET", "projects/").status_code == 200
    assert solar("POST", "projects/", json={}).json() == {"detail": "Throttled."}
    assert solar("POST", "projects/", json={}).status_code == 201


def test_two_sandboxes_share_nothing():
    one, other = OpenSolar(), OpenSolar()
    one.create_project()
    one.settings["costings"][1]["title"] = "Changed"
    one.org["name"] = "Changed"
    assert (len(one.projects), len(other.projects)) == (46, 45)
    assert other.settings["costings"][1]["title"] != "Changed" != other.org["name"]

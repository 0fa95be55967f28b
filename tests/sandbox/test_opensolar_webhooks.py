"""OpenSolar's webhooks, at a receiver on a real socket."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from queue import Empty, Queue

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.opensolar_hooks import DEFAULTS

ORG = "https://api.opensolar.com/api/orgs/1"
QUEUED = (
    "id",
    "webhook",
    "endpoint",
    "status",
    "response_status",
    "error",
    "created_date",
    "processed_date",
    "payload",
)


class Receiver:
    """Keeps what arrives; answers `status`."""

    def __init__(self):
        self.arrived = Queue()
        self.status = 200

    async def hear(self, request):
        self.arrived.put((request.url.path, dict(request.headers), await request.json()))
        return Response(status_code=self.status, headers={"location": "/elsewhere"})

    def next(self):
        return self.arrived.get(timeout=30)[2]

    def nothing_more(self):
        try:
            return self.arrived.get_nowait()[2]
        except Empty:
            return None


@pytest.fixture(scope="module")
def listening(served):
    receiver = Receiver()
    with served(Starlette(routes=[Route("/{path:path}", receiver.hear, methods=["POST"])])) as address:
        yield receiver, address


@pytest.fixture
def receiver(listening):
    receiver, _ = listening
    receiver.arrived, receiver.status = Queue(), 200
    return receiver


@pytest.fixture
def register(solar, listening):
    def register(*trigger_fields, **more):
        given = {"endpoint": f"{listening[1]}/hook", "enabled": True, "debug": False}
        given["trigger_fields"] = list(trigger_fields) or None
        answer = solar("POST", "webhooks/", json=given | more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return register


@pytest.fixture
def settled(solar, receiver):
    """All that the receiver has been told of: as many as the logs have."""
    return lambda: [receiver.next() for _ in solar("GET", "webhook_process_logs/", params={"limit": 100}).json()]


def kinds(told):
    return [(each["model"], each["model_id"], each["event"]) for each in told]


def test_a_webhook_is_kept_as_given_with_defaults_for_null(solar, register):
    made = register(headers='{"Authorization": "Token t"}', payload_fields=["event.*"])
    assert made == {
        "id": 1,
        "url": f"{ORG}/webhooks/1/",
        "org": f"{ORG}/",
        "endpoint": made["endpoint"],
        "headers": '{"Authorization": "Token t"}',
        "enabled": True,
        "debug": False,
        "trigger_fields": DEFAULTS["trigger_fields"],
        "payload_fields": ["event.*"],
    }
    assert solar("GET", "webhooks/").json() == [made]


def test_the_bodies_of_the_document_are_taken(solar):
    post, patch = map(json.loads, Path(__file__).with_name("opensolar_webhooks.jsonl").read_text().splitlines())
    made = solar("POST", "webhooks/", json=post).json()
    assert made == made | post
    assert solar("PATCH", f"webhooks/{made['id']}/", json=patch).json() == made | patch


def test_the_documented_base_structure_arrives_with_the_headers(register, receiver, solar_do):
    register("project.stage", headers='{"X-Secret": "s", "Authorization": "Token t"}', payload_fields=["project.stage"])
    solar_do("change-stage", id=7, stage=3)
    path, headers, told = receiver.arrived.get(timeout=30)
    assert (path, headers["x-secret"], headers["authorization"]) == ("/hook", "s", "Token t")
    assert headers["content-type"] == "application/json"
    identifier = told.pop("identifier")
    assert len(identifier) == 36
    assert told == {
        "timestamp": "1795251600",
        "model": "Project",
        "model_id": 7,
        "event": "UPDATE",
        "event_id": told["event_id"],
        "fields": {"stage": 3},
    }


@pytest.mark.parametrize(
    ("trigger", "deed", "args"),
    [
        ("project.stage", "change-stage", {"id": 7, "stage": 2}),
        ("project.sold_date", "sell-project", {"id": 7}),
        ("project.system_installed", "install-project", {"id": 7}),
        ("project.installation_date", "set-installation-date", {"id": 7, "date": "2026-12-24"}),
        ("project.assigned_role", "assign-role", {"id": 7, "role": 4}),
        ("project.assigned_installer_role", "assign-role", {"id": 7, "role": 4, "task": "installer"}),
        ("project.systems.price_including_tax", "redesign-system", {"id": 7, "modules": 99}),
        ("project.events_data", "add-event", {"id": 7}),
        ("project.notes", "write-notes", {"id": 7, "notes": "New"}),
        ("project.contacts", "delete-contact", {"id": 7}),
    ],
)
def test_a_narrow_field_hears_of_its_deed_alone(register, receiver, solar, solar_do, trigger, deed, args):
    register(trigger)
    solar("PATCH", "projects/8/", json={"site_notes": "What this webhook does not hear of"})
    assert solar_do(deed, **args).status_code == 200
    assert kinds([receiver.next()]) == [("Project", 7, "UPDATE")]
    assert receiver.nothing_more() is None


def test_what_does_not_change_is_not_told(register, receiver, solar, solar_do):
    register("project.stage")
    solar_do("change-stage", id=7, stage=solar("GET", "projects/7/").json()["stage"])
    solar("PATCH", "projects/7/", json={"notes": "x"})
    solar("GET", "projects/")
    assert solar("GET", "webhook_process_logs/").json() == []
    assert receiver.nothing_more() is None


def test_a_project_made_by_the_api_is_told_with_its_contact(register, solar, settled):
    register("project.*", "contact.*")
    solar("POST", "projects/", json={"identifier": "crm-1", "contacts_new": [{"first_name": "Ada"}]})
    project, contact = settled()
    assert (project["model_id"], project["event"], project["identifier"]) == (46, "CREATE", "crm-1")
    assert (contact["model"], contact["model_id"], contact["event"]) == ("Contact", 46, "CREATE")
    assert contact["fields"]["projects"] == ["/api/orgs/1/projects/46/"]
    assert contact["fields"]["url"] == "/api/orgs/1/contacts/46/"
    assert int(contact["event_id"]) > int(project["event_id"])


def test_a_narrow_field_hears_of_a_new_project_if_it_has_something(register, solar, settled):
    register("project.address")
    solar("POST", "projects/", json={})
    solar("POST", "projects/", json={"address": "1 Wattle Street"})
    assert kinds(settled()) == [("Project", 47, "CREATE")]


def test_a_deleted_project_has_no_fields(register, solar, settled):
    register("project.stage", "event.*")
    solar("DELETE", "projects/7/")
    project, event = settled()
    assert kinds([project, event]) == [("Project", 7, "DELETE"), ("Event", 7, "DELETE")]
    assert "fields" not in project
    assert len(project["identifier"]) == 36


def test_an_event_is_told_as_documented(register, solar_do, settled):
    register("event.*")
    solar_do("add-event", id=7, event_type=72, notes="Go")
    [told] = settled()
    fields = told["fields"]
    assert (told["model"], told["event"], fields["event_type_id"]) == ("Event", "CREATE", 72)
    assert (fields["title"], fields["notes"]) == ("Notice to Proceed Issued", "Go")
    assert (fields["project"], fields["org"]) == ("/api/orgs/1/projects/7/", "/api/orgs/1/")
    assert fields["user"].startswith("/auth/users/")
    assert fields["completion_date"] == "2026-11-21T09:00:00.000000Z"


def test_a_contact_changed_or_deleted_is_told(register, solar, solar_do, settled):
    register("contact.*")
    solar("PUT", "contacts/7/", json={"phone": "1"})
    solar_do("change-contact", id=7, phone="2")
    solar_do("delete-contact", id=7)
    told = settled()
    assert kinds(told) == [("Contact", 7, "UPDATE"), ("Contact", 7, "UPDATE"), ("Contact", 7, "DELETE")]
    assert [each["fields"]["phone"] for each in told[:2]] == ["1", "2"]


def test_payload_fields_cut_into_lists_and_objects(register, solar_do, settled):
    register(
        "project.stage",
        payload_fields=[
            "project.id",
            "project.contacts_data.email",
            "project.systems.kw_stc",
            "project.assigned_role_data.id",
        ],
    )
    solar_do("change-stage", id=7, stage=3)
    [told] = settled()
    fields = told["fields"]
    assert set(fields) == {"id", "contacts_data", "systems", "assigned_role_data"}
    assert fields["contacts_data"] == [{"email": "customer7@example.com"}]
    assert [set(system) for system in fields["systems"]] == [{"kw_stc"}]
    assert list(fields["assigned_role_data"]) == ["id"]


def test_a_model_that_no_payload_field_names_is_told_whole(register, solar, solar_do, settled):
    register("project.stage", payload_fields=["contact.*"])
    solar_do("change-stage", id=7, stage=3)
    [told] = settled()
    assert told["fields"] == solar("GET", "projects/7/").json()


def test_the_defaults_are_those_of_the_document(register, solar_do, settled):
    register()
    solar_do("sell-project", id=7)
    project, event = settled()
    assert kinds([project, event]) == [("Project", 7, "UPDATE"), ("Event", 46, "CREATE")]
    names = {field.split(".")[1] for field in DEFAULTS["payload_fields"] if field.startswith("project.")}
    assert set(project["fields"]) == names


def test_a_picture_is_a_file_that_is_told_with_its_address(opensolar, register, solar, settled):
    register("project.private_files")
    uuid = opensolar.systems[7]["uuid"]
    solar("GET", f"projects/7/systems/{uuid}/image/", params={"width": 8, "height": 8})
    [told] = settled()
    assert told["fields"]["id"] == 7


def test_a_disabled_webhook_is_silent_and_can_be_enabled_again(register, receiver, solar, solar_do):
    register("project.stage")
    assert solar("PATCH", "webhooks/1/", json={"enabled": False}).json()["enabled"] is False
    solar_do("change-stage", id=7, stage=3)
    solar("PATCH", "webhooks/1", json={"enabled": True, "trigger_fields": ["project.notes"]})
    solar_do("change-stage", id=7, stage=4)
    solar_do("write-notes", id=7, notes="Now")
    assert receiver.next()["fields"]["notes"] == "Now"
    assert receiver.nothing_more() is None


def test_a_removed_webhook_is_gone(register, solar, solar_do):
    register("project.stage")
    assert solar_do("remove-webhook", id=1).json() == {"deleted": 1}
    assert solar("GET", "webhooks/").json() == []
    solar_do("change-stage", id=7, stage=3)
    assert solar("GET", "webhook_process_logs/").json() == []


def test_a_webhook_hears_of_nothing_from_before_it_was(register, opensolar, receiver, solar_do):
    solar_do("change-stage", id=7, stage=3)
    register("project.*")
    solar_do("write-notes", id=8, notes="x")
    assert kinds([receiver.next()]) == [("Project", 8, "UPDATE")]


def test_two_webhooks_hear_of_the_same_event(register, solar_do, settled):
    register("project.stage")
    register("project.*")
    solar_do("change-stage", id=7, stage=3)
    told = settled()
    assert len({each["event_id"] for each in told if each["model"] == "Project"}) == 1
    assert len(told) == 2


@pytest.mark.parametrize(("status", "became"), [(204, "sent"), (307, "failed"), (500, "failed")])
def test_both_logs_say_what_became_of_a_delivery(register, receiver, solar, solar_do, solar_sandbox, status, became):
    receiver.status = status
    webhook = register("project.stage")
    solar_do("change-stage", id=7, stage=3)
    told = receiver.next()
    while (rows := solar("GET", "webhook_process_logs/").json())[0]["status"] == "queued":
        pass
    assert {name: rows[0][name] for name in ("webhook", "status", "response_status", "error", "payload")} == {
        "webhook": webhook["url"],
        "status": became,
        "response_status": status,
        "error": None,
        "payload": told,
    }
    [entry] = [entry for entry in solar_sandbox.get("/_log/opensolar").json() if "webhook" in entry]
    assert (entry["method"], entry["path"], entry["status"]) == ("POST", webhook["endpoint"], status)
    assert json.loads(entry["body"]) == told
    assert receiver.nothing_more() is None


def test_a_delivery_that_fails_says_why(register, solar, solar_do, solar_sandbox):
    register("project.stage", endpoint="http://127.0.0.1:1/")
    solar_do("change-stage", id=7, stage=3)
    while (row := solar("GET", "webhook_process_logs/").json()[0])["status"] == "queued":
        pass
    assert (row["status"], row["response_status"]) == ("failed", None)
    assert row["error"].startswith("ConnectError")
    assert solar_sandbox.get("/_log/opensolar").json()[1]["error"] == row["error"]


def test_the_logs_have_pages_a_search_and_a_table(register, solar, solar_do, settled):
    register("project.stage")
    for number in (7, 8, 10):
        solar_do("change-stage", id=number, stage=3)
    assert len(settled()) == 3

    def of(**params):
        return [row["payload"]["model_id"] for row in solar("GET", "webhook_process_logs/", params=params).json()]

    assert of() == [10, 8, 7]
    assert of(limit=2) == [10, 8]
    assert of(limit=2, page=2) == [7]
    assert of(search="CUSTOMER8@example.com") == [8]
    assert of(search="nobody") == []
    table = solar("GET", "webhook_process_logs/", params={"format": "csv"})
    assert table.headers["content-type"].startswith("text/csv")
    header, first, *_ = csv.reader(io.StringIO(table.text))
    assert tuple(header) == QUEUED
    assert json.loads(first[-1])["model_id"] == 10


def test_an_empty_page_of_the_logs_is_an_error_but_the_first(solar):
    assert solar("GET", "webhook_process_logs/").json() == []
    answer = solar("GET", "webhook_process_logs/", params={"page": 2})
    assert (answer.status_code, answer.json()) == (500, {"detail": "Internal Server Error"})


def test_reset_forgets_webhooks_and_what_they_were_told(register, solar, solar_do, settled):
    register("project.*")
    solar_do("create-project")
    assert settled()
    solar_do("reset")
    assert solar("GET", "webhooks/").json() == solar("GET", "webhook_process_logs/").json() == []

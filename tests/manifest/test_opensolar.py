"""What cassettes do not show of OpenSolar: its webhooks, as the sandbox and its document send them, and limits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.components.delivery import Delivery
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.hooks import Received, Standing
from connectors.engine.rates import Rates
from connectors.engine.request import build
from connectors.engine.run import Vendor
from connectors.engine.transport import HttpTransport
from connectors.errors import InputError, VendorBusy
from connectors.manifest.catalog import bundled, load
from connectors.sandbox import CONNECTIONS, OpenSolar, create_app
from connectors.sandbox.opensolar_records import MACHINE_TOKEN
from connectors.testing.case import load as load_case
from connectors.testing.suite import bundled_cassettes, cases_in

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECRET = "a-secret-of-this-subscription"
SOLAR = load(bundled() / "opensolar.yaml")
VALUES = {"org_id": "1", "token": MACHINE_TOKEN}
ROLE = "https://api.opensolar.com/api/orgs/1/roles/4/"
DELIVERIES = Path(__file__).with_name("opensolar_deliveries.jsonl")
DOCUMENTED = [json.loads(line) for line in DELIVERIES.read_text().splitlines()]
"""The deliveries of the document's Webhooks, in its words: base structure, Project, Contact, Event."""

HAPPENINGS: list[tuple[str, dict[str, Any], str, dict[str, Any], dict[str, Any]]] = [
    ("project_created", {}, "create-project", {"address": "1 Wattle Street"}, {"address": "1 Wattle Street"}),
    ("project_updated", {}, "write-notes", {"id": 7, "notes": "Pool"}, {"notes": "Pool"}),
    ("project_updated", {"fields": ["project.notes"]}, "write-notes", {"id": 7, "notes": "Pool"}, {"id": 7}),
    ("project_deleted", {}, "delete-project", {"id": 7}, {"model_id": 7, "event": "DELETE"}),
    ("project_stage_changed", {"to": 3}, "change-stage", {"id": 7, "stage": 3}, {"stage": 3}),
    ("project_sold", {}, "sell-project", {"id": 7}, {"stage": 4}),
    ("project_installed", {}, "install-project", {"id": 7}, {"stage": 6}),
    ("installation_date_set", {}, "set-installation-date", {"id": 7, "date": "2026-12-24"}, {"id": 7}),
    ("assigned_role_changed", {"role": ROLE}, "assign-role", {"id": 7, "role": 4}, {"assigned_role": ROLE}),
    ("contact_created", {}, "create-contact", {"name": "Erika Beispiel"}, {"first_name": "Erika"}),
    ("contact_updated", {}, "change-contact", {"id": 7, "phone": "1"}, {"phone": "1"}),
    ("contact_deleted", {}, "delete-contact", {"id": 7}, {"model_id": 7, "event": "DELETE"}),
    ("event_created", {"event_type": 72}, "add-event", {"id": 7, "event_type": 72}, {"event_type_id": 72}),
]
LEFT_OUT: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("project_stage_changed", {"to": 3}, "change-stage", {"id": 7, "stage": 2}),
    ("project_stage_changed", {"from": 2}, "change-stage", {"id": 7, "stage": 3}),
    ("assigned_role_changed", {"role": ROLE}, "assign-role", {"id": 7, "role": 2}),
    ("project_updated", {}, "create-project", {}),
    ("contact_updated", {}, "create-contact", {"name": "Erika Beispiel"}),
    ("event_created", {"event_type": 72}, "add-event", {"id": 7, "event_type": 73}),
]


class Office:
    """A sandbox, the address that its webhooks call, and what arrived there."""

    def __init__(self, sandbox: str, endpoint: str, arrived: Queue[Delivery]) -> None:
        given = CONNECTIONS["opensolar"]
        self.sandbox, self.endpoint, self.arrived = sandbox, endpoint, arrived
        self.connection = Connection.open(SOLAR, VALUES, base_url=sandbox + given["path"])

    def ask(self, name: str, *given: Any) -> Any:
        """What the vendor's method of that name gives."""

        async def asked() -> Any:
            async with HttpTransport() as transport:
                return await getattr(Vendor(Exchange(self.connection, transport, rates=Rates())), name)(*given)

        return asyncio.run(asked())

    def standing(self, trigger: str, inputs: dict[str, Any], kept: Any) -> Standing:
        """Whether the webhook still stands."""

        async def asked() -> Any:
            async with HttpTransport() as transport:
                hook = Vendor(Exchange(self.connection, transport)).hook(trigger, inputs)
                return await hook.standing(self.endpoint, SECRET, kept)

        return asyncio.run(asked())

    def do(self, deed: str, args: dict[str, Any]) -> None:
        """Something happens at the pretend vendor."""
        httpx.post(f"{self.sandbox}/_do/opensolar/{deed}", json=args).raise_for_status()

    def hears(self) -> Delivery:
        """The next delivery."""
        return self.arrived.get(timeout=30)


@pytest.fixture(scope="module")
def running(served: Any) -> Iterator[tuple[OpenSolar, Office]]:
    arrived: Queue[Delivery] = Queue()

    async def hear(request: Request) -> Response:
        arrived.put(Delivery(await request.body(), tuple(request.headers.items()), str(request.url)))
        return Response()

    solar = OpenSolar(now=lambda: NOW, limits={})
    hooks = Starlette(routes=[Route("/hooks/t-1", hear, methods=["POST"])])
    with served(create_app([solar])) as sandbox, served(hooks) as here:
        yield solar, Office(sandbox, f"{here}/hooks/t-1", arrived)


@pytest.fixture
def office(running: tuple[OpenSolar, Office]) -> Office:
    solar, office = running
    solar.reset()
    return office


def vendor() -> Vendor:
    """A vendor that receives, and asks nobody."""
    return Vendor(Exchange(Connection.open(SOLAR, VALUES), HttpTransport()))


def received(trigger: str, inputs: dict[str, Any], delivery: Delivery, memory: Any = None) -> Received:
    return vendor().receive(trigger, inputs, delivery, [SECRET], memory, now=NOW)


def items(got: Received) -> list[Any]:
    return [event.item for event in got.events]


def delivery_of(body: Any, secret: str = SECRET) -> Delivery:
    headers = (("content-type", "application/json"), ("x-webhook-token", secret))
    return Delivery(json.dumps(body).encode(), headers, "https://hooks.example.com/hooks/t-1")


@pytest.mark.parametrize(("trigger", "inputs", "deed", "args", "seen"), HAPPENINGS)
def test_what_happens_is_received_once(office: Office, trigger: str, inputs: Any, deed: str, args: Any, seen: Any):
    made = office.ask("subscribe", trigger, inputs, office.endpoint, SECRET)
    office.do(deed, args)
    delivery = office.hears()
    got = received(trigger, inputs, delivery)

    assert got.reply.status == 200
    assert [{name: item[name] for name in seen} for item in items(got)] == [seen]
    assert received(trigger, inputs, delivery, got.memory).events == ()
    assert received(trigger, inputs, Delivery(delivery.body), None).reply.status == 404
    assert office.standing(trigger, inputs, made.kept).state == "active"


@pytest.mark.parametrize(("trigger", "inputs", "deed", "args"), LEFT_OUT)
def test_what_is_not_asked_for_is_left_out(office: Office, trigger: str, inputs: Any, deed: str, args: Any):
    office.ask("subscribe", trigger, inputs, office.endpoint, SECRET)
    office.do(deed, args)

    assert received(trigger, inputs, office.hears()).events == ()


def test_from_a_stage_is_known_from_the_second_change_on(office: Office):
    office.ask("subscribe", "project_stage_changed", {"from": 3}, office.endpoint, SECRET)
    memory, found = None, list[Any]()
    for stage in (3, 5, 3):
        office.do("change-stage", {"id": 7, "stage": stage})
        got = received("project_stage_changed", {"from": 3}, office.hears(), memory)
        memory = got.memory
        found += [(event.previous, event.item["stage"]) for event in got.events]

    assert found == [({"stage": 3}, 5)]


def test_a_poll_audits_what_a_webhook_brought(office: Office):
    office.ask("subscribe", "project_sold", {}, office.endpoint, SECRET)
    known = office.ask("poll", "project_sold", {}, None).memory
    office.do("sell-project", {"id": 7})
    heard = received("project_sold", {}, office.hears(), known)
    office.do("sell-project", {"id": 8})
    polled = office.ask("poll", "project_sold", {}, heard.memory)

    assert [item["id"] for item in items(heard)] == [7]
    assert [json.loads(line)["id"] for line in polled.events.lines()] == [8]
    assert received("project_sold", {}, office.hears(), polled.memory).events == ()


def test_a_webhook_is_switched_off_and_seen_to_be(office: Office):
    made = office.ask("subscribe", "contact_created", {}, office.endpoint, SECRET)
    office.ask("unsubscribe", "contact_created", {}, made.kept)
    assert office.standing("contact_created", {}, made.kept).state == "disabled"
    office.do("remove-webhook", {"id": made.kept["id"]})
    assert office.standing("contact_created", {}, made.kept).state == "missing"


def test_a_webhook_with_other_fields_has_drifted(office: Office):
    made = office.ask("subscribe", "project_updated", {"fields": ["project.notes"]}, office.endpoint, SECRET)
    found = office.standing("project_updated", {"fields": ["project.stage"]}, made.kept)

    assert (found.state, found.differs) == ("drifted", ("trigger_fields",))


DOCUMENTED_FOR = {
    "Project": ["project_updated", "project_stage_changed", "assigned_role_changed"],
    "Contact": ["contact_updated"],
    "Event": [],
}


@pytest.mark.parametrize("body", DOCUMENTED, ids=["base", "project", "contact", "event"])
def test_the_documents_deliveries_are_for_these_triggers(body: Any):
    taken = [name for name in SOLAR.triggers if received(name, {}, delivery_of(body)).events]

    assert taken == DOCUMENTED_FOR[body["model"]]
    assert items(received(taken[0], {}, delivery_of(body))) == [body["fields"]] if taken else True


def test_an_event_of_a_kind_that_the_document_does_not_list_is_told():
    body = DOCUMENTED[3] | {"event": "CREATE"}
    body["fields"] = body["fields"] | {"event_type_id": 103}

    assert [item["event_type_id"] for item in items(received("event_created", {}, delivery_of(body)))] == [103]


@pytest.mark.parametrize("odd", [[], "x", {"model": "Quote"}, {"model": "Project", "event": "UPDATE", "fields": None}])
def test_odd_deliveries_are_taken_and_break_nothing(odd: Any):
    assert {received(name, {}, delivery_of(odd)).reply.status for name in SOLAR.triggers} == {200}


def test_a_subscription_asks_in_the_documents_form():
    hook = SOLAR.triggers["project_stage_changed"].webhook
    assert hook is not None
    assert hook.subscribe is not None
    ours = {"webhook_url": "https://hooks.example.com/hooks/t-1", "webhook_secret": SECRET}
    asked = build(Connection.open(SOLAR, VALUES), hook.subscribe, ours, {})

    assert (asked.method, asked.url) == ("POST", "https://api.opensolar.com/api/orgs/1/webhooks/")
    assert asked.json == {
        "endpoint": ours["webhook_url"],
        "headers": json.dumps({"X-Webhook-Token": SECRET}, separators=(",", ":")),
        "enabled": True,
        "debug": False,
        "trigger_fields": ["project.stage"],
        "payload_fields": ["project.*"],
    }


def test_each_trigger_asks_for_as_little_as_it_needs():
    asked = {name: one.webhook.subscribe.body.root["trigger_fields"] for name, one in SOLAR.triggers.items()}  # type: ignore[union-attr]

    assert [name for name, fields in asked.items() if isinstance(fields, list) and "*" in str(fields)] == [
        *("contact_created", "contact_updated", "contact_deleted", "event_created")
    ]


def named_by(name: str, inputs: dict[str, Any]) -> list[str | None]:
    """The inputs that the action names when it refuses these; none when it takes them."""
    try:
        SOLAR.actions[name].checker.check(inputs)
    except InputError as error:
        return [problem.field for problem in error.problems]
    return []


@pytest.mark.parametrize(("name", "most"), [("lat", 90), ("lon", 180)])
def test_a_position_is_on_earth(name: str, most: int):
    assert [named_by("create_project", {name: value}) for value in (-most, 0, most)] == [[], [], []]
    assert [named_by("create_project", {name: value}) for value in (-most - 0.1, most + 1)] == [[name]] * 2


@pytest.mark.parametrize(("field", "size"), [("width", 1), ("height", 1)])
def test_a_picture_has_a_size(field: str, size: int):
    image = {"project_id": 7, "uuid": "E583FD88-EB6C-4311-91A9-AC719041EAA8"}
    assert named_by("get_system_image", {**image, field: size}) == []
    assert named_by("get_system_image", {**image, field: size - 1}) == [field]


@pytest.mark.parametrize("country", ["A", "AUS"])
def test_a_country_has_two_letters(country: str):
    assert named_by("create_project", {"country_iso2": "AU"}) == []
    assert named_by("create_project", {"country_iso2": country}) == ["country_iso2"]


def test_roof_and_event_types_are_all_there_and_open():
    fields = [SOLAR.actions["create_project"].input["roof_type"], SOLAR.triggers["event_created"].input["event_type"]]
    choices = [field.choices for field in fields if field.choices is not None]

    assert [(len(one.values or ()), one.open) for one in choices] == [(19, True), (45, True)]


@pytest.mark.parametrize(("given", "way"), [({"token": "t"}, "token"), ({"username": "u", "password": "p"}, "login")])
def test_one_signs_in_by_token_or_by_password(given: dict[str, str], way: str):
    assert SOLAR.connection.auth.name_for({"org_id": "1", **given}) == way


def test_a_machine_user_is_only_made_on_purpose():
    assert named_by("set_machine_user", {"user_id": 1}) == ["is_machine_user"]
    others = [*SOLAR.lists.values(), *(one for name, one in SOLAR.actions.items() if name != "set_machine_user")]
    assert not [one.name for one in others if "/auth/users/" in str(one.request)]


def test_more_project_writes_than_are_allowed_are_not_sent(served: Any):
    busy = OpenSolar(now=lambda: NOW)
    with served(create_app([busy])) as sandbox:
        office = Office(sandbox, "", Queue())

        async def written() -> VendorBusy:
            async with HttpTransport() as transport:
                vendor = Vendor(Exchange(office.connection, transport, rates=Rates()))
                for _ in range(10):
                    await vendor.call("update_project", {"id": 7, "notes": "x"})
                with pytest.raises(VendorBusy) as refused:
                    await vendor.call("update_project", {"id": 7, "notes": "x"})
                return refused.value

        assert asyncio.run(written()).status is None

    assert [entry["status"] for entry in busy.log] == [200] * 10


CASES = [load_case(path) for path in cases_in(bundled_cassettes() / "opensolar")]


def test_every_operation_has_a_case_that_succeeds():
    succeeding = {case.operation for case in CASES if case.choices is None and not case.error}

    assert succeeding == SOLAR.operations.keys() | {"connection"}
    assert {name for name, *_ in HAPPENINGS} == SOLAR.triggers.keys()


def test_every_polled_trigger_has_a_first_and_a_second_poll():
    twice = {case.operation for case in CASES if [len(poll.events or []) for poll in case.polls or ()] == [0, 1]}

    assert twice == {name for name, trigger in SOLAR.triggers.items() if trigger.poll}


WEBHOOKS = {case.title: case for case in CASES if case.webhook}


@pytest.mark.parametrize("trigger", SOLAR.triggers)
def test_every_trigger_is_switched_on_told_and_switched_off(trigger: str):
    case = WEBHOOKS[f"opensolar.{trigger}[webhook]"]
    steps = case.steps
    told = [step for step in steps if step.do == "receive"]

    assert [step.standing for step in steps if step.do == "check"] == ["active", "disabled"]
    assert [len(step.events or ()) for step in told] in ([1, 0], [1, 0, 0])
    assert [step.reply.status for step in told] in ([200, 404], [200, 200, 404])
    assert {step.standing for step in WEBHOOKS[f"opensolar.{trigger}[webhook_drifts]"].steps[2:]} == {"drifted"}


@pytest.mark.parametrize("trigger", SOLAR.triggers)
def test_what_the_document_shows_is_delivered_to_every_trigger(trigger: str):
    case = WEBHOOKS[f"opensolar.{trigger}[documented_deliveries]"]
    [base, *others] = [step.delivery.json_ for step in case.steps[:-6]]
    shown = json.dumps(DOCUMENTED).replace("vanderlayindustries.com", "example.com")

    assert {**base, "fields": {}} == DOCUMENTED[0]
    assert all(one in json.loads(shown) for one in others)
    assert (len(others), case.evidence) == (3 if trigger == "project_updated" else 2, "documented")


def test_every_kind_of_error_has_a_case():
    kinds = {step.error.kind for case in CASES for step in case.steps if step.error}

    assert kinds == {
        *("invalid_input", "reconnect", "vendor_refused", "vendor_not_found", "busy", "vendor_failed"),
        *("unknown_outcome", "confirm_required"),
    }

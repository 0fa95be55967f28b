"""Records what OpenSolar's webhooks say: `python tests/cassettes/opensolar_hooks.py [TRIGGER…]`.

Each trigger is subscribed to at the sandbox, something happens, what arrives is taken, taken again and, with another
secret, refused; then it is switched off. What the vendor's document shows is delivered to every trigger too.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
from opensolar import begin_anew, connection_to
from others import keep
from record import CASSETTES, RECORDED, listening, serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.components.delivery import Delivery
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.engine.transport import HttpTransport
from connectors.manifest.catalog import bundled, load
from connectors.sandbox import OpenSolar
from connectors.testing.case import Case
from connectors.testing.cassette import Recording
from connectors.testing.hooked import Known, happen
from connectors.testing.placeholders import placeholders
from connectors.testing.record import Take, draft
from connectors.testing.replay import Script, acts, mask_of, with_outcomes
from connectors.testing.signed import delivery_words
from connectors.testing.steps import INVENTED, Happening

SOLAR = load(bundled() / "opensolar.yaml")
AT = f"{RECORDED:%Y-%m-%dT%H:%M:%SZ}"
SECRET = "the-secret-of-this-subscription"
ROLE = "https://api.opensolar.com/api/orgs/1/roles/4/"
SHORT = 2000
"""Characters of a delivery that comes twice; a longer one would be read twice in review."""
PLACE = "API documentation, Webhooks, Structure"
DELIVERIES = Path(__file__).parents[1] / "manifest" / "opensolar_deliveries.jsonl"
BASE, PROJECT, CONTACT, EVENT = (json.loads(line) for line in DELIVERIES.read_text().splitlines())
FIELDS = {
    "id": 1, "stage": 2, "modified_date": "2020-11-20T00:37:49.023103Z", "sold_date": "2020-11-20T00:37:49.023103Z",
    "installation_date": "2020-12-01T00:00:00Z", "system_installed": f"{ROLE[:-8]}systems/1253/", "assigned_role": ROLE,
}  # fmt: skip
"""What stands in place of (...) in the base structure."""
REPAIRS = [
    "base structure: in place of (...) stand fields that the document shows elsewhere",
    "Contact and Event: the address of a person is at example.com, which is nobody's",
    "event: the last six say CREATE and DELETE, which the document names and does not show, each of another thing",
    "headers: the document shows none; the secret is in the one that `subscribe` asks for",
]


@dataclass(frozen=True)
class Plan:
    """A trigger, and what happens at the vendor while it listens."""

    trigger: str
    name: str
    deeds: tuple[tuple[str, dict[str, Any]], ...]
    input: dict[str, Any] = field(default_factory=dict)
    drifts: bool = False
    """Nothing happens but that somebody changes the subscription: each thing that is looked at, one after the other."""


def plans() -> Iterator[Plan]:
    """What each trigger tells of, and what it leaves out."""

    def plan(trigger: str, name: str, deed: str, /, input: dict[str, Any] | None = None, **args: Any) -> Plan:
        return Plan(trigger, name, ((deed, args),), input or {})

    yield plan("project_created", "webhook", "create-project", address="1 Wattle Street")
    yield plan("project_updated", "webhook", "write-notes", id=7, notes="Pool")
    yield plan("project_updated", "webhook_of_notes", "write-notes", {"fields": ["project.notes"]}, id=7, notes="Pool")
    yield plan("project_deleted", "webhook", "delete-project", id=7)
    yield plan("project_stage_changed", "webhook", "change-stage", {"to": 3}, id=7, stage=3)
    yield plan("project_sold", "webhook", "sell-project", id=7)
    yield plan("project_installed", "webhook", "install-project", id=7)
    yield plan("installation_date_set", "webhook", "set-installation-date", id=7, date="2026-12-24")
    yield plan("assigned_role_changed", "webhook", "assign-role", {"role": ROLE}, id=7, role=4)
    yield plan("contact_created", "webhook", "create-contact", name="Erika Beispiel")
    yield plan("contact_updated", "webhook", "change-contact", id=7, phone="1")
    yield plan("contact_deleted", "webhook", "delete-contact", id=7)
    yield plan("event_created", "webhook", "add-event", {"event_type": 72}, id=7, event_type=72)
    yield plan("project_updated", "webhook_of_a_new_one", "create-project")
    yield plan("contact_updated", "webhook_of_a_new_one", "create-contact", name="Erika Beispiel")
    yield plan("project_stage_changed", "webhook_to_another", "change-stage", {"to": 3}, id=7, stage=2)
    yield plan("assigned_role_changed", "webhook_to_another", "assign-role", {"role": ROLE}, id=7, role=2)
    yield plan("event_created", "webhook_of_another_type", "add-event", {"event_type": 72}, id=7, event_type=73)
    stages = tuple(("change-stage", {"id": 7, "stage": stage}) for stage in (3, 5, 3))
    yield Plan("project_stage_changed", "webhook_from_three", stages, {"from": 3})
    for name in SOLAR.triggers:
        yield Plan(name, "webhook_drifts", (), drifts=True)


class Office:
    """A sandbox, the address that its webhooks call, and what is noted of both."""

    def __init__(self, sandbox: str, here: str, arrived: Queue[Delivery]) -> None:
        self._sandbox, self._arrived = sandbox, arrived
        self.url = f"{here}/in/1"
        self.connection = connection_to(sandbox, {})

    def record(self, plan: Plan) -> Case:
        """What may be kept of it."""
        steps: list[dict[str, Any]] = []
        seen: list[list[Any]] = []
        webhook = {"url": self.url, "secret": SECRET, "steps": steps}
        take = Take(self.connection, plan.trigger, plan.input, "sandbox", CASSETTES, plan.name, seen, webhook=webhook,
                    now=RECORDED)  # fmt: skip
        recording, known = Recording(self.connection.connector), Known(None, SECRET)

        def then(**step: Any) -> None:
            steps.append(step)
            seen.append([])
            last = Happening.model_validate(step)
            with recording.running():
                asyncio.run(_performed(self.connection, take.case(), last, known, recording))
            seen[-1] = recording.taken()

        self._play(plan, then)
        return draft(take)

    def _play(self, plan: Plan, then: Callable[..., None]) -> None:
        hook = SOLAR.triggers[plan.trigger].webhook
        assert hook is not None
        words: dict[str, Any] = {}
        then(do="subscribe")
        then(do="check")
        if plan.drifts:
            self._drift(then)
            return
        for deed, args in plan.deeds:
            httpx.post(f"{self._sandbox}/_do/opensolar/{deed}", json=args).raise_for_status()
            words = delivery_words(hook, self._arrived.get(timeout=30))
            then(do="receive", at=AT, delivery=words)
            if len(words["text"]) < SHORT:
                then(do="receive", at=AT, delivery=words)
        strange = {**words, "headers": {**words["headers"], "x-webhook-token": "another-secret"}, "text": "{}"}
        then(do="receive", at=AT, delivery=strange)
        then(do="unsubscribe")
        then(do="check")

    def _drift(self, then: Callable[..., None]) -> None:
        """Each thing at the vendor becomes another and is put back."""
        there = f"{self.connection.base_url}/api/orgs/1/webhooks/"
        signed = {"authorization": f"Bearer {self.connection.values['token']}"}
        [ours] = httpx.get(there, headers=signed).raise_for_status().json()
        fields = ["event.title"]
        for name, other in {"endpoint": f"{self.url}0", "trigger_fields": fields, "payload_fields": fields}.items():
            for value in (other, ours[name]):
                httpx.patch(f"{there}1/", headers=signed, json={name: value}).raise_for_status()
                if value == other:
                    then(do="check")


async def _performed(
    connection: Connection, case: Case, step: Happening, known: Known, recording: Recording
) -> dict[str, Any]:
    async with HttpTransport() as transport:
        return await happen(Vendor(Exchange(connection, recording.through(transport))), case, step, known)


def documented() -> Iterator[Case]:
    """What the document shows, delivered to every trigger, one after the other."""
    for name in SOLAR.triggers:
        base = {**BASE, "fields": FIELDS}
        shown = [base, *([PROJECT] if name == "project_updated" else []), CONTACT, EVENT]
        shown += [_so(one, "CREATE") for one in (base, CONTACT, EVENT)]
        shown += [_so(one, "DELETE") for one in (base, CONTACT, EVENT)]
        headers = {"content-type": "application/json", "x-webhook-token": "HIDDEN-webhook_secret"}
        steps = [{"do": "receive", "at": AT, "delivery": {"line": f"POST {INVENTED}", "headers": headers, "json": one}}
                 for one in map(_at_example, shown)]  # fmt: skip
        said = {
            "evidence": "documented", "document": PLACE, "repairs": REPAIRS, "date": f"{RECORDED:%Y-%m-%d}",
            "manifest": f"opensolar {SOLAR.version}", "format": 1, "operation": name,
            "connection": {"org_id": "1", "token": "HIDDEN-token"}, "input": {},
            "webhook": {"url": INVENTED, "secret": "HIDDEN-webhook_secret", "steps": steps},
        }  # fmt: skip
        case = Case.model_validate(said).at(CASSETTES / "opensolar" / name / "documented_deliveries.yaml")
        yield with_outcomes(case, asyncio.run(_given(case)))


async def _given(case: Case) -> list[dict[str, Any]]:
    connection = Connection.open(SOLAR, placeholders(SOLAR, case.connection))
    return [now async for _, _, now in acts(case, connection, Script(mask_of(connection, case)))]


def _so(delivery: dict[str, Any], event: str) -> dict[str, Any]:
    """The same for another event and thing; what is deleted comes without fields."""
    number = delivery["model_id"] + (100 if event == "CREATE" else 200)
    said = {**delivery, "event": event, "model_id": number, "fields": {**delivery["fields"], "id": number}}
    return {name: one for name, one in said.items() if event != "DELETE" or name != "fields"}


def _at_example(value: Any) -> Any:
    return json.loads(json.dumps(value).replace("vanderlayindustries.com", "example.com"))


def main() -> None:
    """Writes every case, or those of the triggers that are named, each against a sandbox as it is at the start."""
    solar = OpenSolar(now=lambda: RECORDED, limits={})
    begin_anew(solar)
    arrived: Queue[Delivery] = Queue()

    async def hear(request: Request) -> Response:
        arrived.put(Delivery(await request.body(), tuple(request.headers.items()), str(request.url)))
        return Response()

    hooks = Starlette(routes=[Route("/in/1", hear, methods=["POST"])])
    with serving(solar) as sandbox, listening(hooks) as here:
        office = Office(sandbox, here, arrived)
        for plan in plans():
            if not sys.argv[1:] or plan.trigger in sys.argv[1:]:
                keep(office.record(plan))
                begin_anew(solar)
    for case in documented():
        keep(case)


if __name__ == "__main__":
    main()

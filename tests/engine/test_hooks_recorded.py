"""Deliveries as vendors send them, one after the other to the triggers of `webhooks/vendors.yaml`.

Each line of `webhooks/deliveries.jsonl` says what it is, to which trigger it comes, and what it gives. Those to one
trigger share its memory. Vendors' documents show their form; people are invented, and signatures
were made with the secrets below by other code than ours.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from connectors.components.delivery import Delivery
from connectors.components.memory import Memory
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.hooks import Received
from connectors.engine.run import Vendor
from connectors.manifest.catalog import load
from tests.engine.acme import Wire

FOLDER = Path(__file__).parent / "webhooks"
LINES = [json.loads(line) for line in (FOLDER / "deliveries.jsonl").read_text().splitlines()]
TRIGGERS = list(dict.fromkeys(line["to"] for line in LINES))
SECRETS = ["a-shared-secret-1"]
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def vendor() -> Vendor:
    values = {"org_id": "14", "token": "t-1", "signing_secret": "slack-signing-secret"}
    return Vendor(Exchange(Connection.open(load(FOLDER / "vendors.yaml"), values), Wire(500)))


def take(vendor: Vendor, line: dict[str, Any], memory: Memory | None) -> Received:
    delivery = Delivery(
        (line["body"] * line.get("times", 1)).encode(),
        tuple((name, value) for name, value in line["headers"]),
        line.get("url", "https://hooks.example.com/hooks/t-1"),
        line.get("method", "POST"),
    )
    return vendor.receive(line["to"], {}, delivery, line.get("secrets", SECRETS), memory, now=NOW)


def told(got: Received) -> dict[str, Any]:
    return {"status": got.reply.status, "events": [[event.key, event.version] for event in got.events]}


def as_expected(given: dict[str, Any], wanted: dict[str, Any]) -> bool:
    pairs = zip(given["events"], wanted["events"], strict=False)
    alike = all(fnmatch(one[0], other[0]) and one[1] == other[1] for one, other in pairs)
    return alike and given["status"] == wanted["status"] and len(given["events"]) == len(wanted["events"])


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_each_delivery_gives_what_it_should(vendor: Vendor, trigger: str):
    memory: Memory | None = None
    wrong: list[Any] = []
    for line in (line for line in LINES if line["to"] == trigger):
        got, wanted = take(vendor, line, memory), line["gives"]
        more = {"body": got.reply.body.decode(), "secret": got.secret, "items": [event.item for event in got.events]}
        fits = as_expected(told(got), wanted) and all(more[word] == wanted[word] for word in more if word in wanted)
        wrong += [] if fits else [(line["is"], told(got), wanted, got.problem)]
        memory = Memory.from_dict(json.loads(json.dumps(got.memory.as_dict()))) if got.memory else None
    assert wrong == []


@pytest.mark.parametrize("line", [line for line in LINES if line["gives"]["events"]], ids=lambda line: line["is"])
def test_what_is_an_event_is_none_when_it_comes_again(vendor: Vendor, line: dict[str, Any]):
    first = take(vendor, line, None)
    assert told(take(vendor, line, first.memory))["events"] == []


def test_wrong_missing_and_foreign_secrets_are_answered_alike(vendor: Vendor):
    answers = [take(vendor, line, None).reply for line in LINES if line["gives"]["status"] == 404]
    assert len(answers) >= 20
    assert all(answer == answers[0] for answer in answers)


def test_what_is_refused_changes_no_memory(vendor: Vendor):
    memory = Memory({"1": None})
    refused = [line for line in LINES if line["gives"]["status"] != 200]
    assert all(take(vendor, line, memory).memory is memory for line in refused)


def test_nothing_is_asked_of_the_vendor_meanwhile(vendor: Vendor):
    assert [take(vendor, line, None) for line in LINES]
    assert vendor.exchange.transport.sent == []

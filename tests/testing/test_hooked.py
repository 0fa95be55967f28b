"""Cases about webhooks: what vendors are known to send is recorded without its secrets, and plays."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.components.delivery import Delivery
from connectors.engine.connection import Connection
from connectors.errors import ManifestError
from connectors.manifest.catalog import load
from connectors.manifest.model import Connector
from connectors.manifest.source import read
from connectors.testing.case import Case, loads
from connectors.testing.cassette import playing
from connectors.testing.mutations import mutants
from connectors.testing.record import Take, draft
from connectors.testing.replay import replay
from connectors.testing.signed import delivery_words
from tests.testing.test_record import assert_gone

ENGINE = Path(__file__).parents[1] / "engine" / "webhooks"
VENDORS = ENGINE / "vendors.yaml"
LINES = [json.loads(line) for line in (ENGINE / "deliveries.jsonl").read_text().splitlines()]
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
AGREED, OWN = "a-shared-secret-1", "slack-signing-secret"
URL = "https://hooks.example.com/hooks/t-1"

CASE = """\
evidence: sandbox
date: 2026-11-21
manifest: vendors 1.0.0
format: 1
operation: opensolar_updated
connection: {org_id: '14', token: HIDDEN-token}
input: {}
webhook:
  steps:
  - do: subscribe
    kept: {id: 7}
    exchanges:
    - request:
        line: POST https://api.example.com/api/orgs/14/webhooks/
        headers: {accept: application/json, authorization: Bearer HIDDEN-token, content-type: application/json}
        json:
          endpoint: https://hooks.example.com/in/1
          headers: '{"X-Webhook-Token":"HIDDEN-webhook_secret"}'
          enabled: true
          debug: false
          trigger_fields: [project.*]
          payload_fields: [project.*]
      answer: {status: 201, json: {id: 7}}
  - do: receive
    at: 2026-11-21T09:00:00Z
    delivery:
      line: POST https://hooks.example.com/in/1
      headers: {x-webhook-token: HIDDEN-webhook_secret}
      json: {model: Project, event: UPDATE, fields: {id: 12, modified_date: '2026-11-21T08:59:59Z'}}
    reply: {status: 200}
    events: [{id: 12, modified_date: '2026-11-21T08:59:59Z'}]
"""


@pytest.fixture(scope="module")
def vendors():
    return load(VENDORS)


def delivered(line):
    return Delivery(
        line["body"].encode() * line.get("times", 1), tuple(map(tuple, line["headers"])), line.get("url", URL),
        line.get("method", "POST"),
    )  # fmt: skip


def recorded(vendors, tmp_path, trigger, lines, secret=AGREED):
    """The case that would be kept of these deliveries."""
    values = {"org_id": "14", "token": "live-token-0123", "signing_secret": OWN}
    hook = vendors.triggers[trigger].webhook
    steps = [{"do": "receive", "at": f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "delivery": delivery_words(hook, delivered(line))}
             for line in lines]  # fmt: skip
    webhook = {"url": URL, "secret": secret, "steps": steps}
    return draft(
        Take(Connection.open(vendors, values), trigger, {}, "live", tmp_path, "made", [[]] * len(lines),
             webhook=webhook, now=NOW)
    )  # fmt: skip


TAKEN = [line for line in LINES if line["gives"]["events"] and "secrets" not in line and "times" not in line]


@pytest.mark.parametrize("line", TAKEN, ids=lambda line: line["is"])
def test_what_vendors_send_is_kept_without_the_secret_and_gives_the_same(vendors, tmp_path, line):
    case = recorded(vendors, tmp_path, line["to"], [line])

    [step] = case.webhook.steps
    assert step.events
    assert replay(case, vendors) == []
    assert_gone(AGREED, case.dumps())
    assert_gone(OWN, case.dumps())
    signatures = [value for name, value in line["headers"] if "signature" in name.lower() or "hmac" in name.lower()]
    assert [value for value in signatures if value in case.dumps()] == []


def test_what_is_refused_is_a_case_too(vendors, tmp_path):
    line = next(line for line in LINES if line["to"] == "github_issue" and line["gives"]["status"] == 404)

    [step] = recorded(vendors, tmp_path, "github_issue", [line]).webhook.steps

    assert (step.reply.status, step.events) == (404, None)
    assert step.problem == "it does not prove that it comes from the vendor"


def test_a_signature_in_a_case_is_made_with_what_stands_for_the_secret(vendors, tmp_path):
    line = next(line for line in TAKEN if line["to"] == "stripe_paid")
    case = recorded(vendors, tmp_path, "stripe_paid", [line])
    data, place = read(VENDORS).value, "triggers.stripe_paid.webhook.verify.hmac"

    changed = [one for one in mutants(data) if one.place.startswith(place)]
    killed = [one for one in changed if _is_caught(case, one.of(data))]

    assert {one.place.removeprefix(place) for one in killed} >= {".header", ".prefix", ".algorithm", ".encoding"}


def _is_caught(case, data):
    try:
        return bool(replay(case, Connector.model_validate(data)))
    except ValueError:
        return True


def test_a_case_is_played_by_both_players(vendors, kept):
    path = kept(CASE, "opensolar_updated")
    case = loads(CASE, "the case").at(path)

    assert replay(case, vendors) == []
    with playing(case) as player:
        assert replay(case, vendors, player) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kept: {id: 7}", "kept: {id: 8}", "step 1 (subscribe), kept.id"),
        ("{status: 200}", "{status: 404}", "step 2 (receive), reply.status"),
        ("events: [{id: 12,", "events: [{id: 13,", "step 2 (receive), events[0].id"),
        ("trigger_fields: [project.*]", "trigger_fields: [project.id]", "step 1 (subscribe), request 1 of 1 (POST)"),
        ("x-webhook-token: HIDDEN-webhook_secret", "x-webhook-token: another", "step 2 (receive), reply.status"),
    ],
)
def test_what_differs_is_told_with_its_step(vendors, old, new, said):
    assert old in CASE

    [first, *_] = replay(loads(CASE.replace(old, new), "the case"), vendors)

    assert str(first).startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    at: 2026-11-21T09:00:00Z\n", "", "'receive' needs 'at' and the 'delivery'"),
        ("do: subscribe", "do: receive", "'receive' needs 'at' and the 'delivery'"),
        ("do: subscribe", "do: dance", "this should be 'subscribe', 'check', 'receive' or 'unsubscribe'"),
        ("evidence: sandbox", "evidence: manifest", "for what no vendor is asked for"),
        ("input: {}", "output: {}", "a case has one of output, error, polls and webhook"),
    ],
)
def test_what_no_case_says_is_refused(old, new, said):
    assert old in CASE
    with pytest.raises(ManifestError) as refused:
        loads(CASE.replace(old, new), "the case")

    assert said in str(refused.value)


def test_it_stands_as_it_is_read():
    case = loads(CASE, "the case")

    assert Case.model_validate(case.model_dump(by_alias=True, exclude_unset=True)) == case
    assert loads(case.dumps(), "again") == case

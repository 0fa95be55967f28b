from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.components.http import Response
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange as Engine
from connectors.engine.run import Vendor
from connectors.manifest.catalog import load
from connectors.testing.case import loads
from connectors.testing.cassette import ALWAYS_KEPT
from connectors.testing.perform import perform
from connectors.testing.record import Take, draft
from connectors.testing.replay import asked_of
from connectors.testing.steps import Answer, Exchange
from connectors.testing.written import body_words

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

CASE = """\
evidence: sandbox
date: 2026-11-21
manifest: acme 1.0.0
format: 1
operation: add_lead
connection: {account: a1, key: HIDDEN-key}
input: {name: Erika Beispiel}
output: {id: 7}
exchanges:
- request:
    line: POST https://api.acme.example/a1/leads
    headers: {accept: application/json, content-type: application/json, x-api-key: Bearer HIDDEN-key}
    json: {name: Erika Beispiel}
  answer:
    status: 200
    headers: {content-type: application/json}
    json: {id: 7}
"""


@pytest.fixture(scope="session")
def acme():
    return load(Path(__file__).parent / "acme.yaml")


@pytest.fixture
def text():
    """A case as it stands in its file."""
    return CASE


@pytest.fixture
def case():
    return loads(CASE, "the case")


@pytest.fixture
def kept(tmp_path):
    """Puts a case's text where such a case belongs; gives its path."""

    def keep(text, operation="add_lead", name="made"):
        path = tmp_path / "cassettes" / "acme" / operation / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return keep


class Answers:
    """A vendor that gives these answers in turn, and keeps what went over the wire as the recorder does."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.exchanges = []

    async def send(self, request, *, timeout):  # noqa: ASYNC109
        said = self.answers.pop(0)
        status, headers, body = said if isinstance(said, tuple) else (200, {}, said)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        kept = {name: value for name, value in headers.items() if name in ALWAYS_KEPT}
        answer = Answer(status=status, headers=kept, **body_words(raw))
        self.exchanges.append(Exchange(request=asked_of(request), answer=answer))
        return Response(status, tuple(headers.items()), raw)


@pytest.fixture
def recorded(acme, tmp_path):
    """Performs an operation of acme against answers, and gives the case that would be kept of it."""

    def record(operation, given, *answers, values=None, evidence="live", polls=0, connector=acme, most=None, **words):
        given_values = {"account": "a1", "key": "live-key-0123456789", **(values or {})}
        connection = Connection.open(connector, given_values, **words)
        times = (NOW,) * polls
        take = Take(connection, operation, given, evidence, tmp_path, "made", [[]] * (polls or 1), times, now=NOW,
                    most_items=most)  # fmt: skip
        case, memory, seen = take.case(), None, []
        for step in case.steps:
            answering = Answers(*(answers[len(seen)] if polls else answers))
            vendor = Vendor(Engine(connection, answering))
            _, memory = asyncio.run(perform(vendor, case, step, memory))
            seen.append(answering.exchanges)
        return draft(replace(take, exchanges=seen))

    return record

"""What may change about lists that go on in ways that the pretend vendors do not have."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from connectors.components.http import Response
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.manifest.catalog import load
from connectors.testing.case import Case
from connectors.testing.drift import drift

LINK = {"link": '<https://api.drifting.example/linked?page=2>; rel="next"'}
LEADS = [{"id": 1, "stage": "open", "kind": 1}, {"id": 2, "stage": "won", "kind": 2}]
TOLD = {"rows": [{"id": 1}], "next": "b3BlbiBzZXNhbWU"}


class Now:
    """The vendor as it is now: answers by path."""

    def __init__(self, answers):
        self.answers = {"/me": ({}, {}), "/counted": ({}, LEADS[:1]), **answers}
        self.asked = []

    async def send(self, request, *, timeout):  # noqa: ASYNC109
        self.asked.append(request.method)
        headers, body = self.answers[request.url.removeprefix("https://api.drifting.example")]
        return Response(200, tuple({"content-type": "application/json", **headers}.items()), json.dumps(body).encode())


def case(operation, line, headers, body, status=200):
    answer = {"status": status, "headers": {"content-type": "application/json", **headers}, "json": body}
    outcome = {"output": []} if status == 200 else {"error": {"kind": "invalid_input", "status": status}}
    return Case.model_validate({
        "evidence": "live", "date": "2026-11-21", "manifest": "drifting 1.0.0", "operation": operation,
        "connection": {"key": "HIDDEN-key"}, "input": {"id": 1}, **outcome,
        "exchanges": [{"request": {"line": line}, "answer": answer}],
    }).at(Path(f"{operation}.yaml"))  # fmt: skip


@pytest.fixture
def ask():
    """What has changed since the cases were recorded, if the vendor now answers like this."""
    connector = load(Path(__file__).parent / "drifting.yaml")

    def found(linked=(LINK, LEADS), told=({}, TOLD), before=LINK, more=()):
        now = Now({"/linked": linked, "/told": told})
        vendor = Vendor(Exchange(Connection.open(connector, {"key": "invented"}), now))
        cases = [
            case("find_linked", "GET https://api.drifting.example/linked", before, LEADS),
            case("find_told", "POST https://api.drifting.example/told", {}, TOLD),
            *more,
        ]
        return asyncio.run(drift(vendor, cases)), now

    return found


def changes(found):
    return [(one.where, one.kind, one.breaking) for one in found.changes]


def test_nothing_has_changed_and_a_list_may_be_read_by_post(ask):
    found, now = ask()

    assert (changes(found), found.breaking) == ([], False)
    assert now.asked == ["GET", "GET", "POST"]
    assert found.compared == {"the list linked": 1, "the list told": 1}


def test_a_full_page_without_its_link_header_breaks(ask):
    assert changes(ask(linked=({}, LEADS))[0]) == [("", "paging", True)]


def test_a_page_that_is_not_full_needs_none(ask):
    assert changes(ask(linked=({}, LEADS[:1]))[0]) == []


@pytest.mark.parametrize(("cursor", "breaking"), [("https://api.drifting.example/told?x", False), (7, True)])
def test_a_cursor_of_another_form(ask, cursor, breaking):
    found, _ = ask(told=({}, {**TOLD, "next": cursor}))

    assert ("next", "paging", breaking) in changes(found)


def test_a_cursor_that_is_gone_breaks(ask):
    found, _ = ask(told=({}, {"rows": [{"id": 1}]}))

    assert changes(found) == [("next", "paging", True), ("", "paging", True)]


def test_a_value_that_the_manifest_does_not_list_is_told(ask):
    found, _ = ask(linked=(LINK, [{**LEADS[0], "stage": "lost"}, {**LEADS[1], "kind": 3}]))

    assert [(one.where, one.what) for one in found.changes] == [
        ("[].kind", "'3', which the manifest does not list"),
        ("[].stage", "'lost', which the manifest does not list"),
    ]
    assert not found.breaking


def test_a_value_that_was_recorded_is_no_drift_though_the_manifest_does_not_list_it(ask):
    lost = [{**LEADS[0], "stage": "lost"}, LEADS[1]]
    recorded = case("find_linked", "GET https://api.drifting.example/linked", {}, lost)

    assert changes(ask(linked=(LINK, lost), more=[recorded])[0]) == []


def test_null_where_the_manifest_promises_a_type_breaks(ask):
    nothing = [{**lead, "kind": None} for lead in LEADS]

    assert changes(ask(linked=(LINK, nothing))[0]) == [("[].kind", "null", True)]


def test_a_header_that_tells_of_a_limit_comes_or_goes(ask):
    limit = {"x-ratelimit-limit": "60"}

    assert changes(ask(linked=({**LINK, **limit}, LEADS))[0]) == [("x-ratelimit-limit", "rates", False)]
    assert changes(ask(before={**LINK, **limit})[0]) == [("x-ratelimit-limit", "rates", False)]


def test_pages_that_are_read_until_one_is_empty_tell_no_size(ask):
    counted = case("find_counted", "GET https://api.drifting.example/counted?page=1", {}, LEADS)

    found, _ = ask(more=[counted])

    assert (changes(found), found.compared["the list counted"]) == ([], 1)


def test_what_was_shortened_tells_no_size(ask):
    told = case("find_told", "POST https://api.drifting.example/told", {}, {**TOLD, "rows": [{"id": 1}] * 2})
    shortened = told.model_copy(update={"repairs": ["Of each page, the first is kept."]})

    assert changes(ask(more=[shortened])[0]) == []
    assert changes(ask(more=[told])[0]) == [("", "paging", False)]


def test_a_refusal_of_what_was_granted_as_well_is_not_asked_for(ask):
    refused = case("find_linked", "GET https://api.drifting.example/linked", {}, {}, status=400)

    assert changes(ask(more=[refused])[0]) == []


def test_a_refusal_that_does_not_come_any_more_breaks(ask):
    refused = case("find_counted", "GET https://api.drifting.example/counted?page=1", {}, {}, status=400)

    assert changes(ask(more=[refused])[0]) == [("", "status", True)]


def test_a_case_of_an_operation_that_is_no_more_is_said_not_to_be_compared(ask):
    found, _ = ask(more=[case("find_gone", "GET https://api.drifting.example/gone", {}, {})])

    assert "the manifest has no such operation any more" in {one.why for one in found.uncompared}

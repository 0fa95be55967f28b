"""Both players, the one in memory and vcrpy below the HTTP client, find the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.manifest.model import Connector
from connectors.manifest.source import read
from connectors.testing.case import load, loads
from connectors.testing.cassette import playing
from connectors.testing.replay import replay

TWO_PAGES = """\
evidence: sandbox
date: 2026-11-21
manifest: acme 1.0.0
format: 1
operation: find_lead
connection: {account: a1, key: HIDDEN-key}
input: {name: er}
output: [{id: 1, name: Erika}]
exchanges:
- request: &first
    line: GET https://api.acme.example/a1/leads?page=1
    headers: {accept: application/json, x-api-key: Bearer HIDDEN-key}
  answer: {status: 200, json: {results: [{id: 1, name: Erika}]}}
- request:
    line: GET https://api.acme.example/a1/leads?page=2
    headers: {accept: application/json, x-api-key: Bearer HIDDEN-key}
  answer: {status: 200, json: {results: []}}
""".replace(" &first", "")


@pytest.fixture(params=["in memory", "vcrpy"])
def differences(request, acme, kept):
    """What is found in a case's text, each as (where, recorded, now)."""

    def find(text, operation="add_lead"):
        case = load(kept(text, operation))
        if request.param == "in memory":
            found = replay(case, acme)
        else:
            with playing(case) as player:
                found = replay(case, acme, player)
        return [difference.as_dict() for difference in found]

    return find


def test_a_case_that_holds(differences, text):
    assert differences(text) == []
    assert differences(TWO_PAGES, "find_lead") == []


@pytest.mark.parametrize(
    ("change", "where", "recorded", "now"),
    [
        (("json: {name: Erika", "json: {name: Erik"), "body.name", "Erik Beispiel", "Erika Beispiel"),
        (("json: {name: ", "json: {more: 1, name: "), "body.more", 1, None),
        (("POST https", "PUT https"), "method", "PUT", "POST"),
        (("example/a1", "example/a2"), "path", "/a2/leads", "/a1/leads"),
        (("api.acme.example", "api.other.example"), "host", "https://api.other.example", "https://api.acme.example"),
        (("/leads\n", "/leads?x=1\n"), "query.x", "1", None),
        (("Bearer HIDDEN-key", "Basic HIDDEN-key"), "header.x-api-key", "Basic HIDDEN-key", "Bearer HIDDEN-key"),
        ((", x-api-key: Bearer HIDDEN-key", ""), "header.x-api-key", None, "Bearer HIDDEN-key"),
        (("{accept: ", "{x-more: a, accept: "), "header.x-more", "a", None),
    ],
)
def test_another_request_is_shown_field_by_field(differences, text, change, where, recorded, now):
    [found] = differences(text.replace(*change, 1))

    assert found.pop("where") == f"request 1 of 1 ({recorded if where == 'method' else 'POST'}), {where}"
    assert found == {name: side for name, side in (("recorded", recorded), ("now", now)) if side is not None}


def test_another_output(differences, text):
    assert differences(text.replace("output: {id: 7}", "output: {id: 7.0}")) == [
        {"where": "output.id", "recorded": 7.0, "now": 7}
    ]


def test_another_status_is_another_outcome(differences, text):
    found = differences(text.replace("status: 200", "status: 404"))

    assert [one["where"] for one in found] == ["output", "error"]
    assert found[1]["now"] == {"kind": "vendor_not_found", "status": 404}


def test_a_call_too_many(differences):
    one_page = TWO_PAGES[: TWO_PAGES.rindex("- request")]

    [found] = differences(one_page, "find_lead")

    assert found["where"] == "request 2, one more than recorded"
    assert found["now"] == "GET https://api.acme.example/a1/leads?page=2"


def test_a_call_that_is_missing(differences):
    [found] = differences(
        TWO_PAGES.replace("results: [{id: 1, name: Erika}]", "results: []").replace(
            "output: [{id: 1, name: Erika}]", "output: []"
        ),
        "find_lead",
    )

    assert found == {
        "where": "request 2, which was not made",
        "recorded": "GET https://api.acme.example/a1/leads?page=2",
    }


def test_calls_in_another_order(differences):
    swapped = TWO_PAGES.replace("page=1", "page=x").replace("page=2", "page=1").replace("page=x", "page=2")

    [found] = differences(swapped, "find_lead")

    assert found == {"where": "request 1 of 2 (GET), query.page", "recorded": "2", "now": "1"}


def test_a_deadline_passes_at_once(differences, text):
    failure = "  failure: {received: true, timed_out: true, message: no answer in time}\n"
    lost = text[: text.index("  answer:")] + failure

    assert differences(lost.replace("output: {id: 7}", "error: {kind: unknown_outcome}")) == []


def test_waiting_takes_no_time(differences, text):
    get = text.replace("add_lead", "get_lead").replace("input: {name: Erika Beispiel}", "input: {id: '7'}")
    get = get.replace("POST https://api.acme.example/a1/leads", "GET https://api.acme.example/a1/leads/7")
    get = get.replace("content-type: application/json, x", "x").replace("    json: {name: Erika Beispiel}\n", "")
    head, pair = get[: get.index("- request")], get[get.index("- request") :]
    busy = pair.replace("status: 200", "status: 503").replace("{content-type: application/json}", "{retry-after: '9'}")

    assert differences(head + busy + busy + pair, "get_lead") == []


def test_a_case_that_lacks_a_value_of_the_connection_is_played_with_a_placeholder(acme, text):
    without = text.replace("{account: a1, key: HIDDEN-key}", "{}").replace("/a1/", "/HIDDEN-account/")

    assert replay(loads(without, "the case"), acme) == []


def test_how_a_difference_reads(acme, text):
    [found] = replay(loads(text.replace("json: {name: Erika", "json: {name: Erik"), "the case"), acme)

    assert str(found) == (
        'request 1 of 1 (POST), body.name\n    recorded: "Erik Beispiel"\n    now:      "Erika Beispiel"'
    )


def test_each_refused_input_is_compared_where_a_case_says_them(acme, text):
    refused = text[: text.index("output:")].replace("name: Erika Beispiel", "name: 7, email: 8")
    told = "error: {kind: invalid_input, field: name}\n"
    message = "'name' must be a text, not 7"
    whole = told.replace("}", f', problems: [{{field: name, message: "{message}"}}]}}')

    assert replay(loads(refused + told, "case"), acme) == []
    assert [one.where for one in replay(loads(refused + whole, "case"), acme)] == ["error.problems[1]"]


HELD = """\
evidence: sandbox
date: 2026-11-21
manifest: acme 1.0.0
format: 1
operation: lead_gone
connection: {account: a1, key: HIDDEN-key}
memory:
  versions: {'1': null, '2': null, '3': null, '4': null, '5': null, '6': null, '7': null, '8': null}
  missing: ['2', '3', '4', '5', '6', '7', '8']
polls:
- events: []
  held: 7
  exchanges:
  - request:
      line: GET https://api.acme.example/a1/leads
      headers: {accept: application/json, x-api-key: Bearer HIDDEN-key}
    answer: {status: 200, json: {results: [{id: 1}]}}
"""


def test_what_is_held_is_compared():
    data = read(Path(__file__).parent / "acme.yaml").value
    data["lists"]["leads"] = {"request": "GET /{account}/leads", "items": "results", "complete": True}
    data["triggers"]["lead_gone"] = {**data["triggers"]["new_lead"], "fire": "deleted"}
    connector = Connector.model_validate(data)

    assert replay(loads(HELD, "the case"), connector) == []
    for other in ("  held: 6\n", ""):
        [found] = replay(loads(HELD.replace("  held: 7\n", other), "the case"), connector)
        assert (found.where.removesuffix(", "), found.now) == ("poll 1, held", 7)

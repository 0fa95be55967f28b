"""What a manifest says about values: results inside of answers, times that are asked from, other lines, accounts."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.components.http import Request
from connectors.engine.choosing import Choice
from connectors.errors import InputError, UnknownOutcome, VendorFailed, VendorRefused
from tests.engine.acme import page, read, sent


@pytest.fixture
def acting(vendor: Any) -> Any:
    """A function from answers and the blocks of the action `act` to a Vendor."""
    return lambda *answers, **action: vendor(*answers, actions={"act": {"request": "POST /tickets", **action}})


# Results


async def test_a_result_lies_inside_of_the_answer(acting):
    acme = acting({"audit": {}, "data": {"ticket": {"id": 7}}}, result="data.ticket")
    assert await acme.call("act", {}) == {"id": 7}


async def test_a_result_that_is_no_object_is_put_into_one(acting):
    assert await acting({"tickets": [1]}, result="tickets").call("act", {}) == {"result": [1]}


@pytest.mark.parametrize("answer", [{"tickets": 1}, [], (200, b"")])
@pytest.mark.parametrize(("request_line", "error"), [("POST /tickets", UnknownOutcome), ("GET /tickets", VendorFailed)])
async def test_an_answer_without_its_result_is_not_as_documented(acting, answer, request_line, error):
    with pytest.raises(error, match=r"nothing at 'ticket'|it is empty"):
        await acting(answer, result="ticket", request=request_line).call("act", {})


async def test_the_loose_types_of_a_result_are_read(acting):
    output = {"properties": {"on": {"read": "epoch_or_iso_date"}}}
    acme = acting({"ticket": {"on": 1767323045}}, result="ticket", output=output, sample={"on": "2026-01-02"})
    assert await acme.call("act", {}) == {"on": "2026-01-02"}


# Times that are asked from

SINCE = {"of": "at", "overlap": "PT1H"}


def asked(vendor: Any, highest: Any, **reading: Any) -> Request:
    acme = vendor(lists={"items": {"request": "POST /items", "items": "results", **reading}})
    return acme.reader.first(acme.connector.lists["items"], {}, highest)


FILTER = {"size": 9, "filter": {"if_given": {"timestamp": "edited", "edited": {"after": "{since}"}}}}


def test_a_time_goes_into_a_body_and_drops_out_while_there_is_none(vendor):
    assert asked(vendor, None, body=FILTER, since=SINCE).json == {"size": 9}
    assert asked(vendor, "2026-01-02T03:00:00Z", body=FILTER, since=SINCE).json == {
        "size": 9,
        "filter": {"timestamp": "edited", "edited": {"after": "2026-01-02T02:00:00Z"}},
    }


@pytest.mark.parametrize(
    ("text", "first", "later"),
    [
        ("updated gt {since}", "updated gt 2020-01-01T00:00:00Z", "updated gt 2026-01-02T02:30:00Z"),
        ("x>={since|epoch}", "x>=1577836800", "x>=1767321000"),
        ('at > "{since|minute}"', 'at > "2020-01-01 00:00"', 'at > "2026-01-02 02:30"'),
        ("{since|date}", "2020-01-01", "2026-01-02"),
    ],
)
def test_a_time_goes_into_a_text_from_the_beginning(vendor, text, first, later):
    about = {"query": {"q": text}, "since": {**SINCE, "begin": "2020-01-01"}}
    assert asked(vendor, None, **about).query == (("q", first),)
    assert asked(vendor, "2026-01-02T03:30:00Z", **about).query == (("q", later),)


def test_a_parameter_may_have_a_beginning_too(vendor):
    since = {**SINCE, "param": "from", "format": "epoch", "begin": "2020-01-01"}
    assert asked(vendor, None, since=since).query == (("from", "1577836800"),)


@pytest.mark.parametrize("highest", ["no time", None, "0001-01-01T00:00:00Z"])
def test_what_is_no_time_is_not_asked_from(vendor, highest):
    assert asked(vendor, highest, body=FILTER, since=SINCE).json == {"size": 9}


async def test_a_poll_asks_from_the_time_that_it_has_read(vendor):
    lists = {"items": {"request": "POST /items", "items": "results", "body": {"after": "{since}"}, "since": SINCE}}
    trigger = {"poll": "items", "key": "id", "sample": {"id": "a"}}
    lists["items"]["sample"] = {"at": "2026-01-02"}
    acme = vendor(page("a", at="2026-01-02T03:00:00Z"), lists=lists, triggers={"seen": trigger})
    first = await acme.poll("seen", {}, None, from_start=True)
    await acme.poll("seen", {}, first.memory)
    assert [request.json for request in acme.exchange.transport.sent] == [{}, {"after": "2026-01-02T02:00:00Z"}]


# Other lines

LINES = ["GET /items", "POST /items/find"]


def listing(vendor: Any, *answers: Any, **more: Any) -> Any:
    reading = {"request": LINES, "items": "results", "input": {"q": {}}, **more}
    return vendor(*answers, lists={"items": reading})


async def test_another_line_reads_a_list_and_takes_inputs_where_its_method_does(vendor):
    acme = listing(vendor, 405, page("a"), page("b"))
    assert await read(acme, {"q": "x"}) == [{"id": "a"}]
    assert await read(acme, {"q": "x"}) == [{"id": "b"}]
    asked = [(request.method, request.query, request.json) for request in acme.exchange.transport.sent[1:]]
    assert sent(acme) == ["/items?q=x", "/items/find", "/items/find"]
    assert asked == [("POST", (), {"q": "x"})] * 2


@pytest.mark.parametrize(("answers", "count"), [([405, 405], 2), ([400], 1)])
async def test_the_last_refusal_is_told(vendor, answers, count):
    acme = listing(vendor, *answers)
    with pytest.raises(VendorRefused if count == 2 else Exception):
        await read(acme)
    assert len(sent(acme)) == count


async def test_a_later_page_is_not_asked_for_by_another_line(vendor):
    acme = listing(vendor, page("a", more=True), 405, paginate={"page_number": {"more": "hasNextPage"}})
    with pytest.raises(VendorRefused):
        await read(acme)
    assert sent(acme) == ["/items?page=1", "/items?page=2"]


async def test_inputs_follow_the_method_of_the_line_that_is_sent(acting):
    acme = acting(405, {}, request=["GET /a/{id}", "PUT /b"], effect="write", input={"id": {"required": True}, "q": {}})
    await acme.call("act", {"id": "7", "q": "x"})
    first, second = acme.exchange.transport.sent
    assert (first.url[-4:], first.query, second.json) == ("/a/7", (("q", "x"),), {"id": "7", "q": "x"})


# Dropdowns and accounts


async def test_each_choice_is_there_once_with_its_first_title(vendor):
    fields = {"who": {"choices": {"list": "items", "value": "id", "title": "{name}"}}}
    acme = vendor(
        {"results": [{"id": 1, "name": "Ada"}, {"id": "1", "name": "Text"}], "hasNextPage": True},
        {"results": [{"id": 1, "name": "Ben"}, {"id": 2, "name": "Ada"}], "hasNextPage": False},
        actions={"act": {"request": "POST /x", "input": fields}},
    )
    choices, _ = await acme.choices("act", "who", {})
    assert choices == [Choice(1, "Ada"), Choice("1", "Text"), Choice(2, "Ada")]


async def test_a_list_where_a_text_is_needed_names_the_input_of_a_dropdown(vendor):
    lists = {"items": {"request": "GET /items", "items": "results", "input": {"q": {}}}}
    fields = {"tags": {"items": {}}, "who": {"choices": {"list": "items", "with": {"q": "tag {tags}"}}}}
    acme = vendor(page(), lists=lists, actions={"act": {"request": "POST /x", "input": fields}})
    with pytest.raises(InputError, match="'tags': a list cannot stand in a text"):
        await acme.choices("act", "who", {"tags": ["a"]})


@pytest.mark.parametrize(("plan", "waits"), [({}, True), ({"account": "{account} {user}"}, False)])
async def test_plans_count_by_the_connections_account(vendor, connector, connect, clock, plan, waits):
    fields = {"account": {"required": True}, "user": {}, "apiKey": {"secret": True}}
    acme = connector(
        connection={"fields": fields, "account": "{account}"},
        rates={"default": {"limit": 1, "per": "minute", **plan}},
        actions={"act": {"request": "POST /x"}},
    )
    for user in ("ada", "ben"):
        name = f"{user} {plan}"
        await vendor({}, using=connect(acme, values={"account": f"acc {waits}", "user": name})).call("act", {})
        clock.now += 31
    assert bool(clock.slept and max(clock.slept) > 0) is waits

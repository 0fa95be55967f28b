"""A success that repeats the credential: it is hidden before memory, spool or caller see it, and the rest stays."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from connectors.components.delivery import Delivery
from connectors.components.http import Request, Response
from connectors.engine.redaction import HIDDEN, Redaction
from tests.engine.acme import API, make_connection, make_connector, page, sent

KEY = 'canary/"1"'
ITEMS = {"results": [{"id": "a", "key": KEY, "name": "a-1", KEY: "x"}], "hasNextPage": False}
CLEAR = {"id": "a", "key": HIDDEN, "name": "a-1", HIDDEN: "x"}
CHOICE = {"kind": {"choices": {"list": "items", "value": "id", "title": "{key}"}}}
BLOCKS: dict[str, Any] = {
    "actions": {"get": {"request": "GET /items/a"}, "add": {"request": "POST /items", "input": CHOICE}},
    "searches": {"find": {"list": "items", "input": {"name": {}}, "match": {"name": {"equals": "{name}"}}}},
    "triggers": {"new_item": {"poll": "items", "key": "id", "version": "key", "sample": {"id": "a", "key": "k"}}},
}


@pytest.fixture
def acme(vendor: Any) -> Any:
    """A function from answers to an Acme whose account has KEY."""
    return lambda *answers: vendor(*answers, using=make_connection(make_connector(**BLOCKS), values={"apiKey": KEY}))


async def test_an_action_gives_it_hidden_and_what_is_not_secret_as_it_is(acme: Any):
    assert await acme(ITEMS["results"][0]).call("get", {}) == CLEAR


async def test_so_does_a_search_and_a_choice(acme: Any):
    assert await acme(ITEMS).search("find", {"name": "a-1"}) == [CLEAR]
    [choice], _ = await acme(ITEMS).choices("add", "kind", {})
    assert (choice.value, choice.title) == ("a", HIDDEN)


async def test_neither_events_nor_memory_hold_it(acme: Any):
    poll = await acme(ITEMS).poll("new_item", {}, None, from_start=True)
    assert [json.loads(event.line) for event in poll.events] == [CLEAR]
    assert "canary" not in json.dumps(poll.memory.as_dict())


async def test_a_file_is_told_without_it(vendor: Any):
    actions = {"get": {"request": "GET /file", "output": {"file": {"media_type": "text/plain"}}, "sample": {}}}
    using = make_connection(make_connector(actions=actions), values={"apiKey": KEY})
    file = await vendor((200, f"key {KEY}".encode() + b"\xff"), using=using).call("get", {})
    assert base64.b64decode(file["content"]) == f"key {HIDDEN}".encode() + b"\xff"


async def test_a_head_is_told_without_it(exchange: Any):
    answer = await exchange((200, {}, {"x-you": "canary-1"})).send(Request("GET", API), effect="read", repeatable=True)
    assert answer.headers == (("x-you", HIDDEN),)


@pytest.mark.parametrize("written", [json.dumps(KEY), json.dumps(KEY).replace("/", "\\/"), '"a canary/\\"1\\" b"'])
async def test_it_is_found_however_json_writes_it(acme: Any, written: str):
    found = await acme((200, f'{{"id": 1, "said": {written}}}'.encode())).call("get", {})
    assert (found["id"], "canary" in found["said"]) == (1, False)


async def test_a_session_is_hidden_too_although_signing_in_reads_it(vendor: Any):
    login = {"login": {"request": "POST /login", "body": {"key": "{apiKey}"}, "token": "token"}}
    connector = make_connector(connection={"auth": login}, **BLOCKS)
    made = vendor({"token": "canary-token"}, {"you": "canary-token"}, using=make_connection(connector))
    assert await made.call("get", {}) == {"you": HIDDEN}
    assert made.exchange.transport.sent[1].headers["Authorization"] == "Bearer canary-token"


async def test_an_input_that_is_secret_is_hidden(vendor: Any):
    actions = {"set": {"request": "POST /pin", "input": {"pin": {"secret": True}}}}
    made = vendor({"pin": "canary-pin"}, using=make_connection(make_connector(actions=actions)))
    assert await made.call("set", {"pin": "canary-pin"}) == {"pin": HIDDEN}


async def test_what_is_too_short_to_be_told_from_innocent_texts_stays(vendor: Any):
    using = make_connection(make_connector(**BLOCKS), values={"apiKey": "Erika"})
    assert await vendor({"name": "Erika"}, using=using).call("get", {}) == {"name": "Erika"}


def test_an_answer_that_repeats_nothing_is_passed_on_as_it_came():
    answer = Response(200, (("link", "<x>"),), b'{ "a": 1.10 }')
    redaction = Redaction(["canary-1"])
    assert redaction.plainly(answer) is answer
    assert "_by_length" not in vars(redaction)  # nothing costly was done


async def test_a_next_page_whose_address_repeats_the_key_is_read_with_it_once(vendor: Any):
    lists = {"items": {"request": "GET /items", "items": "results", "paginate": {"next_url": {"from": "next"}}}}
    auth = {"api_key": {"query": "key", "value": "{apiKey}"}}
    connector = make_connector(connection={"auth": auth}, lists=lists, searches=BLOCKS["searches"])
    first = page("a", name="x") | {"next": f"{API}/items?k%65y=canary-1&page=2&key=canary-1"}
    made = vendor(first, page("b", name="x"), using=make_connection(connector))
    assert [item["id"] for item in await made.search("find", {"name": "x"})] == ["a", "b"]
    assert sent(made) == ["/items?key=canary-1", "/items?page=2&key=canary-1"]


def test_a_parameter_is_set_in_place_of_one_in_the_address():
    assert Request("GET", "/x?key=1&a=%2F&key").with_query("key", "2").full_url == "/x?a=%2F&key=2"
    assert Request("GET", "/x?key=1").with_query("key", "2").full_url == "/x?key=2"
    assert Request("GET", "/x?").with_query("key", "2").full_url == "/x?key=2"


async def test_a_delivery_brings_events_without_it(vendor: Any):
    sample = {"id": "a", "said": "x"}
    hook = {
        "verify": {"shared_secret": {"header": "X-Token"}},
        "setup": "Enter {webhook_url}, {webhook_secret}.",
        "sample": sample,
    }
    triggers = {"new_item": {"webhook": hook, "key": "id", "remember": ["said"], "sample": sample}}
    made = vendor(using=make_connection(make_connector(triggers=triggers)))
    body = json.dumps({"id": "a", "said": "canary-1", "secret": "canary-hook"}).encode()
    got = made.receive("new_item", {}, Delivery(body, (("X-Token", "canary-hook"),)), ["canary-hook"], None)
    assert [json.loads(event.line) for event in got.events] == [{"id": "a", "said": HIDDEN, "secret": HIDDEN}]
    assert "canary" not in json.dumps(got.memory.as_dict())

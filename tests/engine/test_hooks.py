from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.components.delivery import Delivery
from connectors.components.memory import Memory
from connectors.engine.exchange import Exchange
from connectors.engine.hooks import Received
from connectors.engine.run import Vendor
from connectors.errors import GridwireError, InputError, UnknownOutcome, VendorFailed, VendorRefused
from tests.engine.acme import Wire, make_connection, make_connector, page, sent

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRET = "hook-s3cret-1"
URL = "https://hooks.example.com/hooks/t-1"
SAMPLE = {"event": "UPDATE", "fields": {"id": "a", "status": "A"}}
SUBSCRIBE = {
    "request": "POST /hooks",
    "body": {"to": "{webhook_url}", "headers": {"json_text": {"X-Token": "{webhook_secret}"}}, "only": "{to}"},
    "keep": {"id": "data.id"},
}
HOOK = {
    "subscribe": SUBSCRIBE,
    "unsubscribe": {"request": "PATCH /hooks/{subscription.id}", "body": {"enabled": False}},
    "check": {
        "list": "hooks",
        "match": {"id": "{subscription.id}"},
        "active": {"enabled": True},
        "same": {"to": "{webhook_url}", "kinds": {"contains": "items"}},
    },
    "verify": {"shared_secret": {"header": "X-Token"}},
    "where": {"event": "UPDATE"},
    "item": "fields",
    "sample": SAMPLE,
}
SEEN = {"poll": "items", "key": "id", "version": "status", "input": {"to": {}}, "where": {"status": "{to}"}}
ASKED = ("subscribe", "unsubscribe", "check")
LISTS = {
    "items": {"request": "GET /items", "items": "results", "paginate": {"page_number": {"more": "hasNextPage"}}},
    "hooks": {"request": "GET /hooks", "items": "hooks", "paginate": {"page_number": {"more": "more"}}},
}


def blocks(hook: dict[str, Any] | None = None, **trigger: Any) -> dict[str, Any]:
    return {"lists": LISTS, "triggers": {"seen": {**SEEN, "webhook": {**HOOK, **(hook or {})}, **trigger}}}


def without(block: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in block.items() if name not in names}


@pytest.fixture
def acme(vendor: Any) -> Any:
    """A function from answers, what is different in the webhook, and in the trigger, to a Vendor."""
    return lambda *answers, hook=None, **trigger: vendor(*answers, **blocks(hook, **trigger))


def take(vendor: Vendor, memory: Memory | None, body: Any, secret: str = SECRET, **inputs: Any) -> Received:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return vendor.receive("seen", inputs, Delivery(content, (("x-token", secret),), URL), [SECRET], memory, now=NOW)


def update(name: Any = "a", status: Any = "A", **more: Any) -> dict[str, Any]:
    return {"event": "UPDATE", "fields": {"id": name, "status": status}, **more}


def told(found: Any) -> list[tuple[str, Any]]:
    return [(event.key, event.version) for event in found.events]


def on(connector: Any, *answers: Any) -> Vendor:
    return Vendor(Exchange(make_connection(connector), Wire(*answers or [500])))


# On and off


async def test_the_vendor_is_told_where_to_call_and_what_to_repeat(acme):
    vendor = acme({"data": {"id": 7}})
    made = await vendor.subscribe("seen", {"to": "B"}, URL, SECRET)
    [request] = vendor.exchange.transport.sent
    assert (request.method, request.url) == ("POST", "https://api.example.com/hooks")
    assert request.json == {"to": URL, "headers": f'{{"X-Token":"{SECRET}"}}', "only": "B"}
    assert (made.kept, made.secret) == ({"id": 7}, SECRET)
    assert SECRET not in repr(made)


async def test_an_input_that_is_not_mentioned_is_not_sent(acme):
    vendor = acme(
        {"data": {"id": 7}}, hook={"subscribe": {**SUBSCRIBE, "body": {"to": "{webhook_url}{webhook_secret}"}}}
    )
    await vendor.subscribe("seen", {"to": "B"}, URL, SECRET)
    assert vendor.exchange.transport.sent[0].json == {"to": URL + SECRET}


async def test_the_vendors_own_secret_is_not_told_either(acme):
    keep = {"subscribe": {**SUBSCRIBE, "keep": {"id": "data.id", "secret": "data.key"}}}
    with pytest.raises(UnknownOutcome) as caught:
        await acme({"data": {"key": "whsec_canary"}}, hook=keep).subscribe("seen", {}, URL, SECRET)
    assert "data.id" in caught.value.message
    assert "canary" not in caught.value.message


async def test_the_vendors_own_secret_takes_the_place_of_ours(acme):
    keep = {"subscribe": {**SUBSCRIBE, "keep": {"id": "data.id", "secret": "data.key"}}}
    made = await acme({"data": {"id": 7, "key": "whsec_x"}}, hook=keep).subscribe("seen", {}, URL, SECRET)
    assert (made.kept, made.secret) == ({"id": 7}, "whsec_x")


@pytest.mark.parametrize(
    ("place", "address"), [({"path": True}, f"{URL}/{SECRET}"), ({"query": "t"}, f"{URL}?t={SECRET}")]
)
async def test_a_secret_in_the_address_is_part_of_what_the_vendor_gets(acme, place, address):
    hook = {"verify": {"shared_secret": place}, "subscribe": {**SUBSCRIBE, "body": {"to": "{webhook_url}"}}}
    vendor = acme({"data": {"id": 7}}, hook=hook)
    await vendor.subscribe("seen", {}, URL, SECRET)
    assert vendor.exchange.transport.sent[0].json == {"to": address}


@pytest.mark.parametrize("answer", [{"id": 7}, {"data": {"id": None}}, b"done", b""])
async def test_a_subscription_that_cannot_be_found_again_may_be_there(acme, answer):
    with pytest.raises(UnknownOutcome):
        await acme((201, answer)).subscribe("seen", {}, URL, SECRET)


FAILURES = [(400, {"message": f"bad token {SECRET}"}), (500, {"error": SECRET}), (200, f"<{SECRET}>".encode())]


@pytest.mark.parametrize("answer", FAILURES)
async def test_no_error_tells_the_secret_and_no_subscription_is_asked_for_twice(acme, answer, caplog):
    caplog.set_level("DEBUG")
    vendor = acme(answer)
    with pytest.raises(GridwireError) as caught:
        await vendor.subscribe("seen", {}, URL, SECRET)
    said = f"{caught.value} {caught.value.args} {caught.value.as_dict()} {caplog.text}"
    assert SECRET not in said
    assert len(sent(vendor)) == 1


async def test_the_vendor_is_asked_to_call_no_more(acme):
    vendor = acme({})
    await vendor.unsubscribe("seen", {}, {"id": 7})
    [request] = vendor.exchange.transport.sent
    assert (request.method, request.url[-8:], request.json) == ("PATCH", "/hooks/7", {"enabled": False})


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_off(acme, status):
    await acme(status).unsubscribe("seen", {}, {"id": 7})


async def test_a_subscription_that_stays_is_told(acme):
    with pytest.raises(VendorRefused):
        await acme(403).unsubscribe("seen", {}, {"id": 7})


async def test_asking_to_stop_is_repeated_for_it_does_no_harm(acme):
    vendor = acme(503, 200)
    await vendor.unsubscribe("seen", {}, {"id": 7})
    assert len(sent(vendor)) == 2


@pytest.mark.parametrize("call", ["subscribe", "unsubscribe"])
async def test_what_a_person_sets_up_asks_the_vendor_nothing(call):
    by_hand = {**without(HOOK, *ASKED), "setup": "Enter {webhook_url} and {webhook_secret} for {account}."}
    vendor = on(make_connector(**{**blocks(), "triggers": {"seen": {**SEEN, "webhook": by_hand}}}))
    made = await getattr(vendor, call)("seen", {}, *([URL, SECRET] if call == "subscribe" else [{}]))
    assert sent(vendor) == []
    assert made is None or (made.kept, made.secret) == ({}, SECRET)
    assert vendor.hook("seen", {}).setup(URL, SECRET) == f"Enter {URL} and {SECRET} for a-1."
    assert await vendor.hook("seen", {}).standing(URL, SECRET, {}) is None


OURS = {"id": 7, "enabled": True, "to": URL, "kinds": ["items"]}


@pytest.mark.parametrize(
    ("hooks", "state", "differs"),
    [
        ([{"id": 6}, OURS], "active", ()),
        ([], "missing", ()),
        ([{**OURS, "id": 8}], "missing", ()),
        ([{**OURS, "enabled": False, "to": "x"}], "disabled", ("enabled",)),
        ([{**OURS, "to": "https://other.example", "kinds": []}], "drifted", ("to", "kinds")),
    ],
)
async def test_one_sees_whether_the_vendor_still_calls(acme, hooks, state, differs):
    vendor = acme({"hooks": [{"id": 5}], "more": True}, {"hooks": hooks, "more": False})
    found = await vendor.hook("seen", {}).standing(URL, SECRET, {"id": 7})
    assert (found.state, found.differs) == (state, differs)


async def test_a_subscription_of_which_nothing_was_kept_is_not_somebody_elses(acme):
    found = await acme({"hooks": [OURS], "more": False}).hook("seen", {}).standing(URL, SECRET, {})
    assert found.state == "missing"


async def test_a_vendor_that_cannot_say_is_not_taken_to_have_forgotten(acme):
    with pytest.raises(VendorFailed):
        await acme((200, b"<html>")).hook("seen", {}).standing(URL, SECRET, {"id": 7})


# Webhook and poll in one trigger


async def test_what_came_by_webhook_is_not_polled_again(acme):
    vendor = acme(page(), page("a", "b", status="A"))
    first = await vendor.poll("seen", {}, None)
    by_hook = take(vendor, first.memory, update("a"))
    after = await vendor.poll("seen", {}, by_hook.memory)
    assert (told(by_hook), told(after)) == ([("a", "A")], [("b", "A")])


async def test_what_was_polled_does_not_come_again_by_webhook(acme):
    vendor = acme(page(), page("a", status="A"))
    first = await vendor.poll("seen", {}, None)
    polled = await vendor.poll("seen", {}, first.memory)
    again, newer = take(vendor, polled.memory, update("a")), take(vendor, polled.memory, update("a", "B"))
    assert (told(polled), told(again), told(newer)) == ([("a", "A")], [], [("a", "B")])
    assert newer.events[0].previous == {"status": "A"}


async def test_the_first_poll_is_silent_although_a_webhook_came_before(acme):
    vendor = acme(page("a", "b", status="A"), page("a", "b", "c", status="A"))
    early = take(vendor, None, update("a"))
    first = await vendor.poll("seen", {}, early.memory)
    second = await vendor.poll("seen", {}, first.memory)
    assert [told(found) for found in (early, first, second)] == [[("a", "A")], [], [("c", "A")]]
    assert told(take(vendor, second.memory, update("a"))) == []


async def test_from_the_start_means_all_that_no_webhook_brought(acme):
    vendor = acme(page("a", "b", status="A"))
    early = take(vendor, None, update("a"))
    first = await vendor.poll("seen", {}, early.memory, from_start=True)
    assert (told(first), first.memory.unread) == ([("b", "A")], None)


async def test_a_trigger_that_has_one_side_says_so(acme, vendor):
    only = vendor(500, lists=LISTS, triggers={"seen": {**without(SEEN, "poll"), "webhook": HOOK}})
    with pytest.raises(InputError, match="by webhook only"):
        await only.poll("seen", {}, None)
    with pytest.raises(InputError, match="is polled"):
        vendor(500, triggers={"seen": {"poll": "items", "key": "id"}}).receive("seen", {}, Delivery(), [], None)


# What comes out


def test_memory_is_kept_for_what_where_leaves_out(acme):
    vendor = acme()
    got, memory = [], None
    for status in "ABAB":
        found = take(vendor, memory, update("a", status, n=len(got)), to="B")
        memory, got = found.memory, [*got, told(found)]
    assert got == [[], [("a", "B")], [], [("a", "B")]]


def test_where_may_ask_what_was(acme):
    vendor = acme(where={"previous.status": "A"})
    first = take(vendor, None, update("a", "A"))
    assert told(first) == []
    assert told(take(vendor, first.memory, update("a", "B"))) == [("a", "B")]


def test_what_is_deleted_is_told_as_it_was(vendor):
    gone = {"where": {"event": "DELETE"}, "key": "id", "sample": {"event": "DELETE", "id": "a"}}
    acme = vendor(**{**blocks(gone, fire="deleted", remember="name", where={"name": "Ada"}, poll="all"),
                     "lists": {**LISTS, "all": {"request": "GET /all", "complete": True}}})  # fmt: skip
    memory = Memory({"a": "A", "b": "B"}, {"a": {"name": "Ada"}, "b": {"name": "Ben"}})
    first = take(acme, memory, {"event": "DELETE", "id": "a"})
    assert [event.item for event in first.events] == [{"status": "A", "name": "Ada", "event": "DELETE", "id": "a"}]
    assert (list(first.memory.versions), told(take(acme, memory, {"event": "DELETE", "id": "b"}))) == (["b"], [])
    assert told(take(acme, first.memory, {"event": "DELETE", "id": "a"})) == []


async def test_what_an_item_only_names_is_fetched_when_it_is_completed():
    actions = {"get": {"request": "GET /people/{id}", "input": {"id": {"required": True}}}}
    include = {"person": {"from": "get", "with": {"id": "{item.id}"}}}
    vendor = on(make_connector(**blocks(include=include), actions=actions), {"name": "Ada"})
    [event] = take(vendor, None, update("a")).events
    assert sent(vendor) == []
    assert await vendor.complete("seen", {}, event.item) == {"id": "a", "status": "A", "person": {"name": "Ada"}}


async def test_the_same_event_in_parallel_is_one(acme):
    """As whoever keeps the memory does it: one delivery after the other, each with the memory that the last left."""
    vendor, lock, memory, found = acme(), asyncio.Lock(), [Memory()], list[Any]()

    async def deliver(number: int) -> None:
        await asyncio.sleep(0)
        async with lock:
            got = take(vendor, memory[0], update(f"a-{number % 3}"))
            memory[0] = got.memory
            found.extend(told(got))

    await asyncio.gather(*(deliver(number) for number in range(60)))
    assert sorted(found) == [("a-0", "A"), ("a-1", "A"), ("a-2", "A")]


def test_a_large_batch_is_taken_quickly(acme):
    vendor = acme(hook={"items": "all", "sample": {"all": [SAMPLE]}})
    body = {"all": [update(number) for number in range(10_000)]}
    assert len(take(vendor, None, body).events) == 10_000


NAMES = ["event", "fields", "id", "status", "x"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=8,
)  # fmt: skip
CONNECTORS = [
    make_connector(**blocks()),
    make_connector(
        **blocks({"key": "id", "version": "x.status", "sample": {**SAMPLE, "id": "a", "x": {"status": "A"}}})
    ),
    make_connector(**blocks({"items": "x", "where": {}, "json_text": ["status", "x.0.id"], "sample": {"x": [SAMPLE]}})),
    make_connector(**blocks({"item": "fields.0", "where": {}, "sample": {"fields": [{"id": "a", "status": "A"}]}})),
]


@given(JSON | st.dictionaries(st.just("fields"), JSON), st.sampled_from(CONNECTORS), st.booleans())
def test_whatever_json_a_vendor_sends_is_an_event_or_not_meant(body: Any, connector: Any, update: bool):
    vendor = on(connector)
    whole = {**body, "event": "UPDATE"} if update and isinstance(body, dict) else body
    first = take(vendor, None, whole)
    assert first.reply.status == 200
    assert all(event.key and event.item is not Ellipsis for event in first.events)
    assert told(take(vendor, first.memory, whole)) == []


@given(st.binary(), st.lists(st.tuples(st.sampled_from(["x-token", "content-type"]), st.text())), st.text())
def test_whatever_bytes_come_are_refused_or_read(body: bytes, headers: Any, url: str):
    token, form = ("x-token", SECRET), ("content-type", "application/x-www-form-urlencoded")
    for heads in (headers, [token], [token, form]):
        delivery = Delivery(body, tuple(heads), url)
        got = on(CONNECTORS[0]).receive("seen", {}, delivery, [SECRET], None, now=NOW)
        assert got.reply.status in (200, 400, 404)
        assert (got.problem is None) == (got.reply.status == 200)


def test_what_passed_the_check_is_taken_into_a_memory_in_place(acme):
    hook = acme().hook("seen", {"to": "A"})
    delivery = Delivery(json.dumps(SAMPLE).encode(), (("X-Token", SECRET),), URL)
    assert hook.check(delivery, [SECRET], NOW) is None
    assert hook.check(delivery, ["another"], NOW) is not None

    memory = hook.begin(None)
    assert memory.unread
    assert hook.begin(memory) is memory
    assert [event.key for event in hook.take(delivery, [SECRET], memory, NOW).events] == ["a"]
    assert hook.take(delivery, [SECRET], memory, NOW).events == ()
    assert hook.begin(Memory(identity={"key": [["other"]], "hashed": False, "version": [], "under": []})) is not memory

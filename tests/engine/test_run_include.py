"""What an item only names is fetched and put in its place."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.components.http import Request
from connectors.components.memory import Memory
from connectors.errors import ReconnectError, UnknownOutcome, VendorError
from tests.engine.acme import API, sent

CUSTOMER = {"customer": {"from": "get_contact", "with": {"contactId": "{item.customer.id}"}}}
GET = {"request": "GET /contacts/{contactId}", "input": {"contactId": {"required": True}}}


@pytest.fixture
def acme(vendor: Any) -> Any:
    """A function from the items of the list, and the answer to each request for a contact, to a Vendor."""

    def make(items: list[Any], contact: Any = None, include: Any = CUSTOMER, get: Any = GET) -> Any:
        def answer(request: Request) -> Any:
            if request.url == f"{API}/items":
                return items
            return {"name": request.url.rpartition("/")[2]} if contact is None else contact

        words = {"include": include, "sample": {"id": "a", "customer": {"id": "c"}, "name": "Ada"}}
        return vendor(
            answer,
            lists={"items": {"request": "GET /items"}},
            triggers={"seen": {"poll": "items", "key": "id", **words}},
            searches={"find": {"list": "items", "input": {"id": {}}, "match": {"id": {"contains": "{id}"}}, **words}},
            actions={"get_contact": get, "get_item": {"request": "GET /items/1", **words}},
        )

    return make


def items(*customers: Any) -> list[dict[str, Any]]:
    return [{"id": f"i{number}", "customer": {"id": one}} for number, one in enumerate(customers)]


async def emitted(vendor: Any, memory: Memory | None = None) -> list[Any]:
    return [event.item for event in (await vendor.poll("seen", {}, memory or Memory())).events]


async def test_each_event_has_what_it_names(acme):
    assert [item["customer"] for item in await emitted(acme(items("c1", "c2")))] == [{"name": "c1"}, {"name": "c2"}]


async def test_what_several_name_is_fetched_once_in_a_poll_and_anew_in_the_next(acme):
    vendor = acme(items("c1", "c2", "c1"))
    for _ in range(2):
        await emitted(vendor)
    assert sent(vendor) == ["/items", "/contacts/c1", "/contacts/c2"] * 2


async def test_only_for_what_is_emitted_is_anything_fetched(acme):
    vendor = acme(items("c1", "c2"))
    assert len(await emitted(vendor, Memory({"i0": None}))) == 1
    assert sent(vendor) == ["/items", "/contacts/c2"]


async def test_what_is_gone_meanwhile_leaves_the_item_as_it_was(acme):
    both = [*items("c1", "c1"), {"id": "i2", "customer": {"id": "c1", "vip": True}}]
    vendor = acme(both, 404)
    assert await emitted(vendor) == both
    assert len(sent(vendor)) == 2


@pytest.mark.parametrize("named", [{}, {"customer": None}, {"customer": {"id": None}}, {"customer": {"id": ""}}])
async def test_where_nothing_is_named_nothing_is_fetched(acme, named):
    item = {"id": "a", **named}
    vendor = acme([item])
    assert await emitted(vendor) == [item]
    assert sent(vendor) == ["/items"]


@pytest.mark.parametrize(("answer", "error"), [(500, VendorError), (401, ReconnectError), (403, VendorError)])
async def test_a_failure_fails_the_reading_and_nothing_is_learnt(acme, answer, error):
    vendor, memory = acme(items("c1"), answer), Memory()
    with pytest.raises(error):
        await emitted(vendor, memory)
    assert memory == Memory()


@pytest.mark.parametrize("name", ["..", ["c1"]])
async def test_a_name_that_does_not_fit_leaves_the_item_as_it_was_and_holds_up_no_other(acme, caplog, name):
    both = items(name, "c2")
    assert await emitted(acme(both)) == [both[0], {"id": "i1", "customer": {"name": "c2"}}]
    assert "what an item names cannot be fetched by 'get_contact': 'contactId'" in caplog.text


async def test_an_action_and_a_search_include_as_well(acme):
    vendor = acme(items("c1", "c1"))
    found = await vendor.search("find", {"id": "i"})
    assert [item["customer"] for item in found] == [{"name": "c1"}] * 2
    assert sent(vendor) == ["/items", "/contacts/c1"]
    vendor = acme(items(), {"customer": {"id": "c9"}, "id": 1})
    assert (await vendor.call("get_item", {}))["customer"] == {"customer": {"id": "c9"}, "id": 1}


async def test_what_fails_after_a_write_is_never_told_as_if_it_had_not_been_done(vendor: Any) -> None:
    words = {"include": CUSTOMER, "sample": {"id": "a", "customer": {"id": "c"}}}
    acme = vendor(
        lambda request: (429, "slow down") if request.method == "GET" else {"id": "a", "customer": {"id": "c"}},
        actions={"get_contact": GET, "place": {"request": "POST /items", **words}},
    )

    with pytest.raises(UnknownOutcome, match="the vendor did it, but"):
        await acme.call("place", {})

from __future__ import annotations

from typing import Any

import pytest

from connectors.components.memory import Memory
from connectors.engine.run import Poll, Vendor
from connectors.errors import InputError, NotReached, VendorFailed
from tests.engine.acme import page, sent

ITEM = {"poll": "items", "key": "id"}
STATUS = {**ITEM, "version": "status", "fire": "changed", "input": {"to": {}}, "where": {"status": "{to}"}}


@pytest.fixture
def watching(vendor: Any) -> Any:
    """A function from answers, and the blocks of the trigger `seen`, to a Vendor."""
    return lambda *answers, **trigger: vendor(*answers, triggers={"seen": {**ITEM, **trigger}})


def seen(*keys: str) -> Memory:
    return Memory(dict.fromkeys(keys))


async def poll(vendor: Vendor, memory: Memory | None, *, from_start: bool = False, **inputs: Any) -> Poll:
    return await vendor.poll("seen", inputs, memory, from_start=from_start)


def ids(found: Poll) -> list[str]:
    return [event.item["id"] for event in found.events]


async def test_the_first_poll_remembers_and_is_silent(watching):
    first = await poll(watching(page("a", "b")), None)
    assert (ids(first), first.memory.versions, first.held) == ([], {"a": None, "b": None}, 0)


async def test_the_first_poll_emits_everything_when_asked(watching):
    acme = watching(page("a", more=True), page("b"))
    first = await poll(acme, None, from_start=True)
    assert (ids(first), list(first.memory.versions)) == (["a", "b"], ["a", "b"])
    assert len(sent(acme)) == 2


async def test_an_empty_memory_is_a_memory(watching):
    assert ids(await poll(watching(page("a")), Memory())) == ["a"]


async def test_what_is_new_is_emitted_once(watching):
    acme = watching(page("a"), page("b", "a"), page("b", "a"))
    first = await poll(acme, None)
    second = await poll(acme, first.memory)
    third = await poll(acme, second.memory)
    assert [ids(found) for found in (first, second, third)] == [[], ["b"], []]


async def test_an_item_that_two_shifting_pages_show_is_emitted_once(watching):
    acme = watching(page("c", "b", more=True), page("b", "a"))
    assert ids(await poll(acme, Memory())) == ["c", "b", "a"]


async def test_a_row_that_a_deletion_hid_is_emitted_by_the_next_undisturbed_reading(watching):
    acme = watching(page("d", "c", more=True), page("a"), page("c", "b", more=True), page("a"))
    first = await poll(acme, seen("a", "c", "d"))
    second = await poll(acme, first.memory)
    assert (ids(first), ids(second)) == ([], ["b"])


async def test_there_and_back_fires_twice(watching):
    acme = watching(*(page("a", status=status) for status in "ABAA"), **STATUS)
    memory, fired = None, []
    for _ in range(4):
        found = await poll(acme, memory)
        memory = found.memory
        fired.append([event.item["status"] for event in found.events])
    assert fired == [[], ["B"], ["A"], []]


async def test_what_where_leaves_out_is_remembered(watching):
    acme = watching(page("a", status="B"), **STATUS)
    first = await poll(acme, Memory({"a": "A"}), to="C")
    assert (ids(first), first.memory.versions) == ([], {"a": "B"})
    assert ids(await poll(acme, first.memory, to="B")) == []


async def test_an_event_happens_although_the_item_was_left_out_before(watching):
    signed = {"version": "signature.at", "where": {"signature.state": "Signed"}}
    sample = {"id": "a", "signature": {"at": "2026-01-01", "state": "Signed"}}
    acme = watching(page("a", signature=None), page("a", signature=sample["signature"]), sample=sample, **signed)
    first = await poll(acme, None)
    assert (ids(first), first.memory.versions) == ([], {"a": None})
    assert ids(await poll(acme, first.memory)) == ["a"]


async def test_where_may_compare_with_inputs_and_those_absent_drop_out(watching):
    acme = watching(page("a", status="B"), **STATUS)
    assert ids(await poll(acme, Memory({"a": "A"}), to="C")) == []
    assert ids(await poll(acme, Memory({"a": "A"}), to="B")) == ["a"]
    assert ids(await poll(acme, Memory({"a": "A"}))) == ["a"]


async def test_wrong_input_is_refused_and_nothing_is_sent(watching):
    acme = watching(page(), **STATUS)
    with pytest.raises(InputError, match="there is no input 'too'; did you mean 'to'"):
        await poll(acme, None, too="A")
    assert sent(acme) == []


@pytest.mark.parametrize("failure", [500, NotReached("no route"), {"results": []}, {"hasNextPage": False}, 401])
async def test_a_half_read_poll_learns_nothing(watching, failure):
    memory = Memory({"a": None})
    with pytest.raises(Exception, match=r"."):
        await poll(watching(page("c", "b", more=True), failure), memory)
    assert memory == Memory({"a": None})


async def test_an_item_without_a_key_fails_the_poll(watching):
    memory = Memory()
    with pytest.raises(VendorFailed) as caught:
        await poll(watching(page("a", None)), memory)
    assert caught.value.message == "'items' cannot be watched: an item has no usable 'id' to know it by"
    assert caught.value.remedy == "Check 'seen' in the manifest; if it is right, ask the vendor."
    assert memory == Memory()


# The first poll of several pages


async def test_one_page_is_read_once(watching):
    acme = watching(page("a"))
    await poll(acme, None)
    assert len(sent(acme)) == 1


async def test_several_pages_are_read_until_two_readings_agree(watching):
    hidden = [page("d", "c", more=True), page("a")]
    whole = [page("c", "b", more=True), page("a")]
    acme = watching(*hidden, *whole, *whole)
    first = await poll(acme, None)
    assert set(first.memory.versions) == set("abcd")
    assert len(sent(acme)) == 6


async def test_two_readings_that_agree_at_once_suffice(watching):
    acme = watching(*[page("b", more=True), page("a")] * 2)
    assert set((await poll(acme, None)).memory.versions) == {"a", "b"}
    assert len(sent(acme)) == 4


async def test_the_first_memory_holds_the_latest_versions(watching):
    readings = [page("b", more=True, status="A"), page("a"), page("b", more=True, status="B"), page("a")]
    assert (await poll(watching(*readings, **STATUS), None)).memory.versions == {"a": None, "b": "B"}


@pytest.mark.parametrize(("agree_at", "stable"), [(5, True), (6, False)])
async def test_after_five_readings_without_agreement_the_list_is_unstable(watching, agree_at, stable):
    readings = [[page(f"n{min(n, agree_at - 1)}", more=True), page("a")] for n in range(1, 7)]
    acme = watching(*(answer for reading in readings for answer in reading))
    if stable:
        await poll(acme, None)
    else:
        with pytest.raises(VendorFailed, match=r"^unstable: 'items' changed during each of 5 readings"):
            await poll(acme, None)
    assert len(sent(acme)) == 10

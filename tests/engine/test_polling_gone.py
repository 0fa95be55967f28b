"""What is said to be gone: only what two complete readings in a row did not show."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.components.memory import Memory
from connectors.errors import VendorError, VendorFailed
from tests.engine.acme import make_connector

AT_ONCE = {"request": "GET /items", "items": "data", "complete": True}
TOTAL = {**AT_ONCE, "paginate": {"offset": {"total": "total", "size": {"param": "limit", "value": 2}}}}
TRIGGER = {"poll": "items", "key": "id", "fire": "deleted", "remember": ["name"], "sample": {"id": "a", "name": "Ada"}}


def data(*ids: str, total: int | None = None) -> dict[str, Any]:
    return {"data": [{"id": one, "name": one.upper()} for one in ids], "total": total}


@pytest.fixture
def watching(vendor: Any) -> Any:
    """A function from answers to a function that polls once and gives the keys of what is gone, and what is held."""

    def make(
        *answers: Any, items: dict[str, Any] = AT_ONCE, lists: dict[str, Any] | None = None, **trigger: Any
    ) -> Any:
        acme = vendor(*answers, lists={"items": items, **(lists or {})}, triggers={"gone": {**TRIGGER, **trigger}})
        memory: Memory | None = None

        async def poll(**about: Any) -> tuple[list[str], int]:
            nonlocal memory
            found = await acme.poll("gone", {}, memory, **about)
            memory = Memory.from_dict(found.memory.as_dict())
            poll.events = list(found.events)
            return [event.key for event in found.events], found.held

        return poll

    return make


async def test_the_second_complete_reading_that_lacks_it_tells_that_it_is_gone(watching):
    poll = watching(data("a", "b"), data("b"))
    assert [await poll() for _ in range(4)] == [([], 0), ([], 0), (["a"], 0), ([], 0)]


async def test_what_is_gone_is_as_it_was_remembered(watching):
    poll = watching(data("a", "b"), data("b"))
    for _ in range(3):
        await poll()
    (event,) = poll.events
    assert (event.item, event.version, event.previous) == ({"id": "a", "name": "A"}, None, None)


@pytest.mark.parametrize(("name", "gone"), [("A", ["a"]), ("B", [])])
@pytest.mark.parametrize("path", ["name", "previous.name"])
async def test_where_looks_at_what_was_remembered(watching, path, name, gone):
    poll = watching(data("a", "b"), data("b"), where={path: name}, sample={"id": "a", "name": name})
    assert [await poll() for _ in range(3)][2] == (gone, 0)


async def test_what_comes_back_in_between_is_not_gone(watching):
    poll = watching(data("a", "b"), data("b"), data("a", "b"), data("b"), data("b"))
    assert [(await poll())[0] for _ in range(5)] == [[], [], [], [], ["a"]]


async def test_what_is_gone_can_go_again(watching):
    poll = watching(data("a", "b"), data("b"), data("b"), data("a", "b"), data("b"), data("b"))
    assert [(await poll())[0] for _ in range(6)] == [[], [], ["a"], [], [], ["a"]]


async def test_an_empty_list_says_nothing(watching):
    poll = watching(data("a", "b"), data())
    assert [await poll() for _ in range(4)] == [([], 0)] * 4


@pytest.mark.parametrize("answer", [404, 403, (200, b""), {"other": []}])
async def test_a_failed_reading_says_nothing(watching, answer):
    poll = watching(data("a", "b"), answer, data("b"), answer, data("b"))
    await poll()
    for gone in ([], ["a"]):
        with pytest.raises(VendorError):
            await poll()
        assert (await poll())[0] == gone


async def test_a_total_that_is_not_reached_says_nothing(watching):
    whole = [data("a", "b", total=4), data("c", "d", total=4)]
    moved = [data("b", "c", total=4), data("c", "d", total=4)]
    poll = watching(*whole, *whole, *moved * 3, items=TOTAL)
    assert [await poll() for _ in range(4)] == [([], 0)] * 4


async def test_a_total_that_is_reached_tells(watching):
    poll = watching(data("a", "b", total=2), data("b", total=1), items=TOTAL)
    assert [(await poll())[0] for _ in range(3)] == [[], [], ["a"]]


async def test_a_row_that_another_hid_is_not_gone(watching):
    whole = [data("a", "b", total=3), data("c", total=3)]
    while_a_goes = [data("a", "b", total=4), data("d", total=3)]
    poll = watching(*whole, *whole, *while_a_goes * 3, items=TOTAL)
    assert [await poll() for _ in range(4)] == [([], 0)] * 4


async def test_an_incomplete_reading_that_shows_it_begins_anew(watching):
    shows = [data("a", "b", total=4), data("b", "c", total=4)]
    lacks = [data("b", "c", total=2)]
    whole = [data("a", "b", total=3), data("c", total=3)]
    poll = watching(*whole, *whole, *lacks, *shows, *lacks, *lacks, items=TOTAL)
    assert [(await poll())[0] for _ in range(5)] == [[], [], [], [], ["a"]]


async def test_much_at_once_is_held_until_it_is_released(watching):
    ids = [f"{number}" for number in range(10)]
    poll = watching(data(*ids), data(*ids[6:]))
    assert [await poll() for _ in range(4)] == [([], 0), ([], 0), ([], 6), ([], 6)]
    assert await poll(release=True) == (ids[:6], 0)
    assert await poll() == ([], 0)


@pytest.mark.parametrize(("all_", "gone"), [(6, 5), (100, 20)])
async def test_few_or_a_small_part_are_not_held(watching, all_, gone):
    ids = [f"{number:03}" for number in range(all_)]
    poll = watching(data(*ids), data(*ids[gone:]))
    assert [await poll() for _ in range(3)][2] == (ids[:gone], 0)


async def test_what_a_limit_leaves_out_is_told_later(watching):
    poll = watching(data("a", "b", "c", "d"), data("d"))
    assert [(await poll(limit=2))[0] for _ in range(5)] == [[], [], ["a", "b"], ["c"], []]


FAMILIES = {
    "lists": {"teams": {"request": "GET /teams", "items": "data", "complete": True}},
    "sample": {"id": "a", "name": "Ada", "team": {"id": "x"}},
}


async def test_under_parents_one_that_is_skipped_says_nothing(watching):
    items = {
        **AT_ONCE,
        "request": "GET /teams/{team.id}",
        "for_each": {"list": "teams", "as": "team", "on_404": "skip"},
    }
    first, later = (data("x", "y"), data("a"), data("b")), (data("x", "y"), data("a"), 404)
    poll = watching(*first, *first, *later * 3, items=items, **FAMILIES)
    assert [await poll() for _ in range(4)] == [([], 0)] * 4


async def test_under_parents_the_totals_count_together(watching):
    items = {**TOTAL, "request": "GET /teams/{team.id}", "for_each": {"list": "teams", "as": "team"}}
    first = data("x", "y"), data("a", "b", total=2), data("c", total=1)
    short = data("x", "y"), data("b", "b", total=2), data("c", total=1)
    fewer = data("x", "y"), data("b", total=1), data("c", total=1)
    poll = watching(*first, *first, *short * 2, *fewer * 2, items=items, **FAMILIES)
    assert [(await poll())[0] for _ in range(5)] == [[], [], [], [], ["x/a"]]


BY_TEAM = {**AT_ONCE, "request": "GET /teams/{team.id}", "for_each": {"list": "teams", "as": "team"}}


async def test_what_lies_under_a_parent_is_gone_with_it_but_not_when_its_list_comes_empty(watching):
    first = data("x", "y"), data("a"), data("b", "c")
    emptied, without = (data("x", "y"), data("a"), data()), (data("x"), data("a"))
    poll = watching(*first, *first, *emptied * 3, *without * 3, items=BY_TEAM, **FAMILIES)
    found = [await poll() for _ in range(7)]
    assert found == [([], 0)] * 5 + [(["y/b", "y/c"], 0), ([], 0)]


async def test_under_parents_of_parents_a_list_that_comes_empty_says_nothing(watching):
    lists = {
        "orgs": {"request": "GET /orgs", "items": "data", "complete": True},
        "teams": {**AT_ONCE, "request": "GET /o/{org.id}", "for_each": {"list": "orgs", "as": "org"}},
    }
    sample = {"id": "a", "name": "Ada", "team": {"id": "x", "org": {"id": "o"}}}
    first = data("o", "p"), data("x"), data("a"), data("y"), data("b")
    emptied = data("o", "p"), data("x"), data("a"), data()
    poll = watching(*first, *first, *emptied * 3, items=BY_TEAM, lists=lists, sample=sample)
    assert [await poll() for _ in range(4)] == [([], 0)] * 4


TEAMS_PAGED = {"teams": {**TOTAL, "request": "GET /teams"}}
HIDDEN = [
    [data("x", "y", total=3), data("a"), data("b"), data("y", total=3), data("b")],
    [data("x", "y", total=4), data("a"), data("b"), data("w", total=3), data("d")],
]


@pytest.mark.parametrize("hidden", HIDDEN)
async def test_a_parent_that_may_be_hidden_says_nothing(watching, hidden):
    whole = [data("x", "y", total=3), data("a"), data("b"), data("z", total=3), data("c")]
    poll = watching(*whole, *whole, *hidden * 3, items=BY_TEAM, lists=TEAMS_PAGED, sample=FAMILIES["sample"])
    assert [await poll() for _ in range(4)] == [([], 0)] * 4


async def test_a_parent_that_is_surely_gone_takes_what_lies_under_it_along(watching):
    whole = [data("x", "y", total=3), data("a"), data("b"), data("z", total=3), data("c")]
    fewer = [data("x", "y", total=2), data("a"), data("b")]
    poll = watching(*whole, *whole, *fewer * 3, items=BY_TEAM, lists=TEAMS_PAGED, sample=FAMILIES["sample"])
    assert [(await poll())[0] for _ in range(4)] == [[], [], ["z/c"], []]


PAGES = {**AT_ONCE, "paginate": {"page_number": {"pages": "total"}}}


async def test_pages_that_are_counted_tell(watching):
    whole, fewer = [data("a", "b", total=2), data("c", total=2)], [data("a", "b", total=1)]
    poll = watching(*whole, *whole, *fewer * 3, items=PAGES)
    assert [(await poll())[0] for _ in range(4)] == [[], [], ["c"], []]


@pytest.mark.parametrize("second", [data("b", total=2), data("d", total=3)])
async def test_pages_that_show_a_row_twice_or_another_count_say_nothing(watching, second):
    whole = [data("a", "b", total=2), data("c", total=2)]
    moved = [data("a", "b", total=2), second, *([data("e", total=3)] if second["total"] == 3 else [])]
    poll = watching(*whole, *whole, *moved * 3, items=PAGES)
    assert [await poll() for _ in range(4)] == [([], 0)] * 4


async def test_a_row_that_moved_hides_another_and_its_entries(watching):
    def rows(*ids: str) -> dict[str, Any]:
        return {"data": [{"id": one, "tags": [f"{one}1", f"{one}2"]} for one in ids], "total": 3}

    entries = {"each": "tags", "key": "value", "remember": [], "sample": {"value": "a1", "parent": {"id": 1}}}
    poll = watching(*[rows("a", "b"), rows("c")] * 2, *[rows("a", "b"), rows("b")] * 3, items=TOTAL, **entries)
    assert [await poll() for _ in range(4)] == [([], 0)] * 4


async def test_entries_of_one_page_may_be_alike(watching):
    def rows(*tags: str) -> dict[str, Any]:
        return {"data": [{"id": 1, "tags": ["same", *tags]}, {"id": 2, "tags": ["same"]}], "total": 2}

    entries = {"each": "tags", "key": "value", "remember": [], "sample": {"value": "a1", "parent": {"id": 1}}}
    poll = watching(rows("x"), rows(), items=TOTAL, **entries)
    assert [(await poll())[0] for _ in range(3)] == [[], [], ["x"]]


async def test_nothing_is_missing_for_a_trigger_that_tells_of_other_things(vendor):
    trigger = {**TRIGGER, "fire": "new"}
    acme = vendor(data("a"), lists={"items": AT_ONCE}, triggers={"gone": trigger})
    assert (await acme.poll("gone", {}, Memory({"a": None, "b": None}, missing=["b"]))).memory.missing == []


def test_only_a_complete_list_may_say_it():
    with pytest.raises(Exception, match="complete"):
        make_connector(triggers={"gone": TRIGGER})


async def test_a_list_without_a_usable_key_fails(watching):
    with pytest.raises(VendorFailed, match="cannot be watched"):
        await watching({"data": [{}]})()

"""What a poll finds: entries of items, what was remembered, times that come, and where it begins the next time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.components.http import dump_json, load_json
from connectors.components.memory import Memory
from connectors.engine import polling
from connectors.engine.run import Poll, Vendor
from connectors.errors import VendorFailed
from tests.engine.acme import make_connector, page, sent

ITEM = {"poll": "items", "key": "id"}


@pytest.fixture
def watching(vendor: Any) -> Any:
    """A function from answers, and the blocks of the trigger `seen`, to a Vendor."""
    return lambda *answers, lists=None, **trigger: vendor(
        *answers, triggers={"seen": {**ITEM, **trigger}}, **({"lists": {"items": lists}} if lists else {})
    )


async def poll(vendor: Vendor, memory: Memory | None, **about: Any) -> Poll:
    """A poll by a process that was just started: memory comes as JSON."""
    given = memory and Memory.from_dict(load_json(dump_json(memory.as_dict())))
    return await vendor.poll("seen", {}, given, **about)


def keys(found: Poll) -> list[str]:
    return [event.key for event in found.events]


# Entries


NOTES = {
    "each": "notes",
    "key": ["parent.id", "text"],
    "sample": {"text": "Hi", "parent": {"id": 1}},
}


def with_notes(*texts: Any) -> dict[str, Any]:
    return {**page(), "results": [{"id": 1, "name": "Ada", "notes": [{"text": text} for text in texts]}]}


async def test_each_entry_is_an_item_that_has_its_parent(watching):
    acme = watching(with_notes("a"), with_notes("a", "b"), **NOTES)
    first = await poll(acme, None)
    (event,) = (await poll(acme, first.memory)).events
    assert event.item == {"text": "b", "parent": {"id": 1, "name": "Ada"}}
    assert event.key == '[1,"b"]'


@pytest.mark.parametrize("notes", [None, "", {}, []])
async def test_an_item_without_entries_has_none(watching, notes):
    odd = {"results": [{"id": 1, "notes": notes}, {"id": 2}, "odd", None], "hasNextPage": False}
    assert keys(await poll(watching(odd, **NOTES), None, from_start=True)) == []


@pytest.mark.parametrize("notes", ["x", {"text": "a"}, 7])
async def test_entries_that_are_no_list_are_not_taken_for_none(watching, notes):
    odd = {"results": [{"id": 1, "notes": notes}], "hasNextPage": False}
    with pytest.raises(VendorFailed, match="'notes' of an item should be a list"):
        await poll(watching(odd, **NOTES), None, from_start=True)


async def test_an_entry_that_is_no_object_stands_under_value(watching):
    item = {"results": [{"id": 1, "tags": ["a", "b"]}], "hasNextPage": False}
    key = ["parent.id", "value"]
    acme = watching(item, each="tags", key=key, sample={"value": "a", "parent": {"id": 1}})
    assert keys(await poll(acme, None, from_start=True)) == ['[1,"a"]', '[1,"b"]']


async def test_entries_that_lie_deeper_leave_the_rest_of_their_parent(watching):
    item = {"results": [{"id": 1, "data": {"open": True, "notes": [{"text": "a"}]}}], "hasNextPage": False}
    (event,) = (await poll(watching(item, **{**NOTES, "each": "data.notes"}), None, from_start=True)).events
    assert event.item["parent"] == {"id": 1, "data": {"open": True}}


# What was remembered


STAGE = {"version": "status", "fire": "changed", "remember": ["name"]}


async def test_an_event_carries_what_was_remembered(watching):
    acme = watching(page("a", status="A", name="Ada"), page("a", status="B", name="Bea"), **STAGE)
    first = await poll(acme, None)
    (event,) = (await poll(acme, first.memory)).events
    assert (event.previous, event.version) == ({"name": "Ada", "status": "A"}, "B")
    assert load_json(event.line)["previous"] == {"name": "Ada", "status": "A"}


@pytest.mark.parametrize(("was", "fires"), [("A", ["a"]), ("B", [])])
async def test_where_may_test_what_was(watching, was, fires):
    where = {"previous.status": "A"}
    acme = watching(page("a", status=was), page("a", status="C"), **STAGE, where=where)
    assert keys(await poll(acme, (await poll(acme, None)).memory)) == fires


async def test_what_is_new_has_no_previous(watching):
    acme = watching(page("a", status="A"), **{**STAGE, "fire": "new_or_changed"})
    (event,) = (await poll(acme, Memory())).events
    assert event.previous is None


# Times that come


async def test_an_item_is_due_once_for_each_time(watching, monkeypatch):
    soon, later = "2026-03-04", "2026-03-06"
    acme = watching(
        *(page("a", ends=at) for at in (later, soon, soon, later, later)),
        due={"at": "ends", "before": "P1D"},
        sample={"id": "a", "ends": soon},
    )
    memory, fired = None, []
    for today in (3, 3, 4, 5, 5):
        when = datetime(2026, 3, today, tzinfo=UTC)
        monkeypatch.setattr(polling, "datetime", type("Clock", (), {"now": staticmethod(lambda _, when=when: when)}))
        found = await poll(acme, memory)
        memory = found.memory
        fired.append(keys(found))
    assert fired == [[], ["a"], [], ["a"], []]


@pytest.mark.parametrize("first", [None, Memory()])
async def test_an_item_that_where_leaves_out_is_due_when_where_holds_for_the_first_time(watching, first):
    ends = "2026-03-04"
    acme = watching(
        *(page("a", ends=ends, status=status) for status in "AABBAB"),
        due={"at": "ends"},
        where={"status": "B"},
        sample={"id": "a", "ends": ends, "status": "B"},
    )
    memory, fired = first, []
    for _ in range(6):
        found = await poll(acme, memory)
        memory = found.memory
        fired.append(keys(found))
    assert fired == [[], [], ["a"], [], [], []]
    assert memory.versions == {"a": None}


async def test_what_is_due_at_the_first_poll_is_not_told_later(watching):
    ends = {"ends": "2026-03-04", "status": "B"}
    acme = watching(page("a", **ends), due={"at": "ends"}, where={"status": "B"}, sample={"id": "a", **ends})
    assert keys(await poll(acme, (await poll(acme, None)).memory)) == []


async def test_a_time_that_cannot_be_read_is_told_once_and_holds_up_no_other(watching, caplog):
    times = {"a": "garbage", "b": "nonsense", "c": None, "d": "2020-01-01"}
    acme = watching(
        {"results": [{"id": name, "at": at} for name, at in times.items()], "hasNextPage": False},
        due={"at": "at"},
        sample={"id": "a", "at": "2020-01-01"},
    )
    assert keys(await poll(acme, Memory())) == ["d"]
    assert [one.message for one in caplog.records] == ["seen: 'at' of item a is no time, so it is not due: 'garbage'"]


async def test_a_limit_puts_off_what_is_due(watching):
    ends = {"ends": "2026-03-04"}
    acme = watching(page("a", "b", **ends), due={"at": "ends"}, sample={"id": "a", **ends})
    first = await poll(acme, Memory(), limit=1)
    assert (keys(first), keys(await poll(acme, first.memory))) == (["a"], ["b"])


# Limits


async def test_what_a_limit_leaves_out_stays_unseen(watching):
    acme = watching(page("c", "b", "a"))
    first = await poll(acme, Memory(), limit=2)
    second = await poll(acme, first.memory, limit=2)
    assert (keys(first), keys(second)) == (["c", "b"], ["a"])


CHANGED = {"request": "GET /items", "since": {"param": "since", "of": "at", "overlap": "PT1H"}}
SINCE = {"lists": CHANGED, "sample": {"id": "a", "at": "2026-01-01T00:00:00Z"}}


def rows(**times: str) -> list[dict[str, Any]]:
    return [{"id": name, "at": f"2026-01-01T{time}:00Z"} for name, time in times.items()]


async def test_a_limit_does_not_let_since_pass_what_is_unseen(watching):
    acme = watching(rows(a="08:00", b="12:00"), **SINCE)
    first = await poll(acme, Memory(), limit=1)
    second = await poll(acme, first.memory)
    assert (keys(first), first.memory.since, keys(second)) == (["a"], None, ["b"])


async def test_a_later_reading_asks_for_what_has_changed_since(watching):
    acme = watching(rows(a="08:00", b="12:00"), rows(b="12:00", late="11:30"), rows(late="11:30"), [], **SINCE)
    found, fired = await poll(acme, None), []
    for _ in range(3):
        found = await poll(acme, found.memory)
        fired.append(keys(found))
    assert fired == [["late"], [], []]
    assert sent(acme) == ["/items"] + ["/items?since=2026-01-01T11%3A00%3A00Z"] * 3


@pytest.mark.parametrize("far", ["2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_since_does_not_pass_what_has_not_changed_yet(watching, far):
    acme = watching([*rows(a="08:00"), {"id": "b", "at": far}], rows(c="12:00"), **SINCE)
    first = await poll(acme, None)
    assert first.memory.since == "2026-01-01T08:00:00Z"
    assert keys(await poll(acme, first.memory)) == ["c"]


async def test_what_comes_due_is_found_although_it_has_not_changed_since(watching):
    acme = watching(rows(a="08:00"), [], due={"at": "at"}, **SINCE)
    first = await poll(acme, Memory())
    await poll(acme, first.memory)
    assert sent(acme) == ["/items", "/items"]


async def test_since_moves_on_and_never_back(watching):
    acme = watching(rows(a="08:00"), rows(b="12:00"), rows(late="11:30"), [], **SINCE)
    memory = None
    for _ in range(4):
        memory = (await poll(acme, memory)).memory
    hours = [query.partition("T")[2][:2] for query in sent(acme)[1:]]
    assert hours == ["07", "11", "11"]


async def test_a_reading_that_may_have_hidden_something_does_not_move_since(watching):
    pages = {"offset": {"total": "total", "size": {"param": "limit", "value": 2}}}
    a, hidden, c, d = rows(a="08:00", hidden="09:00", c="12:00", d="13:00")
    undisturbed = ([a, hidden], 4), ([c, d], 4)
    answers = ([a], 1), ([a, c], 4), ([d], 3), *undisturbed, *undisturbed
    acme = watching(
        *({"results": items, "total": total} for items, total in answers),
        **{**SINCE, "lists": {**CHANGED, "items": "results", "paginate": pages}},
    )
    first = await poll(acme, None)
    second = await poll(acme, first.memory)
    assert (keys(second), second.memory.since) == (["c", "d"], first.memory.since)
    assert keys(await poll(acme, second.memory)) == ["hidden"]


PAGED = {"items": "data", "paginate": {"page_number": {"param": "p", "start": 1, "more": "next"}}}


async def test_since_moves_only_when_a_second_reading_shows_all_that_several_pages_showed(watching):
    a, b, hidden, d = rows(a="08:00", b="09:00", hidden="09:30", d="13:00")
    begun = {"data": [a], "next": False}, {"data": [a, b], "next": True}
    gone = *begun, {"data": [d], "next": False}, {"data": [a], "next": True}, {"data": [hidden, d], "next": False}
    acme = watching(*gone, **{**SINCE, "lists": {**CHANGED, **PAGED}})
    first = await poll(acme, None)
    second = await poll(acme, first.memory)
    assert (keys(second), second.memory.since) == (["b", "d", "hidden"], a["at"])


async def test_since_moves_when_nothing_was_hidden_from_several_pages(watching):
    a, b, c = rows(a="08:00", b="09:00", c="10:00")
    page, more = {"data": [a, b], "next": True}, {"data": [c], "next": False}
    acme = watching({"data": [a], "next": False}, page, more, page, more, **{**SINCE, "lists": {**CHANGED, **PAGED}})
    memory = (await poll(acme, None)).memory
    assert (await poll(acme, memory)).memory.since == c["at"]


async def test_a_row_that_pages_showed_twice_does_not_let_since_move(watching):
    a, b, c = rows(a="08:00", b="09:00", c="10:00")
    page, more = {"data": [a, b], "next": True}, {"data": [b, c], "next": False}
    acme = watching({"data": [a], "next": False}, page, more, page, more, **{**SINCE, "lists": {**CHANGED, **PAGED}})
    memory = (await poll(acme, None)).memory
    assert (await poll(acme, memory)).memory.since == a["at"]


async def test_after_a_cursor_nothing_is_hidden(watching):
    a, b, c = rows(a="08:00", b="09:00", c="10:00")
    told = {"items": "data", "paginate": {"next_url": {"from": "next"}}}
    pages = {"data": [a, b], "next": "?p=2"}, {"data": [b, c]}
    acme = watching({"data": [a]}, *pages, **{**SINCE, "lists": {**CHANGED, **told}})
    memory = (await poll(acme, None)).memory
    assert (await poll(acme, memory)).memory.since == c["at"]


async def test_a_failed_reading_does_not_move_since(watching):
    acme = watching(
        rows(a="08:00"), [{"id": "b", "at": "2026-01-01T09:00:00Z"}, {"id": None}], rows(b="09:00"), **SINCE
    )
    first = await poll(acme, None)
    with pytest.raises(VendorFailed):
        await poll(acme, first.memory)
    assert keys(await poll(acme, first.memory)) == ["b"]


# A changed manifest keeps its place


CHANGES = [
    ({}, {"key": ["name", "id"]}),
    ({"version": "status"}, {"version": "name"}),
    ({"key": ["id"]}, {"key": {"hash": ["id"]}}),
    ({}, {"version": "status"}),
]


TEAMS = {"teams": {"request": "GET /teams", "items": "results"}}
UNDER = {"request": "GET /teams/{team.id}/items", "items": "results", "for_each": {"list": "teams", "as": "team"}}
FLAT = {"request": "GET /items", "items": "results"}


@pytest.mark.parametrize(("before", "after"), [(FLAT, UNDER), (UNDER, FLAT), (UNDER, UNDER), (FLAT, FLAT)])
async def test_nothing_fires_again_when_a_list_comes_to_be_read_under_another(vendor, before, after):
    def shop(items: dict[str, Any], *ids: str) -> Vendor:
        rows = {**page(*ids), "more": False}
        answers = lambda request: page("t-1") if request.url.endswith("/teams") else rows  # noqa: E731
        sample = {"id": "a", "team": {"id": "t-1"}}
        lists = {"items": {**items, "sample": sample}, **TEAMS}
        return vendor(answers, lists=lists, triggers={"seen": {**ITEM, "sample": sample}})

    old = await poll(shop(before, "a", "b"), None)
    first = await poll(shop(after, "a", "c"), old.memory)
    second = await poll(shop(after, "a", "b", "c", "d"), first.memory)
    assert [[event.item["id"] for event in found.events] for found in (first, second)] == [["c"], ["d"]]


async def test_what_comes_and_goes_and_comes_again_fires_twice(watching):
    signed = {"version": "signature.at", "where": {"signature.at": {"exists": True}}}
    at = {"at": "2026-01-01"}
    answers = [page("a", signature=one) for one in (None, at, at, None, at)]
    acme, memory, fired = watching(*answers, **signed, sample={"id": "a", "signature": at}), None, []
    for _ in range(5):
        found = await poll(acme, memory)
        memory = found.memory
        fired.append(keys(found))
    assert fired == [[], ["a"], [], [], ["a"]]


@pytest.mark.parametrize(("before", "after"), CHANGES)
async def test_nothing_fires_again_and_nothing_is_missed_when_items_are_told_apart_otherwise(watching, before, after):
    about = {"name": "Ada", "status": "A"}
    old = await poll(watching(page("a", "b", **about), **before), None)
    acme = watching(page("c", "a", **about), page("c", "a", "b", **about), **after)
    first = await poll(acme, old.memory)
    second = await poll(acme, first.memory)
    assert ([event.item["id"] for event in first.events], keys(second)) == (["c"], [])


async def test_what_changed_under_the_old_manifest_still_fires(watching):
    old = await poll(watching(page("a", status="A", name="Ada"), **STAGE), None)
    acme = watching(page("a", status="B", name="Ada"), **{**STAGE, "key": ["name", "id"]})
    (event,) = (await poll(acme, old.memory)).events
    assert event.previous["status"] == "A"


# The first memory


async def test_the_first_memory_holds_all_that_later_ones_hold(watching):
    acme = watching(rows(a="08:00"), **SINCE, remember="at")
    memory = (await poll(acme, None)).memory
    assert memory.since == "2026-01-01T08:00:00Z"
    assert memory.remembered == {"a": {"at": "2026-01-01T08:00:00Z"}}
    assert memory.identity == make_connector(triggers={"seen": ITEM}).triggers["seen"].identity.as_dict()

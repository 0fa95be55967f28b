"""Whatever happens to a list between and during its pages, and whatever fails: everything once, or an error."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal, TypeAlias

from hypothesis import event, given
from hypothesis import strategies as st

from connectors.components.http import Request, dump_json, load_json
from connectors.components.memory import Memory
from connectors.components.times import iso
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Poll, Vendor
from connectors.errors import VendorError
from tests.engine.acme import Wire, make_connection, make_connector

Change: TypeAlias = tuple[Literal["insert", "delete", "move", "edit", "fail"], int, int]

TRIGGERS = {
    "new": {"poll": "items", "key": "id"},
    "touched": {"poll": "items", "key": "id", "version": "status"},
    "changed": {"poll": "items", "key": "id", "version": "status", "fire": "changed"},
    "gone": {"poll": "items", "key": "id", "fire": "deleted"},
    "due": {
        "poll": "items",
        "key": "id",
        "due": {"at": "at"},
        "where": {"status": {"gt": 0}},
        "sample": {"id": "r0", "status": 1, "at": "2026-01-01"},
    },
}
CHANGES = st.tuples(st.sampled_from(["insert", "delete", "move", "edit", "fail"]), st.integers(0, 9), st.integers(0, 9))
SCRIPTS = st.lists(st.lists(CHANGES, max_size=3), max_size=30)
"""What happens before each request; when it is over, nothing happens any more."""
SIZES, IN_FLIGHT = st.integers(1, 3), st.sampled_from([1, 3])
ENDS = st.sampled_from(["total", "pages"])
"""What the pages say: how many rows there are, or how many pages."""


@cache
def connection(size: int, in_flight: int, end: str = "total") -> Connection:
    paging = {"start": 0, end: end, "size": {"param": "size", "value": size}}
    items = {
        "request": "GET /items",
        "items": "results",
        "paginate": {"page_number": paging},
        "in_flight": in_flight,
        "complete": True,
    }
    return make_connection(make_connector(lists={"items": items}, triggers=TRIGGERS))


class Shop:
    """A list in pages whose rows change before each request, as a script says."""

    def __init__(self, script: list[list[Change]]) -> None:
        self.script = list(script)
        self.rows: list[str] = ["r0", "r1", "r2", "r3"]
        self.status: dict[str, int] = dict.fromkeys(self.rows, 0)
        self.shown: set[str] = set()
        self.disturbed = False

    def answer(self, request: Request) -> Any:
        number, size = (int(dict(request.query)[name]) for name in ("page", "size"))
        changes = self.script.pop(0) if self.script else []
        self.disturbed = number > 0 and (self.disturbed or bool(changes))
        for change in changes:
            self.change(*change)
        if any(what == "fail" for what, _, _ in changes):
            return 403
        shown = self.rows[number * size : (number + 1) * size]
        self.shown = ({*self.shown} if number else set()) | {*shown}
        results = [{"id": row, "status": self.status[row], "at": f"2026-01-0{1 + int(row[1:]) % 9}"} for row in shown]
        return {"results": results, "total": len(self.rows), "pages": -(-len(self.rows) // size)}

    def change(self, what: str, at: int, to: int) -> None:
        if what == "insert":
            row = f"r{len(self.status)}"
            self.rows.insert(at % (len(self.rows) + 1), row)
            self.status[row] = 0
        elif self.rows and what != "fail":
            row = self.rows.pop(at % len(self.rows))
            if what != "delete":
                self.rows.insert(to % (len(self.rows) + 1) if what == "move" else at % (len(self.rows) + 1), row)
            if what == "edit":
                self.status[row] += 1


async def polls(
    shop: Shop,
    trigger: str,
    connection: Connection,
    *,
    from_start: bool = False,
    limit: int | None = None,
    quiet: int = 1,
) -> AsyncIterator[tuple[Memory | None, Poll]]:
    """Polls until the script is over and so many times more, each time as a new process with the memory as JSON.

    Gives each poll with the memory before it. A poll that failed has learnt nothing.
    """
    memory: Memory | None = None
    while quiet:
        quiet -= not shop.script
        over = not shop.script
        vendor = Vendor(Exchange(connection, Wire(shop.answer)))
        saved = dump_json(memory.as_dict()) if memory else b""
        try:
            poll = await vendor.poll(trigger, {}, memory, from_start=from_start, limit=limit, release=True)
        except VendorError as error:
            event(error.message)
            assert not over, "an undisturbed reading must not fail"
            assert saved == (dump_json(memory.as_dict()) if memory else b"")
            continue
        yield memory, poll
        memory = Memory.from_dict(load_json(dump_json(poll.memory.as_dict())))
        assert memory == poll.memory


@given(script=SCRIPTS, size=SIZES, in_flight=IN_FLIGHT, from_start=st.booleans())
async def test_every_item_of_an_undisturbed_reading_was_emitted_once_and_none_twice(
    script, size, in_flight, from_start
):
    shop = Shop(script)
    emitted: Counter[str] = Counter()
    remembered: set[str] = set()
    async for memory, poll in polls(shop, "new", connection(size, in_flight), from_start=from_start):
        emitted.update(event.item["id"] for event in poll.events)
        if memory is None and not from_start:
            remembered = set(poll.memory.versions)
            assert not poll.events
        assert not [row for row, times in emitted.items() if times > 1 or row in remembered]
        if not shop.disturbed:
            assert set(shop.rows) <= remembered | set(emitted)
    assert set(shop.rows) <= remembered | set(emitted)


@given(script=SCRIPTS, size=SIZES, in_flight=IN_FLIGHT)
async def test_no_version_is_emitted_twice_in_a_row_and_the_last_one_is_never_missed(script, size, in_flight):
    shop = Shop(script)
    last: dict[str, int] = {}
    async for memory, poll in polls(shop, "touched", connection(size, in_flight)):
        if memory is None:
            last = dict(poll.memory.versions)
        for found in poll.events:
            row, status = found.item["id"], found.item["status"]
            assert last.get(row) != status
            assert found.previous == ({"status": last[row]} if row in last else None)
            last[row] = status
    assert {row: last.get(row) for row in shop.rows} == {row: shop.status[row] for row in shop.rows}


@given(script=SCRIPTS, size=SIZES, in_flight=IN_FLIGHT, from_start=st.booleans())
async def test_a_change_is_told_of_what_was_known_and_only_of_that(script, size, in_flight, from_start):
    shop = Shop(script)
    known: dict[str, int] = {}
    async for memory, poll in polls(shop, "changed", connection(size, in_flight), from_start=from_start):
        told = {found.item["id"]: found for found in poll.events}
        assert all(found.previous["status"] != found.item["status"] for found in told.values())
        if not shop.disturbed and memory is not None:
            assert {*told} >= {row for row in shop.rows if known.get(row, shop.status[row]) != shop.status[row]}
        known = dict(poll.memory.versions)
    assert {row: known[row] for row in shop.rows} == {row: shop.status[row] for row in shop.rows}


@given(script=SCRIPTS, size=SIZES, in_flight=IN_FLIGHT, from_start=st.booleans())
async def test_what_is_due_is_told_once_when_where_first_holds(script, size, in_flight, from_start):
    shop = Shop(script)
    told: Counter[str] = Counter()
    silent: set[str] = set()
    async for memory, poll in polls(shop, "due", connection(size, in_flight), from_start=from_start):
        told.update(found.key for found in poll.events)
        silent |= {*poll.memory.due} if memory is None and not from_start else set()
        assert all(found.item["status"] > 0 for found in poll.events)
        assert poll.memory.due.keys() == silent | {*told}
    assert {row for row in shop.rows if shop.status[row] > 0} <= silent | {*told}
    assert not [row for row, times in told.items() if times > 1 or row in silent]


@given(script=SCRIPTS, size=SIZES, in_flight=IN_FLIGHT, end=ENDS)
async def test_what_is_gone_is_told_once_and_nothing_that_was_just_shown(script, size, in_flight, end):
    shop = Shop(script)
    calm_before: set[str] | None = None
    async for memory, poll in polls(shop, "gone", connection(size, in_flight, end), quiet=3):
        before = memory.versions.keys() if memory else set()
        gone = [event.key for event in poll.events]
        assert sorted(gone) == sorted(before - poll.memory.versions.keys())
        assert not {*gone} & shop.shown
        assert {*gone} <= {*(memory.missing if memory else ())}
        if not shop.disturbed:
            assert not {*gone} & {*shop.rows}
            assert {*shop.rows} <= poll.memory.versions.keys()
        assert calm_before is None or not {*gone} & calm_before
        calm_before = None if shop.disturbed else {*shop.rows}
    if shop.rows:
        assert poll.memory.versions.keys() == {*shop.rows}


@given(script=SCRIPTS, limit=st.integers(1, 3))
async def test_what_a_limit_leaves_out_is_only_put_off(script, limit):
    shop = Shop(script)
    emitted: Counter[str] = Counter()
    async for _, poll in polls(shop, "new", connection(2, 1), from_start=True, limit=limit, quiet=len(script) * 3 + 4):
        assert len(poll.events) <= limit
        emitted.update(event.key for event in poll.events)
    assert set(shop.rows) <= set(emitted)
    assert set(emitted.values()) <= {1}


class Log(Shop):
    """A list that shows what came since a day, the oldest first and without a total; each row comes a day later."""

    def change(self, what: str, at: int, to: int) -> None:
        super().change(what, len(self.rows) if what == "insert" else at, to)

    def answer(self, request: Request) -> Any:
        begin = dict(request.query).get("since", "")
        hidden = [row for row in self.rows if day(row) < begin]
        self.rows = [row for row in self.rows if day(row) >= begin]
        answer = super().answer(request)
        self.rows = hidden + self.rows
        return answer if answer == 403 else [{"id": one["id"], "at": day(one["id"])} for one in answer["results"]]


def day(row: str) -> str:
    return iso(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=int(row[1:])))


@cache
def log_connection(size: int) -> Connection:
    paging = {"start": 0, "until": "short", "size": {"param": "size", "value": size}}
    since = {"param": "since", "of": "at", "overlap": "PT1S"}
    logs = {"request": "GET /items", "paginate": {"page_number": paging}, "since": since}
    new = {"poll": "items", "key": "id", "sample": {"id": "r0", "at": "2020-01-01"}}
    return make_connection(make_connector(lists={"items": logs}, triggers={"new": new}))


GROWING = st.tuples(st.sampled_from(["delete", "insert", "fail"]), st.integers(0, 3), st.just(0))


@given(script=st.lists(st.lists(GROWING, max_size=2), max_size=8), size=st.integers(1, 2))
async def test_since_never_passes_a_row_that_a_deletion_hid(script, size):
    shop, known = Log(script), set[str]()
    async for _, poll in polls(shop, "new", log_connection(size), from_start=True):
        known |= poll.memory.versions.keys()
    assert set(shop.rows) <= known

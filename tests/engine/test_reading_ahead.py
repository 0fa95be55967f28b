"""Pages in flight: answers in order, never too many at a time, and nothing left behind."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from connectors.components.http import Request, Response, dump_json
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.errors import VendorFailed, VendorRefused
from tests.engine.acme import make_connection, make_connector, read

SIZE = {"size": {"param": "limit", "value": 2}}
NUMBERED = {"page_number": {"start": 0, "more": "more"}}
ROWS = list(range(11))


class Slow:
    """A transport whose later pages are answered first; counts how many requests are under way."""

    def __init__(self, pages: dict[int, Any], param: str = "page") -> None:
        self.pages, self.param = pages, param
        self.under_way = self.most = self.cancelled = 0
        self.asked: list[int] = []

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109 - the seam's name
        number = int(dict(request.query)[self.param])
        self.asked.append(number)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for _ in range(20 - number % 20):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.under_way -= 1
        answer = self.pages.get(number, 404)
        return Response(answer) if isinstance(answer, int) else Response(200, (), dump_json(answer))


def reading(slow: Slow, paginate: dict[str, Any] = NUMBERED, in_flight: int = 3, **blocks: Any) -> Vendor:
    items = {"request": "GET /items", "items": "data", "paginate": paginate, "in_flight": in_flight}
    return Vendor(Exchange(make_connection(make_connector(lists={"items": items}, **blocks)), slow))


def numbered(count: int) -> dict[int, Any]:
    return {number: {"data": [number], "more": number + 1 < count} for number in range(count)}


def running() -> list[str]:
    """The requests that are under way."""
    return [repr(task) for task in asyncio.all_tasks() if "_ask" in repr(task)]


@pytest.fixture(autouse=True)
async def nothing_is_left_running():
    yield
    assert not running()


@pytest.mark.parametrize("in_flight", [1, 2, 3, 8])
async def test_answers_are_used_in_order_and_never_too_many_are_asked_for_at_a_time(in_flight):
    slow = Slow(numbered(10))
    assert await read(reading(slow, in_flight=in_flight)) == list(range(10))
    assert slow.most == in_flight


async def test_pages_beyond_the_end_are_asked_for_in_vain_and_forgotten():
    slow = Slow(numbered(2))
    assert await read(reading(slow)) == [0, 1]
    assert slow.asked == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("paginate", "said"),
    [({"page_number": {"start": 0, "pages": "n"}}, 5), ({"page_number": {"start": 0, "total": "n", **SIZE}}, 10)],
)
async def test_no_page_beyond_a_known_end_is_asked_for(paginate, said):
    pages = {number: {"data": [2 * number, 2 * number + 1], "n": said} for number in range(5)}
    slow = Slow(pages)
    assert await read(reading(slow, paginate, in_flight=4)) == list(range(10))
    assert slow.asked == [0, 1, 2, 3, 4]


async def test_the_pages_ahead_are_on_the_wire_before_a_page_is_worked_on():
    slow = Slow(numbered(10))
    vendor = reading(slow)
    async with aclosing(vendor.reader.read(vendor.connector.lists["items"], {})) as batches:
        await anext(batches)
        assert slow.asked == [0, 1, 2, 3]
        await anext(batches)
        assert slow.asked == [0, 1, 2, 3, 4]


async def test_a_page_that_fails_ends_the_reading_when_its_turn_comes(caplog):
    slow = Slow({**numbered(10), 2: 403})
    vendor = reading(slow)
    batches = vendor.reader.read(vendor.connector.lists["items"], {})
    assert [(await anext(batches)).items for _ in range(2)] == [[0], [1]]
    with pytest.raises(VendorRefused):
        await anext(batches)
    assert slow.under_way == 0
    assert not [record for record in caplog.records if record.name == "asyncio"]


async def test_who_leaves_early_takes_back_what_was_asked_ahead():
    slow = Slow(numbered(10))
    vendor = reading(slow)
    async with aclosing(vendor.reader.read(vendor.connector.lists["items"], {})) as batches:
        async for _ in batches:
            await asyncio.sleep(0)
            break
    assert (slow.cancelled, slow.under_way) == (3, 0)


async def test_a_search_that_has_found_enough_takes_back_what_was_asked_ahead():
    find = {"list": "items", "input": {"name": {}}, "match": {"name": "{name}"}}
    pages = {number: {"data": [{"name": "Ada"}], "more": True, "number": number} for number in range(10)}
    slow = Slow(pages)
    assert len(await reading(slow, searches={"find": find}).search("find", {"name": "Ada"}, limit=2)) == 2
    assert not running()


async def test_a_poll_that_cannot_go_on_takes_back_what_was_asked_ahead():
    slow = Slow(numbered(10))
    with pytest.raises(VendorFailed, match="cannot be watched"):
        await reading(slow, triggers={"seen": {"poll": "items", "key": "id"}}).poll("seen", {}, None, from_start=True)
    assert not running()


async def test_a_short_page_in_the_middle_moves_the_offsets_after_it():
    rows = {number: {"data": ROWS[number : number + (1 if number == 4 else 2)]} for number in range(12)}
    slow = Slow(rows, "offset")
    offset = {"offset": {"until": "empty", **SIZE}}
    vendor, found = reading(slow, offset), list[int]()
    async for batch in vendor.reader.read(vendor.connector.lists["items"], {}):
        found += batch.items
        await asyncio.sleep(0)
    assert (found, slow.most) == (ROWS, 3)
    assert slow.asked == [0, 2, 4, 6, 8, 5, 7, 9, 11, 13, 15]


async def test_a_cursor_cannot_be_asked_ahead():
    class Cursors(Slow):
        async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
            here = dict(request.query).get("cursor", "0")
            return await super().send(request.with_query("page", here), timeout=timeout)

    slow = Cursors({0: {"data": [0], "next": "1"}, 1: {"data": [1]}})
    assert await read(reading(slow, {"cursor": {"from": "next"}})) == [0, 1]
    assert (slow.most, slow.asked) == (1, [0, 1])

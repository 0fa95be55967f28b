"""A list is read to its end, however its pages are found."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.components.http import Request
from connectors.errors import InputError, VendorFailed
from tests.engine.acme import API, make_connection, make_connector, read, sent

PAGE = {"size": {"param": "limit", "value": 2}}


@pytest.fixture
def listing(vendor: Any) -> Any:
    """A function from answers, and the blocks of the list `items`, to a Vendor."""
    return lambda *answers, **block: vendor(*answers, lists={"items": {"request": "GET /items", **block}})


NUMBERED = [
    ({"page_number": {"until": "empty"}}, [[1, 2], [3], []], ["page=1", "page=2", "page=3"]),
    ({"page_number": {"until": "short", **PAGE}}, [[1, 2], [3]], ["page=1&limit=2", "page=2&limit=2"]),
    ({"offset": {"until": "short", **PAGE}}, [[1, 2], [3]], ["offset=0&limit=2", "offset=2&limit=2"]),
    ({"offset": {"param": "o", "start": 1, "until": "empty", **PAGE}}, [[1], [3], []],
     ["o=1&limit=2", "o=2&limit=2", "o=3&limit=2"]),
]  # fmt: skip


@pytest.mark.parametrize(("paginate", "pages", "asked"), NUMBERED)
async def test_pages_by_number_that_are_the_list_itself(listing, paginate, pages, asked):
    acme = listing(*pages, paginate=paginate)
    assert await read(acme) == [item for page in pages for item in page]
    assert sent(acme) == [f"/items?{query}" for query in asked]


TOLD = [
    ({"page_number": {"pages": "pages"}}, [{"pages": 2}, {"pages": 2}], ["page=1", "page=2"]),
    ({"page_number": {"total": "all", **PAGE}}, [{"all": 4}, {"all": 4}], ["page=1&limit=2", "page=2&limit=2"]),
    ({"offset": {"total": "all", **PAGE}}, [{"all": 4}, {"all": 4}], ["offset=0&limit=2", "offset=2&limit=2"]),
    ({"cursor": {"from": "next"}}, [{"next": "b c"}, {"next": None}], ["", "cursor=b%20c"]),
    ({"cursor": {"from": "next", "param": "c", **PAGE}}, [{"next": 7}, {}], ["limit=2", "c=7&limit=2"]),
    ({"cursor": {"from_last": "id", "more": "m", "param": "after"}}, [{"m": True}, {"m": False}], ["", "after=2"]),
    ({"next_url": {"from": "next"}}, [{"next": f"{API}/items?p=%20x"}, {"next": ""}], ["", "p=%20x"]),
    ({"next_url": {"from": "next"}}, [{"next": "?p=2"}, {"next": None}], ["", "p=2"]),
]


@pytest.mark.parametrize(("paginate", "pages", "asked"), TOLD)
async def test_pages_that_say_what_follows(listing, paginate, pages, asked):
    answers = [{"data": [{"id": 2 * n + 1}, {"id": 2 * n + 2}], **about} for n, about in enumerate(pages)]
    acme = listing(*answers, items="data", paginate=paginate)
    assert [item["id"] for item in await read(acme)] == [1, 2, 3, 4]
    assert sent(acme) == [f"/items?{query}".rstrip("?") for query in asked]


async def test_pages_by_link_header(listing):
    link = {"link": f'<{API}/items?page=9>; rel="last", </items?page=2>; rel="next"'}
    acme = listing((200, [1], link), [2], paginate={"link_header": {}})
    assert await read(acme) == [1, 2]
    assert sent(acme) == ["/items", "/items?page=2"]


async def test_a_reading_may_post_its_cursor_in_the_body(listing):
    answers = {"data": [1], "next": "b"}, {"data": [2]}
    cursor = {"cursor": {"from": "next", "in": "body", **PAGE}}
    acme = listing(*answers, request="POST /items", items="data", paginate=cursor, body={"filter": {"open": True}})
    assert await read(acme) == [1, 2]
    first, second = acme.exchange.transport.sent
    assert (first.method, first.json) == ("POST", {"filter": {"open": True}, "limit": 2})
    assert (second.query, second.json) == ((), {"filter": {"open": True}, "limit": 2, "cursor": "b"})


async def test_a_posted_reading_is_repeated_like_any_other(listing):
    acme = listing(500, [1], request="POST /items")
    assert await read(acme) == [1]
    assert len(sent(acme)) == 2


@pytest.mark.parametrize("url", ["https://evil.example/items?p=2", "//evil.example/", "http://api.example.com/items"])
async def test_a_next_page_elsewhere_is_not_asked_for(listing, url):
    acme = listing({"data": [1], "next": url}, items="data", paginate={"next_url": {"from": "next"}})
    with pytest.raises(VendorFailed, match=r"'items' is said to be at .*; nothing was sent there"):
        await read(acme)
    assert len(sent(acme)) == 1


async def test_the_vendors_own_address_leads_to_where_the_connection_has_it(vendor):
    lists = {"items": {"request": "GET /items", "items": "data", "paginate": {"next_url": {"from": "next"}}}}
    stand_in = make_connection(make_connector(lists=lists), base_url="http://127.0.0.1:9/acme")
    acme = vendor({"data": [1], "next": f"{API}/items?p=2"}, {"data": [2]}, using=stand_in)
    assert await read(acme) == [1, 2]
    assert sent(acme)[1] == "http://127.0.0.1:9/acme/items?p=2"


async def test_a_start_elsewhere_is_an_input_error(listing):
    acme = listing([1])
    with pytest.raises(InputError, match="nothing was sent"):
        await read(acme, start=Request("GET", "https://evil.example/items"))


# Readings that do not get on


async def test_the_same_request_twice_is_an_error(listing):
    pages = iter(range(9))
    acme = listing(lambda _: {"data": [next(pages)], "next": "a"}, items="data", paginate={"cursor": {"from": "next"}})
    with pytest.raises(VendorFailed, match="sent a page of 'items' twice"):
        await read(acme)
    assert sent(acme) == ["/items", "/items?cursor=a", "/items?cursor=a"]


async def test_the_same_page_for_other_requests_is_an_error(listing):
    acme = listing([1], paginate={"page_number": {"until": "empty"}})
    with pytest.raises(VendorFailed, match="sent a page of 'items' twice"):
        await read(acme)
    assert len(sent(acme)) == 2


async def test_an_empty_page_with_more_to_come_has_no_next_offset(listing):
    acme = listing({"data": [], "more": True}, items="data", paginate={"offset": {"more": "more", **PAGE}})
    with pytest.raises(VendorFailed, match="not as documented: a page with more to come holds no items"):
        await read(acme)


# Since


SINCE = {"since": {"param": "changed_after", "of": "at", "overlap": "PT1H"}}


@pytest.mark.parametrize(
    ("form", "asked"),
    [({}, "changed_after=2026-01-02T09%3A00%3A00Z"), ({"format": "epoch"}, "changed_after=1767344400")],
)
async def test_a_reading_goes_back_a_little_behind_the_last_time(listing, form, asked):
    acme = listing([1], since={**SINCE["since"], **form})
    await read(acme, since=lambda _: "2026-01-02T11:00:00+01:00")
    assert sent(acme) == [f"/items?{asked}"]


async def test_without_a_last_time_everything_is_read(listing):
    acme = listing([1], **SINCE)
    await read(acme)
    assert sent(acme) == ["/items"]

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.components.http import Request, Response
from connectors.components.paginate import Page, PageNumber, Paginate

LIST = Request("GET", "https://api.example.com/v1/items", (("state", "open"),))
SEARCH = Request("POST", "https://api.example.com/v1/search", json={"state": "open"})
BY_TEN = {"param": "limit", "value": 10}


def paging(kind: str, **block: Any) -> Any:
    return Paginate.model_validate({kind: block}).chosen


def page(body: Any = None, items: int = 10, link: str | list[str] = ()) -> Any:
    links = [link] if isinstance(link, str) else link
    return Page(Response(200, tuple(("link", one) for one in links)), body, [{"id": n} for n in range(items)])


def after(pages: Any, *seen: Any, first: Request = LIST) -> Request | None:
    """What is asked for when these pages have been seen."""
    request: Request | None = pages.first(first)
    for one in seen:
        assert request is not None, "the reading ended before"
        request = pages.next(request, one)
    return request


def asked(request: Request | None) -> dict[str, str] | None:
    return None if request is None else dict(request.query)


# Numbers


def test_the_first_page_has_the_number_that_counting_starts_with():
    assert after(paging("page_number", until="empty")) == LIST.with_query("page", "1")
    assert after(paging("page_number", start=0, param="p", until="empty")) == LIST.with_query("p", "0")
    by_offset = after(paging("offset", until="empty", size=BY_TEN))
    assert asked(by_offset) == {"state": "open", "offset": "0", "limit": "10"}


def test_pages_are_counted_and_offsets_count_what_came():
    by_page = paging("page_number", until="empty", size=BY_TEN)
    assert asked(after(by_page, page(), page(items=3))) == {"state": "open", "page": "3", "limit": "10"}
    by_item = paging("offset", until="empty", size=BY_TEN)
    assert asked(after(by_item, page(), page(items=3))) == {"state": "open", "offset": "13", "limit": "10"}


@pytest.mark.parametrize("kind", ["page_number", "offset"])
@pytest.mark.parametrize(
    ("end", "more", "last"),
    [
        ({"more": "paging.next"}, page({"paging": {"next": True}}, 1), page({"paging": {"next": False}})),
        ({"last": "isLast"}, page({"isLast": False}, 1), page({"isLast": True})),
        ({"until": "empty"}, page(items=1), page(items=0)),
        ({"until": "short"}, page(items=10), page(items=9)),
        ({"total": "n"}, page({"n": 11}), page({"n": 10})),
        ({"total": "n"}, page({"n": 11}, 9), page({"n": 0}, 0)),
    ],
    ids=["more", "last", "empty", "short", "total", "total-of-none"],
)
def test_how_the_last_page_is_known(kind, end, more, last):
    pages = paging(kind, size=BY_TEN, **end)
    assert after(pages, more) is not None
    assert after(pages, last) is None


def test_the_number_of_pages_says_which_is_the_last():
    pages = paging("page_number", start=0, pages="pages")
    assert asked(after(pages, page({"pages": 3}), page({"pages": 3}, 0))) == {"state": "open", "page": "2"}
    assert after(pages, *[page({"pages": 3})] * 3) is None
    assert after(pages, page({"pages": 0}, 0)) is None


def test_by_page_number_an_empty_page_is_not_the_end_while_the_total_says_more():
    pages = paging("page_number", total="n", size=BY_TEN)
    assert asked(after(pages, page({"n": 25}, 0))) == {"state": "open", "page": "2", "limit": "10"}
    assert after(pages, page({"n": 25}), page({"n": 25}), page({"n": 25}, 5)) is None
    assert after(pages, page({"n": 25}), page({"n": 25}), page({"n": 25}, 4), page({"n": 25}, 0)) is None


def test_pages_that_are_smaller_than_asked_are_read_on():
    """The vendor gives five a page where ten were asked for, so that two pages are not yet all 13."""
    pages = paging("page_number", total="n", size=BY_TEN)
    three = after(pages, page({"n": 13}, 5), page({"n": 13}, 5))
    assert asked(three) == {"state": "open", "page": "3", "limit": "10"}
    assert three is not None
    assert pages.next(three, page({"n": 13}, 3)) is not None
    assert pages.next(three, page({"n": 13}, 0)) is None


@pytest.mark.parametrize("end", [{"more": "m"}, {"total": "m"}])
def test_by_offset_an_empty_page_with_more_to_come_is_an_error(end):
    body = {"m": True if "more" in end else 25}
    with pytest.raises(ValueError, match=r"^a page with more to come holds no items, so there is no next offset$"):
        after(paging("offset", size=BY_TEN, **end), page(body, 0))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, "is missing"),
        ({"m": None}, "is null"),
        ([], "is missing"),
        ({"m": "false"}, 'is "false"'),
        ({"m": 0}, "is 0"),
        ({"m": "x" * 99}, f'is "{"x" * 39}'),
    ],
    ids=str,
)
@pytest.mark.parametrize("word", ["more", "last"])
@pytest.mark.parametrize("kind", ["page_number", "cursor", "next_url"])
def test_a_page_that_cannot_say_whether_there_are_more_is_an_error(kind, word, body, found):
    source = {} if kind == "page_number" else {"from": "next"}
    with pytest.raises(ValueError, match=f"^'m' should be true or false, but {found}$"):
        after(paging(kind, **source, **{word: "m"}), page(body))


@pytest.mark.parametrize("end", ["total", "pages"])
@pytest.mark.parametrize(("value", "found"), [(None, "null"), ("25", '"25"'), (2.5, "2.5"), (True, "true")], ids=repr)
def test_a_page_that_cannot_count_is_an_error(end, value, found):
    pages = paging("page_number", size=BY_TEN, **{end: "meta.n"})
    with pytest.raises(ValueError, match=f"^'meta.n' should be a whole number, but is {found}$"):
        after(pages, page({"meta": {"n": value}}))


@pytest.mark.parametrize("kind", ["page_number", "offset"])
def test_pages_ahead_are_asked_for_as_if_all_were_full(kind):
    pages = paging(kind, until="short", size=BY_TEN)
    first = pages.first(LIST)
    assert pages.ahead(first, page(), 3) == [first, after(pages, page()), after(pages, page(), page())]


@pytest.mark.parametrize(
    ("kind", "end", "said", "asked_for"),
    [
        ("page_number", "total", 31, ["2", "3", "4"]),
        ("page_number", "total", 30, ["2", "3"]),
        ("page_number", "pages", 3, ["2", "3"]),
        ("page_number", "pages", 9, ["2", "3", "4", "5"]),
        ("page_number", "pages", 1, ["2"]),
        ("offset", "total", 31, ["10", "20", "30"]),
        ("offset", "total", 30, ["10", "20"]),
        ("offset", "total", 0, ["10"]),
    ],
)
def test_no_page_ahead_lies_beyond_the_end_that_is_known(kind, end, said, asked_for):
    pages = paging(kind, size=BY_TEN, **{end: "n"})
    second = pages.asking(LIST, asked_for[0])
    assert [asked(one)[pages.param] for one in pages.ahead(second, page({"n": said}), 4)] == asked_for


@pytest.mark.parametrize("kind", ["page_number", "offset"])
def test_pages_ahead_count_from_where_the_first_is(kind):
    pages = paging(kind, size=BY_TEN, start=5, total="n")
    width = 1 if kind == "page_number" else 10
    ahead = pages.ahead(pages.first(LIST), page({"n": 21}), 9)
    assert [asked(one)[pages.param] for one in ahead] == [str(5 + number * width) for number in range(3)]


WAYS_ON = [
    ("page_number", {"until": "empty"}),
    ("offset", {"until": "empty", "size": BY_TEN}),
    ("cursor", {"from": "next"}),
    ("cursor", {"from": "next", "in": "body", "size": BY_TEN}),
    ("next_url", {"from": "next"}),
    ("link_header", {}),
]


@pytest.mark.parametrize(("kind", "words"), WAYS_ON)
def test_a_later_page_is_known_as_one_of_the_same_reading(kind, words):
    pages = paging(kind, **words)
    first = pages.first(LIST)
    second = Page(Response(200, (("link", "</other?p=2>; rel=next"),)), {"next": "/other?p=2"}, [1])
    later = pages.next(first, second)
    assert pages.leads_to(first, later)
    assert pages.leads_to(first, pages.next(later, second))
    for stranger in (replace(later, method="PUT"), later.with_header("X-Account", "b"), replace(later, json={"x": 1})):
        assert not pages.leads_to(first, stranger)


@pytest.mark.parametrize(("kind", "words"), WAYS_ON[:4])
def test_a_page_of_another_reading_is_known_as_such(kind, words):
    pages = paging(kind, **words)
    first = pages.first(LIST)
    later = pages.next(first, Page(Response(200), {"next": "abc"}, [1]))
    other = replace(later, url=f"{later.url}/7")
    for stranger in (other, later.with_query("state", "closed"), later.with_query("more", "1")):
        assert not pages.leads_to(first, stranger)


def test_what_counts_can_be_known_to_be_complete():
    ends = [{"total": "n"}, {"pages": "n"}, {"until": "short"}, {"more": "m"}]
    assert [paging("page_number", size=BY_TEN, **end).counts for end in ends] == [True, True, False, False]


@given(st.integers(0, 95), st.integers(1, 10), st.sampled_from(["page_number", "offset"]), st.sampled_from(["n", None]))
def test_every_item_is_read_once(count, size, kind, total):
    end = {"total": "n"} if total else {"until": "short"}
    pages = paging(kind, size={"param": "limit", "value": size}, **end)
    request, read = pages.first(LIST), []
    while request is not None:
        number = pages.asked(request)
        start = (number - 1) * size if kind == "page_number" else number
        items = list(range(count))[start : start + size]
        read += items
        request = pages.next(request, Page(Response(200), {"n": count}, items))
    assert read == list(range(count))


# Cursors


def test_a_cursor_is_asked_for_as_it_came_and_ends_when_there_is_none():
    pages = paging("cursor", param="after", size=BY_TEN, **{"from": "meta.next"})
    assert asked(after(pages)) == {"state": "open", "limit": "10"}
    assert asked(after(pages, page({"meta": {"next": "a+b/="}}))) == {"state": "open", "limit": "10", "after": "a+b/="}
    assert asked(after(pages, page({"meta": {"next": 9007199254740993}}, 0))) is not None
    for end in ({"meta": {"next": None}}, {"meta": {"next": ""}}, {"meta": {}}, {}):
        assert after(pages, page(end)) is None


def test_a_cursor_replaces_the_one_before():
    pages = paging("cursor", **{"from": "next"})
    assert asked(after(pages, page({"next": "a"}), page({"next": 0}))) == {"state": "open", "cursor": "0"}


def test_where_a_page_says_that_it_is_the_last_its_cursor_does_not_count():
    assert after(paging("cursor", more="m", **{"from": "next"}), page({"m": False, "next": "a"})) is None
    assert after(paging("cursor", last="m", **{"from": "next"}), page({"m": True, "next": "a"})) is None


def test_the_last_item_may_be_the_cursor():
    pages = paging("cursor", param="starting_after", from_last="id", more="has_more")
    assert asked(after(pages, page({"has_more": True}, 3))) == {"state": "open", "starting_after": "2"}
    assert after(pages, page({"has_more": False}, 3)) is None
    with pytest.raises(ValueError, match=r"^a page with more to come holds no items, so there is no next cursor$"):
        after(pages, page({"has_more": True}, 0))


@pytest.mark.parametrize("token", [None, "", ...], ids=repr)
@pytest.mark.parametrize("source", ["from", "from_last"])
def test_more_to_come_without_a_cursor_is_an_error(source, token):
    holder = {} if token is ... else {"next": token}
    pages = paging("cursor", more="m", **{source: "next"})
    with pytest.raises(ValueError, match=r"^there is more to come, but nothing at 'next' that says where$"):
        after(pages, Page(Response(200), {"m": True, **holder}, [holder]))


@pytest.mark.parametrize("token", [True, False, 1.5, ["a"], {"a": 1}], ids=repr)
def test_a_cursor_is_a_text_or_a_whole_number(token):
    with pytest.raises(ValueError, match=r"^the cursor is neither a text nor a whole number$"):
        after(paging("cursor", **{"from": "next"}), page({"next": token}))


# In the body


def test_paging_in_the_body_leaves_the_rest_of_it_and_keeps_numbers():
    by_page = paging("page_number", size=BY_TEN, until="empty", **{"in": "body"})
    first = after(by_page, first=SEARCH)
    assert first is not None
    assert (first.json, first.query) == ({"state": "open", "page": 1, "limit": 10}, ())
    second = after(by_page, page(), first=SEARCH)
    assert second is not None
    assert second.json == {"state": "open", "page": 2, "limit": 10}
    assert SEARCH.json == {"state": "open"}


def test_a_cursor_in_the_body_may_make_it():
    pages = paging("cursor", param="after", **{"in": "body", "from": "next"})
    bare = Request("POST", "https://api.example.com/v1/search")
    first, second = after(pages, first=bare), after(pages, page({"next": "a"}), first=bare)
    assert first is not None
    assert second is not None
    assert (first.json, second.json) == ({}, {"after": "a"})


# Addresses


@pytest.mark.parametrize(
    ("url", "asked_for"),
    [
        ("https://api.example.com/v1/items?page=2&x=a%2Bb", "https://api.example.com/v1/items?page=2&x=a%2Bb"),
        ("/v2/items?page=2", "https://api.example.com/v2/items?page=2"),
        ("?page=2", "https://api.example.com/v1/items?page=2"),
        ("items/2", "https://api.example.com/v1/items/2"),
        ("//cdn.example.com/2", "https://cdn.example.com/2"),
        ("http://elsewhere.example/2", "http://elsewhere.example/2"),
    ],
)
def test_the_next_address_is_absolute_or_relative_and_brings_its_own_query(url, asked_for):
    by_url = after(paging("next_url", **{"from": "links.next"}), page({"links": {"next": url}}))
    by_header = after(paging("link_header"), page(link=f'<{url}>; rel="next"'))
    assert by_url == by_header == Request("GET", asked_for)


def test_the_address_of_a_page_is_relative_to_the_page_before():
    pages = paging("next_url", **{"from": "next"})
    third = after(pages, page({"next": "/v2/items?page=2"}), page({"next": "?page=3"}))
    assert third == Request("GET", "https://api.example.com/v2/items?page=3")


def test_the_next_address_takes_the_body_and_the_headers_along():
    request = Request("POST", SEARCH.url, (("a", "1"),), {"X-Version": "2"}, {"state": "open"})
    following = after(paging("next_url", **{"from": "next"}), page({"next": "?page=2"}), first=request)
    assert following == Request("POST", f"{SEARCH.url}?page=2", (), {"X-Version": "2"}, {"state": "open"})


@pytest.mark.parametrize("body", [{}, {"next": None}, {"next": ""}], ids=repr)
def test_without_an_address_the_reading_ends_unless_there_is_more(body):
    assert after(paging("next_url", **{"from": "next"}), page(body)) is None
    with pytest.raises(ValueError, match=r"^there is more to come, but nothing at 'next' that says where$"):
        after(paging("next_url", more="m", **{"from": "next"}), page({"m": True, **body}))


def test_an_address_on_the_last_page_does_not_count():
    assert after(paging("next_url", more="m", **{"from": "next"}), page({"m": False, "next": "/2"})) is None


@pytest.mark.parametrize("url", [7, False, ["/2"], {"href": "/2"}], ids=repr)
def test_an_address_is_a_text(url):
    with pytest.raises(ValueError, match=r"^'next' should be an address$"):
        after(paging("next_url", **{"from": "next"}), page({"next": url}))


@pytest.mark.parametrize(
    "link",
    [
        '</2>; rel="next"',
        "</2>;rel=next",
        "</2>; REL=Next",
        '</2>; rel = "last next"',
        '</2>; title="a, b; rel=\\"prev\\""; rel="next"',
        '</1>; rel="prev", </2>; rel="next", </9>; rel="last"',
        '</1>; rel="prev"; title="</2>; rel=next", </2>; rel="next"',
        '</1>; title="x; rel=next"; rel="prev", </2>; rel="next"',
        "</1>, </2>; rel=next",
        '</2>; rel="next"; rel="prev"',
        ['</1>; rel="prev"', '</2>; rel="next"'],
    ],
    ids=repr,
)
def test_the_link_that_is_called_next_is_followed(link):
    assert after(paging("link_header"), page(link=link)) == Request("GET", "https://api.example.com/2")


def test_an_address_may_hold_commas_and_semicolons():
    link = '</2?a=1,2;b>; rel="next"'
    assert after(paging("link_header"), page(link=link)) == Request("GET", "https://api.example.com/2?a=1,2;b")


@pytest.mark.parametrize(
    "link",
    [
        [],
        "",
        "</2>",
        '</2>; rel="nextish"',
        '</2>; rel=""',
        '</2>; xrel="next"',
        '</2>; title="rel=next"',
        '</2>; title="; rel=next"',
        '</1>; rel="prev"; rel="next"',
        'rel="next"',
        "</2; rel=next",
    ],
    ids=repr,
)
def test_without_such_a_link_the_reading_ends(link):
    assert after(paging("link_header"), page(link=link)) is None


def test_other_headers_hold_no_links():
    shown = Page(Response(200, (("x-link", "</1>; rel=next"), ("link", "</2>; rel=next"))), None, [])
    assert after(paging("link_header"), shown) == Request("GET", "https://api.example.com/2")


def test_a_vendor_may_call_it_otherwise():
    link = '</1>; rel="next", </2>; rel="https://api.example.com/rels/More"'
    pages = paging("link_header", rel="https://api.example.com/rels/more")
    assert after(pages, page(link=link)) == Request("GET", "https://api.example.com/2")


@given(st.lists(st.text(alphabet='<>;,="\\ relnxt/2')))
def test_no_header_breaks_the_reading_of_links(links):
    after(paging("link_header"), page(link=links))


# Blocks


@pytest.mark.parametrize(
    ("kind", "block", "message"),
    [
        ("page_number", {}, "say how the last page is known"),
        ("page_number", {"more": "m", "until": "empty"}, "say how the last page is known"),
        ("page_number", {"more": "m", "last": "l"}, "'more' and 'last' say the same"),
        ("page_number", {"until": "short"}, "'until: short' needs 'size'"),
        ("page_number", {"total": "n"}, "'total' needs 'size'"),
        ("offset", {"until": "empty"}, "an offset needs 'size'"),
        ("offset", {"pages": "n", "size": BY_TEN}, "counts items, not 'pages'"),
        ("cursor", {}, "say where the cursor is"),
        ("cursor", {"from": "a", "from_last": "b", "more": "m"}, "say where the cursor is"),
        ("cursor", {"from_last": "id"}, "'from_last' needs 'more' or 'last'"),
        ("cursor", {"from": "a", "more": "m", "last": "l"}, "'more' and 'last' say the same"),
        ("next_url", {}, "Field required"),
        ("page_number", {"until": "empty", "size": {"param": "n", "value": 0}}, "greater than or equal to 1"),
        ("page_number", {"until": "empty", "in": "header"}, "'query' or 'body'"),
        ("link_header", {"from": "next"}, "Extra inputs"),
    ],
    ids=str,
)
def test_a_block_that_cannot_page_is_refused(kind, block, message):
    with pytest.raises(ValidationError, match=message):
        paging(kind, **block)


def test_a_manifest_names_the_kind():
    assert paging("page_number", until="empty") == PageNumber(until="empty")
    assert paging("link_header").rel == "next"

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.components.http import Request
from connectors.components.paginate import PageNumber, Paginate

LIST = Request("GET", "https://api.example.com/items", (("state", "open"),))
MORE = PageNumber.model_validate({"start": 0, "more": "paging.hasNext"})
EMPTY = PageNumber.model_validate({"param": "p", "until": "empty"})


def next_number(pages: PageNumber, page: Any, count: int) -> str | None:
    request = pages.next(pages.first(LIST), page, count)
    return dict(request.query)[pages.param] if request else None


def test_the_first_page_has_the_number_that_counting_starts_with():
    assert MORE.first(LIST) == LIST.with_query("page", "0")
    assert EMPTY.first(LIST) == LIST.with_query("p", "1")


def test_pages_are_counted_while_the_vendor_says_that_there_are_more():
    assert next_number(MORE, {"paging": {"hasNext": True}}, 20) == "1"
    assert next_number(MORE, {"paging": {"hasNext": False}}, 20) is None


@pytest.mark.parametrize("count", [0, 1])
def test_a_short_or_empty_page_is_not_the_end_when_there_are_more(count):
    assert next_number(MORE, {"paging": {"hasNext": True}}, count) == "1"


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ({}, "is missing"),
        ({"paging": None}, "is missing"),
        ([], "is missing"),
        ({"paging": {"hasNext": None}}, "is neither"),
        ({"paging": {"hasNext": "false"}}, "is neither"),
        ({"paging": {"hasNext": 0}}, "is neither"),
    ],
)
def test_a_page_that_cannot_say_whether_there_are_more_is_an_error(page, found):
    with pytest.raises(ValueError, match=f"^'paging.hasNext' should be true or false, but {found}$"):
        next_number(MORE, page, 20)


def test_until_empty_reads_on_until_a_page_holds_nothing():
    assert next_number(EMPTY, [1], 1) == "2"
    assert next_number(EMPTY, [], 0) is None


@pytest.mark.parametrize("block", [{}, {"more": "hasNext", "until": "empty"}, {"until": "short"}])
def test_exactly_one_rule_says_how_the_last_page_is_known(block):
    with pytest.raises(ValidationError):
        PageNumber.model_validate(block)


def test_a_manifest_names_the_kind():
    assert Paginate.model_validate({"page_number": {"until": "empty"}}).chosen == PageNumber(until="empty")

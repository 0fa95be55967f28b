from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.components.http import Request, Response
from connectors.components.paginate import Page, Paginate

LIST = Request("GET", "https://api.example.com/items")
KINDS = {
    "page_number": {},
    "offset": {"size": {"param": "limit", "value": 1}},
    "cursor": {"from_last": "id"},
    "next_url": {"from": "next"},
}


def following(block: dict[str, Any], **said: Any) -> Request | None:
    pages = Paginate.model_validate(block).chosen
    page = Page(Response(200), {"next": "/items?page=2", **said}, [{"id": 7}])
    return pages.next(pages.first(LIST), page)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_may_say_that_it_is_the_last_or_that_there_are_more(kind):
    last, more = {kind: {**KINDS[kind], "last": "end"}}, {kind: {**KINDS[kind], "more": "on"}}
    assert following(last, end=True) is following(more, on=False) is None
    assert following(last, end=False) == following(more, on=True) != LIST


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_that_does_not_say_it_is_an_error(kind):
    with pytest.raises(ValueError, match="'end' should be true or false, but is missing"):
        following({kind: {**KINDS[kind], "last": "end"}})


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_said_once(kind):
    with pytest.raises(ValidationError, match=r"say the same|by one of"):
        Paginate.model_validate({kind: {**KINDS[kind], "more": "on", "last": "end"}})

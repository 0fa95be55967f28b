"""Pagination: tiny classes that only say what comes next.

The place in the reading is in the request itself: `first` makes a request ask for the first page, `next` makes the
request for the page after, or None at the end. What a page says is looked at as it came, before anything is left out.
Raises ValueError where a page does not say what the manifest expects.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Literal
from urllib.parse import urljoin

from pydantic import Field as Attribute
from pydantic import model_validator

from connectors.components.component import Component, OneKind
from connectors.components.extract import MISSING, Path, extract
from connectors.components.filters import as_text
from connectors.components.http import Request, Response, dump_json
from connectors.components.wrong import wrong


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a list: as it came, its body read as JSON, and the items found in it."""

    response: Response
    body: Any
    items: list[Any]


class Size(Component):
    """How many items a page is asked to hold."""

    param: str
    """The parameter that says how many."""
    value: int = Attribute(ge=1)
    """How many."""


class Parameters(Component):
    """Paging by parameters, in the query or in a JSON body."""

    param: str
    """The parameter that says which page."""
    place: Literal["query", "body"] = Attribute("query", alias="in")
    """Where the parameters go: into the query, or into the JSON body."""
    size: Size | None = None
    """The parameter that says how many items a page holds."""

    def asking(self, request: Request, value: Any) -> Request:
        """The request for the page that `value` stands for; None leaves the parameter out."""
        named = {} if value is None else {self.param: value}
        if self.size is not None:
            named[self.size.param] = self.size.value
        if self.place == "body":
            return replace(request, json={**(request.json or {}), **named})
        for name, one in named.items():
            request = request.with_query(name, as_text(one))
        return request

    def asked(self, request: Request) -> int:
        """The number that the request asks for."""
        return int(self._value(request))

    def leads_to(self, first: Request, later: Request) -> bool:
        """Whether `later` can be a page of the reading that begins with `first`: no more than the place differs."""
        return self.asking(first, self._value(later)) == later

    def _value(self, request: Request) -> Any:
        if self.place == "body":
            return request.json.get(self.param) if isinstance(request.json, dict) else None
        return dict(request.query).get(self.param)


class Told(Component):
    """A page may say, with true or false, whether it is the last."""

    more: Path | None = None
    """Where a page says that another follows: true, or false on the last page."""
    last: Path | None = None
    """Where a page says the opposite: true on the last page."""

    @model_validator(mode="after")
    def _says_it_once(self) -> Told:
        if self.more is not None and self.last is not None:
            raise wrong("stop", "'more' and 'last' say the same: write the one that the vendor has")
        return self

    @property
    def tells(self) -> bool:
        """Whether pages say it."""
        return self.more is not None or self.last is not None

    def goes_on(self, page: Page) -> bool:
        """Whether the page says that another follows. Raises ValueError if it says nothing."""
        if self.last is not None:
            return not _bool_at(page, self.last)
        return self.more is None or _bool_at(page, self.more)

    def _ended(self, path: Path) -> None:
        if self.tells:
            raise ValueError(f"there is more to come, but nothing at '{'.'.join(path)}' that says where")


class Counted(Parameters, Told):
    """Paging by a number. Exactly one of `more`, `last`, `until`, `total` and `pages` says where it ends."""

    start: int
    until: Literal["empty", "short"] | None = None
    """Read on until a page holds no items, or fewer than `size`."""
    total: Path | None = None
    """Where a page says how many items there are."""
    pages: Path | None = None
    """Where a page says how many pages there are."""

    @model_validator(mode="after")
    def _has_one_end(self) -> Counted:
        ends = ("more", "last", "until", "total", "pages")
        if sum(getattr(self, end) is not None for end in ends) != 1:
            raise wrong("stop", f"say how the last page is known: by one of {', '.join(ends)}")
        if self.until == "short" and self.size is None:
            raise wrong("stop", "'until: short' needs 'size', to know what is short")
        return self

    @property
    def counts(self) -> bool:
        """Whether pages say how much there is, so that a reading can be known to be complete."""
        return self.total is not None or self.pages is not None

    def first(self, request: Request) -> Request:
        """The request for the first page."""
        return self.asking(request, self.start)

    def next(self, request: Request, page: Page) -> Request | None:
        """The request for the page after this one."""
        number = self.asked(request)
        if not self._goes_on(number, page):
            return None
        return self.asking(request, number + self.step(page))

    def ahead(self, request: Request, page: Page, most: int) -> list[Request]:
        """The request for the page after this one, and those that follow if all are full; at most so many.

        None of them lies beyond the end, as far as the page says where that is.
        """
        number, end = self.asked(request), self.end(page)
        numbers = range(number + self.stride, number + most * self.stride, self.stride)
        return [request, *(self.asking(request, one) for one in numbers if end is None or one < end)]

    @abstractmethod
    def step(self, page: Page) -> int:
        """What is added to the number for the next page."""

    @property
    @abstractmethod
    def stride(self) -> int:
        """What is added for a full page."""

    @abstractmethod
    def end(self, page: Page) -> int | None:
        """The number that no page begins at or after, if the page says how much there is."""

    @abstractmethod
    def items_until(self, number: int, page: Page) -> int:
        """How many items the list holds up to the end of this page."""

    def _goes_on(self, number: int, page: Page) -> bool:
        if self.tells:
            return self.goes_on(page)
        if self.total is not None:
            left = _int_at(page, self.total) - self.items_until(number, page)
            return left > 0 or (
                left < 0 and bool(page.items)
            )  # below 0 the total is old, or pages are smaller than asked
        if self.pages is not None:
            return number - self.start + 1 < _int_at(page, self.pages)
        full = self.size.value if self.until == "short" and self.size else 1
        return len(page.items) >= full


class PageNumber(Counted):
    """Pages are numbered."""

    param: str = "page"
    """The parameter that says which page."""
    start: int = 1
    """The number of the first page."""

    @model_validator(mode="after")
    def _total_needs_size(self) -> PageNumber:
        if self.total is not None and self.size is None:
            raise wrong("stop", "'total' needs 'size', to know how many items the pages before held")
        return self

    def step(self, page: Page) -> int:
        """The next page has the next number."""
        return 1

    @property
    def stride(self) -> int:
        """The next page has the next number."""
        return 1

    def end(self, page: Page) -> int | None:
        """The number after that of the last page."""
        if self.pages is not None:
            return self.start + _int_at(page, self.pages)
        if self.total is None or self.size is None:
            return None
        return self.start + ceil(_int_at(page, self.total) / self.size.value)

    def items_until(self, number: int, page: Page) -> int:
        """What full pages held before this one, and this one."""
        assert self.size is not None
        return (number - self.start) * self.size.value + len(page.items)


class Offset(Counted):
    """A page begins so many items after the first."""

    param: str = "offset"
    """The parameter that says after how many items the page begins."""
    start: int = 0
    """The number of the first item."""

    @model_validator(mode="after")
    def _pages_count_pages(self) -> Offset:
        if self.pages is not None or self.size is None:
            raise wrong("stop", "an offset needs 'size', and counts items, not 'pages'")
        return self

    def step(self, page: Page) -> int:
        """The next page begins after what this one held."""
        if not page.items:
            raise ValueError("a page with more to come holds no items, so there is no next offset")
        return len(page.items)

    @property
    def stride(self) -> int:
        """A full page holds `size` items."""
        assert self.size is not None
        return self.size.value

    def end(self, page: Page) -> int | None:
        """The number after that of the last item."""
        return None if self.total is None else self.start + _int_at(page, self.total)

    def items_until(self, number: int, page: Page) -> int:
        """What lies before this page, and it."""
        return number - self.start + len(page.items)


class Cursor(Parameters, Told):
    """Each page says where the next begins: a token at `from`, or the value at `from_last` of its last item."""

    param: str = "cursor"
    """The parameter that takes the cursor."""
    source: Path | None = Attribute(None, alias="from")
    """Where a page holds the token; none, null or "" ends the reading."""
    from_last: Path | None = None
    """Where the last item holds what the next page begins after."""

    @model_validator(mode="after")
    def _one_source(self) -> Cursor:
        if (self.source is None) == (self.from_last is None):
            raise wrong("stop", "say where the cursor is: either 'from' or 'from_last'")
        if self.from_last is not None and not self.tells:
            raise wrong("stop", "'from_last' needs 'more' or 'last': an item does not say whether it is the last")
        return self

    def first(self, request: Request) -> Request:
        """The request for the first page: it has no cursor."""
        return self.asking(request, None)

    def next(self, request: Request, page: Page) -> Request | None:
        """The request for the page after this one."""
        if not self.goes_on(page):
            return None
        token = extract(page.body, self.source) if self.source else self._after_last(page)
        if token is MISSING or token in (None, ""):
            return self._ended(self.source or self.from_last or ())
        if not isinstance(token, str | int) or isinstance(token, bool):
            raise ValueError("the cursor is neither a text nor a whole number")
        return self.asking(request, token)

    def _after_last(self, page: Page) -> Any:
        if not page.items:
            raise ValueError("a page with more to come holds no items, so there is no next cursor")
        return extract(page.items[-1], self.from_last or ())


class Linked(Component):
    """Each page holds the address of the next, which may lie anywhere on the vendor's host."""

    def first(self, request: Request) -> Request:
        """The request for the first page."""
        return request

    def leads_to(self, first: Request, later: Request) -> bool:
        """Whether `later` can be a page of the reading that begins with `first`: only the address differs."""
        return replace(later, url=first.url, query=first.query) == first


class NextUrl(Linked, Told):
    """Each page holds the address of the next."""

    source: Path = Attribute(alias="from")
    """Where a page holds the address, absolute or relative; none, null or "" ends the reading."""

    def next(self, request: Request, page: Page) -> Request | None:
        """The request for the page after this one."""
        if not self.goes_on(page):
            return None
        url = extract(page.body, self.source)
        if url is MISSING or url in (None, ""):
            return self._ended(self.source)
        if not isinstance(url, str):
            raise ValueError(f"'{'.'.join(self.source)}' should be an address")
        return _at(request, url)


class LinkHeader(Linked):
    """The Link header of a page holds the address of the next (RFC 8288)."""

    rel: str = "next"
    """What the header calls the next page."""

    def next(self, request: Request, page: Page) -> Request | None:
        """The request for the page after this one."""
        header = ", ".join(value for name, value in page.response.headers if name == "link")
        for url, parameters in _LINK.findall(header):
            rel = next((value for name, value in _PARAMETER.findall(parameters) if name.lower() == "rel"), "")
            if self.rel.lower() in rel.strip('"').lower().split():
                return _at(request, url)
        return None


class Paginate(OneKind):
    """How a list comes in pages."""

    page_number: PageNumber | None = None
    offset: Offset | None = None
    cursor: Cursor | None = None
    next_url: NextUrl | None = None
    link_header: LinkHeader | None = None


_QUOTED = r'"(?:[^"\\]|\\.)*"'
_LINK = re.compile(rf'<([^>]*)>((?:[^,"]|{_QUOTED})*)')
_PARAMETER = re.compile(rf';\s*([^\s=;,"]+)\s*=\s*({_QUOTED}|[^\s;,"]+)')


def _at(request: Request, url: str) -> Request:
    return replace(request, url=urljoin(request.full_url, url), query=())


def _bool_at(page: Page, path: Path) -> bool:
    value = extract(page.body, path)
    if not isinstance(value, bool):
        raise ValueError(f"'{'.'.join(path)}' should be true or false, but {_found(value)}")
    return value


def _int_at(page: Page, path: Path) -> int:
    value = extract(page.body, path)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"'{'.'.join(path)}' should be a whole number, but {_found(value)}")
    return value


def _found(value: Any) -> str:
    return "is missing" if value is MISSING else f"is {dump_json(value).decode():.40}"

"""Pagination: tiny classes that only say what comes next.

The place in the reading is in the request itself: `first` makes a request ask for the first page, `next` makes the
request for the page after, or None at the end.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from connectors.components.component import Component, OneKind
from connectors.components.extract import MISSING, Path, extract
from connectors.components.http import Request


class PageNumber(Component):
    """Pages counted in a query parameter."""

    param: str = "page"
    """The query parameter that counts."""
    start: int = 1
    """The number of the first page."""
    more: Path | None = None
    """Where the page says whether another follows."""
    until: Literal["empty"] | None = None
    """Read on until a page holds no items."""

    @model_validator(mode="after")
    def _has_one_end(self) -> PageNumber:
        if (self.more is None) == (self.until is None):
            raise PydanticCustomError("stop", "say how the last page is known: either 'more' or 'until'")
        return self

    def first(self, request: Request) -> Request:
        """The request for the first page."""
        return request.with_query(self.param, str(self.start))

    def next(self, request: Request, page: Any, count: int) -> Request | None:
        """The request after this one, whose raw `page` held `count` items. Raises ValueError if the page cannot say."""
        if not self._goes_on(page, count):
            return None
        number = int(dict(request.query)[self.param])
        return request.with_query(self.param, str(number + 1))

    def _goes_on(self, page: Any, count: int) -> bool:
        if self.more is None:
            return count > 0
        more = extract(page, self.more)
        if not isinstance(more, bool):
            found = "is missing" if more is MISSING else "is neither"
            raise ValueError(f"'{'.'.join(self.more)}' should be true or false, but {found}")
        return more


class Paginate(OneKind):
    """How a list comes in pages."""

    page_number: PageNumber | None = None
    """Pages with numbers, asked for in a query parameter."""

"""Reading a list: page after page, under each parent, a few pages at a time where pages can be addressed."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias

from connectors.components.extract import extract
from connectors.components.http import Request, Response
from connectors.components.paginate import Counted, Page
from connectors.components.template import Scope
from connectors.components.values import RequestLine
from connectors.engine.exchange import Exchange
from connectors.engine.request import build
from connectors.errors import InputError, VendorFailed, VendorNotFound, VendorRefused
from connectors.manifest.calls import ForEach, List
from connectors.manifest.model import Connector

MOST_PAGES = 10_000
"""More pages than any list has; reaching it is an error, so that a vendor cannot keep us reading for ever."""
TURNS = 6
"""Turns of the event loop that bring a request onto the wire, before the page that is there keeps it busy."""
MOST_EMPTY_PAGES = 20
"""More empty pages in a row than a vendor sends that still gets on."""


Known: TypeAlias = Callable[[Sequence[Any]], Any]
"""The highest time that was read under these parents, outermost first; None where nothing was."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The items of one page, each with its parent where the list has one, and the request for the page after it."""

    items: list[Any]
    next: Request | None
    total: int | None = None
    """How many items there are up to the end of this list, if its pages say so."""
    gap: bool = False
    """The list changed while it was read, or a parent was gone: what is not shown may still be there."""
    parents: tuple[Any, ...] = ()
    """What the items lie under, outermost first."""


@dataclass(slots=True)
class Progress:
    """What tells that a reading gets on: no page is sent twice, no request made twice, and empty pages end."""

    name: str
    pages: set[bytes] = field(default_factory=set)
    requests: set[tuple[str, bytes | None]] = field(default_factory=set)
    ends: set[Any] = field(default_factory=set)
    """What pages said of how much there is."""
    empty: int = 0

    def check(self, request: Request, page: Page) -> None:
        """Raises VendorFailed when the reading does not get on."""
        digest = hashlib.sha256(page.response.body).digest()
        asked = (request.full_url, request.content)
        self.empty = 0 if page.items else self.empty + 1
        if asked in self.requests or (page.items and digest in self.pages):
            message = f"the vendor sent a page of '{self.name}' twice, so reading it would not end"
            raise VendorFailed(message, remedy="Check 'paginate' in the manifest; if it is right, ask the vendor.")
        if self.empty > MOST_EMPTY_PAGES:
            raise VendorFailed(f"the vendor sent {self.empty} empty pages of '{self.name}' in a row")
        if len(self.requests) >= MOST_PAGES:
            raise VendorFailed(f"'{self.name}' has more than {MOST_PAGES:,} pages")
        self.pages.add(digest)
        self.requests.add(asked)


@dataclass(slots=True)
class Flight:
    """Requests that were made ahead, in the order in which their answers will be wanted."""

    ask: Callable[[Request], Coroutine[Any, Any, Response]]
    tasks: deque[tuple[Request, asyncio.Task[Response]]] = field(default_factory=deque)

    async def answer(self, request: Request) -> Response:
        """The answer, from a request made ahead if it is the same; others that were made ahead are of no use then."""
        if self.tasks and self.tasks[0][0] == request:
            return await self.tasks.popleft()[1]
        await self.cancel()
        return await self.ask(request)

    async def launch(self, wanted: list[Request]) -> None:
        """Makes the requests that were not made yet, unless those that were are not the wanted ones."""
        asked = [request for request, _ in self.tasks]
        if asked == wanted[: len(asked)] != wanted:
            self.tasks.extend((request, asyncio.create_task(self.ask(request))) for request in wanted[len(asked) :])
            for _ in range(TURNS):
                await asyncio.sleep(0)

    async def cancel(self) -> None:
        """Takes back what was made ahead."""
        tasks = [task for _, task in self.tasks]
        self.tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(slots=True)
class Shown:
    """What a reading showed, and whether that is all there is."""

    paged: bool = True
    """It came in pages, so something could move from one to another meanwhile."""
    marks: set[Any] = field(default_factory=set)
    """What tells the items apart."""
    items: int = 0
    total: int | None = None
    gap: bool = False

    def add(self, page: Batch, marks: Iterable[Any]) -> None:
        """Counts a page."""
        self.items += len(page.items)
        self.marks.update(marks)
        self.total = page.total if page.total is not None else self.total
        self.gap = self.gap or page.gap

    @property
    def is_all(self) -> bool:
        """Whether pages showed nothing twice, and as many items as there are said to be."""
        return not self.gap and (not self.paged or len(self.marks) == self.items >= (self.total or 0))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the lists of one connection."""

    exchange: Exchange

    @property
    def connector(self) -> Connector:
        """The manifest."""
        return self.exchange.connection.connector

    async def read(
        self,
        reading: List,
        inputs: Mapping[str, Any],
        *,
        start: Request | None = None,
        since: Known = lambda _: None,
    ) -> AsyncGenerator[Batch]:
        """The list, page by page, from the first or from `start`. Raises VendorFailed when reading does not get on.

        Where `since` knows a time, only what has changed since then is asked for.

        Whoever leaves early closes it (`contextlib.aclosing`): that takes back what was asked ahead.
        """
        if start is not None and not self._leads_to(reading, inputs, start):
            message = f"this is no page of '{reading.name}' with these inputs; nothing was sent"
            raise InputError(message, remedy="Begin again with the first page.")
        if reading.for_each is not None:
            batches = self._under_each(reading, reading.for_each, inputs, since)
        else:
            batches = self._batches(reading, start) if start else self._opened(reading, inputs, since(()))
        async with aclosing(batches):
            async for batch in batches:
                yield batch

    def first(
        self,
        reading: List,
        inputs: Mapping[str, Any],
        since: Any = None,
        parent: Scope | None = None,
        line: RequestLine | None = None,
    ) -> Request:
        """The request for the first page, by the list's line or another of its lines.

        Of the inputs it takes those that the list has; `parent` is the parent by its name.
        """
        given = {name: field.default for name, field in reading.input.items() if "default" in field.model_fields_set}
        given |= {name: value for name, value in inputs.items() if name in reading.input}
        scope = {**given, **(parent or {}), **(reading.since.scope(since) if reading.since else {})}
        request = build(self.exchange.connection, reading, scope, reading.input, line)
        if reading.since is not None:
            request = reading.since.asking(request, since)
        return reading.paginate.chosen.first(request) if reading.paginate else request

    def _leads_to(self, reading: List, inputs: Mapping[str, Any], later: Request) -> bool:
        """Whether the request can be for a page of this list."""
        if reading.for_each is not None or reading.paginate is None or later.origin != self.exchange.connection.trusted:
            return False
        firsts = (self.first(reading, inputs, line=line) for line in reading.lines)
        return any(reading.paginate.chosen.leads_to(first, later) for first in firsts)

    async def _opened(
        self, reading: List, inputs: Mapping[str, Any], since: Any, parent: Scope | None = None
    ) -> AsyncGenerator[Batch]:
        """The pages by the line that worked before, or by the first that the vendor does not answer with 405."""
        numbers = self.exchange.connection.lines_to_try(reading)
        for number in numbers:
            request, begun = self.first(reading, inputs, since, parent, reading.lines[number]), False
            try:
                async with aclosing(self._batches(reading, request)) as batches:
                    async for batch in batches:
                        begun = True
                        self.exchange.connection.worked[reading.name] = number
                        yield batch
            except VendorRefused as error:
                if error.status != 405 or begun or number == numbers[-1]:
                    raise
            else:
                return

    async def _under_each(
        self, reading: List, each: ForEach, inputs: Mapping[str, Any], since: Known
    ) -> AsyncGenerator[Batch]:
        before, families = 0, Shown()
        async with aclosing(self.read(self.connector.lists[each.list], inputs)) as pages:
            async for family in pages:
                families.add(family, (repr((family.parents, extract(one, each.key))) for one in family.items))
                if not family.items and family.parents:
                    yield Batch([], None, parents=family.parents)
                for parent in family.items:
                    above = (*family.parents, parent)
                    children = self._children(reading, each, inputs, since(above), parent)
                    async with aclosing(children) as batches:
                        total = None
                        async for batch in batches:
                            total = None if batch.total is None else before + batch.total
                            items = [_with_parent(item, each.as_, parent) for item in batch.items]
                            yield Batch(items, None, total, batch.gap, above)
                        before = before if total is None else total
        if not families.is_all:  # a parent may have been hidden
            yield Batch([], None, gap=True)

    async def _children(
        self, reading: List, each: ForEach, inputs: Mapping[str, Any], since: Any, parent: Any
    ) -> AsyncGenerator[Batch]:
        """The pages under one parent; if it is gone and may be left out, only that there is a gap."""
        try:
            async with aclosing(self._opened(reading, inputs, since, {each.as_: parent})) as batches:
                async for batch in batches:
                    yield batch
        except InputError as error:
            first, _, path = (error.field or "").partition(".")
            if first != each.as_:
                raise
            about = error.message.replace(
                f"'{error.field}'", f"the '{path}' of one of '{each.list}'" if path else "one"
            )
            raise VendorFailed(f"'{reading.name}' cannot be read under each of '{each.list}': {about}") from None
        except VendorNotFound:
            if each.on_404 != "skip":
                raise
            yield Batch([], None, gap=True)

    async def _batches(self, reading: List, request: Request) -> AsyncGenerator[Batch]:
        progress, flight = Progress(reading.name), Flight(partial(self._ask, rate=reading.rate))
        paginate = reading.paginate.chosen if reading.paginate else None
        following: Request | None = request
        try:
            while following is not None:
                request = following
                page, following = self._page(reading, request, await flight.answer(request))
                progress.check(request, page)
                if following is not None and isinstance(paginate, Counted) and reading.in_flight > 1:
                    await flight.launch(paginate.ahead(following, page, reading.in_flight))
                said = _said(reading, page)
                progress.ends.add(said)
                total = said if isinstance(paginate, Counted) and paginate.total else None
                yield Batch(page.items, following, total, gap=len(progress.ends) > 1)
        finally:
            await flight.cancel()

    async def _ask(self, request: Request, rate: str | None) -> Response:
        return await self.exchange.send(request, effect="read", repeatable=True, rate=rate)

    def _page(self, reading: List, request: Request, response: Response) -> tuple[Page, Request | None]:
        try:
            body = response.json()
            page = Page(response, body, _items(reading, body))
            following = reading.paginate.chosen.next(request, page) if reading.paginate else None
            return page, following and self._at_the_vendor(following, reading)
        except ValueError as error:
            raise self.exchange.unreadable(response, "read", str(error)) from None

    def _at_the_vendor(self, request: Request, reading: List) -> Request:
        """The request where the connection has the vendor. Raises VendorFailed for an address that lies elsewhere."""
        connection = self.exchange.connection
        url = connection.at_the_vendor(request.url)
        if url is not None:
            return replace(request, url=url)
        raise VendorFailed(
            f"the next page of '{reading.name}' is said to be at {request.origin}; nothing was sent there,"
            f" for credentials go to {connection.trusted} alone",
            remedy="If the vendor has moved there, give the new address as the connection's base_url.",
        )


def _items(reading: List, body: Any) -> list[Any]:
    found, at = extract(body, reading.items), ".".join(reading.items)
    if reading.single:
        if not isinstance(found, dict):
            raise ValueError(f"no object at '{at}'" if at else "it is not an object")
        return [found]
    if not isinstance(found, list):
        raise ValueError(f"no list at '{at}'" if at else "it is not a list")
    return found


def _said(reading: List, page: Page) -> Any:
    """What the page says of how much there is, if it does."""
    paged = reading.paginate.chosen if reading.paginate else None
    path = (paged.total or paged.pages) if isinstance(paged, Counted) else None
    return extract(page.body, path) if path else None


def _with_parent(item: Any, name: str, parent: Any) -> Any:
    return {**item, name: parent} if isinstance(item, dict) else item

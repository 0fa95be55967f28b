"""Requests as a manifest writes them: where inputs go, what comes back, and how a list is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field as Attribute
from pydantic import PrivateAttr, model_validator

from connectors.components.component import Component
from connectors.components.extract import Path
from connectors.components.fields import Field, Fields, TypeName
from connectors.components.http import Request
from connectors.components.paginate import Counted, Paginate
from connectors.components.template import Hole, Template
from connectors.components.times import Duration, iso, moment
from connectors.components.tree import Tree, holes_in
from connectors.components.values import Block, Name, RequestLine, Time
from connectors.components.wrong import wrong


class FileOutput(Component):
    """A file that an operation gives."""

    url: Template | None = None
    """The file's address, from the answer: `{currentSignature.signedPdfUrl}`. Default: the answer is the file.

    On the vendor's own host it is asked for signed in, on a host of `origins` without any credential.
    """
    name: Template | None = None
    """The file's name, from the answer or the inputs. Default: what the vendor calls it."""
    media_type: str | None = None
    """Such as application/pdf. Default: what the vendor says."""


class Output(Field):
    """What comes back, in the words of fields."""

    file: FileOutput | None = None
    """A file comes back: the answer itself, or what it points to."""


class Named(Component):
    """What stands under a name in the manifest."""

    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """Its key in the manifest."""
        return self._name


class Call(Component):
    """A request, and where its inputs go: unless it is written here, into the query (GET, DELETE) or the body."""

    request: RequestLine
    """METHOD /path; a {name} in the path is filled with one value."""
    query: Block | None = None
    """What the query holds, in place of the inputs."""
    headers: Block | None = None
    """Headers to send besides those of signing in."""
    body: Tree | None = None
    """What the JSON body holds, in place of the inputs."""
    form: Block | None = None
    """What a form holds, in place of the inputs; nested names are written a[b]."""
    send: Literal["json", "form"] = "json"
    """Whether the inputs that go into the body are sent as JSON or as a form."""
    rate: Name | None = None
    """The plan in `rates` that its requests count against."""

    def takes_the_rest(self, line: RequestLine) -> Literal["query", "body", "form"] | None:
        """Where that line sends inputs that no template mentions; None if what is written there replaces them."""
        if line.method in ("GET", "DELETE"):
            return "query" if self.query is None else None
        if self.body is not None or self.form is not None:
            return None
        return "form" if self.send == "form" else "body"

    @property
    def lines(self) -> list[RequestLine]:
        """The request's line, and those that are tried instead."""
        return [self.request, *self.request.alternatives]

    def holes(self, line: RequestLine | None = None) -> Iterator[tuple[tuple[str, ...], Hole]]:
        """Every hole with the path, inside this block, of the text that it stands in; sent by that line."""
        yield from holes_in(line or self.request, ("request",))
        for place in ("query", "headers", "body", "form"):
            yield from holes_in(getattr(self, place), (place,))


class IdempotencyKey(Component):
    """How the vendor knows a repetition."""

    header: str
    """The header that carries a key, the same each time."""


class ForEach(Component):
    """A list that is read once under each item of another."""

    list: Name
    """The list of parents."""
    as_: Name = Attribute(alias="as")
    """The name of the parent: in templates, and in each item, where it takes the place of a field of that name."""
    key: Path = ("id",)
    """What tells parents apart; it becomes part of each item's key."""
    on_404: Literal["skip"] | None = None
    """A parent that is gone meanwhile is left out. Default: it fails the reading."""


class Since(Component):
    """A reading that asks only for what has changed since the highest time that was read."""

    param: str | None = None
    """The query parameter that takes the time. Elsewhere `{since}` inserts it: in a body, or inside a text."""
    of: Path
    """Where an item holds the time that the vendor compares with."""
    overlap: Duration = timedelta(minutes=5)
    """How far back each reading goes again, for rows that arrive late."""
    format: Literal["iso8601", "epoch"] = "iso8601"
    """How the parameter is written; for `{since}` there are filters."""
    begin: Time | None = None
    """The time to ask from while none was read yet. Default: none, and what mentions `{since}` drops out then."""

    def asking(self, request: Request, highest: Any) -> Request:
        """The request for what has changed since the highest value that was read, less the overlap."""
        when = self._time(highest)
        if when is None or self.param is None:
            return request
        return request.with_query(self.param, iso(when) if self.format == "iso8601" else str(int(when.timestamp())))

    def scope(self, highest: Any) -> dict[str, str]:
        """What `{since}` stands for, after the highest value that was read; nothing while there is no such time."""
        when = self._time(highest)
        return {} if when is None else {"since": iso(when)}

    def _time(self, highest: Any) -> datetime | None:
        """The highest value that was read, less the overlap; without one, the time to begin from."""
        when = moment(highest)
        try:
            return when - self.overlap if when is not None else moment(self.begin)
        except OverflowError:
            return None


class List(Named, Call):
    """A reading that triggers, searches and dropdowns share."""

    title: str | None = None
    """What a person reads."""
    docs: str | None = None
    """Where the vendor documents it."""
    output: TypeName | Output | None = None
    """What an item is: the name of one of `types`, or the words of fields. Default: as the sample shows."""
    sample: Any = None
    """An example of an item, for all operations that read the list and have none of their own."""
    input: Fields = {}
    """What its request needs; triggers, searches and dropdowns that read it give inputs of the same names."""
    items: Path = ()
    """Where a page holds its items. Default: the page is the list itself."""
    single: bool = False
    """There is one item and no list: the answer itself, or what it holds at `items`."""
    paginate: Paginate | None = None
    """How it goes on. Default: everything comes at once."""
    in_flight: int = Attribute(1, ge=1, le=8)
    """How many pages are asked for at a time, where pages are counted."""
    for_each: ForEach | None = None
    """Read it under each item of another list."""
    since: Since | None = None
    """Ask only for what has changed since the last reading."""
    complete: bool = False
    """A reading shows everything there is, so what it does not show is gone."""

    @model_validator(mode="after")
    def _can_be_complete(self) -> List:
        paged = self.paginate.chosen if self.paginate else None
        counted = paged is None or (isinstance(paged, Counted) and paged.counts)
        if self.complete and (self.since is not None or not counted):
            message = "'complete' needs a list that comes at once or whose pages say how much there is, without 'since'"
            raise wrong("complete", message)
        if self.single and (self.complete or paged is not None):
            raise wrong("single", "'single' is one item in one answer, so there are no pages and nothing is gone")
        return self

"""Answers of a vendor by the request that the manifest makes for them, to be compared with others of the same kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from connectors.components.extract import MISSING, extract
from connectors.components.fields import Field, parse_text
from connectors.components.http import Request, Response, dump_json
from connectors.components.outcome import is_success
from connectors.components.paginate import Cursor, LinkHeader, NextUrl, Page
from connectors.components.values import RequestLine
from connectors.manifest.model import Action, Connector, List
from connectors.testing.case import Case
from connectors.testing.shape import Shape
from connectors.testing.steps import Exchange

Seen: TypeAlias = tuple[Request, Response]

RATES = re.compile(r"(x-)?rate-?limit.*")
"""Headers in which answers tell of limits."""


@dataclass(frozen=True)
class Reading:
    """What the manifest reads with one kind of request, by the names of the lists and actions that do."""

    line: RequestLine
    calls: tuple[List | Action, ...] = field(compare=False)
    linked: bool = False
    """The answer of what the first answer points to, such as a file."""

    @property
    def name(self) -> str:
        """What people call it: `offers`, `get_offer, get_signed_pdf`."""
        names = ", ".join(map(title, self.calls))
        return f"{names} (what it points to)" if self.linked else names

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What such a request's path ends in."""
        parts = (re.split(r"\{[^{}]*\}", segment.text) for segment in self.line.segments)
        segments = ("[^/]+".join(map(re.escape, texts)) for texts in parts)
        return re.compile(".*/" + "/".join(segments))

    def fits(self, request: Request) -> bool:
        """Whether the request is one of these."""
        return request.method == self.line.method and bool(self.pattern.fullmatch(urlsplit(request.url).path))

    @property
    def list(self) -> List | None:
        """The list that is read with it, if one is."""
        return next((call for call in self.calls if isinstance(call, List)), None)


def title(call: List | Action) -> str:
    """What people call it."""
    return f"the list {call.name}" if isinstance(call, List) else call.name


def readings(connector: Connector) -> list[Reading]:
    """Every kind of request with which the manifest only reads; those with the fewest holes first."""
    found: dict[str, list[List | Action]] = {}
    lines: dict[str, RequestLine] = {}
    reading = [action for action in connector.actions.values() if action.effective == "read"]
    for call in [*connector.lists.values(), *reading]:
        for line in call.lines:
            shape = re.sub(r"\{[^{}]*\}", "{}", line.line)
            lines.setdefault(shape, line)
            found.setdefault(shape, []).append(call)
    every = [Reading(lines[shape], tuple(calls)) for shape, calls in found.items()]
    return sorted(every, key=lambda one: len(list(one.line.holes)))


@dataclass
class Answers:
    """The successful answers to one kind of request, and what they have in common."""

    reading: Reading
    seen: list[Seen] = field(default_factory=list[Seen])
    whole: list[Seen] | None = None
    """Those that hold all that they held, so that the size of a page tells something; None if all do."""

    @cached_property
    def bodies(self) -> list[Any]:
        """What is JSON among them."""
        return [body for _, response in self.seen if (body := _json(response)) is not MISSING]

    @cached_property
    def shape(self) -> Shape:
        """The shape of all of them."""
        shape = Shape()
        for body in self.bodies:
            shape.add(body)
        return shape

    @property
    def statuses(self) -> set[int]:
        """Their statuses."""
        return {response.status for _, response in self.seen}

    @property
    def media_types(self) -> set[str]:
        """What they say that they are."""
        said = (response.header("content-type") for _, response in self.seen)
        return {text.partition(";")[0].strip().lower() for text in said if text}

    @property
    def rate_headers(self) -> set[str]:
        """The headers in which they tell of limits."""
        return {name for _, response in self.seen for name, _ in response.headers if RATES.fullmatch(name)}

    @cached_property
    def pages(self) -> list[tuple[int, bool]]:
        """How many items each whole page holds, and whether it leads on; those that cannot be read are left out."""
        reading, whole = self.reading.list, self.seen if self.whole is None else self.whole
        return [page for one in whole if reading and (page := _page(reading, *one))]

    @property
    def cursors(self) -> set[str]:
        """The forms of what says where the next page is."""
        paginate = self.reading.list and self.reading.list.paginate
        source = paginate.chosen.source if paginate and isinstance(paginate.chosen, Cursor | NextUrl) else None
        return {_form(found) for body in self.bodies if source and (found := extract(body, source))}

    def unlisted(self, connector: Connector) -> set[tuple[str, str]]:
        """Place and value of what is not among the values that the manifest lists for a field."""
        found: set[tuple[str, str]] = set()
        for call in self.reading.calls:
            if said := connector.output_of(call):
                path = call.items if isinstance(call, List) else call.result
                for body in self.bodies:
                    items = extract(body, path)
                    several = isinstance(call, List)
                    found |= set(_unlisted(Field(items=said) if several else said, items, ".".join(path)))
        return found


def sorted_out(known: list[Reading], parts: Iterable[Iterable[Seen]]) -> dict[Reading, Answers]:
    """The successful answers by what was asked for; what an answer points to comes under its own heading."""
    found: dict[Reading, Answers] = {}
    for part in parts:
        for reading, seen in _assigned(known, part):
            if is_success(seen[1]):
                found.setdefault(reading, Answers(reading)).seen.append(seen)
    return found


def _assigned(known: list[Reading], part: Iterable[Seen]) -> Iterator[tuple[Reading, Seen]]:
    last: Reading | None = None
    for seen in part:
        fitting = next((one for one in known if one.fits(seen[0])), None)
        last = fitting or last
        if fitting is not None:
            yield fitting, seen
        elif last is not None and seen[0].method == "GET":
            yield Reading(last.line, last.calls, linked=True), seen


def recorded(case: Case) -> Iterator[Seen]:
    """What went over the wire in those steps of the case that came to a good end."""
    for step in case.steps:
        for exchange in step.exchanges if step.error is None else ():
            if exchange.answer is not None:
                yield _seen(exchange)


def _seen(exchange: Exchange) -> Seen:
    asked, answer = exchange.request, exchange.answer
    assert answer is not None
    url, _, query = asked.url.partition("?")
    body = asked.json_ if "json_" in asked.model_fields_set else MISSING
    request = Request(asked.method, url, tuple(parse_qsl(query, keep_blank_values=True)), json=body)
    return request, Response(answer.status, tuple(answer.headers.items()), answer.body or b"")


def _json(response: Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return MISSING


def _page(reading: List, request: Request, response: Response) -> tuple[int, bool] | None:
    body = _json(response)
    items = extract(body, reading.items)
    if not isinstance(items, list):
        return None
    try:
        following = reading.paginate.chosen.next(request, Page(response, body, items)) if reading.paginate else None
    except (ValueError, TypeError):
        return None
    return len(items), following is not None


def _form(cursor: Any) -> str:
    text = str(cursor)
    if text.startswith(("http://", "https://", "/")):
        return "an address"
    return "digits" if text.isdecimal() else "a text"


def is_linked(reading: List) -> bool:
    """Whether a page itself says where the next one is."""
    return reading.paginate is not None and isinstance(reading.paginate.chosen, Cursor | NextUrl | LinkHeader)


def _unlisted(said: Field, value: Any, where: str) -> Iterator[tuple[str, str]]:
    listed = [*(said.enum or ()), *(parse_text(said, one) for one in (said.choices and said.choices.values) or ())]
    if listed and isinstance(value, str | int) and value not in listed:
        yield where, value if isinstance(value, str) else dump_json(value).decode()
    elif isinstance(value, dict):
        for name, inner in (said.properties or {}).items():
            yield from _unlisted(inner, value.get(name), f"{where}.{name}" if where else name)
    elif isinstance(value, list) and said.items:
        for one in value:
            yield from _unlisted(said.items, one, f"{where}[]")

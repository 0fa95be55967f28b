"""What differs between the answers that were recorded and those of today, for one kind of request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.components.paginate import Counted
from connectors.manifest.model import Action, Connector, List
from connectors.testing.answers import Answers, Reading, is_linked
from connectors.testing.shape import Shape, turns

_LONGEST = 60
"""Characters of a value that is shown."""


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was."""

    operation: str
    """The list or the actions whose answers they are."""
    where: str
    """The place in the answer; the whole of it if empty."""
    kind: str
    """status, answer, gone, type, paging, media type, null, optional, value, new or rates."""
    what: str
    breaking: bool = False
    """What uses the connector may fail now, or miss something."""


@dataclass(frozen=True)
class Uncompared:
    """What was not compared, and why."""

    operation: str
    why: str


def compare(connector: Connector, before: Answers, now: Answers) -> Iterator[Change | Uncompared]:
    """What is another now than it was recorded, or than the manifest shows it if nothing was."""
    reading = now.reading
    name = reading.name
    for turn in turns(_expected(connector, reading, before), now.shape):
        if turn.kind == "unknown":
            yield Uncompared(name, f"{turn.where}: {turn.what}")
        else:
            paging = turn.breaking and _is_about(turn.where, _paging(reading))
            yield Change(name, turn.where, "paging" if paging else turn.kind, turn.what, turn.breaking)
    yield from _heads(connector, name, before, now)
    if reading.list is not None:
        yield from _pages(reading.list, name, before, now)
    for where, value in sorted(now.unlisted(connector) - before.unlisted(connector)):
        shown = value if len(value) <= _LONGEST else f"{value[:_LONGEST]} …"
        yield Change(name, where, "value", f"{shown!r}, which the manifest does not list")


def _expected(connector: Connector, reading: Reading, before: Answers) -> Shape:
    """What was recorded; and what the manifest shows and says, for possible."""
    shape = before.shape
    for call in () if reading.linked else reading.calls:
        place = shape.at(call.items).each if isinstance(call, List) else shape.at(call.result)
        for sample in _samples(connector, call):
            place.allow(sample)
        if said := connector.output_of(call):
            place.promise(said)
    return shape


def _samples(connector: Connector, call: List | Action) -> Iterator[Any]:
    """The samples of what the request gives; not of files, nor with anything in them that was fetched besides."""
    if isinstance(call, Action):
        if getattr(call.output, "file", None) is None and not call.include:
            yield call.sample
        return
    own = [one for one in [*connector.triggers.values(), *connector.searches.values()] if not one.include]
    yield from filter(None, [call.sample, *(one.sample for one in own if connector.shown_by(one) is call)])


def _paging(reading: Reading) -> list[str]:
    """The places in an answer that say whether and where it goes on."""
    paginate = reading.list and reading.list.paginate
    if not paginate:
        return []
    paths = (getattr(paginate.chosen, word, None) for word in ("more", "last", "total", "pages", "source"))
    last = getattr(paginate.chosen, "from_last", None)
    items = ".".join(reading.list.items) if reading.list else ""
    return [".".join(path) for path in paths if path] + ([f"{items}[].{'.'.join(last)}"] if last else []) + [items]


def _is_about(where: str, places: list[str]) -> bool:
    return any(where == place or place.startswith(f"{where}.") for place in places)


def _heads(connector: Connector, name: str, before: Answers, now: Answers) -> Iterator[Change]:
    """What the heads of the answers say: status, media type, limits."""
    for status in sorted(now.statuses - before.statuses) if before.seen else ():
        yield Change(name, "", "status", f"{status}, which was {_listed(before.statuses)}", True)
    for kind in sorted(now.media_types - before.media_types) if before.media_types else ():
        readable = len(now.bodies) == len(now.seen) or len(before.bodies) < len(before.seen)
        what = f"{kind[:_LONGEST]}, which was {_listed(before.media_types)}"
        yield Change(name, "", "media type", what, not readable)
    for header in sorted(before.rate_headers - now.rate_headers):
        yield Change(name, header, "rates", "this header tells of no limit any more")
    for header in sorted(now.rate_headers - before.rate_headers) if not connector.rates else ():
        yield Change(name, header, "rates", "this header tells of a limit, and the manifest of none")


def _pages(reading: List, name: str, before: Answers, now: Answers) -> Iterator[Change]:
    sizes = {count for count, leads_on in before.pages if leads_on}
    present = {count for count, leads_on in now.pages if leads_on}
    paged = reading.paginate.chosen if reading.paginate else None
    told = not (isinstance(paged, Counted) and paged.until == "empty")  # there a page that is not full leads on too
    if told and sizes and present and max(sizes) != max(present):
        short = isinstance(paged, Counted) and paged.until == "short" and max(present) < max(sizes)
        yield Change(name, "", "paging", f"{max(present):,} items on a page, which were {max(sizes):,}", short)
    if sizes and not present and is_linked(reading) and any(count in sizes for count, _ in now.pages):
        yield Change(name, "", "paging", "a full page does not say any more where the next one is", True)
    if before.cursors and now.cursors - before.cursors:
        what = f"the next page is said by {_listed(now.cursors)}, which was {_listed(before.cursors)}"
        yield Change(name, ".".join(getattr(paged, "source", None) or ()), "paging", what)


def _listed(words: Iterable[Any]) -> str:
    return " or ".join(sorted(map(str, words)))

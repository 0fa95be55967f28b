"""What follows from how lists come in pages: every item once, no page beyond the end, and an end to every reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator
from functools import partial

from connectors.components.extract import MISSING
from connectors.components.http import dump_json
from connectors.components.paginate import Counted
from connectors.manifest.calls import List
from connectors.manifest.model import Connector
from connectors.testing.generated.items import items_of, sample_item
from connectors.testing.generated.pretend import PAGE, World
from connectors.testing.generated.trial import Act, Done, Trial, chosen
from connectors.testing.generated.values import value_for

_PAGES = 3


def of_pages(connector: Connector, names: Container[str]) -> Iterator[Trial]:
    """The trials about every list and its pages."""
    for reading in chosen(connector.lists, names):
        pages = (1,) if reading.paginate is None else (1, _PAGES)
        for count in pages:
            yield from (_whole(connector, reading, count, over) for over in ((-1,) if reading.single else (0, -1)))
        if reading.paginate is not None:
            yield _ending(connector, reading, "a vendor whose pages never end", "endless")
            yield _ending(connector, reading, "a vendor that sends its first page again and again", "again")


def _act(connector: Connector, reading: List, count: int, how: str = "") -> Act:
    fields = connector.inputs_of(reading)
    given = {name: value_for(field, name) for name, field in fields.items() if field.required}
    given = {name: value for name, value in given.items() if value is not MISSING}
    items = items_of(connector, reading, count, sample_item(connector, None, reading))
    return Act("read", given, World(connector, items, endless=how == "endless", again=how == "again"))


def _size(reading: List) -> int:
    """How many items a page of the pretend vendor holds."""
    size = getattr(reading.paginate.chosen, "size", None) if reading.paginate else None
    return size.value if size is not None else PAGE


def _whole(connector: Connector, reading: List, pages: int, over: int) -> Trial:
    count = max(1, pages * _size(reading) + over)
    asked = None if reading.for_each else _asked(reading, pages, count)
    what = f"{count} items on {pages} page{'' if pages == 1 else 's'}"
    expect = partial(_each_once, count, asked)
    return Trial(reading.name, "pages", what, (_act(connector, reading, count),), expect)


def _asked(reading: List, pages: int, count: int) -> int:
    """How many pages are asked for: one more where only a page that is not full, or empty, says that it is the last."""
    paged = reading.paginate.chosen if reading.paginate else None
    until = paged.until if isinstance(paged, Counted) else None
    return pages + (1 if until == "empty" or (until == "short" and count % _size(reading) == 0) else 0)


def _each_once(count: int, asked: int | None, done: list[Done]) -> str | None:
    last = done[-1]
    if last.error is not None:
        return f"it cannot be read: {last.error}"
    shown = Counter(dump_json(item) for item in last.output)
    if len(shown) != count or len(last.output) != count:
        return f"of {count} items {len(shown)} come out, {len(last.output) - len(shown)} of them twice"
    if asked is not None and len(last.requests) != asked:
        return f"{asked} page{'' if asked == 1 else 's'} should be asked for, and {len(last.requests)} are"
    return None


def _ending(connector: Connector, reading: List, what: str, how: str) -> Trial:
    act = _act(connector, reading, _PAGES * _size(reading), how)
    return Trial(reading.name, "pages", what, (act,), _ends)


def _ends(done: list[Done]) -> str | None:
    if done[-1].error is None:
        return f"reading ends after {len(done[-1].requests)} pages as if that were all; it should be an error"
    return None

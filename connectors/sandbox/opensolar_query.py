"""How the pretend OpenSolar reads what a query asks of a list. What it cannot read it refuses (400), naming it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .django import wrong

if TYPE_CHECKING:
    from .strict import Json

Query = Mapping[str, str]

PAGE_SIZE = 20
MOST = 100

WHOLE = re.compile("[0-9]{1,9}")


def page(rows: Sequence[Json], query: Query) -> list[Json]:
    """The rows of the page asked for, the first being 1; behind the last there are none."""
    size = min(positive(query, "limit", PAGE_SIZE), MOST)
    start = (positive(query, "page", 1) - 1) * size
    return list(rows[start : start + size])


def positive(query: Query, name: str, default: int | None = None, *, most: int = 10**9) -> int:
    """A number from 1 to `most`; without a default it is required."""
    text = query.get(name)
    if text is None and default is not None:
        return default
    if text is None:
        raise wrong(name, "This field is required.")
    if not WHOLE.fullmatch(text) or not 1 <= int(text) <= most:
        raise wrong(name, f"A whole number from 1 to {most} is required, not {text!r}.")
    return int(text)


def choice(query: Query, name: str, known: Sequence[str], *, required: bool = False) -> str | None:
    """One of the known words, or None."""
    text = query.get(name)
    if text is None and required:
        raise wrong(name, "This field is required.")
    if text is not None and text not in known:
        raise wrong(name, f"{text!r} is not one of: {', '.join(known)}.")
    return text


def matching(rows: Sequence[Json], query: Query, filters: Mapping[str, Mapping[str, Any] | type[int]]) -> list[Json]:
    """The rows that every filter given lets through."""
    for name, known in filters.items():
        if name in query:
            wanted = _wanted(query, name, known)
            rows = [row for row in rows if row[name] == wanted]
    return list(rows)


def _wanted(query: Query, name: str, known: Mapping[str, Any] | type[int]) -> Any:
    if isinstance(known, Mapping):
        text = choice(query, name, list(known))
        assert text is not None
        return known[text]
    if not WHOLE.fullmatch(query[name]):
        raise wrong(name, "A valid integer is required.")
    return int(query[name])


def ordered(rows: Sequence[Json], query: Query, names: Sequence[str]) -> list[Json]:
    """By `ordering`, downwards with a minus before it; equal ones and all without it by id."""
    order = choice(query, "ordering", [*names, *(f"-{name}" for name in names)]) or "id"
    return sorted(rows, key=lambda row: (row[order.removeprefix("-")], row["id"]), reverse=order.startswith("-"))


def ranged(rows: Sequence[Json], query: Query) -> list[Json]:
    """By `range`, `[first, last]` counted from 0. The document names it without a word on its form."""
    if "range" not in query:
        return list(rows)
    found = re.fullmatch(r"\[([0-9]{1,9}), ?([0-9]{1,9})\]", query["range"])
    if not found:
        raise wrong("range", "Two whole numbers in brackets are required: [0, 24].")
    first, last = map(int, found.groups())
    return list(rows[first : last + 1])


def holding(rows: Sequence[Json], text: str) -> list[Json]:
    """The rows that hold the text anywhere, in whatever case."""
    return [row for row in rows if text.casefold() in json.dumps(row, ensure_ascii=False).casefold()]

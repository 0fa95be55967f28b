"""Small wrong changes to a manifest, one at a time: the kinds there are, and where each applies.

Changes are made to the plain data of a manifest, so that a mutant is what an author might have written. Words for
people (titles, descriptions, docs, notes, samples, examples) stay as they are, and so does what only makes it faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.components.http import dump_json
from connectors.testing.edits import GONE, Change, Context, found, places
from connectors.testing.kinds import KINDS, Kind

_BLOCKS = ("lists", "triggers", "actions", "searches")
_UNSEEN = re.compile(
    r"/webhook/setup$|^rates(/|$)|/rate$|/(login|oauth2)(/|$)|^origins(/|$)|/secret$|/read$|/on_404$|/choices/search$"
)
"""Places whose part in a connector no trial shows."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong change."""

    kind: str
    place: str
    """Where, as dotted names."""
    before: Any
    after: Any
    path: tuple[str, ...]

    @property
    def change(self) -> str:
        """Such as `100 → 101`."""
        return f"{shown(self.before)} → {shown(self.after)}"

    @property
    def operation(self) -> str:
        """The operation or list that it is in, else the first word of its place."""
        return self.path[1] if self.path[0] in ("triggers", "actions", "searches", "lists") else self.path[0]

    @property
    def can_be_seen(self) -> bool:
        """Whether trials reach what it changes; elsewhere their silence says nothing."""
        return _UNSEEN.search("/".join(self.path)) is None

    def of(self, data: Any) -> Any:
        """The manifest with this change."""
        return _with(data, self.path, self.after)


def concerned(data: Any, path: tuple[str, ...]) -> set[str] | None:
    """The operations and lists that a change at that path can make behave otherwise; None if all of them can.

    One block knows another by its name alone, so that what names it may be concerned, and what names that.
    """
    if path[0] not in _BLOCKS:
        return None
    blocks = {name: block for kind in _BLOCKS for name, block in (data.get(kind) or {}).items()}
    named = {name: {one for _, one in places(block, ()) if isinstance(one, str)} for name, block in blocks.items()}
    names, more = set[str](), {path[1]}
    while more - names:
        names |= more
        more = {name for name, texts in named.items() if texts & names}
    return names


def shown(value: Any) -> str:
    """A value in one short line."""
    text = value if isinstance(value, str) else "nothing" if value is GONE else dump_json(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}…"


def mutants(data: Any) -> Iterator[Mutant]:
    """Every mutant of a manifest's data, in the same order each time."""
    everywhere = list(places(data, ()))
    for kind in KINDS:
        for form, changes in kind.changes:
            fits = re.compile(form)
            for path, value in everywhere:
                if fits.fullmatch("/".join(one.replace("/", "~1") for one in path)):
                    yield from _made(kind, changes(value, Context(data, path)), data, path)


def _made(kind: Kind, changes: Iterator[Change], data: Any, path: tuple[str, ...]) -> Iterator[Mutant]:
    for below, after in changes:
        whole = (*path, *below)
        before = found(data, whole)
        if before is GONE and after is GONE:
            continue
        if type(before) is not type(after) or before != after:
            yield Mutant(kind.name, ".".join(whole), before, after, whole)


def _with(value: Any, path: tuple[str, ...], after: Any) -> Any:
    if not path:
        return after
    first, *rest = path
    if isinstance(value, list):
        made = [_with(one, tuple(rest), after) if index == int(first) else one for index, one in enumerate(value)]
        return [one for one in made if one is not GONE]
    value = value if isinstance(value, dict) else {}
    made = {**value, first: _with(value.get(first), tuple(rest), after)}
    return {name: one for name, one in made.items() if one is not GONE}

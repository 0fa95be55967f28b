"""The shape of JSON values: which types, which fields, how often; merged over all values that were seen.

A shape holds no value. Names of fields are kept as they are if they read like names; under any other key, such as a
number, a UUID or words with spaces, things are kept together as `*`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.components.fields import Field

_NAME = re.compile(r"(?!.*\d{5})(?!.*@)[A-Za-z_$][A-Za-z0-9_$:.-]{0,63}")
_DEEPEST = 40
_KINDS = {"string": "text", "integer": "number", "boolean": "true or false", "array": "list"}


@dataclass
class Shape:
    """What is known of the values at one place."""

    seen: int = 0
    """How many values there were."""
    kinds: set[str] = field(default_factory=set[str])
    """Their types: text, number, true or false, object, list, null."""
    objects: int = 0
    """How many of them were objects."""
    fields: dict[str, Shape] = field(default_factory=dict[str, "Shape"])
    """What the objects held, by name."""
    items: Shape | None = None
    """What the lists held; None if they held nothing."""
    promised: bool = False
    """The manifest says which types there are."""

    def add(self, value: Any, depth: int = 0) -> None:
        """Takes in a value that was seen."""
        self.seen += 1
        self.kinds.add(kind_of(value))
        if depth == _DEEPEST:
            return
        if isinstance(value, dict):
            self.objects += 1
            inner: dict[str, list[Any]] = {}
            for name, one in value.items():
                inner.setdefault(_named(name), []).append(one)
            for name, several in inner.items():
                self._field(name).add_all(several, depth)
        elif isinstance(value, list):
            for one in value:
                self._items().add(one, depth + 1)

    def add_all(self, values: list[Any], depth: int = 0) -> None:
        """Takes in what one object holds under one name, which counts once."""
        for one in values:
            self.add(one, depth + 1)
        self.seen -= len(values) - 1

    def allow(self, value: Any) -> None:
        """Takes a sample for possible, though nothing of it was seen."""
        self.kinds.add(kind_of(value))
        for name, one in value.items() if isinstance(value, dict) else ():
            self._field(_named(name)).allow(one)
        for one in value if isinstance(value, list) else ():
            self._items().allow(one)

    def promise(self, said: Field) -> None:
        """Takes for possible what the manifest says of the field."""
        if said.named is not None or said.read is not None:
            return
        self.promised = True
        self.kinds |= {_KINDS.get(kind, kind) for kind in said.kinds}
        for name, one in (said.properties or {}).items():
            self._field(name).promise(one)
        if said.items is not None:
            self._items().promise(said.items)

    def at(self, path: tuple[str, ...]) -> Shape:
        """The shape of what lies at `path`; an empty one that belongs to it if nothing is known."""
        shape = self
        for name in path:
            shape = shape._items() if name.isdecimal() else shape._field(name)
        return shape

    @property
    def each(self) -> Shape:
        """The shape of what the lists hold; an empty one that belongs to it if they held nothing."""
        return self._items()

    def _field(self, name: str) -> Shape:
        return self.fields.setdefault(name, Shape())

    def _items(self) -> Shape:
        self.items = self.items or Shape()
        return self.items


@dataclass(frozen=True)
class Turn:
    """One thing in which two shapes differ."""

    where: str
    kind: str
    """`gone`, `new`, `type`, `null` or `optional`; `unknown` for what could not be compared."""
    what: str
    breaking: bool = False


def turns(recorded: Shape, now: Shape, where: str = "") -> Iterator[Turn]:
    """What is another now, place by place."""
    yield from _kinds(recorded, now, where)
    if recorded.objects and not now.objects and "object" not in now.kinds - recorded.kinds:
        yield Turn(where, "unknown", "holds no object now, so that what lay in it was not compared")
    elif now.objects:
        for name in [*recorded.fields, *(name for name in now.fields if name not in recorded.fields)]:
            yield from _field(recorded, now, name, f"{where}.{name}" if where else name)
    if recorded.items and recorded.items.seen and now.seen and not (now.items and now.items.seen):
        yield Turn(f"{where}[]", "unknown", "nothing is in it now, so that what was in it was not compared")
    elif recorded.items and now.items and now.items.seen:
        yield from turns(recorded.items, now.items, f"{where}[]")


def _kinds(recorded: Shape, now: Shape, where: str) -> Iterator[Turn]:
    before, others = recorded.kinds - {"null"}, now.kinds - recorded.kinds - {"null"}
    if others and before:
        yield Turn(where, "type", f"{_listed(others)}, which was {_listed(before)}", breaking=True)
    elif others and recorded.kinds:
        yield Turn(where, "type", f"{_listed(others)}, which was always null")
    if "null" in now.kinds - recorded.kinds and before:
        yield Turn(where, "null", f"null, which was {_listed(before)}", breaking=recorded.promised)


def _field(recorded: Shape, now: Shape, name: str, where: str) -> Iterator[Turn]:
    before, after = recorded.fields.get(name), now.fields.get(name)
    always = before is not None and 0 < recorded.objects == before.seen
    if before is None and after is not None:
        yield Turn(where, "new", f"{_listed(after.kinds)}, in {after.seen:,} of {now.objects:,}")
    elif before is not None and (after is None or not after.seen):
        if always:
            yield Turn(where, "gone", f"in none of {now.objects:,}, where all {before.seen:,} had it", breaking=True)
        elif before.seen:
            yield Turn(where, "unknown", "is not there now, and was not always there")
    elif before is not None and after is not None:
        if always and after.seen < now.objects:
            yield Turn(where, "optional", f"in {after.seen:,} of {now.objects:,}, where all {before.seen:,} had it")
        yield from turns(before, after, where)


def kind_of(value: Any) -> str:
    """The type of a JSON value, for people."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true or false"
    if isinstance(value, int | float):
        return "number"
    return {str: "text", dict: "object", list: "list"}[type(value)]


def _named(key: str) -> str:
    return key if _NAME.fullmatch(key) else "*"


def _listed(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))

"""What is new, changed, due or gone, given what is remembered.

Memory holds an entry for every item ever read, also for those that a trigger's `where` leaves out: so a value that goes
from A to B and back to A is seen twice, and an item that moves between pages is not taken for a new one. Nothing is
forgotten because a reading did not show it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal, TypeAlias
from urllib.parse import quote, unquote

from pydantic import AfterValidator, ConfigDict, TypeAdapter
from pydantic import Field as Attribute

from connectors.components.component import Component
from connectors.components.extract import MISSING, Path, extract, nest, same
from connectors.components.http import dump_json
from connectors.components.times import latest, moment

Fire: TypeAlias = Literal["new", "changed", "new_or_changed", "deleted", "due"]

MANY_GONE = 5
MUCH_GONE = 0.2
"""More than MANY_GONE items and more than this part of all at once are held: that is likelier a fault than tidying."""


class Ways(Component):
    """How items were told apart, as it is remembered."""

    key: list[list[str]] = Attribute(min_length=1)
    hashed: bool
    version: list[str]
    under: list[list[str]] = []
    """Where the parents that items lie under have their keys, outermost first."""
    version_hash: list[list[str]] = []
    """In place of `version`, the values that together tell whether an item has changed."""


def _described(identity: dict[str, Any]) -> dict[str, Any]:
    Ways.model_validate(identity)
    return identity


@dataclass(slots=True)
class Memory:
    """What a trigger has seen: each item by its key."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    versions: dict[str, Any] = field(default_factory=dict)
    """The version that it had when it was last read."""
    remembered: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The values at the trigger's `remember`, by path."""
    due: dict[str, Any] = field(default_factory=dict)
    """The time for which it was last said to be due."""
    missing: list[str] = field(default_factory=list)
    """Keys that the last complete reading did not show."""
    since: Any = None
    """The highest value of the list's `since` that was read; under parents, of each of them, by their names."""
    identity: Annotated[dict[str, Any], AfterValidator(_described)] | None = None
    """How items were told apart."""
    before: Memory | None = None
    """What was remembered when items were told apart in another way, until each is read again."""
    heard: dict[str, int] = field(default_factory=dict)
    """Marks of what webhooks brought, each with its time in seconds since 1970 (`heard.py`)."""
    unread: Literal[True] | None = None
    """All that is known came by webhook: nothing was read yet, so the first reading is silent."""

    def copy(self) -> Memory:
        """One that can be written to without touching this one."""
        before = self.before.copy() if self.before else None
        kept = self.versions.copy(), self.remembered.copy(), self.due.copy(), list(self.missing)
        return Memory(*kept, self.since, self.identity, before, self.heard.copy(), self.unread)

    def as_dict(self) -> dict[str, Any]:
        """The memory as JSON; what is empty is left out."""
        whole = {one.name: getattr(self, one.name) for one in fields(self)}
        whole["before"] = self.before.as_dict() if self.before else None
        said = {name: value for name, value in whole.items() if value not in (None, {}, [])}
        return {"versions": self.versions, **said}

    @classmethod
    def from_dict(cls, data: Any) -> Memory:
        """The memory that `as_dict` gave. Raises ValueError for anything else."""
        try:
            if isinstance(data, dict) and "versions" in data:
                return _MEMORY.validate_python(data)
        except ValueError:
            pass
        raise ValueError("this is not a trigger's memory")


_MEMORY = TypeAdapter(Memory)


@dataclass(slots=True)
class Look:
    """One item compared with the memory, which `keep` writes it into."""

    key: str
    version: Any
    kept: dict[str, Any]
    fires: bool
    previous: dict[str, Any] | None
    """What was remembered of it, if it fires and was known."""
    due: Any = None
    """The time for which it is due now."""
    was: tuple[tuple[Memory, str], ...] = ()
    """Where it is remembered in another way, with its key there, to be forgotten now."""

    def keep(self, memory: Memory, *, told: bool = True) -> None:
        """Remembers the item as it is now; that it is due, only if it is `told`."""
        memory.versions[self.key] = self.version
        if self.kept:
            memory.remembered[self.key] = self.kept
        elif memory.remembered:
            memory.remembered.pop(self.key, None)
        if told and self.due is not None:
            memory.due[self.key] = self.due
        for before, key in self.was:
            before.versions.pop(key, None)


@dataclass(frozen=True, slots=True)
class Due:
    """A time in an item, and how long before it the trigger fires."""

    at: Path
    before: timedelta


@dataclass(frozen=True, slots=True)
class Identity:
    """How a trigger tells items apart (`key`), tells whether one has changed (`version`), and when it fires."""

    key: tuple[Path, ...]
    version: Path | None
    fire: Fire
    hashed: bool = False
    """The key is a hash of the values at `key`, any of which may be absent."""
    remember: tuple[Path, ...] = ()
    due: Due | None = None
    under: tuple[Path, ...] = ()
    """Where the parents that items lie under have their keys, outermost first: an item's key begins with theirs."""
    version_hash: tuple[Path, ...] = ()
    """In place of `version`, the values that together tell whether an item has changed; any may be absent."""

    def as_dict(self) -> dict[str, Any]:
        """What makes two memories comparable."""
        key, under, hashed = ([list(path) for path in paths] for paths in (self.key, self.under, self.version_hash))
        own = {"key": key, "hashed": self.hashed, "version": list(self.version or ()), "under": under}
        return {**own, **({"version_hash": hashed} if hashed else {})}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Identity:
        """An identity that only tells apart, as one that `as_dict` described."""
        places = (data["key"], data["under"], data.get("version_hash", []))
        keys, under, hashed = (tuple(tuple(path) for path in paths) for paths in places)
        version = tuple(data["version"]) or None
        return cls(keys, version, "new", data["hashed"], under=under, version_hash=hashed)

    def key_of(self, item: Any) -> str:
        """The item's key as text. Raises ValueError if the item has none."""
        if self.hashed:
            return _hash_of(item, self.key)
        values = [_usable("an item", item, path) for path in self.key]
        only = values[0] if len(values) == 1 else values
        return only if isinstance(only, str) else dump_json(only).decode()

    def version_of(self, item: Any) -> Any:
        """What to compare: the value at `version`, or a hash of several; null and missing are alike: nothing is there.

        That it goes is a change too: a signature that is withdrawn (null) and then there again with the same time fires
        again, like any A → B → A. Whether it was given anew or only left out for a while, nobody can tell: when in
        doubt, twice rather than never.
        """
        if self.version is None:
            return _hash_of(item, self.version_hash) if self.version_hash else None
        value = extract(item, self.version)
        return None if value is MISSING else value

    def names_of(self, parents: Sequence[Any]) -> tuple[str, ...]:
        """What these parents, outermost first, are known by. Raises ValueError if one has no key."""
        known_by = zip(parents, self.under, strict=False)
        return tuple(f"{_usable('a parent of an item', parent, path)}" for parent, path in known_by)

    def since(self, memory: Memory, parents: Sequence[Any]) -> Any:
        """The highest time that was read under these parents; None under those that appeared later."""
        known = memory.since
        if not self.under:
            return known
        with contextlib.suppress(ValueError):
            return known.get(_joined(self.names_of(parents))) if isinstance(known, dict) else None
        return None

    def move_since(self, memory: Memory, highest: Mapping[tuple[str, ...], Any]) -> None:
        """Remembers the highest time of each list that was read, by the names of its parents."""
        if not self.under:
            memory.since = latest(memory.since, highest.get(()))
            return
        known = memory.since if isinstance(memory.since, dict) else {}
        told = {_joined(names): value for names, value in highest.items() if value is not None}
        memory.since = known | {name: latest(known.get(name), value) for name, value in told.items()}

    def begin(self, memory: Memory | None) -> Memory:
        """A memory to write to. What was remembered in another way is looked up in that way, until it is read again.

        One that does not say how is taken to be of this way; one that does not say under which parents, of these.
        """
        own = self.as_dict()
        if memory is None:
            return Memory(identity=own)
        known = _saying_under(memory, own["under"])
        if known.identity in (None, own):
            return replace(known, identity=own)
        heard, unread = dict(known.heard), known.unread
        before = _lifted(known, len(self.under))
        since = known.since if known.identity and known.identity["under"] == own["under"] else None
        return Memory(since=since, identity=own, before=before, heard=heard, unread=unread)

    def look(self, item: Any, memory: Memory, now: datetime, parents: Sequence[Any] = ()) -> Look:
        """The item compared with the memory; `parents`, outermost first, are what it lies under.

        Raises ValueError if it or one of them has no key.
        """
        key, version = self._whole_key(item, parents), self.version_of(item)
        own = (self, key, memory)
        before = list(self._ways_before(item, memory, parents)) if memory.before else []
        kept = self.to_remember(item) if self.remember else {}
        seen = own if key in memory.versions else next((way for way in before if way[1] in way[2].versions), None)
        if self.due is not None:
            at = self._falls_due(item, now)
            said = next((then.due[known] for _, known, then in (own, *before) if known in then.due), None)
            fires = at is not None and at != said
        else:
            at, fires = None, self._fires(version, item, seen)
        previous = seen[0].previous_of(*seen[1:]) if seen and fires else None
        was = tuple((then, known) for _, known, then in before) if self.fire == "deleted" else ()
        return Look(key, version, kept, fires, previous, at, was)

    def gone(
        self,
        read: set[str],
        memory: Memory,
        *,
        empty: Collection[tuple[str, ...]] = (),
        release: bool = False,
        most: int | None = None,
    ) -> tuple[list[tuple[str, Any]], int]:
        """After a complete reading: what two such readings in a row did not show, and how many are held as too many.

        What is given out, by key and at most so many, is forgotten; `release` gives out what is held. An empty reading
        says nothing, and nothing is said of what lies under parents (by `names_of`) for whom the reading was `empty`.
        """
        if not read:
            return [], 0
        self._adopt(memory)
        absent = memory.versions.keys() - read
        if empty:
            absent = {key for key in absent if not self._lies_under(key, empty)}
        sure = [key for key in memory.missing if key in absent]
        memory.missing = sorted(absent)
        if not release and len(sure) > MANY_GONE and len(sure) > MUCH_GONE * len(memory.versions):
            return [], len(sure)
        return [(key, self._forgotten(key, memory)) for key in sure[:most]], 0

    def previous_of(self, key: str, memory: Memory) -> dict[str, Any]:
        """What is remembered of the item with that key."""
        values = dict(memory.remembered.get(key, {}))
        if self.version is not None:
            values.setdefault(".".join(self.version), memory.versions[key])
        inner_first = sorted(values, key=len, reverse=True)  # so that an object takes the place of what lies in it
        return nest({path: values[path] for path in inner_first})

    def to_remember(self, item: Any) -> dict[str, Any]:
        """What is kept of the item, by path."""
        return {".".join(path): value for path in self.remember if (value := extract(item, path)) is not MISSING}

    def _whole_key(self, item: Any, parents: Sequence[Any]) -> str:
        """The item's key, and before it that of the parents; of more parents than are asked for, the innermost."""
        own = self.key_of(item)
        if not self.under:
            return own
        return f"{_joined(self.names_of(parents[len(parents) - len(self.under) :]))}/{own}"

    def _lies_under(self, key: str, parents: Collection[tuple[str, ...]]) -> bool:
        names = _split(key.partition("/")[0], len(self.under))
        return any(names[:depth] in parents for depth in range(1, len(names) + 1))

    def _fires(self, version: Any, item: Any, seen: Way | None) -> bool:
        if seen is None:
            return self.fire in ("new", "new_or_changed")
        if self.fire not in ("changed", "new_or_changed"):
            return False
        way, key, memory = seen
        return not same(memory.versions[key], version if way is self else way.version_of(item))

    def _ways_before(self, item: Any, memory: Memory, parents: Sequence[Any]) -> Iterator[Way]:
        """Each way in which items were told apart before, latest first, with the item's key and what is remembered."""
        before = memory.before
        while before is not None and before.identity is not None:
            way = Identity.from_dict(before.identity)
            if len(way.under) <= len(parents):
                with contextlib.suppress(ValueError):
                    yield way, way._whole_key(item, parents), before  # noqa: SLF001
            before = before.before

    def _adopt(self, memory: Memory) -> None:
        """Takes over what was remembered in another way and not read since, so that it is found to be gone."""
        before, memory.before = memory.before, None
        while before is not None:
            then, now = before.identity, self.as_dict()
            same = then is not None and all(then.get(word) == now.get(word) for word in ("version", "version_hash"))
            for key, version in before.versions.items():
                memory.versions.setdefault(key, version if same else None)
                if key in before.remembered:
                    memory.remembered.setdefault(key, before.remembered[key])
            before = before.before

    def _falls_due(self, item: Any, now: datetime) -> Any:
        assert self.due is not None
        at = extract(item, self.due.at)
        when = moment(at)
        return at if when is not None and when - now <= self.due.before else None

    def _forgotten(self, key: str, memory: Memory) -> Any:
        item = self.previous_of(key, memory)
        memory.versions.pop(key)
        memory.remembered.pop(key, None)
        return item


Way: TypeAlias = tuple[Identity, str, Memory]


def _hash_of(item: Any, paths: Sequence[Path]) -> str:
    plain = [None if (value := extract(item, path)) is MISSING else value for path in paths]
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:32]


def _usable(what: str, item: Any, path: Path) -> Any:
    value = extract(item, path)
    if value is MISSING or value is None or isinstance(value, (dict, list)):
        raise ValueError(f"{what} has no usable '{'.'.join(path)}' to know it by")
    return value


def _joined(names: Sequence[str]) -> str:
    """The names of parents as one text without a slash; other names give another text."""
    if len(names) > 1:
        names = [name.replace("%", "%25").replace("/", "%2F") for name in names]
    return quote("/".join(names), safe="")


def _split(joined: str, depth: int) -> tuple[str, ...]:
    """The names that `_joined` made one text of."""
    text = unquote(joined)
    return (text,) if depth == 1 else tuple(map(unquote, text.split("/")))


def _saying_under(memory: Memory, under: list[list[str]]) -> Memory:
    """A copy, in which every way says under which parents items lay; where it was not said, these."""
    copy = memory.copy()
    one: Memory | None = copy
    while one is not None:
        one.identity = one.identity and {**one.identity, "under": one.identity.get("under", under)}
        one = one.before
    return copy


def _lifted(memory: Memory, depth: int) -> Memory:
    """The memory with keys under no more parents than `depth`: of those further out, items no longer say anything."""
    before = _lifted(memory.before, depth) if memory.before else None
    identity = memory.identity
    if identity is None or len(identity["under"]) <= depth:
        return replace(memory, before=before)

    def lifted(key: str) -> str:
        joined, _, own = key.partition("/")
        names = _split(joined, len(identity["under"]))
        return f"{_joined(names[-depth:])}/{own}" if depth else own

    versions, remembered, due = (
        {lifted(key): value for key, value in kept.items()} for kept in (memory.versions, memory.remembered, memory.due)
    )
    under = identity["under"][len(identity["under"]) - depth :]
    return Memory(versions, remembered, due, [], memory.since, {**identity, "under": under}, before)

"""Polling a trigger: read its list, compare with memory, give events and the memory to keep together with them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from connectors.components.extract import MISSING, extract
from connectors.components.http import dump_json
from connectors.components.memory import Identity, Look, Memory
from connectors.components.times import moment
from connectors.engine.reading import Batch, Reader
from connectors.engine.spool import Spool
from connectors.errors import VendorFailed
from connectors.manifest.model import List, Trigger

MOST_SCANS = 5
"""So many readings are tried for a first memory."""


@dataclass(frozen=True, slots=True)
class Poll:
    """What a poll found: events in the order read, and the memory to keep together with them.

    `held` counts items that look deleted but are too many at once to be believed.
    """

    events: Spool
    memory: Memory
    held: int = 0


@dataclass(slots=True)
class Shown:
    """What a reading showed, and whether that is all there is."""

    paged: bool
    """It came in pages, so something could move from one to another meanwhile."""
    each: bool
    """Keys are those of entries inside of items, so only their whole content tells items apart."""
    keys: set[str] = field(default_factory=set)
    contents: set[bytes] = field(default_factory=set)
    items: int = 0
    under: dict[tuple[str, ...], int] = field(default_factory=dict)
    """How many items there were under each parent."""
    total: int | None = None
    gap: bool = False

    def add(self, batch: Batch, parents: tuple[str, ...]) -> None:
        """Counts a page."""
        count = len(batch.items)
        self.items += count
        for depth in range(1, len(parents) + 1):
            self.under[parents[:depth]] = self.under.get(parents[:depth], 0) + count
        if self.each:
            self.contents.update(sha256(dump_json(item)).digest() for item in batch.items)
        self.total = batch.total if batch.total is not None else self.total
        self.gap = self.gap or batch.gap

    @property
    def is_all(self) -> bool:
        """Whether pages showed nothing twice, and as many items as there are said to be."""
        if self.gap or not self.paged:
            return not self.gap
        return len(self.contents if self.each else self.keys) == self.items >= (self.total or 0)

    @property
    def empty(self) -> set[tuple[str, ...]]:
        """The parents under whom there was nothing."""
        return {parents for parents, count in self.under.items() if not count}


@dataclass(slots=True)
class Poller:
    """Polls one trigger with one input."""

    reader: Reader
    trigger: Trigger
    inputs: Mapping[str, Any]
    include: Callable[[Any], Awaitable[Any]]
    """Fetches what an event's item only names."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    list: List = field(init=False)
    """The list that the trigger reads."""
    identity: Identity = field(init=False)
    """How items are told apart, and the parents that they lie under."""

    def __post_init__(self) -> None:
        assert self.trigger.poll is not None
        self.list = self.reader.connector.lists[self.trigger.poll]
        parents = [one.for_each.key for one in self.reader.connector.lineage(self.list) if one.for_each]
        self.identity = replace(self.trigger.identity, under=tuple(reversed(parents)))

    async def poll(self, memory: Memory | None, *, limit: int | None = None, release: bool = False) -> Poll:
        """Compares one reading with the memory; without one, everything is new.

        Of more than `limit` events the rest is left unseen. Raises VendorError, and then nothing was learnt.
        """
        after, events, shown = self.identity.begin(memory), Spool(), self._shown()
        after.unread = None
        highest, gap = after.since, False
        async with aclosing(self._read(after.since)) as batches:
            async for batch in batches:
                gap = gap or batch.gap
                for look, item in self._looks(batch, after, shown):
                    told = look.fires and self._counts(item, look.previous)
                    if told and limit is not None and len(events) >= limit:
                        continue
                    if told:
                        events.add(look.key, look.version, look.previous, await self.include(item))
                    look.keep(after, told=told)
                    highest = self._later(highest, item) if self.list.since else None
        if not gap and (limit is None or len(events) < limit):  # what was not shown may have changed before that
            after.since = highest
        if shown is None:
            after.missing = []
            return Poll(events, after)
        return Poll(events, after, self._find_gone(shown, after, events, limit=limit, release=release))

    def _find_gone(self, shown: Shown, after: Memory, events: Spool, *, limit: int | None, release: bool) -> int:
        """Adds what is gone to the events, and counts what is held."""
        if not shown.is_all:
            after.missing = [key for key in after.missing if key not in shown.keys]
            return 0
        gone, held = self.identity.gone(shown.keys, after, empty=shown.empty, release=release, most=limit)
        for key, item in gone:
            if self._counts(item, item):
                events.add(key, None, None, item)
        return held

    async def settle(self, memory: Memory | None = None) -> Memory:
        """A first memory: of one page, or of as many readings as it takes until two in a row hold the same items.

        It goes on from what webhooks brought before.
        """
        memory = self.identity.begin(memory)
        memory.unread = None
        before: set[str] | None = None
        for _ in range(MOST_SCANS):
            read, pages = await self._remember(memory)
            if read == before or (pages == 1 and self.list.for_each is None):
                return memory
            before = read
        raise VendorFailed(
            f"unstable: '{self.trigger.poll}' changed during each of {MOST_SCANS} readings;"
            " there is no safe place to begin",
            remedy="Try again when less is going on at the vendor.",
        )

    async def _remember(self, memory: Memory) -> tuple[set[str], int]:
        read: set[str] = set()
        pages = 0
        async with aclosing(self._read(None)) as batches:
            async for batch in batches:
                for look, item in self._looks(batch, memory):
                    look.keep(memory, told=look.fires and self._counts(item, look.previous))
                    read.add(look.key)
                    memory.since = self._later(memory.since, item) if self.list.since else None
                pages += 1
        return read, pages

    def _read(self, since: Any) -> AsyncGenerator[Batch]:
        """The list; all of it where a time is waited for, for an item comes due without being changed."""
        return self.reader.read(self.list, self.inputs, since=None if self.trigger.due else since)

    def _shown(self) -> Shown | None:
        """What counts what is shown, where it matters."""
        if self.identity.fire != "deleted":
            return None
        paged = any(one.paginate for one in self.reader.connector.lineage(self.list))
        return Shown(paged, each=self.trigger.each is not None)

    def _looks(self, batch: Batch, memory: Memory, shown: Shown | None = None) -> Iterator[tuple[Look, Any]]:
        try:
            if shown is not None:
                shown.add(batch, self.identity.names_of(batch.parents))
            for read in batch.items:
                for item in self._items(read):
                    look = self.identity.look(item, memory, self.now, batch.parents)
                    if shown is not None:
                        shown.keys.add(look.key)
                    yield look, item
        except ValueError as error:
            message = f"'{self.trigger.poll}' cannot be watched: {error}"
            remedy = f"Check '{self.trigger.name}' in the manifest; if it is right, ask the vendor."
            raise VendorFailed(message, remedy=remedy) from None

    def _items(self, read: Any) -> Iterator[Any]:
        """What was read itself, or the entries of the list inside it, which then have it as `parent`."""
        each = self.trigger.each
        if each is None:
            yield read
            return
        entries = extract(read, each)
        if entries is MISSING or not entries:
            return
        if not isinstance(entries, list):
            raise ValueError(f"'{'.'.join(each)}' of an item should be a list")
        outer = _without(read, each)
        for entry in entries:
            yield {**entry, "parent": outer} if isinstance(entry, dict) else {"value": entry, "parent": outer}

    def _counts(self, item: Any, previous: Any) -> bool:
        if not self.trigger.where.root:
            return True
        seen = {**item, "previous": previous} if isinstance(item, dict) and previous is not None else item
        return self.trigger.where.holds(seen, self.inputs)

    def _later(self, highest: Any, item: Any) -> Any:
        assert self.list.since is not None
        value = extract(item, self.list.since.of)
        when, known = moment(value if value is not MISSING else None), moment(highest)
        if when is None or when > self.now:  # a time to come would hide what changes until then
            return highest
        return value if known is None or when > known else highest


def _without(value: Any, path: tuple[str, ...]) -> Any:
    """The value without what lies at the path."""
    if not isinstance(value, dict):
        return value
    if len(path) == 1:
        return {name: one for name, one in value.items() if name != path[0]}
    return {name: _without(one, path[1:]) if name == path[0] else one for name, one in value.items()}

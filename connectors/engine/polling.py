"""Polling a trigger: read its list, compare with memory, give events and the memory to keep together with them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.components.extract import MISSING, extract
from connectors.components.memory import Identity, Look, Memory
from connectors.components.times import moment
from connectors.engine.reading import Batch, Reader
from connectors.engine.spool import Spool
from connectors.errors import VendorFailed
from connectors.manifest.model import Connector, List, Trigger

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

    keys: set[str] = field(default_factory=set)
    items: int = 0
    total: int | None = None
    gap: bool = False

    def add(self, batch: Batch) -> None:
        """Counts a page."""
        self.items += len(batch.items)
        self.total = batch.total if batch.total is not None else self.total
        self.gap = self.gap or batch.gap

    def is_all(self, *, each: bool) -> bool:
        """Whether as many items were read as there are said to be; with `each`, keys are not of items."""
        return not self.gap and (self.total is None or (self.items if each else len(self.keys)) >= self.total)


@dataclass(slots=True)
class Poller:
    """Polls one trigger with one input."""

    reader: Reader
    trigger: Trigger
    inputs: Mapping[str, Any]
    include: Callable[[Any], Awaitable[Any]]
    """Fetches what an event's item only names."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def list(self) -> List:
        """The list that the trigger reads."""
        assert self.trigger.poll is not None
        return self.reader.connector.lists[self.trigger.poll]

    @property
    def identity(self) -> Identity:
        """How items are told apart."""
        return self.trigger.identity

    async def poll(self, memory: Memory | None, *, limit: int | None = None, release: bool = False) -> Poll:
        """Compares one reading with the memory; without one, everything is new.

        Of more than `limit` events the rest is left unseen. Raises VendorError, and then nothing was learnt.
        """
        after, events, shown = self.identity.begin(memory), Spool(), Shown()
        after.unread = None
        highest = after.since
        async with aclosing(self._read(after.since)) as batches:
            async for batch in batches:
                shown.add(batch)
                for look, item in self._looks(batch, after):
                    shown.keys.add(look.key)
                    if look.fires and self._counts(item, look.previous):
                        if limit is not None and len(events) >= limit:
                            continue
                        events.add(look.key, look.version, look.previous, await self.include(item))
                    look.keep(after)
                    highest = self._later(highest, item)
        if limit is None or len(events) < limit:
            after.since = highest
        held = 0
        if self.identity.fire == "deleted" and shown.is_all(each=self.trigger.each is not None):
            gone, held = self.identity.gone(shown.keys, after, release=release, most=limit)
            for key, item in gone:
                if self._counts(item, item):
                    events.add(key, None, None, item)
        else:
            after.missing = [key for key in after.missing if key not in shown.keys]
        return Poll(events, after, held)

    async def settle(self, memory: Memory | None = None) -> Memory:
        """A first memory: of one page, or of as many readings as it takes until two in a row hold the same items.

        It goes on from what webhooks brought before.
        """
        memory = self.identity.begin(memory)
        memory.unread = None
        before: set[str] | None = None
        for _ in range(MOST_SCANS):
            read, pages = await self._remember(memory)
            if pages == 1 or read == before:
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
                    look.keep(memory)
                    read.add(look.key)
                    memory.since = self._later(memory.since, item)
                pages += 1
        return read, pages

    def _read(self, since: Any) -> AsyncGenerator[Batch]:
        given = {name: value for name, value in self.inputs.items() if name in self.list.input}
        return self.reader.read(self.list, given, since=since)

    def _looks(self, batch: Batch, memory: Memory) -> Iterator[tuple[Look, Any]]:
        try:
            for read in batch.items:
                parent = _parent_key(self.reader.connector, self.list, read)
                for item in self._items(read):
                    yield self.identity.look(item, memory, self.now, parent=parent), item
        except ValueError as error:
            raise VendorFailed(f"'{self.trigger.poll}' cannot be watched: {error}") from None

    def _items(self, read: Any) -> Iterator[Any]:
        """What was read itself, or the entries of the list inside it, which then have it as `parent`."""
        each = self.trigger.each
        entries = extract(read, each) if each else None
        if each is None:
            yield read
        elif isinstance(entries, list):
            outer = _without(read, each)
            for entry in entries:
                yield {**entry, "parent": outer} if isinstance(entry, dict) else {"value": entry, "parent": outer}

    def _counts(self, item: Any, previous: Any) -> bool:
        seen = {**item, "previous": previous} if isinstance(item, dict) and previous is not None else item
        return self.trigger.where.holds(seen, self.inputs)

    def _later(self, highest: Any, item: Any) -> Any:
        if self.list.since is None:
            return None
        value = extract(item, self.list.since.of)
        when, known = moment(value if value is not MISSING else None), moment(highest)
        return value if when is not None and (known is None or when > known) else highest


def _parent_key(connector: Connector, reading: List, item: Any) -> str | None:
    """The key of the item's parent, with those of the parents above it. Raises ValueError if it has none."""
    each = reading.for_each
    if each is None:
        return None
    parent = extract(item, (each.as_,))
    own, above = extract(parent, each.key), _parent_key(connector, connector.lists[each.list], parent)
    if own is MISSING or own is None or isinstance(own, dict | list):
        raise ValueError(f"one of '{each.list}' has no usable '{'.'.join(each.key)}' to know it by")
    return f"{own}" if above is None else f"{above}/{own}"


def _without(value: Any, path: tuple[str, ...]) -> Any:
    """The value without what lies at the path."""
    if not isinstance(value, dict):
        return value
    if len(path) == 1:
        return {name: one for name, one in value.items() if name != path[0]}
    return {name: _without(one, path[1:]) if name == path[0] else one for name, one in value.items()}

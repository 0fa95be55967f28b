"""Polling a trigger: read its list, compare with memory, give events and the memory to keep together with them."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any, TypeAlias

from connectors.components.extract import MISSING, extract
from connectors.components.http import dump_json
from connectors.components.memory import Identity, Look, Memory
from connectors.components.paginate import Counted
from connectors.components.times import latest, moment
from connectors.components.where import LeftOut
from connectors.engine.reading import Batch, Reader, Shown
from connectors.engine.spool import Spool
from connectors.errors import VendorFailed
from connectors.manifest.calls import Since
from connectors.manifest.model import List, Trigger

log = logging.getLogger("gridwire")

MOST_SCANS = 5
"""So many readings are tried for a first memory."""
MOST_LEFT_OUT = 100

Names: TypeAlias = tuple[str, ...]
"""A list, by the names of the parents that it lies under, outermost first."""


@dataclass(frozen=True, slots=True)
class Poll:
    """What a poll found: events in the order read, and the memory to keep together with them.

    `held` counts items that look deleted but are too many at once to be believed, `seen` items that were read.
    """

    events: Spool
    memory: Memory
    held: int = 0
    pages: int = 0
    seen: int = 0
    left_out: Sequence[LeftOut] = ()
    """Of the items that fired and were left out by `where`, the first `MOST_LEFT_OUT`."""


@dataclass(slots=True)
class Listed(Shown):
    """What a reading showed of a list, or of all lists of a trigger that tells what is gone."""

    each: bool = False
    """Keys are those of entries inside of items, so only their whole content tells items apart."""
    keys: set[str] = field(default_factory=set)
    pages: int = 0
    highest: Any = None
    """The latest time that the vendor compares with, where only what has changed since is asked for."""
    under: dict[Names, int] = field(default_factory=dict)
    """How many items there were under each parent."""

    def __post_init__(self) -> None:
        if not self.each:
            self.marks = self.keys

    def count(self, batch: Batch, parents: Names) -> None:
        """Counts a page; its keys are added one by one."""
        self.add(batch, (sha256(dump_json(item)).digest() for item in batch.items) if self.each else ())
        self.pages += 1
        for depth in range(1, len(parents) + 1):
            self.under[parents[:depth]] = self.under.get(parents[:depth], 0) + len(batch.items)

    def proved_by(self, again: Listed | None) -> bool:
        """Whether nothing was hidden from this reading of a list.

        One page hides nothing, and what goes on after a cursor or at a given address goes on after the last row. Of
        several counted pages, a row is hidden only if another goes from a page that was read already: so that one was
        shown, and a reading after this does not show it again; or it was not shown because it came while pages were
        read, and then it pushed a row onto the next page, where that was shown a second time.
        """
        if self.gap or self.pages == 1 or not self.paged:
            return not self.gap
        return again is not None and len(self.marks) == self.items and self.marks <= again.marks

    @property
    def empty(self) -> set[Names]:
        """The parents under whom there was nothing."""
        return {parents for parents, count in self.under.items() if not count}


Lists: TypeAlias = defaultdict[Names, Listed]
"""What was shown of each list."""


def _proved(lists: Lists, again: Lists) -> dict[Names, Any]:
    """The highest time of each list from which nothing was hidden."""
    return {names: shown.highest for names, shown in lists.items() if shown.proved_by(again.get(names))}


@dataclass(slots=True)
class Poller:
    """Polls one trigger with one input."""

    reader: Reader
    trigger: Trigger
    inputs: Mapping[str, Any]
    include: Callable[[Any], Awaitable[Any]]
    """Fetches what an event's item only names."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    pages: int = field(init=False, default=0)
    seen: int = field(init=False, default=0)
    left_out: tuple[LeftOut, ...] = field(init=False, default=())
    list: List = field(init=False)
    """The list that the trigger reads."""
    identity: Identity = field(init=False)
    """How items are told apart, and the parents that they lie under."""

    unreadable: bool = field(init=False, default=False)
    """It was said of an item that the time at which it is due cannot be read."""

    def __post_init__(self) -> None:
        assert self.trigger.poll is not None
        self.list = self.reader.connector.lists[self.trigger.poll]
        parents = [one.for_each.key for one in self.reader.connector.lineage(self.list) if one.for_each]
        self.identity = replace(self.trigger.identity, under=tuple(reversed(parents)))

    async def poll(self, memory: Memory | None, *, limit: int | None = None, release: bool = False) -> Poll:
        """Compares one reading with the memory; without one, everything is new.

        Of more than `limit` events the rest is left unseen. Raises VendorError, and then nothing was learnt.
        """
        after, events, gone = self.identity.begin(memory), Spool(), self.identity.fire == "deleted"
        after.unread = None
        lists = self._counted()
        await self._look_for_events(after, events, lists if self._since or gone else None, limit)
        if self._since and (limit is None or len(events) < limit):  # what was not shown may have changed before that
            await self._move_since(after, events, lists, limit)
        if not gone:
            after.missing = []
            return self.found(events, after)
        return self.found(events, after, self._find_gone(lists[()], after, events, limit=limit, release=release))

    def found(self, events: Spool, memory: Memory, held: int = 0) -> Poll:
        """What was found, with what was counted."""
        return Poll(events, memory, held, self.pages, self.seen, self.left_out)

    async def _look_for_events(self, after: Memory, events: Spool, lists: Lists | None, limit: int | None) -> None:
        async with aclosing(self._read(after)) as batches:
            async for batch in batches:
                for look, item in self._looks(batch, after, lists):
                    told = look.fires and self._counts(look.key, item, look.previous)
                    if told and limit is not None and len(events) >= limit:
                        continue
                    if told:
                        events.add(look.key, look.version, look.previous, await self.include(item))
                    look.keep(after, told=told)

    async def _move_since(self, after: Memory, events: Spool, lists: Lists, limit: int | None) -> None:
        """Lets `since` go as far as nothing was hidden, for which lists in several counted pages are read once more."""
        again = self._counted()
        if any(shown.paged and shown.pages > 1 and not shown.gap for shown in lists.values()):
            await self._look_for_events(after, events, again, limit)
        if limit is None or len(events) < limit:
            self.identity.move_since(after, _proved(lists, again))

    def _find_gone(self, shown: Listed, after: Memory, events: Spool, *, limit: int | None, release: bool) -> int:
        """Adds what is gone to the events, and counts what is held."""
        if not shown.is_all:
            after.missing = [key for key in after.missing if key not in shown.keys]
            return 0
        gone, held = self.identity.gone(shown.keys, after, empty=shown.empty, release=release, most=limit)
        for key, item in gone:
            if self._counts(key, item, item):
                events.add(key, None, None, item)
        return held

    async def settle(self, memory: Memory | None = None) -> Memory:
        """A first memory: of one page, or of as many readings as it takes until two in a row hold the same items.

        It goes on from what webhooks brought before.
        """
        memory = self.identity.begin(memory)
        memory.unread = None
        before: Lists | None = None
        for _ in range(MOST_SCANS):
            lists = await self._remember(memory)
            one_page = self.list.for_each is None and lists[()].pages == 1
            if one_page or (before is not None and _keys(before) == _keys(lists)):
                self.identity.move_since(memory, _proved(before or lists, lists))
                return memory
            before = lists
        raise VendorFailed(
            f"unstable: '{self.trigger.poll}' changed during each of {MOST_SCANS} readings;"
            " there is no safe place to begin",
            remedy="Try again when less is going on at the vendor.",
        )

    async def _remember(self, memory: Memory) -> Lists:
        lists = self._counted()
        async with aclosing(self.reader.read(self.list, self.inputs)) as batches:
            async for batch in batches:
                for look, item in self._looks(batch, memory, lists):
                    look.keep(memory, told=look.fires and self._counts(look.key, item, look.previous))
        return lists

    def _read(self, memory: Memory) -> AsyncGenerator[Batch]:
        """The list; where only what has changed since is asked for, from the highest time of each of its parents."""
        if self._since is None:
            return self.reader.read(self.list, self.inputs)
        return self.reader.read(self.list, self.inputs, since=partial(self.identity.since, memory))

    @property
    def _since(self) -> Since | None:
        """What only asks for what has changed; not where a time is waited for, which comes without a change."""
        return None if self.trigger.due else self.list.since

    def _counted(self) -> Lists:
        """What counts what is shown of each list, by the names of its parents; of what may be gone, of all as one."""
        each = self.trigger.each is not None
        if self.identity.fire == "deleted":
            paged = any(one.paginate for one in self.reader.connector.lineage(self.list))
            whole = Listed(paged, each=each)
            return defaultdict(lambda: whole)
        counted = self.list.paginate is not None and isinstance(self.list.paginate.chosen, Counted)
        return defaultdict(partial(Listed, counted, each=each))

    def _looks(self, batch: Batch, memory: Memory, lists: Lists | None) -> Iterator[tuple[Look, Any]]:
        try:
            shown = None
            if lists is not None:
                names = self.identity.names_of(batch.parents)
                shown = lists[names]
                shown.count(batch, names)
                shown.highest = self._latest(batch, shown.highest)
            self.pages += 1
            self.seen += len(batch.items)
            for read in batch.items:
                for item in self._items(read):
                    look = self.identity.look(item, memory, self.now, batch.parents)
                    if shown is not None:
                        shown.keys.add(look.key)
                    if self.trigger.due and not self.unreadable:
                        self._tell_unreadable(look, item)
                    yield look, item
        except ValueError as error:
            message = f"'{self.trigger.poll}' cannot be watched: {error}"
            remedy = f"Check '{self.trigger.name}' in the manifest; if it is right, ask the vendor."
            raise VendorFailed(message, remedy=remedy) from None

    def _tell_unreadable(self, look: Look, item: Any) -> None:
        """Says, once in a poll, that an item is never due because its time cannot be read; it holds up no other."""
        assert self.trigger.due is not None
        at = extract(item, self.trigger.due.at)
        if at is not MISSING and at not in (None, "") and moment(at) is None:
            self.unreadable = True
            where, key = ".".join(self.trigger.due.at), look.key
            log.warning("%s: '%s' of item %s is no time, so it is not due: %.50r", self.trigger.name, where, key, at)

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

    def _counts(self, key: str, item: Any, previous: Any) -> bool:
        left = self.trigger.left_out(key, item, previous, self.inputs) if self.trigger.where.root else None
        if left and len(self.left_out) < MOST_LEFT_OUT:
            self.left_out += (left,)
        return left is None

    def _latest(self, batch: Batch, highest: Any) -> Any:
        """The latest time of the page, if that is later; one to come would hide what changes until then."""
        if self.list.since is None:
            return None
        times = [value for item in batch.items if (value := extract(item, self.list.since.of)) is not MISSING]
        return latest(highest, *(time for time in times if (when := moment(time)) and when <= self.now))


def _keys(lists: Lists) -> set[str]:
    return {key for shown in lists.values() for key in shown.keys}


def _without(value: Any, path: tuple[str, ...]) -> Any:
    """The value without what lies at the path."""
    if not isinstance(value, dict):
        return value
    if len(path) == 1:
        return {name: one for name, one in value.items() if name != path[0]}
    return {name: _without(one, path[1:]) if name == path[0] else one for name, one in value.items()}

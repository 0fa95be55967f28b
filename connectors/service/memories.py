"""What readings remember, on disk: the whole of it once, then only what changes.

A memory may hold 200,000 items, and a webhook changes one of them; so what is written with an event is as small as what
it changes. Changes are gathered into a new whole when there are many of them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from connectors.components.extract import MISSING, same
from connectors.components.http import dump_json, load_json
from connectors.components.memory import Memory
from connectors.service.store import Store, StoreError
from connectors.service.tables import memories, place_of
from connectors.service.vault import Vault

Change: TypeAlias = Callable[[Connection], None]

_PARTS = ("versions", "remembered", "due", "heard")
_REST = tuple(one.name for one in fields(Memory) if one.name not in (*_PARTS, "before"))
_MOST_CHANGES = 200
"""So many are written one by one, or one for a hundred items; then the whole is written anew."""
_MOST_KEPT = 1_000_000
"""Items that are held in this process, of all memories together."""


class OvertakenError(StoreError):
    """Somebody else has written the memory since it was read. Nothing was changed."""


class Traced(dict[str, Any]):
    """A dict that knows which of its keys were changed since somebody last asked, in the order in which they were.

    A copy knows what is different from the dict that it is `of`.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.touched: dict[str, None] = {}
        self.of: Traced | None = None

    def __setitem__(self, key: str, value: Any) -> None:
        if not same(self.get(key, MISSING), value):  # most of what is read is as it was
            self._touch(key)
            super().__setitem__(key, value)

    def copy(self) -> Traced:
        """See dict."""
        copy = Traced(self)
        copy.of = self
        return copy

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._touch(key)

    def __ior__(self, other: Any) -> Traced:  # type: ignore[override]
        self.update(other)
        return self

    def pop(self, key: str, *default: Any) -> Any:
        """See dict."""
        if key in self:
            self._touch(key)
        return super().pop(key, *default)

    def popitem(self) -> tuple[str, Any]:
        """See dict."""
        key, value = super().popitem()
        self._touch(key)
        return key, value

    def clear(self) -> None:
        """See dict."""
        for key in list(self):
            del self[key]

    def setdefault(self, key: str, default: Any = None) -> Any:
        """See dict."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *given: Any, **more: Any) -> None:
        """See dict."""
        for key, value in dict(*given, **more).items():
            self[key] = value

    def _touch(self, key: str) -> None:
        self.touched.pop(key, None)
        self.touched[key] = None


@dataclass
class Kept:
    """The memory of one reading in this process; `changes` were written since the whole was."""

    memory: Memory | None = None
    number: int = -1
    changes: int = 0
    rest: bytes = b""
    """What is not in its parts, as it was last written, for a memory may be changed in place."""
    before: Memory | None = None
    """What was remembered in another way, as it was last written; only polls change it, and they write to a copy."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    counted: int = 0
    seen: int = -1
    """The count of changes when it was last compared with what is on disk."""

    @property
    def size(self) -> int:
        """How many items it holds."""
        memory = self.memory
        return 1 + sum(len(getattr(memory, part)) for part in _PARTS) if memory else 1


class Memories:
    """The memories of all readings; the ones used last stay in this process."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._held = 0

    @asynccontextmanager
    async def alone(self, reading: str) -> AsyncGenerator[Kept]:
        """The memory of a reading, which nobody else in this process has meanwhile. If this fails, it is read anew.

        So it is where another process has gone on with it, and has said so (`changed`).
        """
        kept = self._kept.setdefault(reading, Kept())
        kept.users += 1
        try:
            async with kept.lock:
                try:
                    if kept.number < 0 or await self._is_old(reading, kept):
                        await self._load(reading, kept)
                    yield kept
                except BaseException:
                    kept.memory, kept.number = None, -1
                    raise
        finally:
            kept.users -= 1
            self._make_room(reading, kept)

    def change(self, reading: str, kept: Kept, after: Memory | None) -> Change:
        """What writes the memory as it is from now on, in the transaction that stores the events it belongs to.

        It raises OvertakenError if another process has gone on from the same memory.
        """
        if after is None:
            return lambda rows: None
        before, rest, known = kept.number, dump_json(_rest(after)), kept.number > 0
        delta = _delta(kept.memory, after) | ({} if rest == kept.rest else {"rest": _rest(after)})
        if after.before is not kept.before and after.before != kept.before:
            delta["before"] = after.before and after.before.as_dict()
        if known and not delta:
            kept.memory = _traced(after)
            return partial(_check, reading, before)
        whole = not known or kept.changes >= max(_MOST_CHANGES, kept.size // 100)
        kept.memory, kept.number, kept.rest, kept.before = _traced(after), before + 1, rest, after.before
        kept.changes = 0 if whole else kept.changes + 1
        content = dump_json({"whole": after.as_dict()} if whole else delta)
        sealed = self._vault.seal(content, *place_of(memories.c.content, reading, before + 1))

        def write(rows: Connection) -> None:
            _check(reading, before, rows)
            if whole:
                rows.execute(_CLEAR, {"of": reading})
            rows.execute(_WRITE, {"reading": reading, "number": before + 1, "content": sealed})

        return write

    async def _is_old(self, reading: str, kept: Kept) -> bool:
        if kept.seen == (seen := self._store.changes):
            return False
        kept.seen = seen
        return kept.number != await self._store.read(lambda rows: rows.scalar(_LAST, {"of": reading}) or 0)

    async def _load(self, reading: str, kept: Kept) -> None:
        kept.seen = self._store.changes
        kept.memory, kept.number, kept.changes = await self._store.read(partial(self._read, reading))
        kept.rest = b"" if kept.memory is None else dump_json(_rest(kept.memory))
        kept.before = kept.memory and kept.memory.before

    def _read(self, reading: str, rows: Connection) -> tuple[Memory | None, int, int]:
        """The memory, its number and how many changes there were; in a reader's thread, for it may be large."""
        found = rows.execute(_READ, {"of": reading}).all()
        contents = (
            load_json(self._vault.open(content, *place_of(memories.c.content, reading, number)))
            for number, content in found
        )
        return _gathered(contents), found[-1].number if found else 0, max(0, len(found) - 1)

    def _make_room(self, used: str, kept: Kept) -> None:
        self._held += kept.size - kept.counted
        kept.counted = kept.size
        self._kept.move_to_end(used)
        for reading, other in list(self._kept.items()) if self._held > _MOST_KEPT else ():
            if self._held > _MOST_KEPT and not other.users and other is not kept:
                self._held -= other.counted
                del self._kept[reading]


_LAST = select(func.max(memories.c.number)).where(memories.c.reading == bindparam("of"))
_CLEAR = delete(memories).where(memories.c.reading == bindparam("of"))
_WRITE = insert(memories)
_READ = (
    select(memories.c.number, memories.c.content)
    .where(memories.c.reading == bindparam("of"))
    .order_by(memories.c.number)
)


def _check(reading: str, number: int, rows: Connection) -> None:
    if (rows.scalar(_LAST, {"of": reading}) or 0) != number:
        raise OvertakenError("another process has gone on with this reading; nothing was changed")


def _rest(memory: Memory) -> dict[str, Any]:
    return {name: value for name in _REST if (value := getattr(memory, name)) not in (None, [])}


def _delta(before: Memory | None, after: Memory) -> dict[str, Any]:
    """What is different: by part, each key with its value, and those that are gone."""
    changed: dict[str, Any] = {}
    for part in _PARTS:
        old: dict[str, Any] = getattr(before, part) if before else {}
        new: dict[str, Any] = getattr(after, part)
        keys = new.touched if isinstance(new, Traced) and (new is old or new.of is old) else _different(old, new)
        written = [(key, new[key]) for key in keys if key in new]
        gone = [key for key in keys if key not in new]
        changed |= {part: [written, gone]} if written or gone else {}
    return changed


def _different(old: dict[str, Any], new: dict[str, Any]) -> Iterable[str]:
    return [key for key, value in new.items() if not same(old.get(key, MISSING), value)] + [
        key for key in old if key not in new
    ]


def _gathered(contents: Iterable[dict[str, Any]]) -> Memory | None:
    """The memory that a whole and its changes make."""
    memory: dict[str, Any] = {}
    for content in contents:
        if "whole" in content:
            memory = content["whole"]
            continue
        for part in _PARTS:
            written, gone = content.get(part, ((), ()))
            entries = memory.setdefault(part, {})
            for key in gone:
                entries.pop(key, None)
            for key, value in written:
                entries.pop(key, None)  # so that it goes to the end: the first that was heard is the oldest
                entries[key] = value
        if "rest" in content:
            memory = {name: value for name, value in memory.items() if name not in _REST} | content["rest"]
        if "before" in content:
            memory["before"] = content["before"]
    return _traced(Memory.from_dict(memory)) if memory else None


def _traced(memory: Memory) -> Memory:
    for part in _PARTS:
        entries = getattr(memory, part)
        if isinstance(entries, Traced):
            entries.touched.clear()
            entries.of = None
        else:
            setattr(memory, part, Traced(entries))
    return memory

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
from typing import Any, TypeAlias

from sqlalchemy import Connection, delete, insert, select

from connectors.components.http import dump_json, load_json
from connectors.components.memory import Memory
from connectors.service.store import Store
from connectors.service.tables import memories
from connectors.service.vault import Vault

Change: TypeAlias = Callable[[Connection], None]

_PARTS = ("versions", "remembered", "due", "heard")
_REST = tuple(one.name for one in fields(Memory) if one.name not in _PARTS)
_MOST_CHANGES = 200
"""So many are written one by one, or as many as there are items; then the whole is written anew."""
_MOST_KEPT = 1_000_000
"""Items that are held in this process, of all memories together."""


class Traced(dict[str, Any]):
    """A dict that knows which of its keys were written since somebody last asked."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.touched: set[str] = set()

    def __setitem__(self, key: str, value: Any) -> None:
        self.touched.add(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self.touched.add(key)
        super().__delitem__(key)

    def pop(self, key: str, *default: Any) -> Any:
        """See dict."""
        self.touched.add(key)
        return super().pop(key, *default)

    def update(self, *given: Any, **more: Any) -> None:
        """See dict."""
        written = dict(*given, **more)
        self.touched.update(written)
        super().update(written)


@dataclass
class Kept:
    """The memory of one reading in this process; `changes` were written since the whole was."""

    memory: Memory | None = None
    number: int = -1
    changes: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def size(self) -> int:
        """How many items it holds."""
        return sum(len(getattr(self.memory, part)) for part in _PARTS) if self.memory else 1


class Memories:
    """The memories of all readings; the ones used last stay in this process."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    @asynccontextmanager
    async def alone(self, reading: str) -> AsyncGenerator[Kept]:
        """The memory of a reading, which nobody else has meanwhile. If this fails, it is read anew."""
        kept = self._kept.setdefault(reading, Kept())
        async with kept.lock:
            if kept.number < 0:
                await self._load(reading, kept)
            try:
                yield kept
            except BaseException:
                kept.memory, kept.number = None, -1
                raise
            finally:
                self._make_room(reading)

    def change(self, reading: str, kept: Kept, after: Memory | None) -> Change:
        """What writes the memory as it is from now on, in the transaction that stores the events it belongs to."""
        if after is None:
            return lambda rows: None
        delta = _delta(kept.memory, after)
        whole = kept.number == 0 or kept.changes >= max(_MOST_CHANGES, kept.size // 100)
        kept.memory, kept.number = _traced(after), kept.number + 1
        kept.changes = 0 if whole else kept.changes + 1
        content = dump_json({"whole": after.as_dict()} if whole else delta)
        number, sealed = kept.number, self._vault.seal(content, "memories", f"{reading}/{kept.number}", "content")

        def write(rows: Connection) -> None:
            if whole:
                rows.execute(delete(memories).where(memories.c.reading == reading))
            rows.execute(insert(memories).values(reading=reading, number=number, content=sealed))

        return write

    async def _load(self, reading: str, kept: Kept) -> None:
        wanted = select(memories.c.number, memories.c.content).where(memories.c.reading == reading)
        found = await self._store.read(lambda rows: rows.execute(wanted.order_by(memories.c.number)).all())
        contents = (
            load_json(self._vault.open(content, "memories", f"{reading}/{number}", "content"))
            for number, content in found
        )
        kept.memory = _gathered(contents)
        kept.number = found[-1].number if found else 0
        kept.changes = max(0, len(found) - 1)

    def _make_room(self, used: str) -> None:
        self._kept.move_to_end(used)
        held = sum(kept.size for kept in self._kept.values())
        for reading, kept in list(self._kept.items())[:-1]:
            if held <= _MOST_KEPT:
                return
            if not kept.lock.locked():
                held -= kept.size
                del self._kept[reading]


def _delta(before: Memory | None, after: Memory) -> dict[str, Any]:
    """What is different: by part, each key with its value, or in `gone`."""
    changed: dict[str, Any] = {name: value for name, value in after.as_dict().items() if name in _REST}
    for part in _PARTS:
        old: dict[str, Any] = getattr(before, part) if before else {}
        new: dict[str, Any] = getattr(after, part)
        keys = new.touched if isinstance(new, Traced) and new is old else _different(old, new)
        written = {key: new[key] for key in keys if key in new}
        gone = [key for key in keys if key not in new]
        changed |= {part: [written, gone]} if keys else {}
    return changed


def _different(old: dict[str, Any], new: dict[str, Any]) -> Iterable[str]:
    missing = object()
    return [key for key, value in new.items() if old.get(key, missing) != value] + [
        key for key in old if key not in new
    ]


def _gathered(contents: Iterable[dict[str, Any]]) -> Memory | None:
    """The memory that a whole and its changes make."""
    memory: dict[str, Any] | None = None
    for content in contents:
        if "whole" in content:
            memory = content["whole"]
            continue
        parts = {part: (memory or {}).get(part, {}) for part in _PARTS}
        for part in _PARTS:
            written, gone = content.pop(part, [{}, []])
            for key in [*gone, *written]:  # written ones go to the end, for the first is the oldest
                parts[part].pop(key, None)
            parts[part].update(written)
        memory = parts | content
    return None if memory is None else _traced(Memory.from_dict(memory))


def _traced(memory: Memory) -> Memory:
    for part in _PARTS:
        entries = getattr(memory, part)
        if isinstance(entries, Traced):
            entries.touched.clear()
        else:
            setattr(memory, part, Traced(entries))
    return memory

"""Events on their way out: in memory while they are few, in a temporary file when they are many."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from connectors.components.http import dump_json, load_json

IN_MEMORY = 16 * 2**20
"""Bytes of events that are kept in memory; more go to a temporary file."""
AT_ONCE = 2**18
"""Bytes of events that are written to the file, or read, at once."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: the item as it is now, as JSON, and what was remembered of it."""

    key: str
    version: Any
    previous: dict[str, Any] | None
    body: bytes

    @property
    def item(self) -> Any:
        """The item as a value."""
        return load_json(self.body)

    @property
    def line(self) -> bytes:
        """The item as one line of JSON; what was remembered stands in it under `previous`."""
        if self.previous is None or not isinstance(item := self.item, dict):
            return self.body
        return dump_json({**item, "previous": self.previous})


@dataclass(slots=True, weakref_slot=True)
class Spool:
    """Events in order. Reading it again begins at the first."""

    _file: IO[bytes] = field(default_factory=lambda: tempfile.SpooledTemporaryFile(IN_MEMORY, buffering=AT_ONCE))  # noqa: SIM115
    _count: int = 0
    _at_end: bool = True

    def __post_init__(self) -> None:
        weakref.finalize(self, self._file.close)

    def add(self, key: str, version: Any, previous: dict[str, Any] | None, item: Any) -> None:
        """Appends an event."""
        if not self._at_end:  # to look for the end each time would cost a system call each time
            self._file.seek(0, 2)
            self._at_end = True
        self._file.write(b"%b\n%b\n" % (dump_json([key, version, previous]), dump_json(item)))
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Event]:
        for head, body in self._records():
            yield _event(head, body)

    def lines(self) -> Iterator[bytes]:
        """Each event's `line`."""
        for head, body in self._records():
            yield body[:-1] if head.endswith(b",null]\n") else _event(head, body).line

    def _records(self) -> Iterator[tuple[bytes, bytes]]:
        """Pairs of lines; many are read at once, each time from where the last time ended, for others read here too."""
        place = 0
        while True:
            self._at_end = False
            self._file.seek(place)
            lines = self._file.readlines(AT_ONCE)
            lines += [self._file.readline()] if len(lines) % 2 else []
            place = self._file.tell()
            if not lines:
                return
            yield from zip(lines[::2], lines[1::2], strict=True)


def _event(head: bytes, body: bytes) -> Event:
    key, version, previous = load_json(head)
    return Event(key, version, previous, body[:-1])

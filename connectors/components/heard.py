"""What a webhook brings, given what is remembered: whether it is an event, and what to remember of it.

When in doubt it is one, for a vendor repeats itself less often than it says two things that look alike:

- A webhook repeats another only if key, version and all the rest of what it says of the item agree.
- What a reading has brought in the same version is no event again; what came by webhook in another body is.
- A late one, older than what is known, is an event; what is known stays as new as it was.

Webhooks are remembered for `KEPT`, and at most `MOST` marks of them, two for each: what comes again after that is an
event again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from connectors.components.extract import MISSING
from connectors.components.http import dump_json
from connectors.components.memory import Identity, Memory
from connectors.components.times import moment

KEPT = timedelta(days=7)
"""Longer than vendors go on repeating what was not taken: some do for three days."""
MOST = 4_000


@dataclass(frozen=True, slots=True)
class Told:
    """What a delivery says of one item. `whole` is all that it says; `known` whether the item has a key of its own."""

    key: str
    version: Any
    item: Any
    whole: Any
    known: bool = True


def is_event(told: Told, identity: Identity, memory: Memory, *, polled: bool) -> bool:
    """Whether it says something that no webhook has said and, where a list is `polled` too, no reading has shown."""
    if _whole_mark(told) in memory.heard:
        return False
    if not polled or not told.known or identity.fire == "deleted":
        return True
    alike = identity.fire == "new" or memory.versions.get(told.key, MISSING) == told.version
    shown = told.key in memory.versions and alike
    return not shown or _mark(told, identity) in memory.heard


def remember(told: Told, identity: Identity, memory: Memory, now: datetime) -> None:
    """Writes into the memory what the delivery says."""
    _note((_mark(told, identity), _whole_mark(told)), memory, int(now.timestamp()))
    if not told.known:
        return
    if told.key in memory.missing:
        memory.missing.remove(told.key)
    if identity.fire == "deleted":
        memory.versions.pop(told.key, None)
        memory.remembered.pop(told.key, None)
    elif not _is_older(told.version, memory.versions.get(told.key)):
        memory.versions[told.key] = told.version
        kept = identity.to_remember(told.item)
        memory.remembered.pop(told.key, None)
        memory.remembered.update({told.key: kept} if kept else {})


def _note(marks: tuple[str, ...], memory: Memory, second: int) -> None:
    for mark in marks:
        memory.heard.pop(mark, None)
        memory.heard[mark] = second  # at the end: the first is the oldest
    too_old = second - int(KEPT.total_seconds())
    while len(memory.heard) > MOST or next(iter(memory.heard.values())) < too_old:
        del memory.heard[next(iter(memory.heard))]


def _mark(told: Told, identity: Identity) -> str:
    """The mark of what a reading would know it by."""
    return _hash([told.key] if identity.fire == "new" else [told.key, told.version])


def _whole_mark(told: Told) -> str:
    return _hash([told.key, told.version, told.whole])


def _hash(value: Any) -> str:
    return sha256(dump_json(value)).hexdigest()[:24]


def _is_older(version: Any, known: Any) -> bool:
    """Whether both are times or numbers, and the version is before the known one."""
    when, before = moment(version), moment(known)
    return when is not None and before is not None and when < before

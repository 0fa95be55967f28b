from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.components.heard import KEPT, MOST, Told, is_event, remember
from connectors.components.memory import Fire, Identity, Memory

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def how(fire: Fire = "changed", *remembered: str) -> Identity:
    return Identity((("id",),), ("at",), fire, remember=tuple((name,) for name in remembered))


def told(key: str = "a", version: Any = 1, **whole: Any) -> Told:
    return Told(key, version, {"id": key, "at": version, **whole}, {"id": key, "at": version, **whole})


def hear(
    memory: Memory, *said: Told, of: Identity | None = None, polled: bool = True, now: datetime = NOW
) -> list[bool]:
    """For each, whether it is an event."""
    of, found = of or how(), []
    for one in said:
        found.append(is_event(one, of, memory, polled=polled))
        remember(one, of, memory, now)
    return found


def test_the_same_is_one_event_however_often_it_comes():
    assert hear(Memory(), told(), told(), told()) == [True, False, False]


@pytest.mark.parametrize("other", [told("b"), told(version=2), told(text="x"), told(version="1"), told(version=None)])
def test_another_key_version_or_body_is_another_event(other: Told):
    assert hear(Memory(), told(), other, told(), other) == [True, True, False, False]


@pytest.mark.parametrize("fire", ["new", "changed", "new_or_changed"])
def test_what_a_reading_has_shown_is_no_event(fire: Fire):
    assert hear(Memory({"a": 1}), told(), of=how(fire)) == [False]


def test_what_a_reading_has_shown_in_another_version_is_one_unless_only_new_items_count():
    assert hear(Memory({"a": 1}), told(version=2)) == [True]
    assert hear(Memory({"a": 1}), told(version=2), of=how("new")) == [False]


def test_what_came_by_webhook_in_another_body_is_one_although_its_version_is_known():
    memory = Memory({"a": 1})
    assert hear(memory, told(), told(text="x")) == [False, True]
    assert hear(Memory(), told(), told(text="x"), of=how("new")) == [True, True]


def test_where_nothing_is_polled_no_reading_has_shown_anything():
    assert hear(Memory({"a": 1}), told(), polled=False) == [True]


def test_a_late_one_is_an_event_and_makes_nothing_older():
    memory = Memory({"a": "2026-01-03T00:00:00Z"}, {"a": {"text": "new"}})
    late = told(version="2026-01-02T00:00:00Z", text="old")
    assert hear(memory, late, late, of=how("changed", "text")) == [True, False]
    assert (memory.versions, memory.remembered) == ({"a": "2026-01-03T00:00:00Z"}, {"a": {"text": "new"}})


def test_versions_that_have_no_order_are_taken_as_they_come():
    memory = Memory({"a": "v2"})
    assert hear(memory, told(version="v1")) == [True]
    assert memory.versions == {"a": "v1"}


def test_values_are_remembered_and_what_was_missed_is_there_again():
    memory = Memory({"a": 1, "b": 1}, {"a": {"text": "x"}}, missing=["a", "b"])
    hear(memory, told(version=2), of=how("changed", "text"))
    assert (memory.remembered, memory.missing) == ({}, ["b"])


def test_what_is_deleted_is_forgotten_but_not_that_it_was_told():
    memory = Memory({"a": 1}, {"a": {"text": "x"}}, missing=["a"])
    assert hear(memory, told(), told(), of=how("deleted")) == [True, False]
    assert (memory.versions, memory.remembered, memory.missing) == ({}, {}, [])


def test_what_nothing_identifies_is_told_once_and_no_item():
    memory = Memory()
    unknown = Told("delivery:1", None, {"x": 1}, {"x": 1}, known=False)
    assert hear(memory, unknown, unknown) == [True, False]
    assert memory.versions == {}


def test_marks_are_kept_for_a_while_and_the_same_is_an_event_again_after():
    memory = Memory()
    assert hear(memory, told(), polled=False) == [True]
    assert hear(memory, told("b"), polled=False, now=NOW + KEPT) == [True]
    assert hear(memory, told(), polled=False, now=NOW + KEPT) == [False]
    assert hear(memory, told("c"), polled=False, now=NOW + KEPT * 2 + timedelta(seconds=1)) == [True]
    assert len(memory.heard) == 2
    assert hear(memory, told(), polled=False, now=NOW + KEPT * 2) == [True]


def test_there_are_at_most_so_many_marks_and_the_oldest_go():
    memory = Memory()
    hear(memory, *(told(str(number)) for number in range(MOST // 2 + 1)), polled=False)
    assert len(memory.heard) == MOST
    assert hear(memory, told("1"), told(str(MOST // 2)), told("0"), polled=False) == [False, False, True]


def test_what_is_heard_of_often_is_not_the_oldest():
    memory = Memory()
    hear(memory, told(), *(told(str(number)) for number in range(MOST // 2 - 1)))
    assert hear(memory, told(text="x"), told(text="y")) == [True, True]


def test_a_memory_keeps_what_was_heard():
    memory = Memory(unread=True)
    hear(memory, told())
    kept = Memory.from_dict(json.loads(json.dumps(memory.as_dict())))
    assert (kept, kept.copy(), len(kept.heard)) == (memory, memory, 2)
    assert hear(kept, told()) == [False]


def test_a_copy_is_written_to_alone():
    memory = Memory()
    hear(memory.copy(), told())
    assert memory == Memory()


def test_a_manifest_that_tells_items_apart_otherwise_keeps_what_was_heard():
    memory = how().begin(None)
    hear(memory, told())
    assert Identity((("id",), ("at",)), None, "new").begin(memory).heard == memory.heard

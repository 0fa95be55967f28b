from __future__ import annotations

import gc

import pytest

from connectors.engine import spool
from connectors.engine.spool import Spool


def filled(count: int) -> Spool:
    events = Spool()
    for number in range(count):
        events.add(f"k{number}", number, {"n": number - 1} if number else None, {"n": number, "text": "ä\n"})
    return events


def test_events_come_out_in_order_as_often_as_they_are_read():
    events = filled(3)
    for _ in range(2):
        assert [(event.key, event.version, event.previous) for event in events] == [
            ("k0", 0, None),
            ("k1", 1, {"n": 0}),
            ("k2", 2, {"n": 1}),
        ]
        assert [event.item for event in events] == [{"n": number, "text": "ä\n"} for number in range(3)]
    assert len(events) == 3


@pytest.mark.parametrize("at_once", [1, 2**18])
def test_what_is_added_after_a_reading_comes_last(monkeypatch, at_once):
    monkeypatch.setattr(spool, "AT_ONCE", at_once)
    events = filled(2)
    next(iter(events))
    events.add("late", None, None, {})
    assert [event.key for event in events] == ["k0", "k1", "late"]


@pytest.mark.parametrize("at_once", [1, 2**18])
def test_two_may_read_at_the_same_time(monkeypatch, at_once):
    monkeypatch.setattr(spool, "AT_ONCE", at_once)
    events = filled(3)
    assert [(one.key, other.key) for one, other in zip(events, events, strict=True)] == [
        (f"k{number}", f"k{number}") for number in range(3)
    ]


def test_a_line_holds_what_was_remembered():
    first, second = filled(2)
    assert first.line == b'{"n":0,"text":"\xc3\xa4\\n"}'
    assert second.line == b'{"n":1,"text":"\xc3\xa4\\n","previous":{"n":0}}'


def test_an_item_that_is_no_object_is_a_line_as_it_is():
    events = Spool()
    events.add("k", None, {"a": 1}, [2**70])
    assert [event.line for event in events] == [b"[%d]" % 2**70]


@pytest.mark.parametrize(("most", "on_disk"), [(200, True), (200_000, False)])
def test_many_events_go_to_a_file(monkeypatch, most, on_disk):
    monkeypatch.setattr(spool, "IN_MEMORY", most)
    events = filled(100)
    assert events._file._rolled == on_disk
    assert [event.version for event in events] == list(range(100))


def test_the_file_is_closed_with_the_spool():
    events = filled(1)
    file = events._file
    assert not file.closed
    del events
    gc.collect()
    assert file.closed


def test_lines_are_those_of_the_events():
    events = filled(3)
    assert list(events.lines()) == [event.line for event in events]


def test_sixteen_mebibytes_stay_in_memory():
    assert spool.IN_MEMORY == 16 * 1024 * 1024

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.components.memory import Identity, Memory

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
WAY = Identity((("id",),), None, "deleted", remember=(("name",),))


def remembered(count: int) -> Memory:
    return show(WAY.begin(None), *(f"k{number:03}" for number in range(count)))


def show(memory: Memory, *keys: str) -> Memory:
    for key in keys:
        WAY.look({"id": key, "name": key.upper()}, memory, NOW).keep(memory)
    return memory


def after(memory: Memory, *readings: set[str], **how: Any) -> tuple[list[str], int]:
    """The keys that the last of these readings finds to be gone, and how many are held."""
    found: tuple[list[tuple[str, Any]], int] = ([], 0)
    for reading in readings:
        show(memory, *reading)
        found = WAY.gone(reading, memory, **how)
    return [key for key, _ in found[0]], found[1]


def test_gone_is_said_on_the_second_complete_reading_and_once():
    memory = show(WAY.begin(None), "a", "b")
    assert [after(memory, {"a"}) for _ in range(3)] == [([], 0), (["b"], 0), ([], 0)]
    assert set(memory.versions) == {"a"}
    assert memory.remembered == {"a": {"name": "A"}}


def test_what_is_gone_comes_as_it_was_remembered():
    way = Identity((("id",),), ("status",), "deleted", remember=(("who", "name"),))
    memory = way.begin(None)
    way.look({"id": "b", "status": "A", "who": {"name": "Bo"}}, memory, NOW).keep(memory)
    way.gone({"a"}, memory)
    assert way.gone({"a"}, memory) == ([("b", {"who": {"name": "Bo"}, "status": "A"})], 0)


def test_what_comes_back_in_between_is_not_gone():
    memory = show(WAY.begin(None), "a", "b")
    assert after(memory, {"a"}, {"a", "b"}, {"a"}) == ([], 0)
    assert after(memory, {"a"}) == (["b"], 0)


def test_an_empty_reading_says_nothing():
    memory = show(WAY.begin(None), "a", "b")
    assert after(memory, set(), set(), set()) == ([], 0)
    assert after(memory, {"a"}, set(), set()) == ([], 0)
    assert after(memory, {"a"}) == (["b"], 0)


@pytest.mark.parametrize(
    ("count", "gone", "held"),
    [(100, 20, 0), (100, 21, 21), (10, 5, 0), (10, 6, 6), (2, 1, 0), (30, 6, 0)],
)
def test_more_than_a_fifth_and_more_than_five_at_once_are_held(count, gone, held):
    memory = remembered(count)
    left = set(sorted(memory.versions)[gone:])
    keys, waiting = after(memory, left, left)
    assert (len(keys), waiting) == (0 if held else gone, held)


def test_what_is_held_waits_until_it_is_released():
    memory = remembered(10)
    left = {"k000"}
    assert after(memory, left, left, left) == ([], 9)
    assert len(memory.versions) == 10
    keys, held = after(memory, left, release=True)
    assert (sorted(keys), held) == (sorted(remembered(10).versions.keys() - left), 0)
    assert after(memory, left) == ([], 0)


def test_what_is_held_and_comes_back_is_never_said_to_be_gone():
    memory = remembered(10)
    assert after(memory, {"k000"}, {"k000"}) == ([], 9)
    everything = set(memory.versions)
    assert after(memory, everything, everything, release=True) == ([], 0)


def test_release_does_not_make_one_reading_enough():
    assert after(remembered(10), {"k000"}, release=True) == ([], 0)


def test_no_more_than_asked_for_are_given_out_and_the_rest_waits():
    memory = show(WAY.begin(None), "a", "b", "c", "d")
    after(memory, {"d"})
    assert [after(memory, {"d"}, most=2) for _ in range(3)] == [(["a", "b"], 0), (["c"], 0), ([], 0)]


@given(st.lists(st.sets(st.sampled_from("abcde"), min_size=1), min_size=1))
def test_gone_is_what_two_readings_in_a_row_did_not_show(readings):
    memory, known, before = WAY.begin(None), set[str](), set("abcde")
    for reading in readings:
        known |= reading
        keys, _ = after(memory, reading)
        assert set(keys) == known - reading - before
        known -= set(keys)
        before = reading
        assert set(memory.versions) == known

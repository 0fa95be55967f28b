"""`gridwire serve` is killed at named points and at any moment while events come; see `chaos/chaos.py`."""

from __future__ import annotations

import pytest

from tests.service.chaos.chaos import POINTS, Outcome, run


def check(found: Outcome) -> None:
    assert (found.lost, found.doubled, found.unknown, found.forged) == (set(), set(), set(), 0)
    assert found.stored == found.events


def test_nothing_is_lost_by_kill_9(tmp_path):
    check(run(tmp_path, kills=10, events=1000))


def test_an_outbox_held_in_memory_is_found_out(tmp_path):
    assert run(tmp_path, kills=3, events=90, sabotage="memory", patience=1.5, points=["while held"]).lost


@pytest.mark.proof
def test_nothing_is_lost_by_100_kills_with_each_point_among_them(tmp_path):
    found = run(tmp_path, kills=100, events=5000)
    check(found)
    assert set(POINTS) <= set(found.killed)

from __future__ import annotations

import pytest

from connectors.components.retry import ATTEMPTS, LONGEST_WAIT, wait_before


def test_waits_double_and_jitter_at_most_doubles_them():
    assert [wait_before(attempt, None, 0.0) for attempt in (2, 3)] == [0.5, 1.0]
    assert [wait_before(attempt, None, 1.0) for attempt in (2, 3)] == [1.0, 2.0]


def test_there_are_three_attempts():
    assert ATTEMPTS == 3
    assert wait_before(4, None, 0.0) is None
    assert wait_before(4, 1.0, 0.0) is None


@pytest.mark.parametrize(("asked", "wait"), [(0.0, 0.5), (0.2, 0.5), (3.0, 3.0), (LONGEST_WAIT, LONGEST_WAIT)])
def test_at_least_as_long_as_the_vendor_asked(asked, wait):
    assert wait_before(2, asked, 0.0) == wait


def test_a_longer_wait_is_for_the_caller_to_come_back_for():
    assert wait_before(2, LONGEST_WAIT + 1, 0.0) is None
    assert wait_before(2, float("inf"), 0.0) is None

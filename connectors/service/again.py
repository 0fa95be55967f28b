"""Again later: how long what broke off waits before it is tried once more."""

from __future__ import annotations

import random

LONGEST = 300.0
"""Seconds."""


def pause(failures: int) -> float:
    """Seconds to wait after so many failures in a row: a second, then twice as long each time."""
    return min(2.0 ** (min(failures, 20) - 1), LONGEST) * random.uniform(0.8, 1.2)  # noqa: S311 - not all at once

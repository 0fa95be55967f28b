"""How many requests a pretend vendor takes in a minute."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta
from math import ceil

MINUTE = timedelta(minutes=1)


class Throttle:
    """Counts the requests of the last minute, by key."""

    def __init__(self) -> None:
        self._taken: defaultdict[object, deque[datetime]] = defaultdict(deque)

    def take(self, key: object, at: datetime, most: int) -> int:
        """0, and the request is counted; or the seconds until one passes, if there were `most` (from 1) in a minute."""
        taken = self._taken[key]
        while taken and taken[0] <= at - MINUTE:
            taken.popleft()
        if len(taken) >= most:
            return ceil((taken[-most] + MINUTE - at).total_seconds())
        taken.append(at)
        return 0

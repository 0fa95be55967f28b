"""Rate plans: how often a vendor lets itself be asked, shared by all connections of one account in this process."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


@dataclass(slots=True)
class Rates:
    """When the requests of each plan and account were, or will be, sent."""

    _sent: dict[Hashable, deque[float]] = field(default_factory=dict)

    def reserve(self, account: Hashable, limit: int, per: str, *, now: float, longest: float) -> float | None:
        """Seconds from `now` until the next request, whose place is then taken; None if that is more than `longest`."""
        period = SECONDS[per]
        sent = self._sent.setdefault(account, deque())
        while sent and sent[0] <= now - period:
            sent.popleft()
        begin = max(now, sent[-limit] + period) if len(sent) >= limit else now
        if begin - now > longest:
            return None
        sent.append(begin)
        return begin - now

    def until_free(self, account: Hashable, limit: int, per: str, *, now: float) -> float:
        """Seconds from `now` until a place is free."""
        sent = self._sent.get(account, deque())
        return max(0.0, sent[-limit] + SECONDS[per] - now) if len(sent) >= limit else 0.0


SHARED = Rates()
"""The one of this process."""

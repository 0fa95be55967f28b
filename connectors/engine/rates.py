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

    def reserve(self, account: Hashable, limit: int, per: str, *, now: float, longest: float) -> float:
        """Seconds from `now` until the next request, whose place is then taken unless that is more than `longest`."""
        period = SECONDS[per]
        sent = self._sent.setdefault(account, deque())
        while sent and sent[0] <= now - period:
            sent.popleft()
        begin = max(now, sent[-limit] + period) if len(sent) >= limit else now
        if begin - now <= longest:
            sent.append(begin)
        return begin - now


SHARED = Rates()
"""The one of this process."""

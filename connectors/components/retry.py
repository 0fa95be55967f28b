"""Whether to ask again, and how long to wait first. Randomness is an argument."""

from __future__ import annotations

ATTEMPTS = 3
LONGEST_WAIT = 10.0


def wait_before(attempt: int, asked: float | None, jitter: float) -> float | None:
    """Seconds to wait before the attempt of that number (the first is 1), or None: do not ask again.

    `asked` is what the vendor's Retry-After asked for; more than LONGEST_WAIT is for the caller to come back for.
    `jitter` is random, from 0 to 1, so that many who were refused together do not return together.
    """
    if attempt > ATTEMPTS or (asked is not None and asked > LONGEST_WAIT):
        return None
    backoff = 0.25 * 2 ** (attempt - 1) * (1 + jitter)
    return max(asked or 0.0, backoff)

"""Facts as clients read them."""

from __future__ import annotations

from connectors.components.times import from_seconds


def time_or_null(seconds: float | None) -> str | None:
    """Seconds since 1970 as RFC 3339 has it, in UTC and to the millisecond."""
    if seconds is None:
        return None
    return from_seconds(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")

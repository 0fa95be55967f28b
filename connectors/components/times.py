"""Times as vendors write them, read without a clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

from connectors.components.wrong import wrong

_DURATION = re.compile(
    r"P(?=.)(?:([0-9]{1,7})W)?(?:([0-9]{1,7})D)?(?:T(?=.)(?:([0-9]{1,7})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,7})S)?)?"
)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = re.compile(r"[0-9]{9,13}(\.[0-9]+)?")
_MILLISECONDS_BEGIN = 100_000_000_000  # as seconds this is the year 5138; as milliseconds, 1973


def moment(value: Any) -> datetime | None:
    """The moment that a value names: seconds or milliseconds since 1970, digits in a text, or an ISO 8601 date or time.

    A time without a zone is read as UTC. None if it names none.
    """
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _since_1970(value)
    return _iso(value) if isinstance(value, str) else None


def latest(*values: Any) -> Any:
    """That of the values which names the latest moment, and the first of equal ones; None if none names one."""
    known = [(when, value) for value in values if (when := moment(value)) is not None]
    return max(known, key=lambda one: one[0])[1] if known else None


def duration(text: str) -> timedelta:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds: `P3D`, `PT5M`. Raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("a duration is written as P3D (three days) or PT5M (five minutes)")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def iso(moment: datetime) -> str:
    """`2024-10-29T13:24:21Z`, with fractions of a second only where there are any."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text}Z"


def from_seconds(seconds: float) -> datetime:
    """So many seconds since 1970, in UTC; where there is no such moment, the first or the last one of all."""
    try:
        return _1970 + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if seconds > 0 else datetime.min.replace(tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, exact."""
    return (moment - _1970) // timedelta(milliseconds=1)


def _since_1970(number: float) -> datetime | None:
    unit = "milliseconds" if abs(number) >= _MILLISECONDS_BEGIN else "seconds"
    try:
        return _1970 + timedelta(**{unit: number})
    except (OverflowError, ValueError):
        return None


def _iso(text: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(text)
        parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        parsed.astimezone(UTC)  # a zone can push the first or last day of all out of what can be reckoned with
    except (ValueError, OverflowError):
        return None
    return parsed


def _duration(text: Any) -> timedelta:
    try:
        return duration(text if isinstance(text, str) else "")
    except ValueError as error:
        raise wrong("duration", str(error)) from None


Duration: TypeAlias = Annotated[
    timedelta,
    PlainValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": "^P", "description": "P3D is three days, PT5M five minutes."}),
]
"""A duration as a manifest writes it: `PT5M`."""

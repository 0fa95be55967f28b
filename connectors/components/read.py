"""What a vendor's loose types become, by an output field's `read`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from connectors.components.fields import Field
from connectors.components.filters import as_text
from connectors.components.times import iso, moment

Reader: TypeAlias = Callable[[Any], Any]


def reader_of(field: Field | None) -> Reader | None:
    """What reads such a value, or None if it stays as it came. Made once per operation.

    What cannot be read stays as it is: a vendor's oddity must not lose an item.
    """
    if field is None:
        return None
    if field.read is not None:
        return _READS[field.read]
    if field.items is not None:
        entry = reader_of(field.items)
        return (lambda value: [entry(one) for one in value] if isinstance(value, list) else value) if entry else None
    inner = {name: reader for name, one in (field.properties or {}).items() if (reader := reader_of(one)) is not None}
    return (lambda value: _object(value, inner)) if inner else None


def _object(value: Any, readers: dict[str, Reader]) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: readers[name](one) if name in readers else one for name, one in value.items()}


def _date(value: Any) -> Any:
    when = moment(value)
    return when.date().isoformat() if when else value


def _datetime(value: Any) -> Any:
    when = moment(value)
    return iso(when) if when else value


def _text(value: Any) -> Any:
    return as_text(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


_READS: dict[str, Reader] = {
    "epoch_or_iso_date": _date,
    "epoch_or_iso_datetime": _datetime,
    "text": _text,
    "decimal": _text,
}

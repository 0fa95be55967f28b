"""Items for a pretend vendor, made from samples."""

from __future__ import annotations

from typing import Any

from connectors.components.extract import MISSING, extract
from connectors.manifest.calls import List
from connectors.manifest.model import Connector, Operation, Search, Trigger
from connectors.testing.generated.pretend import different, put
from connectors.testing.generated.values import value_for


def sample_item(connector: Connector, operation: Operation | None, reading: List | None) -> Any:
    """An item as the vendor lists it: the sample of the operation or the list, or of another that shows its items."""
    if reading is None:
        return None
    own = [operation.sample] if operation is not None and connector.shown_by(operation) is reading else []
    shown = [one for one in connector.operations.values() if connector.shown_by(one) is reading]
    others = (connector.sample_of(one) for one in shown if isinstance(one, Trigger | Search))
    samples = (*own, reading.sample, *others)
    found = next((sample for sample in samples if sample is not None), None)
    return bare(operation, found if found is not None else _described(connector, reading))


def bare(operation: Operation | None, item: Any) -> Any:
    """The item without what is fetched in addition."""
    if operation is None or not isinstance(item, dict):
        return item
    return {name: value for name, value in item.items() if name not in operation.include}


def _described(connector: Connector, reading: List) -> Any:
    field = connector.output_of(reading)
    value = value_for(field, reading.name, connector.types) if field is not None else MISSING
    return {"id": "1"} if value is MISSING else value


def items_of(connector: Connector, reading: List, count: int, sample: Any) -> dict[str, list[Any]]:
    """So many items of a list, and one of each list that it is read under."""
    items = {reading.name: [different(sample, number) for number in range(count)]}
    each = reading.for_each
    if each is not None:
        parent = sample_item(connector, None, connector.lists[each.list])
        key = extract(sample, (each.as_, *each.key))
        parent = parent if key is MISSING else put(each.key, key, parent)
        above = items_of(connector, connector.lists[each.list], 1, parent)
        items[reading.name] = [_without(item, each.as_) for item in items[reading.name]]
        return {**above, **items}
    return items


def _without(item: Any, name: str) -> Any:
    return {key: value for key, value in item.items() if key != name} if isinstance(item, dict) else item

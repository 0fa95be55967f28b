"""What an operation gives, as Zapier shows it: a label for each value, at any depth, and a sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.components.fields import Field
from connectors.export.words import spaced, with_units
from connectors.manifest.calls import Output
from connectors.manifest.model import Connector, Operation, Trigger

EVENT_ID = "gridwire_event_id"
"""What Zapier knows a repeated event by. Vendors' items keep their own `id`, which later steps need."""
_TYPES = {"number": "number", "integer": "integer", "boolean": "boolean"}


def is_file(operation: Operation) -> bool:
    """Whether a file comes back."""
    return isinstance(operation.output, Output) and operation.output.file is not None


def shown_by_items(trigger: Trigger) -> bool:
    """Whether it fires for an item that was never seen, so that those that are there serve as examples."""
    return trigger.poll is not None and trigger.identity.fire in ("new", "new_or_changed")


def sample(connector: Connector, operation: Operation) -> dict[str, Any]:
    """An example of what a step gives, in the shape in which `runtime/gridwire.js` gives it."""
    found = connector.sample_of(operation)
    if is_file(operation):
        return {**{name: value for name, value in found.items() if name != "content"}, "file": found["name"]}
    if isinstance(operation, Trigger):
        item = found if isinstance(found, dict) else {"item": found}
        return {"id": "evt_example", **item, EVENT_ID: "evt_example"}
    if isinstance(found, dict):
        return found or {"done": True}
    return {"done": True} if found is None else {"output": found}


def output_fields(connector: Connector, operation: Operation) -> list[dict[str, Any]]:
    """The values of a step with their labels. What the vendor sends beside them is shown under its own name."""
    shown = sample(connector, operation)
    said = None if is_file(operation) else connector.output_of(operation)
    own: dict[str, dict[str, Any]] = {}
    if isinstance(operation, Trigger):
        own[EVENT_ID] = {"label": "Event ID", "primary": True}
    elif is_file(operation):
        own["file"] = {"type": "file"}
    return [{**field, **own.get(field["key"], {})} for field in _inside(said, shown, "", "")]


def _inside(field: Field | None, shown: Any, before: str, title: str) -> Iterator[dict[str, Any]]:
    """The values in an object, as the manifest describes it and the sample shows it."""
    described = (field.properties if field else None) or {}
    present = shown if isinstance(shown, dict) else {}
    for name in dict.fromkeys([*described, *present]):
        inner = described.get(name)
        own = with_units(inner.title if inner and inner.title else spaced(name))
        yield from _one(inner, present.get(name), before + name, f"{title}: {own}" if title else own)


def _one(field: Field | None, shown: Any, key: str, title: str) -> Iterator[dict[str, Any]]:
    if (field and field.properties) or (isinstance(shown, dict) and shown):
        yield from _inside(field, shown, f"{key}__", title)
        return
    item = field.items if field else None
    first = shown[0] if isinstance(shown, list) and shown else None
    if (item and item.properties) or isinstance(first, dict):
        if "[]" not in key:  # Zapier knows lines, and no lines in lines
            yield from _inside(item, first, f"{key}[]", title)
        return
    several = {"list": True} if item or isinstance(shown, list) else {}
    yield {"key": key, "label": title, "type": _type(item or field, first if several else shown), **several}


def _type(field: Field | None, shown: Any) -> str:
    if field is None:
        known = {bool: "boolean", int: "number", float: "number"}
        return known.get(type(shown), "string")
    kind = next((kind for kind in field.kinds if kind != "null"), "string")
    return "datetime" if field.format == "date-time" else _TYPES.get(kind, "string")

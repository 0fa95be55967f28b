"""What Zapier knows things by: the keys of the app's parts and of a step's boxes, no two alike."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.components.fields import Fields
from connectors.export.words import OF_EVERY_OBJECT, distinct
from connectors.manifest.model import Connector, Operation

OWN = ("connection", "feed", *OF_EVERY_OBJECT)
"""What the app itself asks for, or JavaScript knows. An input of such a name gets an underscore more."""

Path = tuple[str, ...]


def keys_of_operations(connector: Connector) -> dict[str, str]:
    """By operation: the key of its trigger, create or search, which is its name."""
    return distinct({name: f"{name}_" if name in OF_EVERY_OBJECT else name for name in connector.operations})


def keys_of_boxes(operation: Operation) -> dict[Path, str]:
    """By the path of an input: the key of its box, such as `latLng__lat`."""
    paths = _paths(operation.input, (), in_line=False)
    return distinct({path: f"{path[0]}_" if len(path) == 1 and path[0] in OWN else "__".join(path) for path in paths})


def _paths(fields: Fields, within: Path, *, in_line: bool) -> Iterator[Path]:
    for name, field in fields.items():
        path = (*within, name)
        lines = field.items.properties if field.items and not in_line else None
        if field.properties:
            yield from _paths(field.properties, path, in_line=in_line)
            continue
        yield path
        yield from _paths(lines or {}, path, in_line=True)

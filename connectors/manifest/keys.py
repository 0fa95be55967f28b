"""How a manifest says what identifies an item."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Discriminator, Tag
from pydantic import Field as Attribute

from connectors.components.component import Component
from connectors.components.extract import Path


class Key(Component):
    """A key or version that is made of values which may be absent."""

    hash: list[Path] = Attribute(min_length=1)
    """The values that together tell items apart, or tell that one has changed."""


def _paths(value: Any) -> Any:
    return value if isinstance(value, list | dict) else [value]


Paths: TypeAlias = Annotated[list[Path], BeforeValidator(_paths, json_schema_input_type=Path | list[Path])]
"""A path, or several."""

_Several: TypeAlias = Annotated[list[Path], Attribute(min_length=1)] | Key

Keys: TypeAlias = Annotated[_Several, BeforeValidator(_paths, json_schema_input_type=Path | _Several)]
"""A path, several, or `hash:` of values that may be absent."""


def _way(value: Any) -> str:
    return "hash" if isinstance(value, dict | Key) else "path"


Versions: TypeAlias = Annotated[Annotated[Path, Tag("path")] | Annotated[Key, Tag("hash")], Discriminator(_way)]
"""A path, or `hash:` of values that may be absent."""


def key_paths(key: list[Path] | Key) -> tuple[Path, ...]:
    """The paths that a key is made of."""
    return tuple(key.hash if isinstance(key, Key) else key)

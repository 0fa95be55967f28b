"""What is new or changed, given what is remembered.

Memory holds an entry for every item ever read, also for those that a trigger's `where` leaves out: so a value that goes
from A to B and back to A is seen twice, and an item that moves between pages is not taken for a new one. Nothing is
forgotten because a reading did not show it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from connectors.components.extract import MISSING, Path, extract
from connectors.components.http import dump_json

Fire: TypeAlias = Literal["new", "changed", "new_or_changed"]


@dataclass(slots=True)
class Memory:
    """What a trigger has seen: the key of each item, and the version that it had then."""

    versions: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The memory as JSON."""
        return {"versions": self.versions}

    @classmethod
    def from_dict(cls, data: Any) -> Memory:
        """The memory that `as_dict` gave. Raises ValueError for anything else."""
        if not isinstance(data, dict) or not isinstance(data.get("versions"), dict):
            raise ValueError("this is not a trigger's memory")
        return cls(data["versions"])


@dataclass(frozen=True, slots=True)
class Identity:
    """How a trigger tells items apart (`key`) and tells whether one has changed (`version`)."""

    key: tuple[Path, ...]
    version: Path | None
    fire: Fire

    def key_of(self, item: Any) -> str:
        """The item's key as text. Raises ValueError if the item has none."""
        values = [extract(item, path) for path in self.key]
        for path, value in zip(self.key, values, strict=True):
            if value is MISSING or value is None or isinstance(value, dict | list):
                raise ValueError(f"an item has no usable '{'.'.join(path)}' to know it by")
        return _key_text(values)

    def version_of(self, item: Any) -> Any:
        """What to compare: the value at `version`; null and missing are alike, for neither has happened yet."""
        value = extract(item, self.version) if self.version else None
        return None if value is MISSING else value

    def observe(self, items: Iterable[Any], memory: Memory) -> list[Any]:
        """Puts every item into the memory and returns those that fire, in the order read."""
        fired: list[Any] = []
        for item in items:
            key, version = self.key_of(item), self.version_of(item)
            known = key in memory.versions
            changed = known and memory.versions[key] != version
            memory.versions[key] = version
            if (changed and self.fire != "new") or (not known and self.fire != "changed"):
                fired.append(item)
        return fired


def _key_text(values: list[Any]) -> str:
    only = values[0] if len(values) == 1 else None
    return only if isinstance(only, str) else dump_json(only if only is not None else values).decode()

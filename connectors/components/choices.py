"""A dropdown: choices that are fixed, or read from one of the vendor's lists."""

from __future__ import annotations

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from connectors.components.component import Component
from connectors.components.extract import Path
from connectors.components.template import Template


class Choices(Component):
    """Either `values` (fixed: value to title), or `list` with `value` and `title` (one choice per item)."""

    values: dict[str, str] | None = None
    """Fixed choices: what is sent, and what a person reads."""
    open: bool = False
    """Other values than the fixed ones may be given."""
    list: str | None = None
    """The list whose items are the choices."""
    value: Path = ("id",)
    """Where an item holds the value that is sent."""
    title: Template | None = None
    """What a person reads; the names are those of the item."""

    @model_validator(mode="after")
    def _fixed_or_listed(self) -> Choices:
        if (self.values is None) == (self.list is None):
            raise PydanticCustomError("choices", "choices are either 'values' (fixed) or from a 'list'")
        return self

"""A dropdown: choices that are fixed, or read from one of the vendor's lists."""

from __future__ import annotations

from pydantic import Field as Attribute
from pydantic import model_validator

from connectors.components.component import Component
from connectors.components.extract import Path
from connectors.components.template import Template
from connectors.components.values import Block
from connectors.components.wrong import wrong


class Choices(Component):
    """Either `values` (fixed: value to title), or `list` with `value` and `title` (one choice per item)."""

    values: dict[str, str] | None = None
    """Fixed choices: what is sent, and what a person reads."""
    open: bool = False
    """Other values than the fixed ones may be given."""
    list: str | None = None
    """The list whose items are the choices."""
    with_: Block | None = Attribute(None, alias="with")
    """Inputs of that list, as templates over the other inputs; a choice may depend on them.

    What the list requires and is not here comes from the input of the same name; no other input narrows the choices.
    """
    search: str | None = None
    """The list's input that takes the text to search for, where the vendor searches itself."""
    value: Path = ("id",)
    """Where an item holds the value that is sent."""
    title: Template | None = None
    """What a person reads; the names are those of the item."""

    @model_validator(mode="after")
    def _fixed_or_listed(self) -> Choices:
        if (self.values is None) == (self.list is None):
            raise wrong("choices", "choices are either 'values' (fixed) or from a 'list'")
        if self.values is not None and self.model_fields_set & {"with_", "search", "value", "title"}:
            raise wrong("choices", "'with', 'search', 'value' and 'title' are for choices from a 'list'")
        return self

"""What every block of a manifest has in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from connectors.components.wrong import wrong


class Component(BaseModel):
    """A block of a manifest: its attributes are what may be written there, its methods are what it does."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class OneKind(Component):
    """A block that holds exactly one key, its kind: `paginate: {page_number: {…}}`."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, block: Any) -> Any:
        known = [key for key in block if key in cls.model_fields] if isinstance(block, dict) else []
        if isinstance(block, dict) and len(known) != 1 and not set(block) - set(known):
            raise wrong("one_kind", f"exactly one of these must stand here: {', '.join(cls.model_fields)}")
        if known and block[known[0]] is None:
            raise wrong("one_kind", f"there is nothing under '{known[0]}'")
        return block

    @property
    def kind(self) -> str:
        """The key that was written."""
        return next(iter(self.model_fields_set))

    @property
    def chosen(self) -> Any:
        """The block under that key."""
        return getattr(self, self.kind)

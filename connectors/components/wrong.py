"""What pydantic is told of a mistake in a manifest."""

from __future__ import annotations

from typing import Any, LiteralString

from pydantic_core import PydanticCustomError


def wrong(rule: LiteralString, message: str, **place: Any) -> PydanticCustomError:
    """A mistake against a rule, in words that may hold braces; `offset` and `path` say where in the value it is."""
    return PydanticCustomError(rule, "{message}", {"message": message, **place})

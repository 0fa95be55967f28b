"""Conditions on items: which of them count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import GetJsonSchemaHandler, RootModel, model_validator
from pydantic_core import PydanticCustomError, core_schema

from connectors.components.component import Component
from connectors.components.extract import MISSING, Path, extract
from connectors.components.template import Hole, NotText, Scope
from connectors.components.tree import Tree
from connectors.errors import InputError


class Condition(Component):
    """What must hold for one value. A plain value means `equals`."""

    equals: Tree | None = None
    contains: Tree | None = None
    """A text that must stand within."""
    fold: bool = False
    """Upper and lower case are the same."""

    @model_validator(mode="before")
    @classmethod
    def _plain_is_equals(cls, block: Any) -> Any:
        return block if isinstance(block, dict) else {"equals": block}

    @model_validator(mode="after")
    def _compares(self) -> Condition:
        if not self.tests:
            raise PydanticCustomError("condition", "a condition says what the value 'equals' or 'contains'")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        plain = {"type": ["string", "number", "boolean", "null"], "description": "The value that must stand there."}
        return {"anyOf": [plain, handler.resolve_ref_schema(handler(schema))]}

    @property
    def tests(self) -> list[tuple[Callable[[Any, Any], bool], Tree]]:
        """How the value is compared, and with what."""
        equals = [(_equal, self.equals or Tree(None))] if "equals" in self.model_fields_set else []
        return equals + ([(_contains, self.contains)] if self.contains else [])

    def holds(self, value: Any, scope: Scope) -> bool | None:
        """Whether it holds for the value; None if it compares with an input that is absent.

        Raises InputError when an input cannot stand in the text that is compared with.
        """
        try:
            wanted = [(test, tree.fill(scope)) for test, tree in self.tests]
        except NotText as error:
            raise InputError(str(error), field=error.name) from None
        if any(want is MISSING for _, want in wanted):
            return None
        value = _folded(value) if self.fold else value
        return all(test(value, _folded(want) if self.fold else want) for test, want in wanted)


class Conditions(RootModel[dict[str, Condition]]):
    """Conditions by path: all must hold. One that compares with an absent input drops out."""

    def holds(self, item: Any, scope: Scope) -> bool:
        """Whether every condition holds for the item."""
        return all(condition.holds(extract(item, path), scope) is not False for path, condition in self._by_path())

    def asked(self, scope: Scope) -> bool:
        """Whether any condition is left when those on absent inputs have dropped out."""
        left = [path for path, condition in self._by_path() if condition.holds(MISSING, scope) is not None]
        return bool(left)

    def holes(self) -> Iterator[tuple[tuple[str, ...], Hole]]:
        """Every hole with the path, inside this block, of the text that it stands in."""
        for name, condition in self.root.items():
            for word in ("equals", "contains"):
                tree: Tree | None = getattr(condition, word)
                for path, hole in tree.holes() if tree else ():
                    yield (name, word, *path), hole

    def _by_path(self) -> Iterator[tuple[Path, Condition]]:
        for name, condition in self.root.items():
            yield tuple(name.split(".")), condition


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _equal(value: Any, wanted: Any) -> bool:
    comparable = type(value) is type(wanted) or _both_numbers(value, wanted)
    return comparable and value == wanted


def _both_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _contains(value: Any, wanted: Any) -> bool:
    return isinstance(value, str) and isinstance(wanted, str) and wanted in value

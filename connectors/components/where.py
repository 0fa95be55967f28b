"""Conditions on items: which of them count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from pydantic import Field as Attribute
from pydantic import GetJsonSchemaHandler, RootModel, model_validator
from pydantic_core import core_schema

from connectors.components.component import Component
from connectors.components.extract import MISSING, Path, extract
from connectors.components.template import Hole, Scope, Template
from connectors.components.times import moment
from connectors.components.tree import Tree, holes_in
from connectors.components.wrong import wrong

Test: TypeAlias = Callable[[Any, Any], bool]
LeftOut: TypeAlias = tuple[str, str, Any]
"""The key of an item that does not count, the path of the first condition that does not hold, and what stands there."""


class Condition(Component):
    """What must hold for one value. A plain value means `equals`; several words must all hold."""

    equals: Tree | None = None
    """The value that must stand there."""
    not_: Tree | None = Attribute(None, alias="not")
    """A value that must not stand there."""
    in_: Tree | None = Attribute(None, alias="in")
    """A list, one of whose values must stand there."""
    not_in: Tree | None = None
    """A list, none of whose values must stand there."""
    contains: Tree | None = None
    """A text that must stand within the text, or a value within the list."""
    gt: Tree | None = None
    """A number or time that must be exceeded."""
    lt: Tree | None = None
    """A number or time that must not be reached."""
    exists: bool | None = None
    """Whether anything but null must stand there."""
    fold: bool = False
    """Upper and lower case are the same."""

    @model_validator(mode="before")
    @classmethod
    def _plain_is_equals(cls, block: Any) -> Any:
        return block if isinstance(block, dict) else {"equals": block}

    @model_validator(mode="after")
    def _compares(self) -> Condition:
        if not self.tests and self.exists is None:
            raise wrong("condition", "a condition says what the value 'equals', 'contains', …")
        for name in {"in_", "not_in"} & self.model_fields_set:
            if not _may_be_list(getattr(self, name)):
                raise wrong("condition", f"'{name.rstrip('_')}' needs a list of values, or an input that is one")
        for name, tree in self.trees():
            if isinstance(tree.root, dict) and tree.root and tree.root.keys() <= _WORDS:
                raise wrong("condition", f"'{name}' takes a value, and no other condition")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        plain = {"type": ["string", "number", "boolean", "null"], "description": "The value that must stand there."}
        return {"anyOf": [plain, handler.resolve_ref_schema(handler(schema))]}

    @property
    def tests(self) -> list[tuple[Test, Tree]]:
        """How the value is compared, and with what."""
        written = (name for name in _TESTS if name in self.model_fields_set)
        return [(_TESTS[name], getattr(self, name) or Tree(None)) for name in written]

    def trees(self) -> Iterator[tuple[str, Tree]]:
        """What the value is compared with, by the word that is written."""
        for name in _TESTS:
            tree: Tree | None = getattr(self, name)
            if tree is not None:
                yield name.rstrip("_"), tree

    def holds(self, value: Any, scope: Scope) -> bool | None:
        """Whether it holds for the value; None if it compares with an input that is absent.

        Raises InputError when an input cannot stand in the text that is compared with.
        """
        wanted = [(test, _wanted(tree, scope)) for test, tree in self.tests]
        if any(want is MISSING for _, want in wanted):
            return None
        if self.exists is not None and self.exists != (value is not MISSING and value is not None):
            return False
        value = _folded(value) if self.fold else value
        return all(test(value, _folded(want) if self.fold else want) for test, want in wanted)


class Conditions(RootModel[dict[str, Condition]]):
    """Conditions by path: all must hold. One that compares with an absent input drops out."""

    def holds(self, item: Any, scope: Scope) -> bool:
        """Whether every condition holds for the item."""
        return not any(self.unmet(item, scope))

    def unmet(self, item: Any, scope: Scope) -> Iterator[tuple[str, Any]]:
        """The paths at which a condition does not hold, each with the value that stands there."""
        for path, condition in self.by_path():
            if condition.holds(value := extract(item, path), scope) is False:
                yield ".".join(path), None if value is MISSING else value

    def asked(self, scope: Scope) -> bool:
        """Whether any condition is left when those on absent inputs have dropped out."""
        left = [path for path, condition in self.by_path() if condition.holds(MISSING, scope) is not None]
        return bool(left)

    def holes(self) -> Iterator[tuple[tuple[str, ...], Hole]]:
        """Every hole with the path, inside this block, of the text that it stands in."""
        return holes_in(self)

    def by_path(self) -> Iterator[tuple[Path, Condition]]:
        """Each condition with the path of the value that it is about."""
        for name, condition in self.root.items():
            yield tuple(name.split(".")), condition


def _may_be_list(tree: Tree | None) -> bool:
    root = tree.root if tree is not None else None
    return isinstance(root, list) or (isinstance(root, Template) and [*map(type, root.parts)] == [Hole])


def _wanted(tree: Tree, scope: Scope) -> Any:
    """What to compare with; a list of which every input is absent is absent too."""
    want = tree.fill(scope)
    return MISSING if want == [] and isinstance(tree.root, list) and tree.root else want


def _folded(value: Any) -> Any:
    if isinstance(value, list):
        return [_folded(one) for one in value]
    return value.casefold() if isinstance(value, str) else value


def _equal(value: Any, wanted: Any) -> bool:
    comparable = type(value) is type(wanted) or _both_numbers(value, wanted)
    return comparable and value == wanted


def _both_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _among(value: Any, wanted: Any) -> bool:
    return isinstance(wanted, list) and any(_equal(value, one) for one in wanted)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return _among(wanted, value)
    return isinstance(value, str) and isinstance(wanted, str) and wanted in value


def _compared(value: Any, wanted: Any) -> int | None:
    """-1, 0 or 1, of two numbers or of two times; None for what has no order."""
    one, other = (value, wanted) if _both_numbers(value, wanted) else (moment(value), moment(wanted))
    if one is None or other is None:
        return None
    return (one > other) - (one < other)


_TESTS: dict[str, Test] = {
    "equals": _equal,
    "not_": lambda value, wanted: not _equal(value, wanted),
    "in_": _among,
    "not_in": lambda value, wanted: not _among(value, wanted),
    "contains": _contains,
    "gt": lambda value, wanted: _compared(value, wanted) == 1,
    "lt": lambda value, wanted: _compared(value, wanted) == -1,
}
_WORDS = {name.rstrip("_") for name in Condition.model_fields}

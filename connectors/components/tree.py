"""JSON with templates in it: a body, query or headers as a manifest writes them.

A block whose only key is `json_text` stands for the text of the JSON under it, for vendors that take JSON in a string.
A block whose only key is `if_given` stands for what is under it, and drops out whole when nothing is given of what that
inserts: `address: {if_given: {street: "{street}", country: DE}}` sends no country of an address that has no street.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, RootModel
from pydantic_core import core_schema

from connectors.components.extract import MISSING
from connectors.components.http import dump_json
from connectors.components.template import Hole, Scope, Template, TemplateError, Written
from connectors.components.wrong import wrong


class Tree:
    """Any JSON value whose texts are templates. Two trees are equal when what is written in them is."""

    __slots__ = ("root",)

    def __init__(self, value: Any) -> None:
        self.root: Any = _compile(value, ())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tree) and self.root == other.root

    def __hash__(self) -> int:
        return hash(repr(self.root))

    def fill(self, scope: Scope) -> Any:
        """The value with its templates filled. Entries whose value is missing drop out."""
        return _fill(self.root, scope)

    def holes(self) -> Iterator[tuple[tuple[str, ...], Hole]]:
        """Every hole with the path of the text that it stands in."""
        return holes_in(self.root)

    def conditional(self) -> Iterator[tuple[tuple[str, ...], list[Hole]]]:
        """Every `if_given` with its path, and the holes under it."""
        nodes = _nodes(self.root, ())
        return ((path, [hole for _, hole in holes_in(node.inner)]) for path, node in nodes if isinstance(node, IfGiven))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        return {"description": "Any value; {name} inside a text inserts a value."}


@dataclass(frozen=True, slots=True)
class JsonText:
    """What is written as data and sent as the text of its JSON."""

    word: ClassVar[str] = "json_text"
    inner: Any

    def fill(self, scope: Scope) -> Any:
        """The text; MISSING if what is under it is."""
        inner = _fill(self.inner, scope)
        return inner if inner is MISSING else dump_json(inner).decode()


@dataclass(frozen=True, slots=True)
class IfGiven:
    """What is only sent when something of what it inserts is given."""

    word: ClassVar[str] = "if_given"
    inner: Any

    def fill(self, scope: Scope) -> Any:
        """What is under it; MISSING if all that it inserts is."""
        given = (hole.value(scope) is not MISSING for _, hole in holes_in(self.inner))
        return _fill(self.inner, scope) if any(given) else MISSING


WORDS: dict[str, type[JsonText | IfGiven]] = {kind.word: kind for kind in (JsonText, IfGiven)}
"""The words that stand for what is under them; each is the only key of its block."""


def _compile(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, dict) and len(value) == 1 and (word := next(iter(value))) in WORDS:
        return WORDS[word](_compile(value[word], (*path, word)))
    if isinstance(value, dict):
        return {key: _compile(child, (*path, key)) for key, child in value.items()}
    if isinstance(value, list):
        return [_compile(child, (*path, str(index))) for index, child in enumerate(value)]
    if not isinstance(value, str):
        return value
    try:
        return Template(value)
    except TemplateError as error:
        raise wrong("template", error.message, offset=error.offset, path=path) from None


def _fill(node: Any, scope: Scope) -> Any:
    if isinstance(node, Template | JsonText | IfGiven):
        return node.fill(scope)
    if isinstance(node, dict):
        filled = ((key, _fill(child, scope)) for key, child in node.items())
        return {key: value for key, value in filled if value is not MISSING}
    if isinstance(node, list):
        return [value for value in (_fill(child, scope) for child in node) if value is not MISSING]
    return node


def holes_in(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Hole]]:
    """Every hole of a text, or of what holds texts, such as a block, with the path of the text that it stands in."""
    for where, each in _nodes(node, path):
        if isinstance(each, Written):
            yield from ((where, hole) for hole in each.holes)


def _nodes(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The node and all that lies in it, each with its path."""
    yield path, node
    if isinstance(node, Tree | RootModel):
        yield from _nodes(node.root, path)
    for key, child in _inside(node):
        yield from _nodes(child, (*path, str(key)))


def _inside(node: Any) -> Iterable[tuple[Any, Any]]:
    """What lies in a node, each by the key that is written."""
    if isinstance(node, JsonText | IfGiven):
        return [(node.word, node.inner)]
    if isinstance(node, BaseModel) and not isinstance(node, RootModel):
        return [(field.alias or name, getattr(node, name)) for name, field in type(node).model_fields.items()]
    return node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()

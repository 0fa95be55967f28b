from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from connectors.components.extract import MISSING
from connectors.components.tree import Tree

BODY = {
    "who": {"name": "{name}", "age": "{age}"},
    "tags": ["a", "{tag}", ["{tag}"]],
    "fixed": 1,
    "on": True,
    "no": None,
}


def test_templates_at_every_depth_are_filled():
    filled = Tree(BODY).fill({"name": "Ada", "age": 36, "tag": "x"})
    assert filled == {**BODY, "who": {"name": "Ada", "age": 36}, "tags": ["a", "x", ["x"]]}


def test_what_is_missing_drops_out_and_null_empty_and_zero_stay():
    tree = Tree({"absent": "{absent}", "null": "{null}", "empty": "{empty}", "zero": "{zero}", "list": ["{absent}", 0]})
    filled = tree.fill({"null": None, "empty": "", "zero": 0})
    assert filled == {"null": None, "empty": "", "zero": 0, "list": [0]}


def test_a_tree_may_be_one_template():
    assert Tree("{all}").fill({"all": {"a": [1]}}) == {"a": [1]}
    assert Tree("{all}").fill({}) is MISSING
    assert Tree(None).fill({}) is None


def test_keys_are_not_templates():
    assert Tree({"{name}": 1}).fill({"name": "Ada"}) == {"{name}": 1}


def test_holes_come_with_their_places():
    places = [(".".join(path), hole.name) for path, hole in Tree(BODY).holes()]
    assert places == [("who.name", "name"), ("who.age", "age"), ("tags.1", "tag"), ("tags.2.0", "tag")]


def test_a_template_that_cannot_be_read_says_where():
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Tree).validate_python({"a": ["ok", "b {"]})
    assert caught.value.errors()[0]["ctx"]["path"] == ("a", "1")
    assert caught.value.errors()[0]["ctx"]["offset"] == 2


def test_a_manifest_may_write_any_value():
    assert "type" not in TypeAdapter(Tree).json_schema()

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from connectors.components.extract import MISSING
from connectors.components.http import load_json
from connectors.components.tree import Tree

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4)

BODY: dict[str, Any] = {
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


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ({"X-Token": "{name}"}, '{"X-Token":"Ad\\"a"}'),
        ({"a": "{absent}", "b": ["{absent}", 0], "c": None}, '{"b":[0],"c":null}'),
        (["{name}", "{n}"], '["Ad\\"a",9007199254740993]'),
        ("{all}", '{"x":[1]}'),
        ("fixed", '"fixed"'),
        (None, "null"),
        ({"json_text": {"n": 1}}, r'"{\"n\":1}"'),
    ],
    ids=repr,
)
def test_json_text_stands_for_the_text_of_what_is_under_it(inside, text):
    scope = {"name": 'Ad"a', "n": 9007199254740993, "all": {"x": [1]}}
    assert Tree({"headers": [{"json_text": inside}]}).fill(scope) == {"headers": [text]}


def test_json_text_of_what_is_absent_is_absent():
    assert Tree({"a": {"json_text": "{absent}"}, "b": 1}).fill({}) == {"b": 1}
    assert Tree({"json_text": {"json_text": "{absent}"}}).fill({}) is MISSING


def test_json_text_beside_other_keys_is_a_key_like_any_other():
    assert Tree({"json_text": "a", "b": 1}).fill({}) == {"json_text": "a", "b": 1}


@given(JSON)
def test_json_text_reads_as_what_was_given(value):
    assert load_json(Tree({"json_text": {"v": "{value}"}}).fill({"value": value})) == {"v": value}


def test_holes_and_faults_in_json_text_come_with_their_places():
    tree = Tree({"h": {"json_text": {"X": ["{token}"]}}})
    assert [(path, hole.name) for path, hole in tree.holes()] == [(("h", "json_text", "X", "0"), "token")]
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Tree).validate_python({"h": {"json_text": ["{"]}})
    assert caught.value.errors()[0]["ctx"]["path"] == ("h", "json_text", "0")


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


ADDRESS: dict[str, Any] = {"if_given": {"street": "{street}", "city": "{city}", "country": "DE"}}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"name": "Ada"}),
        ({"street": "Am Ring 1"}, {"name": "Ada", "address": {"street": "Am Ring 1", "country": "DE"}}),
        ({"city": None}, {"name": "Ada", "address": {"city": None, "country": "DE"}}),
    ],
)
def test_what_is_sent_if_given_drops_out_whole_with_what_it_inserts(given, sent):
    assert Tree({"name": "Ada", "address": ADDRESS}).fill(given) == sent


def test_if_given_stands_around_any_value_at_any_depth():
    entry = {"if_given": ["fixed", "{x}"]}
    assert Tree([entry, {"if_given": {"a": {"json_text": {"x": "{x}"}}}}]).fill({}) == []
    assert Tree([entry, {"if_given": "x={x}"}]).fill({"x": 0}) == [["fixed", 0], "x=0"]
    assert Tree({"json_text": {"if_given": "{x}"}}).fill({}) is MISSING


def test_if_given_beside_other_keys_is_a_key_like_any_other():
    assert Tree({"if_given": "a", "b": 1}).fill({}) == {"if_given": "a", "b": 1}


def test_every_if_given_is_known_with_its_place_and_holes():
    tree = Tree({"a": [{"if_given": {"x": "{x}", "y": {"if_given": "{y}"}}}], "b": {"json_text": {"if_given": "{z}"}}})
    found = [(".".join(path), [hole.name for hole in holes]) for path, holes in tree.conditional()]
    assert found == [("a.0", ["x", "y"]), ("a.0.if_given.y", ["y"]), ("b.json_text", ["z"])]

from __future__ import annotations

from connectors.export.n8n.literal import literal, text


def test_short_things_stand_on_one_line_with_bare_keys() -> None:
    value = {"name": "it's", "show": {"on": [True, None, 1.5]}, "a-b": {}, "none": []}
    assert literal(value, tab="\t") == "{ name: 'it\\'s', show: { on: [true, null, 1.5] }, 'a-b': {}, none: [] }"


def test_lists_of_objects_stand_on_lines_of_their_own() -> None:
    assert literal({"options": [{"name": "A"}]}, tab="  ") == "{\n  options: [\n    { name: 'A' },\n  ],\n}"


def test_what_is_long_is_broken_and_a_long_text_is_not() -> None:
    long = "x" * 120
    assert literal({"a": long, "b": 1}, tab="\t") == f"{{\n\ta: '{long}',\n\tb: 1,\n}}"


def test_text_is_escaped_and_keeps_its_letters() -> None:
    assert text('a "b" \\ ä\n') == "'a \"b\" \\\\ ä\\n'"

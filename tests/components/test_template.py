from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from connectors.components.extract import MISSING
from connectors.components.filters import FILTERS
from connectors.components.template import Hole, NotText, Template, TemplateError, as_text

SCOPE = {"name": "Ada", "n": 0, "f": 52.5, "yes": True, "no": None, "empty": "", "list": [1], "item": {"id": "i-1"}}


@pytest.mark.parametrize("value", ["Ada", "", 0, 0.0, True, False, None, [1], {"a": "{b}"}, 2**70])
def test_exactly_one_hole_keeps_the_type(value):
    filled = Template("{x}").fill({"x": value})
    assert filled == value
    assert type(filled) is type(value)


def test_an_absent_value_is_missing_and_so_is_the_text_around_it():
    assert Template("{gone}").fill({}) is MISSING
    assert Template("{item.gone}").fill(SCOPE) is MISSING
    assert Template("{name} {gone}").fill(SCOPE) is MISSING
    assert Template("{gone|base64}").fill(SCOPE) is MISSING


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", ""),
        ("plain", "plain"),
        ("Dear {name}!", "Dear Ada!"),
        ("{item.id}-{n}-{f}-{yes}", "i-1-0-52.5-true"),
        ("<{empty}>", "<>"),
        ("{name}{name}", "AdaAda"),
        ("{{name}}", "{name}"),
        ("{{{name}}}", "{Ada}"),
        ("a {{ b }} c", "a { b } c"),
        ("}}{{", "}{"),
        ("Basic {name|base64}", "Basic QWRh"),
        ("{name|lower|base64}", "YWRh"),
    ],
)
def test_holes_are_filled_and_doubled_braces_are_braces(text, filled):
    assert Template(text).fill(SCOPE) == filled


def test_a_filter_makes_text_of_the_value():
    assert Template("{yes|lower}").fill({"yes": True}) == "true"
    assert Template("{n|base64}").fill({"n": 0}) == "MA=="
    assert Template("{name|base64}").fill({"name": "Zoë"}) == "Wm/Dqw=="


def test_filters_are_applied_from_left_to_right():
    assert Template("{tags|first|lower}").fill({"tags": ["A", "B"]}) == "a"
    assert Template("x{tags|join|upper}").fill({"tags": ["a", "b"]}) == "xA,B"


def test_an_empty_list_has_no_first_and_a_list_may_begin_with_null():
    assert Template("{tags|first|lower}").fill({"tags": []}) is MISSING
    assert Template("{tags|first|lower}").fill({"tags": [None]}) is None


def test_a_filter_that_cannot_do_it_names_the_value_and_does_not_show_it():
    with pytest.raises(NotText, match=r"^'at': this text is not a date or time$"):
        Template("x{at|epoch}").fill({"at": "canary"})


def test_null_passes_filters_as_null():
    assert Template("{no|lower}").fill(SCOPE) is None


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("x{no}", "no", "null cannot stand in a text"),
        ("x{list}", "list", "a list cannot stand in a text"),
        ("x{item}", "item", "an object cannot stand in a text"),
        ("{item.ids|lower}", "item.ids", "a list cannot stand in a text"),
        ("x{odd}", "odd", "this value cannot stand in a text"),
    ],
)
def test_what_is_no_text_is_refused_by_name(text, name, reason):
    scope = {**SCOPE, "item": {"ids": []}, "odd": set()}
    with pytest.raises(NotText) as caught:
        Template(text).fill(scope)
    assert caught.value.field == name
    assert str(caught.value) == f"'{name}': {reason}"


@pytest.mark.parametrize("text", ["{apiKey}", "{{name}}", "{name|base64}", "{", "}}", "{item.id}"])
def test_what_is_inserted_is_never_read_as_a_template(text):
    scope = {"value": text, "name": "leak", "apiKey": "leak"}
    assert Template("{value}").fill(scope) == text
    assert Template("<{value}>").fill(scope) == f"<{text}>"
    assert Template("{value}").show(scope) == text


@given(st.text())
def test_any_text_can_be_written_with_doubled_braces(text):
    template = Template(text.replace("{", "{{").replace("}", "}}"))
    assert template.fill({}) == text
    assert template.holes == []


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("a { b", "this '{' is never closed: add '}', or write '{{' for a brace", 2),
        ("a } b", "this '}' closes nothing: take it out, or write '}}' for a brace", 2),
        ("{a}}", "this '}' closes nothing: take it out, or write '}}' for a brace", 3),
        ("{}", "'' is not a name", 1),
        ("x {a b}", "'a b' is not a name", 3),
        ("{a.}", "'a.' is not a name", 1),
        ("{a + 1}", "'a + 1' is not a name", 1),
        ("{a|uper}", f"there is no filter 'uper'; there are {', '.join(FILTERS)}", 3),
        ("{ab|lower|}", f"there is no filter ''; there are {', '.join(FILTERS)}", 10),
    ],
)
def test_a_template_that_cannot_be_read_says_where(text, message, offset):
    with pytest.raises(TemplateError) as caught:
        Template(text)
    assert (caught.value.message, caught.value.offset) == (message, offset)


def test_holes_know_their_path_filters_and_place():
    assert Template("{{ {item.id|lower}").holes == [Hole(("item", "id"), ("lower",), 4)]
    assert Template("{item.id}").holes[0].name == "item.id"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{name}: {n}", "Ada: 0"),
        ("{gone} {no}{name}", "Ada"),
        ("{tags}", "a, b"),
        ("{yes}", "true"),
        ("{item}", ""),
        ("{mixed}", ""),
        ("{list|lower}", ""),
        ("{gone}", ""),
    ],
)
def test_shown_to_people_what_is_no_text_leaves_nothing_behind(text, shown):
    assert Template(text).show({**SCOPE, "tags": ["a", "b"], "mixed": ["a", None]}) == shown


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (True, "true"), (False, "false"), (0, "0"), (2**70, str(2**70)), (0.1, "0.1")]
)
def test_a_value_as_text(value, text):
    assert as_text(value) == text


def test_templates_are_equal_when_their_texts_are():
    assert Template("{a}") == Template("{a}")
    assert Template("{a}") != Template("{b}")
    assert Template("{a}") != "{a}"
    assert len({Template("{a}"), Template("{a}")}) == 1
    assert repr(Template("{a}")) == "Template('{a}')"


def test_a_manifest_writes_a_template_as_text():
    adapter = TypeAdapter(Template)
    assert adapter.validate_python("{a}") == Template("{a}")
    assert adapter.json_schema()["type"] == "string"
    with pytest.raises(ValidationError, match="valid string"):
        adapter.validate_python(5)
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python("ab {c")
    assert caught.value.errors()[0]["ctx"]["offset"] == 3

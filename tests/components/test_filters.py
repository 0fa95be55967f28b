from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.components.extract import MISSING
from connectors.components.filters import FILTERS, as_text
from connectors.components.http import dump_json, load_json

TIME = "2024-10-29T13:24:21.250+02:00"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
SHORT = "{!r:.20}".format
NO_TEXT: list[tuple[Any, str]] = [
    (None, "null cannot stand in a text"),
    ([1], "a list cannot stand in a text"),
    ({}, "an object cannot stand in a text"),
    (b"a", "this value cannot stand in a text"),
]
NO_TIME: list[tuple[Any, str]] = [
    ("soon", "this text is not a date or time"),
    (10**400, "this value is not a date or time"),
    (True, "this value is not a date or time"),
    ([], "a list is not a date or time"),
    ({}, "an object is not a date or time"),
    (None, "null is not a date or time"),
]
NO_LIST: list[tuple[Any, str]] = [
    ("a,b", "this text is not a list"),
    (5, "this value is not a list"),
    ({}, "an object is not a list"),
]
NO_NUMBER = ["", "twelve", "1,5", "1_000", "nan", "inf", "1e999", "0x1f", "+-5", "5.", ".5", "\u0663", "9" * 5000, True]


@pytest.mark.parametrize(
    ("name", "value", "result"),
    [
        ("base64", "Ada:\u00e9", "QWRhOsOp"),
        ("base64", 5, "NQ=="),
        ("lower", "ADA", "ada"),
        ("upper", "stra\u00dfe", "STRASSE"),
        ("trim", " \tAda\n", "Ada"),
        ("url", "a/b c?\u00e9&", "a%2Fb%20c%3F%C3%A9%26"),
        ("text", 2**70, str(2**70)),
        ("text", 12.5, "12.5"),
        ("text", True, "true"),
        ("text", "Ada", "Ada"),
        ("number", " 12.50 ", 12.5),
        ("number", "9007199254740993", 9007199254740993),
        ("number", "-1e3", -1000.0),
        ("number", 7, 7),
        ("integer", "+7", 7),
        ("integer", 7.0, 7),
        ("integer", "1e3", 1000),
        ("json", {"a": [1, None, "\u00e9"]}, '{"a":[1,null,"\u00e9"]}'),
        ("json", "a", '"a"'),
        ("join", ["a", 1, False], "a,1,false"),
        ("join", [], ""),
        ("first", ["a", "b"], "a"),
        ("last", ["a", "b"], "b"),
        ("first", [], MISSING),
        ("last", [], MISSING),
        ("epoch", TIME, 1_730_201_061),
        ("epoch", "1969-12-31T23:59:59.5Z", -1),
        ("epoch_ms", TIME, 1_730_201_061_250),
        ("epoch_ms", 1_730_208_261_001, 1_730_208_261_001),
        ("iso8601", TIME, "2024-10-29T11:24:21.250000Z"),
        ("iso8601", 1_730_208_261, "2024-10-29T13:24:21Z"),
        ("date", "2024-10-29T00:30:00+02:00", "2024-10-29"),
        ("date", 1_730_208_261_000, "2024-10-29"),
    ],
    ids=repr,
)
def test_what_each_filter_makes(name, value, result):
    made = FILTERS[name](value)
    assert made == result
    assert type(made) is type(result)


@pytest.mark.parametrize("name", ["base64", "lower", "upper", "trim", "url", "text", "number", "integer"])
@pytest.mark.parametrize(("value", "reason"), NO_TEXT, ids=SHORT)
def test_filters_of_texts_refuse_what_is_none(name, value, reason):
    with pytest.raises(TypeError, match=f"^{reason}$"):
        FILTERS[name](value)


@pytest.mark.parametrize("name", ["epoch", "epoch_ms", "iso8601", "date", "minute"])
@pytest.mark.parametrize(("value", "reason"), NO_TIME, ids=SHORT)
def test_filters_of_times_refuse_what_is_none(name, value, reason):
    with pytest.raises(TypeError, match=f"^{reason}$"):
        FILTERS[name](value)


@pytest.mark.parametrize("name", ["join", "first", "last"])
@pytest.mark.parametrize(("value", "reason"), NO_LIST, ids=SHORT)
def test_filters_of_lists_refuse_what_is_none(name, value, reason):
    with pytest.raises(TypeError, match=f"^{reason}$"):
        FILTERS[name](value)


@pytest.mark.parametrize("inner", [None, [], {}])
def test_join_refuses_entries_that_are_no_text(inner):
    with pytest.raises(TypeError, match="cannot stand in a text"):
        FILTERS["join"](["a", inner])


@pytest.mark.parametrize("name", ["number", "integer"])
@pytest.mark.parametrize("value", NO_NUMBER, ids=SHORT)
def test_what_is_no_number_is_refused_without_being_shown(name, value):
    with pytest.raises(TypeError, match=r"^this (text|value) is not a number$"):
        FILTERS[name](value)


@pytest.mark.parametrize("value", ["12.5", 0.1])
def test_an_integer_is_never_rounded(value):
    with pytest.raises(TypeError, match=r"^this number is not whole$"):
        FILTERS["integer"](value)


@given(st.sampled_from(sorted(FILTERS)), JSON)
def test_a_filter_gives_json_or_refuses(name, value):
    try:
        made = FILTERS[name](value)
    except TypeError:
        return
    assert made is MISSING or load_json(dump_json(made)) == made


@given(st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_text_is_the_same_number(number):
    assert FILTERS["number"](as_text(number)) == number

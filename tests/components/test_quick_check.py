"""Inputs are checked by one library in full, and by another in microseconds: they must agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.components import fields
from connectors.components.fields import Checker, Field
from connectors.components.patterns import quick_check_of
from connectors.errors import InputError

FIELDS = {
    "text": Field(minLength=1, maxLength=3),
    "digits": Field(pattern=r"^\d+$"),
    "email": Field(format="email"),
    "day": Field(format="date"),
    "link": Field(format="uri", pattern="^https"),
    "number": Field(type="number", minimum=-1, maximum=10),
    "whole": Field(type=["integer", "null"], minimum=0),
    "one": Field(type=["string", "number", "boolean"], enum=["a", 1, True]),
    "any": Field(type=["object", "array", "string", "number", "boolean", "null"]),
    "place": Field(properties={"city": Field(required=True), "lat": Field(type="number")}),
    "tags": Field(items=Field(maxLength=2), minItems=1, maxItems=2),
}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
LIKELY = st.sampled_from(
    [
        "a",
        "1",
        "12",
        "٣",
        "1\n",
        "a@b",
        "2026-02-30",
        "2026-02-03",
        "https://a",
        "http://a",
        1,
        1.0,
        0,
        2.5,
        10**30,
        "\ud800",
    ]
)
VALUES = st.recursive(
    LIKELY | SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["city", "lat", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
INPUTS = st.dictionaries(st.sampled_from([*FIELDS, "unknown"]), VALUES, max_size=4)


def found(checker: Checker, inputs: Any) -> Any:
    try:
        return repr(checker.check(inputs))
    except InputError as error:
        return [(problem.field, problem.message) for problem in error.problems] or error.message


@given(INPUTS)
def test_both_find_the_same(inputs):
    slow, quick = Checker(FIELDS, []), QUICK

    assert found(quick, inputs) == found(slow, inputs)


QUICK = Checker(FIELDS, [])
found(QUICK, {})


def test_what_fits_is_not_checked_twice(monkeypatch):
    checker = Checker({"text": Field(maxLength=3)}, [])
    checker.check({"text": "abc"})
    monkeypatch.setattr(fields, "problems_of", lambda _: pytest.fail("checked in full"))

    assert checker.check({"text": "abd"}) == {"text": "abd"}


@pytest.mark.parametrize(("text", "fits"), [("12", True), ("١٢", False), ("12\n", False), ("\ud800", False)])
def test_an_expression_means_what_it_means_elsewhere(text, fits):
    assert quick_check_of({"type": "string", "pattern": r"^\d+$"})(text) is fits


@pytest.mark.parametrize(("name", "text"), [("date", "2026-02-30"), ("email", "nobody"), ("uuid", "7"), ("uri", "a b")])
def test_a_format_is_judged_too(name, text):
    assert not quick_check_of({"type": "string", "format": name})(text)


def test_data_that_looks_like_a_schema_is_not_taken_for_one():
    example = {"pattern": "^a", "items": {"format": "date"}}

    assert quick_check_of({"type": "object", "enum": [example], "default": example})(example)

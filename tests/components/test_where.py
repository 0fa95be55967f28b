from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.components.where import Condition, Conditions
from connectors.errors import InputError

ITEM = {"state": "Signed", "mail": "Ada@Example.com", "n": 5, "zero": 0, "no": False, "none": None, "who": {"id": "1"}}
TIMES = {"at": "2024-10-29T13:24:21Z", "day": "2024-10-29", "since": 1_730_208_261, "price": 12.5, "tags": ["Solar", 5]}


def holds(conditions: dict[str, Any], **scope: Any) -> bool:
    return Conditions.model_validate(conditions).holds(ITEM, scope)


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"state": "Signed"},
        {"state": {"equals": "Signed"}},
        {"who.id": "1", "n": 5},
        {"n": 5.0},
        {"none": None},
        {"no": False},
        {"zero": 0},
        {"mail": {"equals": "ada@example.COM", "fold": True}},
        {"mail": {"contains": "@Example"}},
        {"mail": {"contains": "@EXAMPLE", "fold": True}},
        {"mail": {"equals": "Ada@Example.com", "contains": "Ada"}},
    ],
)
def test_what_holds(conditions):
    assert holds(conditions)


@pytest.mark.parametrize(
    "conditions",
    [
        {"state": "signed"},
        {"state": "Signed", "n": 6},
        {"n": "5"},
        {"n": True},
        {"zero": False},
        {"zero": None},
        {"zero": ""},
        {"no": 0},
        {"none": False},
        {"state": None},
        {"gone": None},
        {"gone": ""},
        {"mail": {"contains": "@EXAMPLE"}},
        {"n": {"contains": "5"}},
        {"gone": {"contains": ""}},
        {"mail": {"equals": "Ada@Example.com", "contains": "Bob"}},
    ],
)
def test_what_does_not_hold(conditions):
    assert not holds(conditions)


def test_values_are_compared_with_inputs():
    assert holds({"state": "{wanted}"}, wanted="Signed")
    assert not holds({"state": "{wanted}"}, wanted="Lost")
    assert holds({"mail": {"contains": "@{host}"}}, host="Example.com")
    assert holds({"n": "{n}"}, n=5)


def test_an_input_is_data_and_never_a_template():
    assert not holds({"state": "{wanted}"}, wanted="{secret}", secret="Signed")


def test_one_on_an_absent_input_drops_out_and_the_rest_must_hold():
    conditions = {"state": "{state}", "mail": {"contains": "{mail}"}}
    assert holds(conditions, state="Signed")
    assert not holds(conditions, state="Lost")
    assert holds(conditions)


def test_null_empty_and_zero_are_given():
    assert not holds({"state": "{state}"}, state="")
    assert not holds({"n": "{n}"}, n=0)
    assert holds({"none": "{none}"}, none=None)


def test_asked_says_whether_any_condition_is_left():
    conditions = Conditions.model_validate({"state": "{state}", "mail": "{mail}"})
    assert conditions.asked({"mail": ""})
    assert not conditions.asked({"other": 1})
    assert not Conditions({}).asked({})
    assert Conditions.model_validate({"n": 5}).asked({})


@pytest.mark.parametrize("value", [None, ["a"], {"a": 1}])
def test_an_input_that_cannot_stand_in_a_text_is_named(value):
    conditions = Conditions.model_validate({"n": "{n}", "mail": {"contains": "@{host}"}})
    with pytest.raises(InputError, match=r"'host': .* cannot stand in a text") as caught:
        conditions.asked({"n": 1, "host": value})
    assert caught.value.field == "host"


@pytest.mark.parametrize("block", [{}, {"fold": True}, {"exists": None}])
def test_a_condition_that_compares_with_nothing_is_refused(block):
    with pytest.raises(ValidationError, match="a condition says what the value 'equals', 'contains', …"):
        Condition.model_validate(block)


@pytest.mark.parametrize("values", ["Signed", "", "is {state}", "{state}!", 5, None, {"a": 1}], ids=repr)
@pytest.mark.parametrize("word", ["in", "not_in"])
def test_in_needs_a_list_or_an_input_that_is_one(values, word):
    with pytest.raises(ValidationError, match=f"'{word}' needs a list of values, or an input that is one"):
        Condition.model_validate({word: values})


@pytest.mark.parametrize(
    ("word", "block"), [("not", {"not": {"in": ["a"]}}), ("equals", {"equals": {"gt": 1, "lt": 5}})]
)
def test_a_condition_inside_of_another_is_not_taken_for_a_value(word, block):
    with pytest.raises(ValidationError, match=f"'{word}' takes a value, and no other condition"):
        Condition.model_validate(block)


@pytest.mark.parametrize("block", [{"exists": "yes"}, {"fold": 1, "equals": "a"}, {"near": "a"}])
def test_words_that_a_condition_does_not_know_are_refused(block):
    with pytest.raises(ValidationError):
        Condition.model_validate(block)


@pytest.mark.parametrize(
    ("conditions", "result"),
    [
        ({"state": {"in": ["Lost", "Signed"]}}, True),
        ({"state": {"in": ["Lost", "signed"]}}, False),
        ({"state": {"in": ["Lost", "signed"], "fold": True}}, True),
        ({"state": {"in": []}}, False),
        ({"state": {"not_in": ["Lost", "Signed"]}}, False),
        ({"state": {"not_in": ["Lost", "signed"]}}, True),
        ({"state": {"not_in": ["Lost", "signed"], "fold": True}}, False),
        ({"absent": {"not_in": ["Lost"]}}, True),
        ({"none": {"in": [None]}}, True),
        ({"gone": {"in": [None]}}, False),
        ({"zero": {"in": [False, ""]}}, False),
        ({"n": {"in": [5.0]}}, True),
        ({"state": {"not": "Lost"}}, True),
        ({"state": {"not": "Signed"}}, False),
        ({"state": {"not": "SIGNED", "fold": True}}, False),
        ({"none": {"not": None}}, False),
        ({"zero": {"not": None}}, True),
        ({"zero": {"not": False}}, True),
        ({"gone": {"not": "Lost"}}, True),
        ({"state": {"exists": True}}, True),
        ({"state": {"exists": False}}, False),
        ({"none": {"exists": True}}, False),
        ({"none": {"exists": False}}, True),
        ({"gone": {"exists": False}}, True),
        ({"zero": {"exists": True}, "no": {"exists": True}}, True),
        ({"state": {"exists": True, "not": "Lost"}}, True),
        ({"gone": {"exists": True, "not": "Lost"}}, False),
    ],
    ids=repr,
)
def test_in_not_and_exists(conditions, result):
    assert holds(conditions) is result


@pytest.mark.parametrize(
    ("conditions", "result"),
    [
        ({"price": {"gt": 12}}, True),
        ({"price": {"gt": 12.5}}, False),
        ({"price": {"lt": 12.5}}, False),
        ({"price": {"gt": 12, "lt": 13}}, True),
        ({"price": {"lt": True}}, False),
        ({"price": {"gt": "twelve"}}, False),
        ({"price": {"gt": None}}, False),
        ({"at": {"gt": "2024-10-29T13:24:20Z"}}, True),
        ({"at": {"gt": "2024-10-29T13:24:21Z"}}, False),
        ({"at": {"gt": "2024-10-29T15:24:20+02:00"}}, True),
        ({"at": {"lt": "2024-10-30"}}, True),
        ({"at": {"lt": 1_730_208_262_000}}, True),
        ({"day": {"lt": "2024-10-29"}}, False),
        ({"since": {"gt": "2024-10-29T13:24:20Z"}}, True),
        ({"since": {"gt": 1_730_208_260}}, True),
        ({"tags": {"gt": 1}}, False),
        ({"gone": {"lt": 1}}, False),
        ({"tags": {"contains": "Solar"}}, True),
        ({"tags": {"contains": "Sol"}}, False),
        ({"tags": {"contains": "SOLAR", "fold": True}}, True),
        ({"tags": {"contains": 5}}, True),
        ({"tags": {"contains": "5"}}, False),
        ({"tags": {"contains": None}}, False),
        ({"day": {"contains": "-10-"}}, True),
        ({"day": {"contains": 2024}}, False),
        ({"day": {"contains": None}}, False),
    ],
    ids=repr,
)
def test_numbers_times_and_lists(conditions, result):
    assert Conditions.model_validate(conditions).holds(TIMES, {}) is result


@given(st.integers() | st.floats(allow_nan=False), st.integers() | st.floats(allow_nan=False))
def test_of_two_numbers_exactly_one_comparison_holds(value, wanted):
    conditions = [{"n": {word: wanted}} for word in ("gt", "lt", "equals")]
    assert [Conditions.model_validate(each).holds({"n": value}, {}) for each in conditions].count(True) == 1


def test_what_each_word_compares_with_may_be_an_input_and_an_absent_one_drops_out():
    words = ("equals", "not", "in", "contains", "gt", "lt")
    conditions = {word: Conditions.model_validate({"gone": {word: "{x}"}}) for word in words}
    assert all(condition.holds({}, {}) and not condition.asked({}) for condition in conditions.values())
    held = [word for word, condition in conditions.items() if condition.holds({}, {"x": "a"})]
    assert held == ["not"]


def test_a_list_drops_out_when_all_its_inputs_are_absent():
    some = Conditions.model_validate({"state": {"in": ["{a}", "{b}"]}})
    assert some.holds(ITEM, {})
    assert not some.asked({})
    assert not some.holds(ITEM, {"a": "Lost"})
    assert some.holds(ITEM, {"b": "Signed"})
    given = Conditions.model_validate({"state": {"in": "{states}"}})
    assert not given.holds(ITEM, {"states": "Signed"})
    assert not given.holds(ITEM, {"states": []})
    assert given.holds(ITEM, {"states": ["Signed"]})


def test_a_condition_on_an_absent_input_drops_out_whatever_else_it_says():
    conditions = Conditions.model_validate({"gone": {"exists": True, "equals": "{x}"}})
    assert conditions.holds(ITEM, {})
    assert not conditions.asked({})
    assert not conditions.holds(ITEM, {"x": "a"})


def test_holes_come_with_their_places():
    conditions = Conditions.model_validate({"who.id": "{id}", "n": {"in": [5, "{n}"]}, "mail": {"contains": "{host}"}})
    assert [(path, hole.name) for path, hole in conditions.holes()] == [
        (("who.id", "equals"), "id"),
        (("n", "in", "1"), "n"),
        (("mail", "contains"), "host"),
    ]


def test_the_schema_lets_a_plain_value_stand_for_equals():
    plain, block = Conditions.model_json_schema()["$defs"]["Condition"]["anyOf"]
    assert "string" in plain["type"]
    assert set(block["properties"]) == {"equals", "not", "in", "not_in", "contains", "gt", "lt", "exists", "fold"}

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.components.where import Condition, Conditions
from connectors.errors import InputError

ITEM = {"state": "Signed", "mail": "Ada@Example.com", "n": 5, "zero": 0, "no": False, "none": None, "who": {"id": "1"}}


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


@pytest.mark.parametrize("block", [{}, {"fold": True}, {"contains": None}])
def test_a_condition_that_compares_with_nothing_is_refused(block):
    with pytest.raises(ValidationError, match="a condition says what the value 'equals' or 'contains'"):
        Condition.model_validate(block)


def test_holes_come_with_their_places():
    conditions = Conditions.model_validate({"who.id": "{id}", "mail": {"contains": "{host}"}, "n": 5})
    assert [(path, hole.name) for path, hole in conditions.holes()] == [
        (("who.id", "equals"), "id"),
        (("mail", "contains"), "host"),
    ]


def test_the_schema_lets_a_plain_value_stand_for_equals():
    plain, block = Conditions.model_json_schema()["$defs"]["Condition"]["anyOf"]
    assert "string" in plain["type"]
    assert set(block["properties"]) == {"equals", "contains", "fold"}

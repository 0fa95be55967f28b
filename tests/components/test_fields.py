from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from connectors.components.fields import Checker, Field, Rule, object_schema, parse_text, wire_names
from connectors.errors import InputError

PLACE = {"properties": {"lat": {"type": "number"}, "lng": {"type": "number"}}}
LEAD: dict[str, Any] = {
    "firstName": {"required": True, "minLength": 1, "maxLength": 100},
    "energyPrice": {"type": "number", "minimum": 0, "maximum": 500},
    "latLng": PLACE,
    "address": {"properties": {"city": {}}},
}
EITHER = [{"exactly_one_of": ["latLng", "address"]}]


def fields_of(block: dict[str, Any]) -> dict[str, Field]:
    return {name: Field.model_validate(field) for name, field in block.items()}


def checker(block: dict[str, Any], *rules: dict[str, Any]) -> Checker:
    return Checker(fields_of(block), [Rule.model_validate(rule) for rule in rules])


def refusal(block: dict[str, Any], given: dict[str, Any], *rules: dict[str, Any]) -> InputError:
    with pytest.raises(InputError) as caught:
        checker(block, *rules).check(given)
    return caught.value


# Values


def test_absent_null_empty_and_zero_stay_four_different_things():
    block = {name: {"type": ["string", "number", "null"]} for name in "abcd"}
    values = checker(block).check({"b": None, "c": "", "d": 0})
    assert values == {"b": None, "c": "", "d": 0}
    assert type(values["d"]) is int


@pytest.mark.parametrize(
    ("field", "type_"),
    [({}, "string"), (PLACE, "object"), ({"items": {}}, "array"), ({"type": "number"}, "number")],
)
def test_a_type_that_is_not_said_follows_from_the_rest(field, type_):
    assert Field.model_validate(field).to_schema()["type"] == type_


def test_a_field_as_a_schema_has_the_words_of_json_schema_alone():
    block = {"title": "Name", "maxLength": 9, "required": True, "multiline": True, "send_as": "n", "default": "x"}
    assert Field.model_validate(block).to_schema() == {
        "type": "string",
        "title": "Name",
        "maxLength": 9,
        "default": "x",
    }


def test_an_object_takes_no_other_fields():
    schema = object_schema(fields_of({"place": PLACE}))
    assert not Draft202012Validator(schema).is_valid({"other": 1})
    assert not Draft202012Validator(schema).is_valid({"place": {"alt": 1}})
    assert Draft202012Validator(schema).is_valid({"place": {"lat": 1}})


def test_a_secret_field_is_write_only():
    assert Field(secret=True).to_schema() == {"type": "string", "writeOnly": True}


def test_the_default_of_a_secret_field_is_not_part_of_its_schema():
    assert "default" not in Field.model_validate({"secret": True, "default": "x"}).to_schema()


def test_every_problem_is_reported_and_the_first_gives_the_field():
    error = refusal(LEAD, {"firstName": "x" * 101, "energyPrice": 501, "latLng": {"lat": 1}}, *EITHER)
    assert error.message == (
        "'firstName' must have at most 100 characters; it has 101; 'energyPrice' must be at most 500, not 501"
    )
    assert error.field == "firstName"
    assert [problem["field"] for problem in error.as_dict()["problems"]] == ["firstName", "energyPrice"]


def test_formats_are_checked():
    assert refusal({"on": {"format": "date"}}, {"on": "2026-02-30"}).message == (
        "'on' must be a valid date, not \"2026-02-30\""
    )
    assert refusal({"at": {"format": "date-time"}}, {"at": "yesterday"}).field == "at"
    assert refusal({"url": {"format": "uri"}}, {"url": "no uri"}).field == "url"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"n": float("nan")}, "n"),
        ({"n": float("inf")}, "n"),
        ({"o": {"list": [0, {"deep": float("-inf")}]}}, "o.list.1.deep"),
    ],
)
def test_numbers_that_json_cannot_carry_are_refused(given, field):
    block = {"n": {"type": "number", "minimum": 0}, "o": {"type": "object"}}
    messages = {problem["field"]: problem["message"] for problem in _problems(refusal(block, given))}
    assert messages[field] == f"'{field}' must be a finite number"


@pytest.mark.parametrize(("given", "field"), [({"s": "a\ud800"}, "s"), ({"o": {"\udcff": 1}}, "o")])
def test_half_a_character_is_refused(given, field):
    error = refusal({"s": {}, "o": {"type": "object"}}, given)
    assert error.message == f"'{field}' holds half a character (a lone surrogate); give it as valid UTF-8"


def test_a_deep_value_is_checked_without_a_crash():
    deep: Any = float("nan")
    for _ in range(3000):
        deep = [deep]
    assert refusal({"o": {"type": "array"}}, {"o": deep}).message.endswith("must be a finite number")


def _problems(error: InputError) -> list[dict[str, Any]]:
    return error.as_dict().get("problems") or [{"field": error.field, "message": error.message}]


# Defaults


def test_defaults_fill_what_is_absent_and_nothing_else():
    block = {"n": {"type": ["number", "null"], "default": 30}, "s": {"default": ""}, "none": {}}
    assert checker(block).check({}) == {"n": 30, "s": ""}
    assert checker(block).check({"n": 0}) == {"n": 0, "s": ""}
    assert checker(block).check({"n": None, "s": "x"}) == {"n": None, "s": "x"}


def test_a_default_may_be_null():
    assert checker({"n": {"type": ["number", "null"], "default": None}}).check({}) == {"n": None}


def test_defaults_inside_an_object_fill_it_when_it_is_given():
    block = {"place": {"properties": {"lat": {"type": "number"}, "zone": {"default": "WGS84"}}}}
    assert checker(block).check({"place": {"lat": 1}}) == {"place": {"lat": 1, "zone": "WGS84"}}
    assert checker(block).check({}) == {}
    assert refusal(block, {"place": None}).field == "place"


def test_a_whole_number_is_whole_at_every_depth():
    whole = {"type": ["integer", "null"]}
    block = {"a": whole, "b": {"properties": {"c": whole}}, "d": {"items": whole}, "e": {"type": "number"}}
    values = checker(block).check({"a": 7.0, "b": {"c": 1e3}, "d": [2.0, None], "e": 7.0})
    assert repr(values) == "{'a': 7, 'b': {'c': 1000}, 'd': [2, None], 'e': 7.0}"


def test_what_was_given_is_not_changed():
    given = {"place": {}}
    checker({"place": {"properties": {"zone": {"default": "x"}}}}).check(given)
    assert given == {"place": {}}


# Rules

GROUP: dict[str, Any] = {"properties": {"e": {"properties": {}}, "f": {"type": ["string", "null"]}}}


@pytest.mark.parametrize(
    ("rule", "given", "message"),
    [
        (
            {"exactly_one_of": ["a", "b"]},
            {},
            "give one of 'a' or 'b'",
        ),
        (
            {"exactly_one_of": ["a", "b", "c"]},
            {"a": "", "c": ""},
            "give only one of 'a', 'b' or 'c', not 'a' and 'c'",
        ),
        ({"at_least_one_of": ["a", "b"]}, {"c": ""}, "give at least one of 'a' or 'b'"),
        ({"conflicts_with": ["a", "b"]}, {"a": "", "b": ""}, "give only one of 'a' or 'b', not 'a' and 'b'"),
        ({"required_with": {"a": ["b", "c"]}}, {"a": "", "b": ""}, "'c' is needed together with 'a'"),
        ({"exactly_one_of": ["a", "d"]}, {"d": {}}, "'d' has nothing in it; give one of 'a' or 'd'"),
        ({"at_least_one_of": ["a", "d"]}, {"d": {"e": {}}}, "'d' has nothing in it; give at least one of 'a' or 'd'"),
        ({"exactly_one_of": ["a", "d"]}, {"a": "", "d": {}}, "give only one of 'a' or 'd', not 'a' and 'd'"),
    ],
)
def test_how_a_broken_rule_reads(rule, given, message):
    error = refusal({name: {} for name in "abc"} | {"d": GROUP}, given, rule)
    assert error.message == message
    assert error.field in message


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        ({"exactly_one_of": ["a", "b"]}, {"b": ""}),
        ({"at_least_one_of": ["a", "b"]}, {"a": "", "b": ""}),
        ({"conflicts_with": ["a", "b"]}, {}),
        ({"conflicts_with": ["a", "b"]}, {"a": ""}),
        ({"required_with": {"a": ["b"]}}, {"b": ""}),
        ({"required_with": {"a": ["b"]}}, {"a": "", "b": ""}),
        ({"exactly_one_of": ["a", "d"]}, {"d": {"f": None}}),
        ({"at_least_one_of": ["a", "g"]}, {"g": []}),
        ({"conflicts_with": ["a", "b"]}, {"d": {}}),
    ],
)
def test_a_rule_that_is_kept(rule, given):
    assert checker({"a": {}, "b": {}, "d": GROUP, "g": {"items": {}}}, rule).check(given) == given


@given(st.dictionaries(st.sampled_from("abc"), st.just("x")), st.sampled_from([{}, {"d": {}}, {"d": {"f": "x"}}]))
def test_a_rule_and_its_schema_agree(plain, group):
    values = plain | group
    for block in (
        {"exactly_one_of": ["a", "d"]},
        {"at_least_one_of": ["d", "b"]},
        {"exactly_one_of": ["a", "b"]},
        {"at_least_one_of": ["a", "b"]},
        {"conflicts_with": ["a", "b"]},
        {"required_with": {"a": ["b", "c"]}},
    ):
        rule = Rule.model_validate(block)
        schema = object_schema(fields_of({name: {} for name in "abc"} | {"d": GROUP}), [rule])
        assert Draft202012Validator(schema).is_valid(values) == (rule.broken_by(values) is None)


def test_a_rule_needs_two_names():
    with pytest.raises(ValidationError):
        Rule.model_validate({"exactly_one_of": ["a"]})


def test_a_rule_knows_its_names():
    assert Rule.model_validate({"required_with": {"a": ["b"]}}).names == ["a", "b"]
    assert Rule.model_validate({"conflicts_with": ["a", "b"]}).names == ["a", "b"]


# Choices


def test_fixed_choices_are_all_that_may_be_given():
    block = {"roof": {"type": "integer", "choices": {"values": {"6": "Shingle", "19": "Clay"}}}}
    assert checker(block).check({"roof": 6}) == {"roof": 6}
    assert refusal(block, {"roof": 7}).message == "'roof' must be one of 6, 19; not 7"
    assert refusal(block, {"roof": "6"}).field == "roof"


def test_open_choices_and_those_from_a_list_let_others_pass():
    block = {"roof": {"choices": {"values": {"6": "Shingle"}, "open": True}}, "offer": {"choices": {"list": "offers"}}}
    assert checker(block).check({"roof": "7", "offer": "o"}) == {"roof": "7", "offer": "o"}


def test_null_is_a_choice_where_the_type_says_so():
    block = {"roof": {"type": ["string", "null"], "choices": {"values": {"6": "Shingle"}}}}
    assert checker(block).check({"roof": None}) == {"roof": None}


# Texts that people type


@pytest.mark.parametrize(
    ("block", "text", "value"),
    [
        ({}, "52", "52"),
        ({}, "true", "true"),
        ({"type": "number"}, "52.5", 52.5),
        ({"type": "integer"}, str(2**70), 2**70),
        ({"type": "boolean"}, "true", True),
        ({"type": ["number", "null"]}, "null", None),
        (PLACE, '{"lat": 1}', {"lat": 1}),
        ({"type": "number"}, "much", "much"),
        ({"type": "number"}, "", ""),
        ({"type": "number"}, "NaN", "NaN"),
        ({"items": {}}, "[" * 100_000, "[" * 100_000),
    ],
)
def test_a_typed_text_is_read_as_the_field_asks(block, text, value):
    assert parse_text(Field.model_validate(block), text) == value


# Names on the wire


def test_values_get_their_wire_names_at_every_depth():
    block = {
        "name": {"send_as": "full_name"},
        "home": {"properties": {"zip": {"send_as": "postal_code"}}, "send_as": "address"},
        "lines": {"items": {"properties": {"sku": {"send_as": "SKU"}}}},
        "tags": {"items": {}},
        "plain": {},
    }
    values = {"name": "Ada", "home": {"zip": "1"}, "lines": [{"sku": "a"}], "tags": ["t"], "plain": {"name": 1}, "x": 2}
    assert wire_names(fields_of(block), values) == {
        "full_name": "Ada",
        "address": {"postal_code": "1"},
        "lines": [{"SKU": "a"}],
        "tags": ["t"],
        "plain": {"name": 1},
        "x": 2,
    }


def test_how_an_output_is_read_is_no_word_of_json_schema():
    block = {"type": ["string", "integer"], "read": "epoch_or_iso_date", "examples": ["2024-10-29"]}
    assert Field.model_validate(block).to_schema() == {"type": ["string", "integer"], "examples": ["2024-10-29"]}
    with pytest.raises(ValidationError):
        Field.model_validate({"read": "date"})


def test_objects_and_lists_are_checked_sent_and_schemed_at_every_depth():
    line = {"properties": {"sku": {"required": True, "send_as": "SKU"}, "n": {"type": "integer", "minimum": 1}}}
    block = {"lines": {"items": line, "minItems": 1}}
    given = {"lines": [{"sku": "a", "n": 9007199254740993}]}
    assert wire_names(fields_of(block), checker(block).check(given)) == {"lines": [{"SKU": "a", "n": 9007199254740993}]}
    problems = refusal(block, {"lines": [{"n": 0}]}).problems
    assert sorted(problem.field or "" for problem in problems) == ["lines.0.n", "lines.0.sku"]

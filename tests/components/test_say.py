from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from connectors.components.fields import Field, object_schema
from connectors.components.say import MOST, problem_of, problems_of
from connectors.errors import FieldProblem

FIELDS = {
    "name": {"minLength": 1, "maxLength": 100},
    "code": {"minLength": 3},
    "initial": {"maxLength": 1},
    "price": {"type": "number", "minimum": 0.5, "maximum": 500},
    "demand": {"type": "integer", "maximum": 200000},
    "kind": {"enum": ["heat pump", "solar", 3, None]},
    "id": {"format": "uuid"},
    "zip": {"pattern": "^[0-9]{5}$"},
    "tags": {"items": {"maxLength": 3}, "minItems": 1, "maxItems": 2},
    "when": {"type": ["string", "null"]},
    "latLng": {"properties": {"lat": {"type": "number", "required": True}, "lng": {"type": "number"}}},
    "key": {"secret": True, "pattern": "^k-", "maxLength": 5},
    "flag": {"type": "boolean"},
}


def say(**given: Any) -> list[FieldProblem]:
    schema = object_schema({name: Field.model_validate(field) for name, field in FIELDS.items()})
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [problem for error in validator.iter_errors(given) for problem in problem_of(error)]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "x" * 101, "'name' must have at most 100 characters; it has 101"),
        ("name", "", "'name' must not be empty"),
        ("name", 5, "'name' must be a text, not 5"),
        ("name", None, "'name' must be a text, not null"),
        ("code", "ab", "'code' must have at least 3 characters; it has 2"),
        ("initial", "ab", "'initial' must have at most 1 character; it has 2"),
        ("price", 501, "'price' must be at most 500, not 501"),
        ("price", 0, "'price' must be at least 0.5, not 0"),
        ("price", "35", "'price' must be a number, not \"35\""),
        ("price", True, "'price' must be a number, not true"),
        ("demand", 200001, "'demand' must be at most 200,000, not 200001"),
        ("demand", 0.5, "'demand' must be a whole number, not 0.5"),
        ("flag", "yes", "'flag' must be true or false, not \"yes\""),
        ("id", "7", "'id' must be a valid uuid, not \"7\""),
        ("zip", "1234", "'zip' must match ^[0-9]{5}$; \"1234\" does not"),
        ("tags", [], "'tags' must hold at least 1 entry"),
        ("tags", ["a", "b", "c"], "'tags' must hold at most 2 entries"),
        ("tags", "a", "'tags' must be a list, not \"a\""),
        ("when", 5, "'when' must be a text or null, not 5"),
        ("latLng", [1, 2], "'latLng' must be an object, not [1, 2]"),
        ("kind", "solr", "'kind' must be one of heat pump, solar, 3, null; not \"solr\" (did you mean 'solar'?)"),
        ("kind", "gas", "'kind' must be one of heat pump, solar, 3, null; not \"gas\""),
    ],
)
def test_how_a_problem_reads(field, value, sentence):
    assert say(**{field: value}) == [FieldProblem(field, sentence)]


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"latLng": {"lat": "52"}}, "latLng.lat", "'latLng.lat' must be a number, not \"52\""),
        ({"latLng": {}}, "latLng.lat", "'latLng.lat' is required"),
        ({"latLng": {"lat": 1, "lgn": 2}}, "latLng.lgn", "there is no input 'latLng.lgn'; did you mean 'lng'?"),
        ({"tags": ["a", "long"]}, "tags.1", "'tags.1' must have at most 3 characters; it has 4"),
    ],
)
def test_a_nested_problem_names_the_whole_way(given, field, sentence):
    assert say(**given) == [FieldProblem(field, sentence)]


def test_an_unknown_input_gets_the_near_miss_or_all_names():
    assert say(nmae="x")[0].message == "there is no input 'nmae'; did you mean 'name'?"
    assert say(qqqq="x")[0].message == f"there is no input 'qqqq'; there are {', '.join(FIELDS)}"


def test_where_there_are_no_inputs_an_unknown_one_says_so():
    (error,) = Draft202012Validator(object_schema({})).iter_errors({"a": 1})
    assert problem_of(error) == [FieldProblem("a", "there is no input 'a'; there is none")]


def test_everything_that_is_missing_or_unknown_is_named():
    fields = {name: Field(required=True) for name in ("a", "b")}
    errors = Draft202012Validator(object_schema(fields)).iter_errors({"x": 1, "y": 2})
    assert [problem.field for error in errors for problem in problem_of(error)] == ["a", "b", "x", "y"]


def test_a_long_value_is_shortened():
    (problem,) = say(price="x" * 200)
    assert problem.message == "'price' must be a number, not \"" + "x" * 56 + "…"


@pytest.mark.parametrize("value", ["canary", "canary-too-long", ["canary"], {"a": "canary"}])
def test_a_secret_value_is_never_shown(value):
    problems = say(key=value)
    assert problems
    assert "canary" not in repr(problems)


def test_how_a_wrong_secret_reads():
    assert say(key="x")[0].message == "'key' must match ^k-; what was given does not"


def test_the_first_problems_are_told_and_the_others_counted(monkeypatch):
    sought = []
    monkeypatch.setattr("difflib.get_close_matches", lambda name, *_: sought.append(name) or [])
    errors = Draft202012Validator(object_schema({})).iter_errors({str(number): 1 for number in range(1020)})

    *told, last = problems_of(errors)

    assert [problem.field for problem in told] == sought == [str(number) for number in range(MOST)]
    assert last == FieldProblem(None, "and 1,000 more")

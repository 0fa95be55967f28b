from __future__ import annotations

import pytest

from connectors.testing.shape import Shape, turns


def shape(*values):
    made = Shape()
    for value in values:
        made.add(value)
    return made


def found(recorded, now):
    return [(turn.where, turn.kind, turn.breaking) for turn in turns(shape(*recorded), shape(*now))]


@pytest.mark.parametrize(
    ("recorded", "now", "expected"),
    [
        ({"a": 1}, {"a": 2.5}, []),
        ({"a": 1}, {}, [("a", "gone", True)]),
        ({"a": 1}, {"a": 1, "b": ""}, [("b", "new", False)]),
        ({"a": 1}, {"a": "1"}, [("a", "type", True)]),
        ({"a": True}, {"a": 1}, [("a", "type", True)]),
        ({"a": 1}, {"a": None}, [("a", "null", False)]),
        ({"a": None}, {"a": 1}, [("a", "type", False)]),
        ({"a": {"b": 1}}, {"a": {"b": []}}, [("a.b", "type", True)]),
        ({"a": [{"b": 1}, {"b": 1}]}, {"a": [{"b": 1}, {}]}, [("a[].b", "optional", False)]),
        ({"a": [{"b": 1}, {}]}, {"a": [{}]}, [("a[].b", "unknown", False)]),
        ({"a": [{"b": 1}]}, {"a": []}, [("a[]", "unknown", False)]),
        ([1], [1, "x"], [("[]", "type", True)]),
        ({"a": {"b": 1}}, {"a": None}, [("a", "null", False), ("a", "unknown", False)]),
    ],
)
def test_what_differs(recorded, now, expected):
    assert found([recorded], [now]) == expected


def test_null_breaks_where_the_manifest_promises_something(reading):
    recorded = shape({"name": "a"})
    recorded.promise(reading)

    [turn] = turns(recorded, shape({"name": None}))

    assert turn.breaking


def test_what_a_sample_shows_is_nothing_new():
    recorded = shape({"id": 1})
    recorded.allow({"id": 1, "note": "sometimes"})

    assert list(turns(recorded, shape({"id": 1, "note": "here"}))) == []


@pytest.mark.parametrize(
    "key", ["erika@example.com", "697c1246-efde-5c78-bf0d-37066fb3510f", "7", "+49 30 123456", "Erika Beispiel"]
)
def test_a_key_that_is_no_name_is_not_told(key):
    assert found([{"a": {key: 1}}], [{"a": {key: "x"}}]) == [("a.*", "type", True)]


def test_keys_that_are_no_names_count_as_one():
    recorded = shape({"1": 1, "2": 2}, {"3": 3})

    assert (recorded.fields["*"].seen, recorded.objects) == (2, 2)


def test_what_is_nested_deeply_ends():
    value = []
    for _ in range(500):
        value = [value]

    assert list(turns(shape(value), shape(value))) == []


@pytest.fixture
def reading():
    from connectors.components.fields import Field

    return Field.model_validate({"properties": {"name": {"type": "string"}}})

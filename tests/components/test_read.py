from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.components.fields import Field
from connectors.components.read import reader_of


def read(field: dict[str, Any], value: Any) -> Any:
    reader = reader_of(Field.model_validate(field))
    assert reader is not None
    return reader(value)


@pytest.mark.parametrize(
    ("kind", "value", "result"),
    [
        ("epoch_or_iso_date", 1_730_208_261, "2024-10-29"),
        ("epoch_or_iso_date", "1730208261000", "2024-10-29"),
        ("epoch_or_iso_date", "2024-10-29T00:30:00+02:00", "2024-10-29"),
        ("epoch_or_iso_date", "2024-10-29", "2024-10-29"),
        ("epoch_or_iso_datetime", 1_730_208_261, "2024-10-29T13:24:21Z"),
        ("epoch_or_iso_datetime", "2024-10-29T15:24:21+02:00", "2024-10-29T13:24:21Z"),
        ("epoch_or_iso_datetime", "2024-10-29", "2024-10-29T00:00:00Z"),
        ("text", 9007199254740993, "9007199254740993"),
        ("text", 12.5, "12.5"),
        ("text", "007", "007"),
        ("decimal", 12.5, "12.5"),
        ("decimal", 0, "0"),
        ("decimal", "12.50", "12.50"),
    ],
    ids=repr,
)
def test_what_a_loose_value_becomes(kind, value, result):
    assert read({"read": kind}, value) == result


@pytest.mark.parametrize("kind", ["epoch_or_iso_date", "epoch_or_iso_datetime", "text", "decimal"])
@pytest.mark.parametrize("value", [None, True, False, "soon", "", [1], {"a": 1}, "0001-01-01T00:00:00+23:59"], ids=repr)
def test_what_cannot_be_read_stays_as_it_is(kind, value):
    assert read({"read": kind}, value) is value


OFFER = {
    "properties": {
        "at": {"read": "epoch_or_iso_date"},
        "state": {},
        "lines": {"items": {"properties": {"price": {"read": "decimal"}}}},
        "who": {"properties": {"nr": {"read": "text"}}},
        "days": {"items": {"read": "epoch_or_iso_date"}},
    }
}


def test_reading_goes_down_into_objects_and_lists_and_leaves_the_rest_alone():
    offer = {
        "at": 1_730_208_261,
        "state": 5,
        "other": 7,
        "lines": [{"price": 1.5, "n": 2}, None, "x"],
        "who": {"nr": 7, "x": 8},
        "days": [0, "soon"],
    }
    assert read(OFFER, offer) == {
        "at": "2024-10-29",
        "state": 5,
        "other": 7,
        "lines": [{"price": "1.5", "n": 2}, None, "x"],
        "who": {"nr": "7", "x": 8},
        "days": ["1970-01-01", "soon"],
    }


@pytest.mark.parametrize("value", [None, [], "x", 5, {"lines": {}, "who": [1], "days": 3, "at": []}], ids=repr)
def test_what_has_another_shape_stays_as_it_is(value):
    assert read(OFFER, value) == value


def test_what_came_is_not_written_to():
    offer = {"who": {"nr": 7}}
    read(OFFER, offer)
    assert offer == {"who": {"nr": 7}}


def test_the_names_keep_their_order():
    assert list(read(OFFER, {"z": 1, "at": 0, "a": 2})) == ["z", "at", "a"]


@pytest.mark.parametrize("field", [{}, {"items": {}}, {"properties": {"a": {"items": {}}}}], ids=repr)
def test_where_nothing_is_read_nothing_is_done(field):
    assert reader_of(Field.model_validate(field)) is None
    assert reader_of(None) is None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4))
def test_no_value_breaks_reading(value):
    for kind in ("epoch_or_iso_date", "epoch_or_iso_datetime", "text", "decimal"):
        read({"read": kind}, value)

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from connectors.components.extract import MISSING, Path, extract

ORDER = {"id": 7, "note": None, "empty": "", "lines": [{"sku": "a"}, {"sku": "b"}], "0": "zero"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", 7),
        ("lines.1.sku", "b"),
        ("lines.0", {"sku": "a"}),
        ("0", "zero"),
        ("empty", ""),
    ],
)
def test_names_step_into_objects_and_numbers_into_lists(path, value):
    assert extract(ORDER, tuple(path.split("."))) == value


def test_missing_is_not_null():
    assert extract(ORDER, ("note",)) is None
    assert extract(ORDER, ("nothing",)) is MISSING
    assert not MISSING
    assert repr(MISSING) == "MISSING"


@pytest.mark.parametrize("path", ["lines.2", "lines.-1", "lines.x", "id.x", "note.x", "empty.0", "lines.²"])
def test_what_is_not_there_is_missing(path):
    assert extract(ORDER, tuple(path.split("."))) is MISSING


def test_the_empty_path_is_the_value_itself():
    assert extract(ORDER, ()) is ORDER


def test_a_path_is_names_joined_by_dots():
    path = TypeAdapter(Path)
    assert path.validate_python("customer.id") == ("customer", "id")
    for wrong in ("", ".", "a..b", ".a", "a.", 5, None):
        with pytest.raises(ValidationError, match=r"a path is names joined by dots, such as customer\.id"):
            path.validate_python(wrong)

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.components.http import dump_json, load_json
from connectors.components.memory import Fire, Identity, Memory


def identity(fire: Fire = "new", *key: str, version: str | None = None) -> Identity:
    paths = tuple(tuple(path.split(".")) for path in key or ("id",))
    return Identity(paths, tuple(version.split(".")) if version else None, fire)


def status(value: Any, id: Any = "a") -> dict[str, Any]:
    return {"id": id, "status": value}


CHANGED = identity("changed", version="status")
EITHER = identity("new_or_changed", version="status")


def test_what_is_new_fires_once():
    memory = Memory()
    assert identity().observe([{"id": "a"}, {"id": "b"}], memory) == [{"id": "a"}, {"id": "b"}]
    assert identity().observe([{"id": "c"}, {"id": "b"}, {"id": "a"}], memory) == [{"id": "c"}]


def test_an_item_that_two_shifting_pages_show_fires_once():
    assert identity().observe([{"id": "a"}, {"id": "a"}], Memory()) == [{"id": "a"}]


def test_new_does_not_fire_on_a_change():
    memory = Memory({"a": "A"})
    assert identity("new", version="status").observe([status("B")], memory) == []
    assert memory.versions == {"a": "B"}


def test_changed_does_not_fire_on_what_is_new():
    memory = Memory()
    assert CHANGED.observe([status("A")], memory) == []
    assert CHANGED.observe([status("B")], memory) == [status("B")]
    assert CHANGED.observe([status("B")], memory) == []


def test_there_and_back_fires_twice():
    memory = Memory({"a": "A"})
    fired = [CHANGED.observe([status(value)], memory) for value in "BAA"]
    assert fired == [[status("B")], [status("A")], []]


def test_new_or_changed_fires_on_both():
    memory = Memory()
    fired = [EITHER.observe([status(value)], memory) for value in ("A", "A", "B")]
    assert fired == [[status("A")], [], [status("B")]]


def test_a_version_that_is_null_or_missing_has_not_happened_yet():
    memory = Memory()
    fired = [len(EITHER.observe([item], memory)) for item in ({"id": "a"}, status(None), status("A"), status(None))]
    assert fired == [1, 0, 1, 1]


@pytest.mark.parametrize("versions", [("", None), (0, ""), ("1", 1), ([1], [1, 2]), ({"a": 1}, {"a": 2})])
def test_different_versions_are_different(versions):
    before, after = versions
    memory = Memory({"a": before})
    assert CHANGED.observe([status(after)], memory) == [status(after)]


def test_nothing_is_forgotten_because_a_reading_did_not_show_it():
    memory = Memory({"a": None})
    assert identity().observe([{"id": "b"}], memory) == [{"id": "b"}]
    assert identity().observe([{"id": "a"}], memory) == []


@pytest.mark.parametrize(
    ("paths", "item", "key"),
    [
        (("id",), {"id": "a"}, "a"),
        (("id",), {"id": 7}, "7"),
        (("id",), {"id": 0}, "0"),
        (("id",), {"id": 2**70}, str(2**70)),
        (("id",), {"id": False}, "false"),
        (("a.id", "b"), {"a": {"id": 1}, "b": "x"}, '[1,"x"]'),
    ],
)
def test_the_key_of_an_item(paths, item, key):
    assert identity("new", *paths).key_of(item) == key


@given(st.lists(st.tuples(st.text(), st.text()), unique=True, min_size=2, max_size=2))
def test_different_pairs_have_different_keys(pairs):
    keys = {identity("new", "a", "b").key_of({"a": a, "b": b}) for a, b in pairs}
    assert len(keys) == 2


@pytest.mark.parametrize("item", [{}, {"id": None}, {"id": {}}, {"id": []}, None, "a", []])
def test_an_item_without_a_usable_key_is_an_error(item):
    with pytest.raises(ValueError, match=r"^an item has no usable 'id' to know it by$"):
        identity().observe([item], Memory())


def test_a_memory_survives_as_json():
    memory = Memory({"a": None, "b": 2**70, "c": {"x": [1]}})
    assert Memory.from_dict(load_json(dump_json(memory.as_dict()))) == memory


@pytest.mark.parametrize("data", [None, [], {}, {"versions": []}, {"versions": None}, "x"])
def test_anything_else_is_no_memory(data):
    with pytest.raises(ValueError, match="not a trigger's memory"):
        Memory.from_dict(data)

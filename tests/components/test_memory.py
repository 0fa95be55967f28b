from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.components.http import dump_json, load_json
from connectors.components.memory import Due, Fire, Identity, Memory

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
JSON = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())


def path(text: str) -> tuple[str, ...]:
    return tuple(text.split("."))


def identity(fire: Fire = "new", *key: str, version: str | None = None, **more: Any) -> Identity:
    return Identity(tuple(map(path, key or ("id",))), path(version) if version else None, fire, **more)


def read(way: Identity, items: list[Any], memory: Memory, parent: Any = None) -> list[Any]:
    """The items that fire, one after the other; all are remembered."""
    fired: list[Any] = []
    for item in items:
        look = way.look(item, memory, NOW, () if parent is None else ({"id": parent},))
        fired += [item] if look.fires else []
        look.keep(memory)
    return fired


def status(value: Any, id: Any = "a") -> dict[str, Any]:
    return {"id": id, "status": value}


CHANGED = identity("changed", version="status")
EITHER = identity("new_or_changed", version="status")


# New and changed


@pytest.mark.parametrize(
    ("one", "other", "changed"),
    [(True, 1, True), (0, False, True), ([True], [1], True), ({"a": 0}, {"a": False}, True), (1, 1.0, False)],
)
def test_a_version_changes_as_json_tells_values_apart(one, other, changed):
    fired = read(CHANGED, [status(one), status(other)], Memory())
    assert fired == ([status(other)] if changed else [])


def test_what_is_new_fires_once():
    memory = Memory()
    assert read(identity(), [{"id": "a"}, {"id": "b"}], memory) == [{"id": "a"}, {"id": "b"}]
    assert read(identity(), [{"id": "c"}, {"id": "b"}, {"id": "a"}], memory) == [{"id": "c"}]


def test_an_item_that_two_shifting_pages_show_fires_once():
    assert read(identity(), [{"id": "a"}, {"id": "a"}], Memory()) == [{"id": "a"}]


def test_what_is_not_kept_is_seen_as_if_for_the_first_time():
    memory = Memory()
    assert [identity().look({"id": "a"}, memory, NOW).fires for _ in range(2)] == [True, True]
    assert memory == Memory()


def test_new_does_not_fire_on_a_change():
    memory = Memory({"a": "A"})
    assert read(identity("new", version="status"), [status("B")], memory) == []
    assert memory.versions == {"a": "B"}


def test_changed_does_not_fire_on_what_is_new():
    memory = Memory()
    assert read(CHANGED, [status("A")], memory) == []
    assert read(CHANGED, [status("B")], memory) == [status("B")]
    assert read(CHANGED, [status("B")], memory) == []


def test_there_and_back_fires_twice():
    memory = Memory({"a": "A"})
    assert [read(CHANGED, [status(value)], memory) for value in "BAA"] == [[status("B")], [status("A")], []]


def test_new_or_changed_fires_on_both():
    memory = Memory()
    assert [len(read(EITHER, [status(value)], memory)) for value in "AABA"] == [1, 0, 1, 1]


def test_deleted_fires_on_no_item_that_is_there():
    memory = Memory()
    assert [read(identity("deleted", version="status"), [status(value)], memory) for value in "AB"] == [[], []]


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(["A", "B", None]))))
def test_each_trigger_fires_exactly_on_what_it_is_about(readings):
    memories: dict[Fire, Memory] = {fire: Memory() for fire in ("new", "changed", "new_or_changed")}
    now: dict[str, Any] = {}
    for name, value in readings:
        new, changed = name not in now, name in now and now[name] != value
        fired = {
            fire: bool(read(identity(fire, version="status"), [status(value, name)], memory))
            for fire, memory in memories.items()
        }
        assert fired == {"new": new, "changed": changed, "new_or_changed": new or changed}
        now[name] = value


def test_a_version_that_is_null_or_missing_has_not_happened_yet():
    memory = Memory()
    fired = [len(read(EITHER, [item], memory)) for item in ({"id": "a"}, status(None), status("A"), status(None))]
    assert fired == [1, 0, 1, 1]


@pytest.mark.parametrize("versions", [("", None), (0, ""), ("1", 1), ([1], [1, 2]), ({"a": 1}, {"a": 2})])
def test_different_versions_are_different(versions):
    before, after = versions
    assert read(CHANGED, [status(after)], Memory({"a": before})) == [status(after)]


def test_nothing_is_forgotten_because_a_reading_did_not_show_it():
    memory = Memory({"a": None})
    assert read(identity(), [{"id": "b"}], memory) == [{"id": "b"}]
    assert read(identity(), [{"id": "a"}], memory) == []


# Previous


def test_previous_is_what_was_remembered_and_the_version():
    way = identity("changed", version="status", remember=(path("who.name"), path("who.mail"), path("n")))
    memory = Memory()
    first = way.look({"id": "a", "status": "A", "who": {"name": "Ada", "mail": None}}, memory, NOW)
    assert first.previous is None
    first.keep(memory)
    assert memory.remembered == {"a": {"who.name": "Ada", "who.mail": None}}
    second = way.look({"id": "a", "status": "B", "n": 5}, memory, NOW)
    assert second.previous == {"who": {"name": "Ada", "mail": None}, "status": "A"}
    second.keep(memory)
    assert way.look(status("C"), memory, NOW).previous == {"n": 5, "status": "B"}


def test_what_is_no_longer_there_is_no_longer_remembered():
    way = identity(remember=(path("name"),))
    memory = Memory()
    read(way, [{"id": "a", "name": "Ada"}, {"id": "a"}], memory)
    assert memory.remembered == {}


@pytest.mark.parametrize("outer", [None, "x", {"at": 1, "by": 2}], ids=repr)
@pytest.mark.parametrize("order", [("who", "who.at"), ("who.at", "who")])
def test_an_object_may_be_remembered_together_with_what_lies_in_it(outer, order):
    way = identity("changed", version="who.at", remember=tuple(map(path, order)))
    memory = Memory()
    read(way, [{"id": "a", "who": outer}], memory)
    kept = memory.copy()
    assert way.look({"id": "a", "who": {"at": 9}}, memory, NOW).previous == {"who": outer}
    assert memory == kept


# Keys


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


CHILD = identity(under=(path("id"),))
GRANDCHILD = identity(under=(path("id"), path("id")))
PATHS = st.text("ab/%2F", max_size=4)


@example([("a/b", "c", "1"), ("a", "b/c", "1")])
@example([("a/b", "c", "1"), ("a%2Fb", "c", "1")])
@given(st.lists(st.tuples(PATHS, PATHS, PATHS), unique=True, min_size=2, max_size=2))
def test_items_under_different_parents_of_parents_have_different_keys(paths):
    keys = {GRANDCHILD.look({"id": last}, Memory(), NOW, [{"id": one} for one in above]).key for *above, last in paths}
    assert len(keys) == 2


@pytest.mark.parametrize("parent", [{}, None, {"id": None}, {"id": []}, {"id": {}}])
def test_a_parent_without_a_usable_key_is_an_error(parent):
    with pytest.raises(ValueError, match=r"^a parent of an item has no usable 'id' to know it by$"):
        CHILD.look({"id": 1}, Memory(), NOW, [parent])


@given(st.lists(st.tuples(st.text(), st.text()), unique=True, min_size=2, max_size=2))
def test_items_under_different_parents_have_different_keys(pairs):
    keys = {CHILD.look({"id": name}, Memory(), NOW, [{"id": parent}]).key for parent, name in pairs}
    assert len(keys) == 2


def test_the_same_id_under_two_parents_is_two_items():
    memory = Memory()
    assert read(CHILD, [{"id": 1}], memory, "app") == [{"id": 1}]
    assert read(CHILD, [{"id": 1}], memory, "site") == [{"id": 1}]
    assert read(CHILD, [{"id": 1}], memory, "app") == []
    assert set(memory.versions) == {"app/1", "site/1"}


@pytest.mark.parametrize("item", [{}, {"id": None}, {"id": {}}, {"id": []}, None, "a", []])
def test_an_item_without_a_usable_key_is_an_error(item):
    with pytest.raises(ValueError, match=r"^an item has no usable 'id' to know it by$"):
        identity().look(item, Memory(), NOW)


HASHED = identity("new", "text", "by.id", hashed=True)


def test_a_hash_is_a_key_where_values_may_be_absent():
    items: list[Any] = [{"text": "a"}, {"by": {"id": 1}}, {"text": "a", "by": {"id": 1}}, {"text": ["a"]}, {}]
    assert len({HASHED.key_of(item) for item in items}) == len(items)
    assert read(HASHED, items * 2, Memory()) == items
    assert HASHED.key_of({"text": None, "n": 1}) == HASHED.key_of({}) == HASHED.key_of("x")
    assert len(HASHED.key_of({})) == 32


def test_a_hash_does_not_depend_on_the_order_of_names_and_takes_any_number():
    assert HASHED.key_of({"text": {"a": 1, "b": 2}}) == HASHED.key_of({"text": {"b": 2, "a": 1}})
    assert HASHED.key_of({"text": 2**70}) != HASHED.key_of({"text": 2**70 + 1})


SEVERAL = identity("changed", version_hash=(path("status"), path("by.name")))


def test_several_values_tell_together_that_an_item_has_changed():
    items = [status("A"), {**status("A"), "by": {"name": None}}, {**status("A"), "other": 1}, status("A")]
    assert read(SEVERAL, items, Memory()) == []
    named = {**status("A"), "by": {"name": "Ada"}}
    assert read(SEVERAL, [status("A"), named, named, status("A")], Memory()) == [named, status("A")]


def test_of_several_values_no_more_than_a_hash_is_remembered():
    memory = Memory()
    read(SEVERAL, [{**status("A"), "by": {"name": "Ada"}}], memory)
    assert [len(version) for version in memory.versions.values()] == [32]
    assert SEVERAL.previous_of("a", memory) == {}


# Due


def due(before: timedelta = timedelta(0), at: str = "at") -> Identity:
    return identity("due", due=Due(path(at), before))


@pytest.mark.parametrize(
    ("at", "before", "fires"),
    [
        ("2026-03-10T12:00:00Z", 0, True),
        ("2026-03-10T12:00:01Z", 0, False),
        ("2026-03-13T12:00:00Z", 3, True),
        ("2026-03-13T12:00:01Z", 3, False),
        ("2026-03-13T13:00:00+02:00", 3, True),
        ("2026-03-13", 3, True),
        (1_773_144_000, 0, True),
        (1_773_144_001_000, 0, False),
        ("0001-01-01", 3, True),
        ("9999-12-31", 3, False),
        ("soon", 3, False),
        (None, 3, False),
    ],
)
def test_an_item_is_due_from_so_long_before_its_time(at, before, fires):
    assert due(timedelta(days=before)).look({"id": "a", "at": at}, Memory(), NOW).fires is fires


def test_an_item_without_a_time_is_never_due():
    assert read(due(), [{"id": "a"}, {"id": "a", "at": None}], Memory()) == []


def test_an_item_is_due_once_for_each_time():
    way, memory = due(), Memory()
    early, late = {"id": "a", "at": "2026-03-01"}, {"id": "a", "at": "2026-03-02"}
    assert [len(read(way, [item], memory)) for item in (early, early, late, late, early)] == [1, 0, 1, 0, 1]
    assert read(way, [{**early, "id": "b"}], memory) != []


def test_an_item_whose_time_is_put_off_is_due_when_that_comes():
    way, memory = due(), Memory()
    later = {"id": "a", "at": "2026-03-11T00:00:00Z"}
    assert read(way, [later], memory) == []
    assert way.look(later, memory, NOW + timedelta(days=1)).fires
    read(way, [{"id": "a", "at": "2026-03-01"}], memory)
    assert read(way, [later, {"id": "a"}], memory) == []


# As JSON


def test_a_memory_survives_as_json():
    memory = Memory(
        {"a": None, "b": 2**70, "c": {"x": [1]}},
        {"a": {"n": None}},
        {"a": 0},
        ["b"],
        0,
        identity().as_dict(),
        Memory({"x": 1}, before=Memory({"y": 2})),
    )
    assert Memory.from_dict(load_json(dump_json(memory.as_dict()))) == memory


@given(st.dictionaries(st.text(), JSON), st.dictionaries(st.text(), st.dictionaries(st.text(), JSON)), JSON)
def test_any_memory_survives_as_json(versions, remembered, since):
    memory = Memory(versions, remembered, since=since or None)
    assert Memory.from_dict(load_json(dump_json(memory.as_dict()))) == memory


def test_what_is_empty_is_left_out():
    assert Memory().as_dict() == {"versions": {}}
    assert Memory(since=0).as_dict() == {"versions": {}, "since": 0}
    assert Memory(before=Memory({"a": 1})).as_dict() == {"versions": {}, "before": {"versions": {"a": 1}}}


KEYED = {"key": [["id"]], "hashed": False, "version": [], "under": []}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        "x",
        {"versions": []},
        {"versions": None},
        {"remembered": {}},
        {"versions": {}, "more": 1},
        {"versions": {}, "remembered": []},
        {"versions": {}, "remembered": {"a": 1}},
        {"versions": {}, "due": []},
        {"versions": {}, "missing": {}},
        {"versions": {}, "missing": [1]},
        {"versions": {}, "identity": {}},
        {"versions": {}, "identity": {**KEYED, "key": []}},
        {"versions": {}, "identity": {**KEYED, "key": ["id"]}},
        {"versions": {}, "identity": {**KEYED, "key": [[1]]}},
        {"versions": {}, "identity": {**KEYED, "hashed": "no"}},
        {"versions": {}, "identity": {**KEYED, "version": "id"}},
        {"versions": {}, "identity": {**KEYED, "under": None}},
        {"versions": {}, "identity": {**KEYED, "under": ["id"]}},
        {"versions": {}, "identity": {**KEYED, "more": 1}},
        {"versions": {}, "before": {"versions": 1}},
        {"versions": {}, "before": []},
    ],
    ids=repr,
)
def test_anything_else_is_no_memory(data):
    with pytest.raises(ValueError, match=r"^this is not a trigger's memory$"):
        Memory.from_dict(data)


def test_a_copy_does_not_share():
    memory = Memory({"a": 1}, {"a": {"n": 1}}, {"a": 1}, ["b"], 5, identity().as_dict(), Memory({"x": 1}))
    copy, same = memory.copy(), memory.copy()
    assert copy == memory
    copy.versions["b"] = 2
    copy.remembered["b"] = {}
    copy.due["b"] = 2
    copy.missing.append("c")
    assert copy.before is not None
    copy.before.versions["y"] = 2
    assert memory == same

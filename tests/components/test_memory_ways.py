from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.components.http import dump_json, load_json
from connectors.components.memory import Due, Fire, Identity, Memory

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
OFFER = {"id": 1, "uuid": "u-1", "status": "A", "at": "2026-03-01"}


def way(key: str = "id", version: str | None = "status", fire: Fire = "new_or_changed", **more: Any) -> Identity:
    return Identity((tuple(key.split(".")),), (version,) if version else None, fire, **more)


def read(identity: Identity, memory: Memory | None, *items: Any, parents: Any = ()) -> tuple[list[Any], Memory]:
    """What fires in a poll of these items, and the memory after it, as it comes from the disk."""
    after = identity.begin(memory)
    fired: list[Any] = []
    for item in items:
        look = identity.look(item, after, NOW, parents)
        fired += [item] if look.fires else []
        look.keep(after)
    return fired, Memory.from_dict(load_json(dump_json(after.as_dict())))


SEVERAL = way(version=None, version_hash=(("status",), ("rev",)))
OTHER_WAYS = [SEVERAL, way("uuid"), way("id", "rev"), way("id", None), way("uuid", hashed=True), way("uuid", "rev")]


@pytest.mark.parametrize("other", OTHER_WAYS, ids=lambda one: str(one.as_dict()))
def test_nothing_fires_again_because_items_are_told_apart_in_another_way(other):
    _, memory = read(way(), None, OFFER)
    for _ in range(3):
        fired, memory = read(other, memory, OFFER)
        assert fired == []
    assert memory.identity == other.as_dict()


@pytest.mark.parametrize("other", OTHER_WAYS, ids=lambda one: str(one.as_dict()))
def test_a_change_is_told_by_the_old_way_and_no_new_item_is_missed(other):
    _, memory = read(way(), None, OFFER)
    changed, new = {**OFFER, "status": "B"}, {**OFFER, "id": 2, "uuid": "u-2"}
    fired, memory = read(other, memory, changed, new)
    assert fired == [changed, new]
    assert read(other, memory, changed, new)[0] == []


def test_it_is_stored_by_the_new_way():
    _, memory = read(way(), None, OFFER)
    _, memory = read(way("uuid", "rev"), memory, {**OFFER, "rev": 7})
    assert memory.versions == {"u-1": 7}
    fired, memory = read(way("uuid", "rev"), memory, {**OFFER, "rev": 7, "status": "B"}, {**OFFER, "rev": 8})
    assert fired == [{**OFFER, "rev": 8}]


def test_an_item_that_is_first_read_much_later_is_still_known():
    _, memory = read(way(), None, OFFER, {**OFFER, "id": 2, "uuid": "u-2"})
    for _ in range(3):
        _, memory = read(way("uuid"), memory, OFFER)
    assert read(way("uuid"), memory, {**OFFER, "id": 2, "uuid": "u-2"})[0] == []
    changed = {**OFFER, "id": 2, "uuid": "u-2", "status": "B"}
    assert read(way("uuid"), memory, changed)[0] == [changed]


def test_it_is_still_known_after_a_second_change_of_ways():
    _, memory = read(way(), None, OFFER)
    _, memory = read(way("uuid"), memory)
    _, memory = read(way("at"), memory, {**OFFER, "id": 2, "uuid": "u-2", "at": "x"})
    assert read(way("at"), memory, OFFER)[0] == []
    assert read(way("at"), memory, {**OFFER, "status": "B"})[0] == [{**OFFER, "status": "B"}]


def test_items_that_were_one_before_do_not_fire_when_they_are_told_apart():
    _, memory = read(way(), None, OFFER)
    finer = Identity((("id",), ("lang",)), ("status",), "new_or_changed")
    assert read(finer, memory, {**OFFER, "lang": "de"}, {**OFFER, "lang": "en"})[0] == []


def test_the_old_way_may_find_no_key():
    _, memory = read(way(), None, OFFER)
    lonely = {"uuid": "u-2", "status": "A"}
    assert read(way("uuid"), memory, lonely)[0] == [lonely]


def test_previous_is_known_across_a_change_of_ways():
    _, memory = read(way(remember=(("at",),)), None, OFFER)
    after = way("uuid").begin(memory)
    look = way("uuid").look({**OFFER, "status": "B"}, after, NOW)
    assert look.previous == {"status": "A", "at": "2026-03-01"}


def test_children_are_known_across_a_change_of_ways():
    _, memory = read(way(under=ONE), None, OFFER, parents=[{"id": "p/1"}])
    assert read(way("uuid", under=ONE), memory, OFFER, parents=[{"id": "p/1"}])[0] == []
    assert read(way("uuid", under=ONE), memory, OFFER, parents=[{"id": "p"}])[0] == [OFFER]


ORG, TEAM = {"id": "o/1%"}, {"id": 7, "slug": "t 7/"}
NONE, ONE, SLUG, TWO = (), (("id",),), (("slug",),), (("id",), ("id",))
ABOVE: dict[Any, list[Any]] = {NONE: [], ONE: [TEAM], SLUG: [TEAM], TWO: [ORG, TEAM], (("id",), ("slug",)): [ORG, TEAM]}


@pytest.mark.parametrize("after", ABOVE)
@pytest.mark.parametrize("before", ABOVE)
def test_nothing_fires_again_because_items_lie_under_other_parents(before, after):
    _, memory = read(way(under=before, remember=(("uuid",),)), None, OFFER, parents=ABOVE[before])
    changed, new = {**OFFER, "status": "B"}, {**OFFER, "id": 2}
    for _ in range(3):
        fired, memory = read(way(under=after), memory, OFFER, parents=ABOVE[after])
        assert fired == []
    look = way(under=after).look(changed, way(under=after).begin(memory), NOW, ABOVE[after])
    assert look.fires
    assert read(way(under=after), memory, changed, new, parents=ABOVE[after])[0] == [changed, new]
    assert memory.identity == way(under=after).as_dict()


@pytest.mark.parametrize("after", ABOVE)
@pytest.mark.parametrize("before", ABOVE)
def test_previous_and_what_was_due_are_known_under_other_parents(before, after):
    due = Due(("at",), timedelta(0))
    about = {"fire": "due", "due": due, "remember": (("uuid",),)}
    fired, memory = read(way(under=before, **about), None, OFFER, parents=ABOVE[before])
    assert fired == [OFFER]
    assert read(way(under=after, **about), memory, OFFER, parents=ABOVE[after])[0] == []
    other = way(under=after, **about)
    look = other.look({**OFFER, "at": "2026-03-02"}, other.begin(memory), NOW, ABOVE[after])
    assert look.previous == {"status": "A", "uuid": "u-1"}


@pytest.mark.parametrize("middle", ABOVE)
def test_parents_that_come_and_go_again_are_followed(middle):
    _, memory = read(way(under=TWO), None, OFFER, {**OFFER, "id": 2}, parents=ABOVE[TWO])
    _, memory = read(way(under=middle), memory, OFFER, parents=ABOVE[middle])
    for under in (NONE, ONE, NONE, TWO, NONE):
        fired, memory = read(way(under=under), memory, OFFER, {**OFFER, "id": 2}, parents=ABOVE[under])
        assert fired == []


def test_a_memory_from_before_parents_were_told_is_taken_to_be_of_the_same():
    _, memory = read(way("uuid", under=ONE), None, {**OFFER, "id": 2, "uuid": "u-2"}, parents=[TEAM])
    _, memory = read(way(under=ONE), memory, OFFER, parents=[TEAM])
    old = memory.as_dict()
    for kept in (old, old["before"]):
        del kept["identity"]["under"]
    for under, above in ((ONE, [TEAM]), (ONE, [{"id": 8}])):
        fired, _ = read(
            way(under=under), Memory.from_dict(old), OFFER, {**OFFER, "id": 2, "uuid": "u-2"}, parents=above
        )
        assert len(fired) == (0 if above == [TEAM] else 2)
    fired, memory = read(way(under=ONE), Memory.from_dict(old), parents=[TEAM])
    assert read(way(), memory, OFFER, {**OFFER, "id": 2, "uuid": "u-2"})[0] == []


def test_items_that_were_two_under_their_parents_do_not_fire_when_they_become_one():
    _, memory = read(way(under=ONE), None, OFFER, parents=[TEAM])
    _, memory = read(way(under=ONE), memory, OFFER, parents=[{"id": 8}])
    assert read(way(), memory, OFFER)[0] == []


def test_what_went_while_parents_changed_is_found_to_be_gone_and_nothing_else():
    _, memory = read(way(fire="deleted", under=ONE), None, OFFER, {**OFFER, "id": 2}, parents=[TEAM])
    found: list[Any] = []
    new = way(fire="deleted")
    for _ in range(3):
        _, memory = read(new, memory, OFFER)
        found.append(new.gone({"1"}, memory)[0])
    assert found == [[], [("2", {"status": "A"})], []]


def test_an_item_is_not_due_again_because_ways_changed():
    due = Due(("at",), timedelta(0))
    fired, memory = read(way("id", None, "due", due=due), None, OFFER)
    assert fired == [OFFER]
    for _ in range(3):
        fired, memory = read(way("uuid", None, "due", due=due), memory, OFFER)
        assert fired == []
    later = {**OFFER, "at": "2026-03-02"}
    assert read(way("uuid", None, "due", due=due), memory, later)[0] == [later]


def test_an_old_way_without_a_version_remembers_none():
    due = Due(("at",), timedelta(0))
    _, memory = read(way("id", None, "due", due=due), None, OFFER)
    other = way("uuid", "status", "due", due=due)
    look = other.look({**OFFER, "at": "2026-03-02"}, other.begin(memory), NOW)
    assert (look.fires, look.previous) == (True, {})


def test_what_was_remembered_in_a_way_that_nobody_knows_says_nothing():
    memory = Memory({}, identity=way().as_dict(), before=Memory({"1": "A"}))
    assert read(way(), memory, OFFER)[0] == [OFFER]
    assert way().gone({"2"}, memory) == ([], 0)
    assert way().gone({"2"}, memory) == ([("1", {"status": None})], 0)


def test_where_reading_goes_on_is_kept():
    _, memory = read(way(), None, OFFER)
    memory.since = "2026-03-01"
    assert way("uuid").begin(memory).since == "2026-03-01"
    assert way().begin(memory).since == "2026-03-01"


def test_a_memory_that_does_not_say_how_is_taken_to_be_of_this_way():
    fired, memory = read(way(), Memory({"1": "A"}), OFFER)
    assert fired == []
    assert memory == Memory({"1": "A"}, identity=way().as_dict())


def test_to_begin_writes_nothing_into_what_it_is_given():
    _, memory = read(way(), None, OFFER)
    kept = memory.copy()
    for identity in (way(), way("uuid")):
        read(identity, memory, {**OFFER, "status": "B"}, {**OFFER, "id": 2})
    assert memory == kept


def test_what_went_while_ways_changed_is_found_to_be_gone_and_nothing_else():
    old, new = way(fire="deleted", remember=(("uuid",),)), way("uuid", fire="deleted", remember=(("uuid",),))
    _, memory = read(old, None, OFFER, {**OFFER, "id": 2, "uuid": "u-2"})
    found: list[Any] = []
    for _ in range(3):
        _, memory = read(new, memory, OFFER)
        gone, _ = new.gone({"u-1"}, memory)
        found.append(gone)
    assert found == [[], [("2", {"uuid": "u-2", "status": "A"})], []]
    assert set(memory.versions) == {"u-1"}
    assert memory.before is None


def test_a_version_of_another_kind_is_not_taken_for_the_present_one():
    old, new = way(fire="deleted"), way("id", "rev", "deleted")
    _, memory = read(old, None, OFFER, {**OFFER, "id": 2})
    for _ in range(2):
        _, memory = read(new, memory, {**OFFER, "rev": 7})
        gone, _ = new.gone({"1"}, memory)
    assert gone == [("2", {"rev": None})]

"""What follows from when a trigger fires: silent at first, each new item once, a changed one as the manifest says."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from connectors.components.extract import MISSING, Path, extract
from connectors.components.http import load_json
from connectors.components.times import iso, moment
from connectors.components.where import Condition
from connectors.manifest.calls import List
from connectors.manifest.model import Connector, Trigger
from connectors.testing.generated.inputs import base
from connectors.testing.generated.items import bare, items_of, sample_item
from connectors.testing.generated.pretend import World, different, put
from connectors.testing.generated.trial import NOW, Act, Done, Trial, chosen


def of_events(connector: Connector, names: Container[str]) -> Iterator[Trial]:
    """The trials about every trigger that polls."""
    for trigger in chosen(connector.triggers, names):
        if trigger.poll is None:
            continue
        reading = connector.lists[trigger.poll]
        sample = bare(trigger, trigger.sample) if trigger.each else sample_item(connector, trigger, reading)
        if isinstance(sample, dict | list):
            yield from Story(connector, trigger, reading, sample).trials()


class Story:
    """What happens to the sample of a trigger from one poll to the next."""

    def __init__(self, connector: Connector, trigger: Trigger, reading: List, sample: Any) -> None:
        self._connector, self._trigger, self._reading = connector, trigger, reading
        self._fire = trigger.identity.fire
        self._one = self._holding(sample)
        self._other = self._apart(self._one)

    def trials(self) -> Iterator[Trial]:
        """The trials that fit when the trigger fires."""
        one, other, fire = self._one, self._other, self._fire
        yield self._trial("a first poll is silent, and so is a second that shows the same", [[one], [one]], [[], []])
        if fire in ("new", "new_or_changed"):
            yield self._trial("a new item fires once", [[other], [other, one], [other, one]], [[], [one], []])
            yield from self._left_out()
        if fire == "changed":
            yield self._trial("a new item is silent", [[other], [other, one]], [[], []])
        changed = self._changed(one)
        if changed is not None:
            fires = [one] if fire in ("changed", "new_or_changed") else []
            what = f"a changed version {'fires' if fires else 'is silent'}"
            yield self._trial(what, [[changed], [one]], [[], fires])
        if fire == "new" and changed is None:
            touched = different(one, 1)
            for path in self._kept():
                touched = put(path, extract(one, path), touched)
            yield self._trial(
                "an item that is known by its key is silent, whatever else changed", [[touched], [one]], [[], []]
            )
        if fire == "due":
            yield from self._due()
        if fire == "deleted":
            yield self._gone()

    def _kept(self) -> list[Path]:
        """What identifies the item, and what it lies in: read from elsewhere it would be another."""
        parent = [(self._reading.for_each.as_,)] if self._reading.for_each else []
        return [path for path in (*self._trigger.identity.key, *parent) if extract(self._one, path) is not MISSING]

    def _apart(self, item: Any) -> Any:
        """An item with another key and the same besides."""
        path = next((path for path in self._trigger.identity.key if extract(item, path) is not MISSING), ("id",))
        return put(path, different({"": extract(item, path)}, 1)[""], item)

    def _changed(self, item: Any) -> Any:
        """The item with another version; None if it has none that could change."""
        path = self._trigger.identity.version
        if path is None or path in dict(self._trigger.where.by_path()):
            return None
        value = extract(item, path)
        when = moment(value) if isinstance(value, str) else None
        if when is not None:
            return put(path, iso(when - timedelta(hours=1)), item)
        if isinstance(value, bool):
            return put(path, not value, item)
        return None if value is MISSING or value is None else put(path, different({"": value}, 1)[""], item)

    def _holding(self, sample: Any) -> Any:
        """The sample, with what `due` needs: a time that has come."""
        if self._trigger.due is None:
            return sample
        return put(self._trigger.due.at, iso(NOW + self._trigger.due.before - timedelta(minutes=1)), sample)

    def _left_out(self) -> Iterator[Trial]:
        for path, condition in self._trigger.where.by_path():
            if path[0] in ("previous", "parent"):
                continue
            value = not_holding(condition, extract(self._one, path), {})
            if value is not MISSING:
                item = put(path, value, self._one)
                what = f"an item whose {'.'.join(path)} is {value!r} is left out"
                yield self._trial(what, [[self._other], [self._other, item]], [[], []])

    def _due(self) -> Iterator[Trial]:
        due = self._trigger.due
        assert due is not None
        early = put(due.at, iso(NOW + due.before + timedelta(minutes=1)), self._one)
        yield self._trial("what is not due yet is silent", [[self._other], [early]], [[], []])
        yield self._trial("what has become due fires once", [[early], [self._one], [self._one]], [[], [self._one], []])

    def _gone(self) -> Trial:
        one, other = self._one, self._other
        polls = [[one, other], [other], [other], [other]]
        return self._trial("what two readings do not show is gone, once", polls, [[], [], [None], []])

    def _trial(self, what: str, polls: list[list[Any]], events: list[list[Any]]) -> Trial:
        acts = tuple(Act("poll", base(self._trigger), self._world(items)) for items in polls)
        return Trial(self._trigger.name, "events", what, acts, partial(_fires, events))

    def _world(self, items: list[Any]) -> World:
        each = self._trigger.each
        above = items_of(self._connector, self._reading, 1, self._one["parent"] if each else self._one)
        shown = above | {self._reading.name: _holding_entries(items, each) if each else items}
        world = World(self._connector, shown)
        return replace(world, page=50) if self._fire == "deleted" else world


def _holding_entries(entries: list[Any], each: Path) -> list[Any]:
    """The items of a list that hold these entries, each of which names what it lies in."""
    parents: list[tuple[Any, list[Any]]] = []
    for entry in entries:
        own = {name: value for name, value in entry.items() if name != "parent"}
        inside = next((inner for parent, inner in parents if parent == entry["parent"]), None)
        if inside is None:
            parents.append((entry["parent"], inside := []))
        inside.append(own["value"] if own.keys() == {"value"} else own)
    return [put(each, inside, parent) for parent, inside in parents]


def _fires(events: list[list[Any]], done: list[Done]) -> str | None:
    for number, (expected, got) in enumerate(zip(events, done, strict=True), 1):
        if got.error is not None:
            return f"poll {number} fails: {got.error}"
        shown = [load_json(line) for line in got.output]
        if len(shown) != len(expected):
            return f"poll {number} should give {_events(len(expected))}, and gives {len(shown)}"
        for item, wanted in zip(shown, expected, strict=True):
            if wanted is not None and (lacking := _lacking(item, wanted)):
                return f"the event of poll {number} lacks {', '.join(lacking)} of the item"
    return None


def _events(count: int) -> str:
    return f"{count} event{'' if count == 1 else 's'}"


def _lacking(item: Any, wanted: Any) -> list[str]:
    if isinstance(wanted, dict):
        return [name for name in wanted if name not in item]
    return [] if item == wanted else ["what is"]


def not_holding(condition: Condition, now: Any, scope: Mapping[str, Any]) -> Any:
    """A value for which the condition does not hold; MISSING if that depends on an absent input, or none is known."""
    for value in (None, "something else", -1, not now if isinstance(now, bool) else MISSING):
        if value is not MISSING and condition.holds(value, scope) is False:
            return value
    return MISSING

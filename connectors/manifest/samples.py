"""Rules about samples: each operation has one, it is what comes out, and what is looked at is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from connectors.components.extract import MISSING, extract
from connectors.components.fields import Field
from connectors.components.patterns import validator_of
from connectors.components.say import problem_of
from connectors.manifest import words
from connectors.manifest.finding import Finding, Route, lists, operations
from connectors.manifest.model import Connector, Key, Output, Trigger


def operations_have_samples(connector: Connector) -> Iterator[Finding]:
    """Every operation shows what comes out, itself or by its list."""
    for path, operation in operations(connector):
        if connector.sample_of(operation) is None:
            hint = "add 'sample', here or to the list" if connector.shown_by(operation) else "add 'sample'"
            yield Finding("no-sample", path, "nothing shows what comes out", hint=hint, on_key=True)


def samples_fit(connector: Connector) -> Iterator[Finding]:
    """A sample is as `output` says; it may hold more."""
    for path, block in [*operations(connector), *lists(connector)]:
        said = connector.output_of(block)
        if said is None or (isinstance(said, Output) and said.file is not None):
            continue
        own = block.sample is not None
        sample = block.sample if own or path[0] == "lists" else connector.sample_of(block)  # type: ignore[arg-type]
        if sample is not None and (own or block.output is not None):
            yield from _fits((*path, "sample") if own else (*path, "output"), said, sample, inside=own)


def _fits(path: Route, field: Field, sample: Any, *, inside: bool) -> Iterator[Finding]:
    for error in validator_of(_open(field.to_schema())).iter_errors(sample):
        where = tuple(str(step) for step in error.absolute_path) if inside else ()
        said = "; ".join(problem.message for problem in problem_of(error)).removeprefix("'' ")
        message = f"the sample is not what 'output' says: {said}"
        yield Finding("sample-does-not-fit", (*path, *where), message, hint="correct one of them", on_key=not where)


def _open(schema: Any) -> Any:
    """The schema, where fields that it does not know pass."""
    if isinstance(schema, dict):
        return {key: _open(value) for key, value in schema.items() if key != "additionalProperties"}
    return schema


def triggers_see_in_samples(connector: Connector) -> Iterator[Finding]:
    """A trigger's sample has what the trigger looks at, and would be emitted."""
    for name, trigger in connector.triggers.items():
        sample = connector.sample_of(trigger)
        shown_by = ("sample",) if trigger.sample is not None else ("poll",) if trigger.poll else ("webhook", "sample")
        path = ("triggers", name, *shown_by)
        if sample is None:
            continue
        yield from _has(path, sample, _looked_at(trigger))
        for wanted, condition in trigger.where.by_path():
            seen = extract(sample, wanted)
            if wanted[0] == "previous" and extract(sample, ("previous",)) is MISSING:
                continue
            if condition.holds(seen, {}) is False:
                message = f"'where' would leave this sample out, because of its '{'.'.join(wanted)}'"
                hint = "show an item that the trigger emits, or correct 'where'"
                yield Finding("sample-left-out", path, message, hint=hint, on_key=True)


def _looked_at(trigger: Trigger) -> list[tuple[str, Route]]:
    hook = trigger.webhook if trigger.poll is None else None  # what a delivery holds beside the item, another rule asks
    keys = [] if isinstance(trigger.key, Key) or (hook and hook.key) else trigger.key
    found: list[tuple[str, Route]] = [("each", ("parent",))] if trigger.each else []
    found += [("key", path) for path in keys]
    version = trigger.identity.version
    found += [("version", version)] if version and not (hook and hook.version) else []
    found += [("due", trigger.due.at)] if trigger.due else []
    return found + [("remember", path) for path in trigger.remember]


def searches_see_in_samples(connector: Connector) -> Iterator[Finding]:
    """A search's sample has what the search compares."""
    for name, search in connector.searches.items():
        sample = connector.sample_of(search)
        word = "sample" if search.sample is not None else "list"
        if sample is not None:
            yield from _has(
                ("searches", name, word), sample, [("match", wanted) for wanted, _ in search.match.by_path()]
            )


def lists_see_in_samples(connector: Connector) -> Iterator[Finding]:
    """A list's sample has what the list, lists under it and triggers look at in its items."""
    for path, reading in lists(connector):
        looked_at: list[tuple[str, Route]] = [("since", reading.since.of)] if reading.since else []
        under = ((name, one.for_each) for name, one in connector.lists.items())
        looked_at += [(f"{name}.for_each", each.key) for name, each in under if each and each.list == reading.name]
        within = ((name, one.each) for name, one in connector.triggers.items() if one.poll == reading.name)
        looked_at += [(f"{name}.each", each) for name, each in within if each]
        if reading.sample is not None:
            yield from _has((*path, "sample"), reading.sample, looked_at)


def parents_hide_nothing(connector: Connector) -> Iterator[Finding]:
    """What a list's sample shows under the name of its parent is the parent, and no field of the item's own."""
    for path, reading in lists(connector):
        each = reading.for_each
        shown = extract(reading.sample, (each.as_,)) if each else MISSING
        if each and shown is not MISSING and not isinstance(shown, dict):
            message = f"the sample's '{each.as_}' is not the parent, which takes its place in each item"
            hint = "choose another name for the parent, or show it there"
            yield Finding("hidden-by-parent", (*path, "for_each", "as"), message, hint=hint)


def _has(path: Route, sample: Any, looked_at: list[tuple[str, Route]]) -> Iterator[Finding]:
    for word, wanted in looked_at:
        if extract(sample, wanted) is MISSING:
            depth = next(depth for depth in range(len(wanted)) if extract(sample, wanted[: depth + 1]) is MISSING)
            there = extract(sample, wanted[:depth])
            hint = words.meant(wanted[depth], there if isinstance(there, dict) else ())
            message = f"the sample has no '{'.'.join(wanted)}', which '{word}' looks at"
            yield Finding("sample-lacks", path, message, hint=hint, on_key=True)


RULES: list[Callable[[Connector], Iterator[Finding]]] = [
    operations_have_samples,
    samples_fit,
    triggers_see_in_samples,
    searches_see_in_samples,
    lists_see_in_samples,
    parents_hide_nothing,
]

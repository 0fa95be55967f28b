"""Two versions of a manifest: what breaks for those who use the old one, and what is new.

Workflows hold names and values: of operations, of inputs, of what comes out, of the connection. A change breaks when
something that they hold is refused, missing or of another type afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.components.fields import Rule
from connectors.manifest.calls import Output
from connectors.manifest.check import check
from connectors.manifest.compare_fields import Change, broken, gone, inputs, outputs
from connectors.manifest.compare_hooks import sources
from connectors.manifest.finding import AnyOperation, Finding, Route
from connectors.manifest.model import Action, Connector, Search, Trigger
from connectors.manifest.problem import Problem
from connectors.manifest.source import Source

KINDS = {"triggers": "trigger", "actions": "action", "searches": "search"}


@dataclass(frozen=True)
class Comparison:
    """What breaks, each with its place in the new manifest, and notes of what is new."""

    breaks: list[Problem]
    notes: list[str]


def compare(old: Source, new: Source) -> Comparison:
    """What of the old manifest breaks with the new one. Raises ManifestError if either is wrong."""
    was, now = check(old), check(new)
    changes = [*_connections(was, now, old.value, new.value), *_operations(was, now), *_around(was, now)]
    changes += _versions(was.version, now.version, changes)
    breaks = sorted((each.at(new) for each in changes if isinstance(each, Finding)), key=lambda each: each.place.line)
    return Comparison(breaks, [each for each in changes if isinstance(each, str)])


def _connections(was: Connector, now: Connector, old: Any, new: Any) -> Iterator[Change]:
    """What accounts that are connected hold: their fields, and the way of signing in."""
    if was.connector != now.connector:
        message = f"the connector was called '{was.connector}', and workflows ask for it by that name"
        yield broken("connector-renamed", ("connector",), message, hint="write the old name")
    yield from inputs(was.connection.fields, now.connection.fields, ("connection", "fields"), "the connection")
    known, path = _ways(new["connection"]["auth"]), ("connection", "auth")
    for name, way in _ways(old["connection"]["auth"]).items():
        if name and name not in known:
            yield gone((*path, "one_of"), f"the way '{name}' of signing in", name, known)
        elif way not in ([known[name]] if name else list(known.values())):
            at = (*path, "one_of", name) if name else path
            message = "accounts that are connected sign in in another way now"
            yield broken("auth-changed", at, message, hint="add it as another way, under 'one_of'")


def _around(was: Connector, now: Connector) -> Iterator[Change]:
    """Where requests go, and what belongs together."""
    if was.base_url != now.base_url:
        message = "accounts that name no address of their own are asked at another one"
        yield broken("address-changed", ("base_url",), message)
    for name, origin in was.origins.items():
        if name not in now.origins:
            yield gone(("origins",), f"the host '{name}', which answers may point to,", name, now.origins)
        elif origin != now.origins[name]:
            yield broken("address-changed", ("origins", name), f"the host '{name}' is another, or asked otherwise")
    for search, action in was.pairs.items():
        if now.pairs.get(search) != action:
            yield broken("gone", ("pairs",), f"the pair of '{search}' and '{action}' is gone")


def _ways(auth: Any) -> dict[str, Any]:
    """The ways of signing in by name, without words for people; the only one is called nothing."""
    ways = auth.get("one_of") or {"": auth}
    return {name: [(kind, {**block, "title": None}) for kind, block in way.items()] for name, way in ways.items()}


def _operations(old: Connector, new: Connector) -> Iterator[Change]:
    heirs = {trigger.was: name for name, trigger in new.triggers.items() if trigger.was}
    for kind, word in KINDS.items():
        was: Mapping[str, AnyOperation] = getattr(old, kind)
        now: Mapping[str, AnyOperation] = getattr(new, kind)
        names = {name: heirs.get(name, name) for name in was}
        for name, heir in names.items():
            if heir in now:
                yield from _operation(old, new, was[name], now[heir], (kind, heir))
            else:
                yield gone((kind,), f"the {word} '{name}'", name, now.keys() - was.keys())
        yield from (f"the {word} '{name}' is new" for name in now if name not in names.values())


def _operation(old: Connector, new: Connector, was: AnyOperation, now: AnyOperation, path: Route) -> Iterator[Change]:
    yield from inputs(was.input, now.input, (*path, "input"), f"'{now.name}'")
    for index, rule in enumerate(now.rules):
        if not any(_holds_already(rule, other) for other in was.rules):
            message = f"'{now.name}' has a new rule between its inputs"
            yield broken("narrower", (*path, "rules", str(index)), message, hint="inputs that were right may break it")
    before, after = ((each.sample_of(one), each.output_of(one)) for each, one in ((old, was), (new, now)))
    yield from outputs(before, after, path, now.name)
    if _file(was) != _file(now):
        message = f"'{now.name}' gives {'a file' if _file(now) else 'no file any more'}"
        yield broken("output-type", (*path, "output"), message, hint="add another action for that")
    if isinstance(was, Trigger) and isinstance(now, Trigger):
        yield from _trigger(was, now, path)
        yield from sources(was, now, path)
    if isinstance(was, Search) and isinstance(now, Search) and now.scan.pages < was.scan.pages:
        message = f"'{now.name}' reads {now.scan.pages} pages at most now, was {was.scan.pages}"
        yield broken("narrower", (*path, "scan"), message, hint="what was found may come to be incomplete")
    if isinstance(was, Action) and isinstance(now, Action):
        yield from _action(was, now, path)


def _action(was: Action, now: Action, path: Route) -> Iterator[Change]:
    if was.effective != "destroy" == now.effective:
        message = f"'{now.name}' counts as destroying now, so it is refused unless it is confirmed"
        yield broken("narrower", (*path, "effect"), message)
    elif was.effective != now.effective:
        message = f"'{now.name}' has another effect: {now.effective} now, was {was.effective}"
        yield broken("effect-changed", (*path, "effect"), message)
    if was.idempotent and not now.idempotent:
        message = f"'{now.name}' may not be repeated any more: where it fails halfway, its outcome is unknown"
        yield broken("narrower", (*path, "idempotent"), message)


def _file(operation: AnyOperation) -> bool:
    return isinstance(operation.output, Output) and operation.output.file is not None


def _holds_already(rule: Rule, old: Rule) -> bool:
    """Whether inputs that keep the old rule keep the new one too."""
    if rule == old:
        return True
    if rule.kind == "conflicts_with":
        return old.kind in ("conflicts_with", "exactly_one_of") and set(rule.names) <= set(old.names)
    return rule.kind == "at_least_one_of" and old.kind != "conflicts_with" and set(rule.names) >= set(old.names)


def _trigger(was: Trigger, now: Trigger, path: Route) -> Iterator[Change]:
    before, after = was.identity, now.identity
    remedy = (
        "What was seen is kept: the first reading is compared in the old way and remembered in the new,"
        " so nothing fires twice and nothing is missed. Raise the version, so that users learn of it."
    )
    for word, same in {
        "key": (before.key, before.hashed) == (after.key, after.hashed),
        "version": was.version == now.version,
    }.items():
        if not same:
            message = f"'{now.name}' tells items apart by another '{word}'"
            yield broken("identity-changed", (*path, word), message, remedy=remedy)
    if was.each != now.each:
        message = f"'{now.name}' fires for other things: 'each' has changed"
        yield broken("fires-otherwise", (*path, "each"), message, hint="add another trigger for them")
    if (before.fire, was.due) != (after.fire, now.due):
        message = f"'{now.name}' fires at other times: when {_when(was)} before, when {_when(now)} now"
        at = "due" if now.due else "fire"
        yield broken("fires-otherwise", (*path, at), message, hint="add another trigger for that")
    yield from _where(was, now, path)
    for name in sorted(_remembered(was) - _remembered(now)):
        yield broken("output-gone", (*path, "remember"), f"'{now.name}' gives no 'previous.{name}' any more")


def _where(was: Trigger, now: Trigger, path: Route) -> Iterator[Change]:
    """The conditions that hold for other items than before; one on a new input drops out where that is not given."""
    new = {name for name, field in now.input.items() if name not in was.input and field.default is None}
    for name in sorted(was.where.root.keys() | now.where.root.keys()):
        before, after = was.where.root.get(name), now.where.root.get(name)
        asked = {hole.path[0] for _, tree in (after.trees() if after else ()) for _, hole in tree.holes()}
        if before != after and (before is not None or not asked or asked - new):
            message = f"'{now.name}' fires for other items: 'where' asks something else of '{name}'"
            yield broken("fires-otherwise", (*path, "where"), message, hint="add another trigger for them")


def _when(trigger: Trigger) -> str:
    if trigger.due is not None:
        before = f" in {trigger.due.before.total_seconds():g} s" if trigger.due.before else ""
        return f"'{'.'.join(trigger.due.at)}' comes{before}"
    return trigger.identity.fire.replace("_", " ")


def _remembered(trigger: Trigger) -> set[str]:
    return {".".join(path) for path in (trigger.identity.version, *trigger.remember) if path}


def _versions(was: str, now: str, changes: list[Change]) -> Iterator[Change]:
    """Whether the new version says what has changed: what breaks needs another first number."""
    before, after = (tuple(map(int, version.split("."))) for version in (was, now))
    breaks = any(isinstance(change, Finding) for change in changes)
    if breaks and after[0] <= before[0]:
        message = f"the version goes from {was} to {now}, and something breaks"
        yield broken("version", ("version",), message, hint=f"write {before[0] + 1}.0.0")
    elif after < before or (changes and after == before):
        message = f"the version goes from {was} to {now}" if after < before else f"the version is still {was}"
        yield broken("version", ("version",), message, hint=f"write {before[0]}.{before[1] + 1}.0")

"""Rules about names: whatever a manifest mentions is there, and whatever is needed is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from connectors.components.fields import Fields
from connectors.components.template import Hole
from connectors.components.tree import holes_in
from connectors.manifest import words
from connectors.manifest.finding import (
    Finding,
    Route,
    always_there,
    calls,
    dropdowns,
    every_field,
    every_hole,
    hooks,
    lists,
    operations,
    other_holes,
)
from connectors.manifest.model import Action, Call, Connector, List, Trigger


def names_exist(connector: Connector) -> Iterator[Finding]:
    """Every name in a template is a connection field or an input; a list's may also be its parent, or `since`."""
    for path, call, inputs in calls(connector):
        for where, hole in every_hole(call):
            yield from _name_exists((*path, *where), hole, connector, {*inputs, *_more_names(call)})
    for path, trigger, hook in hooks(connector):
        for where, hole in hook.holes():
            own = where == ("secret",)
            inputs = set[str]() if own or where[0] == "challenge" else set(trigger.input)
            known = {*inputs, *_OURS.get(where[0], ()), *(connector.connection.fields if own else ())}
            yield from _name_exists((*path, *where), hole, connector, known, secrets=own)
    for path, operation in operations(connector):
        for where, hole in other_holes(operation):
            yield from _name_exists((*path, *where), hole, connector, set(operation.input))
        for where, hole in holes_in(operation.include, ("include",)):
            yield from _name_exists((*path, *where), hole, connector, {*operation.input, "item"})


_OURS = {"setup": ("webhook_url", "webhook_secret"), "check": ("webhook_url", "subscription")}


def connection_names_exist(connector: Connector) -> Iterator[Finding]:
    """What the address, signing in, the test, label, account, common headers and rate plans mention are its fields."""
    block = connector.connection
    for where, hole in block.auth.holes():
        yield from _name_exists(("connection", "auth", *where), hole, connector, set(block.fields), secrets=True)
    used = {"test": block.test, "label": block.label, "account": block.account}
    around = {"base_url": connector.base_url, "headers": connector.headers, "rates": connector.rates}
    for where, hole in holes_in({"connection": used, **around}):
        yield from _name_exists(where, hole, connector)


def _more_names(call: Call) -> set[str]:
    """The names that a list has besides inputs: its parent's, and that of the time that it asks from."""
    if not isinstance(call, List):
        return set()
    return {*([call.for_each.as_] if call.for_each else []), *(["since"] if call.since else [])}


def _name_exists(
    path: Route, hole: Hole, connector: Connector, names: Iterable[str] = (), *, secrets: bool = False
) -> Iterator[Finding]:
    fields = connector.connection.fields
    known = {*names, *(name for name, field in fields.items() if not field.secret)}
    name, brace = hole.path[0], hole.offset - 1
    if name in fields and fields[name].secret and not secrets:
        message = f"'{name}' is secret, and a secret may only be used under 'auth'"
        yield Finding("secret-outside-auth", path, message, offset=brace)
    elif name not in known:
        hint = words.meant(name, sorted(known))
        yield Finding("unknown-name", path, f"nothing is called '{name}' here", hint=hint, offset=brace)


def blocks_exist(connector: Connector) -> Iterator[Finding]:
    """The lists, rate plans, types and actions that are named are there."""
    for path, operation in operations(connector):
        if not isinstance(operation, Action):
            word = "poll" if isinstance(operation, Trigger) else "list"
            yield from _exists("unknown-list", (*path, word), getattr(operation, word), connector.lists)
        if isinstance(operation, Trigger) and operation.webhook and operation.webhook.check:
            place = (*path, "webhook", "check", "list")
            yield from _exists("unknown-list", place, operation.webhook.check.list, connector.lists)
        for where, choices in dropdowns(operation):
            yield from _exists("unknown-list", (*path, *where, "list"), choices.list, connector.lists)
        for name, include in operation.include.items():
            yield from _exists("unknown-action", (*path, "include", name, "from"), include.from_, connector.actions)
    for path, reading in lists(connector):
        if reading.for_each is not None:
            yield from _exists("unknown-list", (*path, "for_each", "list"), reading.for_each.list, connector.lists)
    for path, call, _ in calls(connector):
        yield from _exists("unknown-rate", (*path, "rate"), call.rate, connector.rates)
    for search, action in connector.pairs.items():
        yield from _exists("unknown-search", ("pairs", search), search, connector.searches, on_key=True)
        yield from _exists("unknown-action", ("pairs", search), action, connector.actions)


def types_exist(connector: Connector) -> Iterator[Finding]:
    """The types that outputs and other types name are there; inputs name none."""
    for path, block in [*operations(connector), *lists(connector)]:
        if isinstance(block.output, str):
            yield from _exists("unknown-type", (*path, "output"), block.output, connector.types)
        elif block.output is not None:
            yield from _types_in((path[0],), {path[1]: block.output}, connector, ("output",))
        yield from _types_in((*path, "input"), block.input, None)
    yield from _types_in(("types",), connector.types, connector)
    yield from _types_in(("connection", "fields"), connector.connection.fields, None)


def _types_in(path: Route, fields: Fields, connector: Connector | None, under: Route = ()) -> Iterator[Finding]:
    for (first, *rest), field in every_field(fields):
        place = (*path, first, *under, *rest, "type")
        if field.named is not None and connector is None:
            message = f"'{field.named}' could be one of 'types', and they say what comes back"
            yield Finding("unknown-type", place, message, hint="write out what may be given")
        elif connector is not None:
            yield from _exists("unknown-type", place, field.named, connector.types)


def _exists(
    rule: str, path: Route, name: str | None, known: Mapping[str, object], *, on_key: bool = False
) -> Iterator[Finding]:
    if name is not None and name not in known:
        message = f"there is no {_CALLED[rule]} called '{name}'"
        yield Finding(rule, path, message, hint=words.meant(name, known), on_key=on_key)


_CALLED = {
    "unknown-list": "list",
    "unknown-action": "action",
    "unknown-search": "search",
    "unknown-rate": "plan in 'rates'",
    "unknown-type": "type in 'types'",
}


def nothing_needs_itself(connector: Connector) -> Iterator[Finding]:
    """Reading a list, or what an action includes, comes to an end."""
    parents = {name: [one.for_each.list] if one.for_each else [] for name, one in connector.lists.items()}
    fetched = {name: [one.from_ for one in action.include.values()] for name, action in connector.actions.items()}
    for kind, needs, word in (("lists", parents, "for_each"), ("actions", fetched, "include")):
        for name in needs:
            if _leads_back(name, needs):
                message = f"'{name}' needs itself, by way of '{word}', so reading it would not end"
                yield Finding("recursion", (kind, name, word), message, hint="take one of them out", on_key=True)


def _leads_back(name: str, needs: Mapping[str, list[str]]) -> bool:
    reached: set[str] = set()
    coming = list(needs[name])
    while coming:
        one = coming.pop()
        if one not in reached:
            reached.add(one)
            coming += needs.get(one, [])
    return name in reached


def included_actions_read(connector: Connector) -> Iterator[Finding]:
    """What is included is fetched by actions that only read, with the inputs that they take."""
    for path, operation in operations(connector):
        for name, include in operation.include.items():
            place, action = (*path, "include", name), connector.actions.get(include.from_)
            if action is None:
                continue
            if action.effective != "read":
                message = f"'{action.name}' changes something at the vendor, so it cannot be included"
                hint = "mark the action 'effect: read', if it only reads"
                yield Finding("include-writes", (*place, "from"), message, hint=hint)
            yield from _takes((*place, "with"), include.with_.root, action.input)
            yield from _gets((*place, "with"), include.with_.root.keys(), f"the action '{action.name}'", action.input)


def dropdowns_ask_their_lists(connector: Connector) -> Iterator[Finding]:
    """What a dropdown gives to its list are inputs of that list."""
    for path, operation in operations(connector):
        for where, choices in dropdowns(operation):
            reading = connector.lists.get(choices.list or "")
            if reading is None:
                continue
            given, takes = choices.with_.root if choices.with_ else {}, connector.inputs_of(reading)
            yield from _takes((*path, *where, "with"), given, takes)
            if choices.search is not None and choices.search not in takes:
                hint = words.meant(choices.search, takes)
                message = f"the list '{reading.name}' has no input '{choices.search}'"
                yield Finding("unknown-input", (*path, *where, "search"), message, hint=hint)
            there = {*given, *operation.input, *connector.connection.fields, choices.search}
            yield from _each_gets((*path, *where), there, connector.lineage(reading))


def lists_get_their_inputs(connector: Connector) -> Iterator[Finding]:
    """What a list needs, and the lists above it, is given by each trigger and search that reads it."""
    for path, operation in operations(connector):
        reading = connector.list_of(operation)
        given = {name for name, field in operation.input.items() if always_there(field)}
        word = "poll" if isinstance(operation, Trigger) else "list"
        yield from _each_gets((*path, word), given, connector.lineage(reading) if reading else [])
    for path, trigger, hook in hooks(connector):
        reading = connector.lists.get(hook.check.list) if hook.check else None
        given = {name for name, field in trigger.input.items() if always_there(field)}
        yield from _each_gets((*path, "check", "list"), given, connector.lineage(reading) if reading else [])


def _each_gets(path: Route, given: Iterable[str | None], lineage: list[List]) -> Iterator[Finding]:
    """What each of the lists needs is given; what two of them need is missed once."""
    there = set(given)
    for one in lineage:
        yield from _gets(path, there, f"the list '{one.name}'", one.input)
        there |= one.input.keys()


def _takes(path: Route, given: Mapping[str, object], fields: Fields) -> Iterator[Finding]:
    for name in given:
        if name not in fields:
            hint = words.meant(name, fields)
            yield Finding("unknown-input", (*path, name), f"there is no input '{name}'", hint=hint, on_key=True)


def _gets(path: Route, given: Iterable[str | None], who: str, fields: Fields) -> Iterator[Finding]:
    there = set(given)
    for name, field in fields.items():
        if field.required and "default" not in field.model_fields_set and name not in there:
            here = path[-1] in ("with", "choices")
            hint = f"add '{name}' to 'with'" if here else f"add '{name}' to 'input', with 'required: true'"
            yield Finding("input-not-given", path, f"{who} needs the input '{name}'", hint=hint, on_key=True)


RULES: list[Callable[[Connector], Iterator[Finding]]] = [
    names_exist,
    connection_names_exist,
    blocks_exist,
    types_exist,
    nothing_needs_itself,
    included_actions_read,
    dropdowns_ask_their_lists,
    lists_get_their_inputs,
]

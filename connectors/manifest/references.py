"""Rules about names: whatever a manifest mentions is there, and whatever is needed is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from connectors.components.fields import Field, Fields
from connectors.components.template import Hole
from connectors.manifest import words
from connectors.manifest.finding import AnyOperation, Finding, Route, calls, dropdowns, lists, operations
from connectors.manifest.model import Action, Call, Connector, List, Search, Trigger


def names_exist(connector: Connector) -> Iterator[Finding]:
    """Every name in a template is a connection field or an input; a list's may also be its parent."""
    for path, call, inputs in calls(connector):
        parent = {call.for_each.as_} if isinstance(call, List) and call.for_each else set[str]()
        for where, hole in _holes(call):
            yield from _name_exists((*path, *where), hole, connector, {*inputs, *parent})
    for path, operation in operations(connector):
        for where, hole in _other_holes(operation):
            yield from _name_exists((*path, *where), hole, connector, set(operation.input))
        for name, include in operation.include.items():
            for where, hole in include.with_.holes():
                known = {*operation.input, "item"}
                yield from _name_exists((*path, "include", name, "with", *where), hole, connector, known)


def connection_names_exist(connector: Connector) -> Iterator[Finding]:
    """What signing in, the test, the label, common headers and rate plans mention are connection fields."""
    block = connector.connection
    for where, hole in block.auth.holes():
        yield from _name_exists(("connection", "auth", *where), hole, connector, set(block.fields), secrets=True)
    for hole in block.test.holes():
        yield from _name_exists(("connection", "test"), hole, connector)
    for hole in block.label.holes if block.label else ():
        yield from _name_exists(("connection", "label"), hole, connector)
    for where, hole in connector.headers.holes():
        yield from _name_exists(("headers", *where), hole, connector)
    for name, plan in connector.rates.items():
        for hole in plan.account.holes if plan.account else ():
            yield from _name_exists(("rates", name, "account"), hole, connector)


def _holes(call: Call) -> Iterator[tuple[Route, Hole]]:
    """Every hole of a call, those of all its request lines included."""
    lines = [call.request, *call.request.alternatives]
    for where, hole in call.holes():
        yield (("request", "0") if where == ("request",) and len(lines) > 1 else where), hole
    for index, line in enumerate(lines[1:], 1):
        yield from (((("request", str(index))), hole) for hole in line.holes())


def _other_holes(operation: AnyOperation) -> Iterator[tuple[Route, Hole]]:
    """The holes of conditions and of what dropdowns are given."""
    if not isinstance(operation, Action):
        word = "match" if isinstance(operation, Search) else "where"
        conditions = operation.match if isinstance(operation, Search) else operation.where
        yield from (((word, *where), hole) for where, hole in conditions.holes())
    for path, choices in dropdowns(operation):
        for where, hole in choices.with_.holes() if choices.with_ else ():
            yield (*path, "with", *where), hole


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
        for where, choices in dropdowns(operation):
            yield from _exists("unknown-list", (*path, *where, "list"), choices.list, connector.lists)
        for name, include in operation.include.items():
            yield from _exists("unknown-action", (*path, "include", name, "from"), include.from_, connector.actions)
    for path, reading in lists(connector):
        if reading.for_each is not None:
            yield from _exists("unknown-list", (*path, "for_each", "list"), reading.for_each.list, connector.lists)
    for path, call, _ in calls(connector):
        yield from _exists("unknown-rate", (*path, "rate"), call.rate, connector.rates)
    for path, block in [*operations(connector), *lists(connector)]:
        named = block.output if isinstance(block.output, str) else None
        yield from _exists("unknown-type", (*path, "output"), named, connector.types)


def _exists(rule: str, path: Route, name: str | None, known: Mapping[str, object]) -> Iterator[Finding]:
    if name is not None and name not in known:
        message = f"there is no {_CALLED[rule]} called '{name}'"
        yield Finding(rule, path, message, hint=words.meant(name, known))


_CALLED = {
    "unknown-list": "list",
    "unknown-action": "action",
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
            given = choices.with_.root if choices.with_ else {}
            yield from _takes((*path, *where, "with"), given, reading.input)
            if choices.search is not None and choices.search not in reading.input:
                hint = words.meant(choices.search, reading.input)
                message = f"the list '{reading.name}' has no input '{choices.search}'"
                yield Finding("unknown-input", (*path, *where, "search"), message, hint=hint)
            there = {*given, *operation.input, *connector.connection.fields, choices.search}
            yield from _gets((*path, *where), there, f"the list '{reading.name}'", reading.input)


def lists_get_their_inputs(connector: Connector) -> Iterator[Finding]:
    """What a list needs is given by each trigger and search that reads it, and by each list under it."""
    for path, operation in operations(connector):
        reading = connector.list_of(operation)
        if reading is not None:
            given = {name for name, field in operation.input.items() if _sure(field)}
            word = "poll" if isinstance(operation, Trigger) else "list"
            yield from _gets((*path, word), given, f"the list '{reading.name}'", reading.input)
    for path, reading in lists(connector):
        parent = connector.lists.get(reading.for_each.list) if reading.for_each else None
        if parent is not None:
            given = {name for name, field in reading.input.items() if _sure(field)}
            yield from _gets((*path, "for_each", "list"), given, f"the list '{parent.name}'", parent.input)


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


def _sure(field: Field) -> bool:
    return field.required or "default" in field.model_fields_set


def path_values_are_there(connector: Connector) -> Iterator[Finding]:
    """What fills a part of the path is always given."""
    for hole in connector.connection.test.holes():
        field = connector.connection.fields.get(hole.path[0])
        if field is not None and not _sure(field):
            yield _optional(("connection", "test"), hole, "field")
    for path, call, inputs in calls(connector):
        for where, hole in _holes(call):
            field = inputs.get(hole.path[0])
            if where[0] == "request" and field is not None and not _sure(field):
                yield _optional((*path, *where), hole, "input")


def _optional(path: Route, hole: Hole, what: str) -> Finding:
    message = f"'{hole.path[0]}' is part of the path, so it cannot be optional"
    return Finding("optional-in-path", path, message, hint=f"mark the {what} 'required: true'", offset=hole.offset)


def inputs_are_used(connector: Connector) -> Iterator[Finding]:
    """Every input goes somewhere."""
    for path, call, inputs in calls(connector):
        if call.takes_the_rest is None:
            place = "query" if call.request.method in ("GET", "DELETE") else "body"
            mentioned = {hole.path[0] for _, hole in _holes(call)}
            yield from _unused((*path, "input"), inputs.keys() - mentioned - _passed_on(connector, path), place)
    for path, operation in operations(connector):
        if not isinstance(operation, Action):
            mentioned = {hole.path[0] for _, hole in _other_holes(operation)} | _passed_on(connector, path)
            place = "match" if isinstance(operation, Search) else "where"
            yield from _unused((*path, "input"), operation.input.keys() - mentioned, place)


def _unused(path: Route, names: Iterable[str], place: str) -> Iterator[Finding]:
    for name in names:
        message = f"the input '{name}' goes nowhere: nothing mentions it"
        hint = f"mention {{{name}}} in '{place}', or take the input out"
        yield Finding("unused-input", (*path, name), message, hint=hint, on_key=True)


def _passed_on(connector: Connector, path: Route) -> set[str]:
    """The names of inputs that go on: to a list that is read, to its parents, to a dropdown, to what is included."""
    kind, name = path
    block: AnyOperation | List = getattr(connector, kind)[name]
    if isinstance(block, List):
        parent = connector.lists.get(block.for_each.list) if block.for_each else None
        return set(parent.input) if parent else set()
    reading = connector.list_of(block)
    found = set(reading.input) if reading else set[str]()
    for _, choices in dropdowns(block):
        found |= set(connector.lists[choices.list].input) if choices.list in connector.lists else set[str]()
    found |= {hole.path[0] for _, hole in _other_holes(block)}
    return found | {hole.path[0] for include in block.include.values() for _, hole in include.with_.holes()}


RULES: list[Callable[[Connector], Iterator[Finding]]] = [
    names_exist,
    connection_names_exist,
    blocks_exist,
    nothing_needs_itself,
    included_actions_read,
    dropdowns_ask_their_lists,
    lists_get_their_inputs,
    path_values_are_there,
    inputs_are_used,
]

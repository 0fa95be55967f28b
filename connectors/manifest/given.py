"""Rules about what is given: what is needed is always there, and whatever is given goes somewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from connectors.components.paginate import Parameters
from connectors.components.tree import Tree, holes_in
from connectors.manifest.finding import (
    AnyOperation,
    Finding,
    Route,
    always_there,
    calls,
    dropdowns,
    every_hole,
    lists,
    operations,
    other_holes,
)
from connectors.manifest.hooks import Notice
from connectors.manifest.model import Action, Connector, List, Search, Trigger


def path_values_are_there(connector: Connector) -> Iterator[Finding]:
    """What fills a part of the path is always given."""
    for path, call, inputs in calls(connector):
        for where, hole in every_hole(call):
            field = inputs.get(hole.path[0])
            if where[0] == "request" and field is not None and not always_there(field):
                message = f"'{hole.path[0]}' is part of the path, so it cannot be optional"
                hint = "mark the input 'required: true'"
                yield Finding("optional-in-path", (*path, *where), message, hint=hint, offset=hole.offset)
            since = call.since if isinstance(call, List) else None
            if where[0] == "request" and hole.path == ("since",) and since is not None and since.begin is None:
                message = "'since' is part of the path, and before the first reading there is none"
                hint = "add 'begin' to 'since'"
                yield Finding("optional-in-path", (*path, *where), message, hint=hint, offset=hole.offset)


def inputs_are_used(connector: Connector) -> Iterator[Finding]:
    """Every input goes somewhere."""
    for path, call, inputs in calls(connector):
        line = next((line for line in call.lines if call.takes_the_rest(line) is None), None)
        if line is not None and not isinstance(call, Notice):
            place = "query" if line.method in ("GET", "DELETE") else "body"
            mentioned = {hole.path[0] for _, hole in every_hole(call)}
            passed_on = set[str]() if isinstance(call, List) else _passed_on(connector, path)
            yield from _unused((*path, "input"), inputs.keys() - mentioned - passed_on, place)
    for path, operation in operations(connector):
        if not isinstance(operation, Action):
            mentioned = {hole.path[0] for _, hole in other_holes(operation)} | _passed_on(connector, path)
            if isinstance(operation, Trigger):
                mentioned |= _told_the_vendor(connector, operation)
            place = "match" if isinstance(operation, Search) else "where"
            yield from _unused((*path, "input"), operation.input.keys() - mentioned, place)


def optional_parts_can_be_absent(connector: Connector) -> Iterator[Finding]:
    """What is sent only `if_given` inserts nothing that is always there."""
    for path, call, inputs in calls(connector):
        known = {**connector.connection.fields, **inputs}
        for word in ("query", "headers", "body", "form"):
            tree: Tree | None = getattr(call, word)
            for where, holes in tree.conditional() if tree else ():
                always = [hole.name for hole in holes if hole.path[0] in known and always_there(known[hole.path[0]])]
                place = (*path, word, *where, "if_given")
                if not holes:
                    message, hint = "this inserts nothing that could be absent", "take 'if_given' out"
                    yield Finding("always-given", place, message, hint=hint, on_key=True)
                for name in always[:1]:
                    message = f"'{name}' is always there, so this is always sent"
                    hint = "put 'if_given' around the optional part alone"
                    yield Finding("always-given", place, message, hint=hint, on_key=True)


def times_are_asked_from(connector: Connector) -> Iterator[Finding]:
    """A list that asks for what has changed says where the time goes."""
    for path, reading in lists(connector):
        mentions = any(hole.path == ("since",) for _, hole in every_hole(reading))
        if reading.since is not None and reading.since.param is None and not mentions:
            message = "nothing says where the time goes"
            hint = "add 'param', or mention {since} in 'query' or 'body'"
            yield Finding("since-goes-nowhere", (*path, "since"), message, hint=hint, on_key=True)


def _unused(path: Route, names: Iterable[str], place: str) -> Iterator[Finding]:
    for name in names:
        message = f"the input '{name}' goes nowhere: nothing mentions it"
        hint = f"mention {{{name}}} in '{place}', or take the input out"
        yield Finding("unused-input", (*path, name), message, hint=hint, on_key=True)


def _passed_on(connector: Connector, path: Route) -> set[str]:
    """The names of inputs that go on: to a list that is read, to its parents, to a dropdown, to what is included."""
    kind, name = path
    block: AnyOperation = getattr(connector, kind)[name]
    found = {hole.path[0] for _, hole in (*other_holes(block), *holes_in(block.include))}
    if reading := connector.list_of(block):
        found |= connector.inputs_of(reading).keys()
    for reading in filter(None, (connector.lists.get(choices.list or "") for _, choices in dropdowns(block))):
        found |= {name for name, field in connector.inputs_of(reading).items() if field.required}
    return found


def _told_the_vendor(connector: Connector, trigger: Trigger) -> set[str]:
    """The names of inputs that a webhook uses."""
    hook = trigger.webhook
    if hook is None:
        return set()
    found = {hole.path[0] for _, hole in (*hook.holes(), *holes_in([hook.subscribe, hook.unsubscribe]))}
    reading = connector.lists.get(hook.check.list) if hook.check else None
    return found | set(connector.inputs_of(reading) if reading else ())


def pages_are_asked_for_in_a_body(connector: Connector) -> Iterator[Finding]:
    """Where paging goes into the body, the body is a block of JSON that has room for it."""
    for path, reading in lists(connector):
        paging = reading.paginate.chosen if reading.paginate else None
        if not isinstance(paging, Parameters) or paging.place != "body":
            continue
        word = "form" if reading.form is not None else "send" if reading.send == "form" else "body"
        if word != "body" or (reading.body is not None and not isinstance(reading.body.root, dict)):
            there = "this is no block of keys that could hold it" if word == "body" else "a form is sent"
            message = f"'{paging.param}' goes into the JSON body, and {there}"
            yield Finding("no-room", (*path, word), message, hint="write 'body' as a block of keys", on_key=True)


RULES: list[Callable[[Connector], Iterator[Finding]]] = [
    path_values_are_there,
    inputs_are_used,
    optional_parts_can_be_absent,
    times_are_asked_from,
    pages_are_asked_for_in_a_body,
]

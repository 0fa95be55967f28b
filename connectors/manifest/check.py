"""From a source to a connector: what the model refuses, then the rules that reach across blocks, one function each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import ValidationError

from connectors.components.extract import MISSING, extract
from connectors.components.fields import Field, Fields
from connectors.components.say import problem_of
from connectors.components.template import Hole
from connectors.errors import ManifestError
from connectors.manifest import words
from connectors.manifest.model import Action, Call, Connector, Search, Trigger
from connectors.manifest.problem import Problem
from connectors.manifest.source import Source

Route: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a path of the manifest; `offset` counts characters into the text there."""

    rule: str
    path: Route
    message: str
    hint: str | None = None
    remedy: str | None = None
    offset: int | None = None
    on_key: bool = False

    def at(self, source: Source) -> Problem:
        """The finding as a problem with its place."""
        place = source.place(tuple(_steps(self.path, source.value)), key=self.on_key, offset=self.offset)
        return Problem(self.rule, self.message, place, hint=self.hint, remedy=self.remedy)


def check(source: Source) -> Connector:
    """The connector that a manifest describes. Raises ManifestError with every problem found."""
    try:
        connector = Connector.model_validate(source.value)
    except ValidationError as error:
        raise _refusal((Finding(**word) for word in words.explain(error, source.value)), source) from None
    if findings := [finding for rule in RULES for finding in rule(connector)]:
        raise _refusal(findings, source)
    return connector


def _refusal(findings: Iterable[Finding], source: Source) -> ManifestError:
    problems = {str(problem): problem for problem in (finding.at(source) for finding in findings)}
    return ManifestError(sorted(problems.values(), key=lambda problem: problem.place.line))


def _steps(path: Route, value: Any) -> Iterator[str | int]:
    """The path as the source counts it: positions in a list are numbers."""
    for step in path:
        yield int(step) if isinstance(value, list) and step.isdecimal() else step
        value = extract(value, (step,))


def names_exist(connector: Connector) -> Iterator[Finding]:
    """Every name in a template is a connection field or an input."""
    secret = {name for name, field in connector.connection.fields.items() if field.secret}
    public = set(connector.connection.fields) - secret
    for path, call, inputs in _calls(connector):
        for where, hole in call.holes():
            yield from _name_exists((*path, *where), hole, public | set(inputs), secret)
    for path, operation in _operations(connector):
        conditions = operation.match if isinstance(operation, Search) else getattr(operation, "where", None)
        word = "match" if isinstance(operation, Search) else "where"
        for where, hole in conditions.holes() if conditions else ():
            yield from _name_exists((*path, word, *where), hole, public | set(operation.input), secret)


def connection_names_exist(connector: Connector) -> Iterator[Finding]:
    """What signing in, the test and the label mention are connection fields."""
    block = connector.connection
    fields, secret = set(block.fields), {name for name, field in block.fields.items() if field.secret}
    for where, template in block.auth.templates():
        for hole in template.holes:
            yield from _name_exists(("connection", "auth", *where), hole, fields, set())
    for hole in block.test.holes():
        yield from _name_exists(("connection", "test"), hole, fields - secret, secret)
    for hole in block.label.holes if block.label else ():
        yield from _name_exists(("connection", "label"), hole, fields - secret, secret)


def names_are_unique(connector: Connector) -> Iterator[Finding]:
    """An operation's name stands for one operation, an input's for one value."""
    seen: dict[str, str] = {}
    for kind in ("lists", "triggers", "actions", "searches"):
        for name in getattr(connector, kind):
            if name in seen:
                message = f"'{name}' is already the name of one of the {seen[name]}"
                yield Finding("name-twice", (kind, name), message, hint="choose another name", on_key=True)
            seen.setdefault(name, kind)
    for path, operation in _operations(connector):
        for name in operation.input:
            if name in connector.connection.fields:
                message = f"'{name}' is also a field of the connection, so a template could mean either"
                hint = f"choose another name, with 'send_as: {name}' if the vendor knows it by this one"
                yield Finding("name-twice", (*path, "input", name), message, hint=hint, on_key=True)


def lists_exist(connector: Connector) -> Iterator[Finding]:
    """Lists that operations and dropdowns read are there."""
    wanted: list[tuple[Route, str]] = []
    for path, operation in _operations(connector):
        wanted += [((*path, word), getattr(operation, word)) for word in _READS[type(operation)]]
    for path, operation in _operations(connector):
        for where, field in _fields(operation.input):
            if field.choices is not None and field.choices.list is not None:
                wanted.append(((*path, "input", *where, "choices", "list"), field.choices.list))
    for path, name in wanted:
        if name not in connector.lists:
            hint = words.meant(name, connector.lists)
            yield Finding("unknown-list", path, f"there is no list called '{name}'", hint=hint)


def path_values_are_there(connector: Connector) -> Iterator[Finding]:
    """What fills a part of the path is always given."""
    for path, call, inputs in _calls(connector):
        for hole in call.request.holes():
            field = inputs.get(hole.path[0])
            if field is not None and not field.required and "default" not in field.model_fields_set:
                message = f"'{hole.path[0]}' is part of the path, so it cannot be optional"
                hint = "mark the input 'required: true'"
                yield Finding("optional-in-path", (*path, "request"), message, hint=hint, offset=hole.offset)


def inputs_are_used(connector: Connector) -> Iterator[Finding]:
    """Every input goes somewhere."""
    for path, operation in _operations(connector):
        if isinstance(operation, Action) and operation.takes_the_rest:
            continue
        for name in operation.input.keys() - _mentioned(operation):
            message = f"the input '{name}' goes nowhere: nothing mentions it"
            hint = f"mention {{{name}}} in '{_place_for_inputs(operation)}', or take the input out"
            yield Finding("unused-input", (*path, "input", name), message, hint=hint, on_key=True)


def rules_name_inputs(connector: Connector) -> Iterator[Finding]:
    """Rules between inputs name inputs."""
    for path, operation in _operations(connector):
        for index, rule in enumerate(operation.rules):
            for where, name in _named(rule.chosen):
                if name not in operation.input:
                    place = (*path, "rules", str(index), rule.kind, *where)
                    hint = words.meant(name, operation.input)
                    yield Finding("unknown-input", place, f"there is no input '{name}'", hint=hint, on_key=True)


def fields_are_sound(connector: Connector) -> Iterator[Finding]:
    """A field is a JSON Schema, and its default and examples fit it."""
    groups = [(("connection", "fields"), connector.connection.fields)]
    groups += [((*path, "input"), operation.input) for path, operation in _operations(connector)]
    for path, fields in groups:
        for where, field in _fields(fields):
            yield from _field_is_sound((*path, *where), field)


def triggers_can_work(connector: Connector) -> Iterator[Finding]:
    """A trigger's sample has what the trigger looks at, and would be emitted."""
    for name, trigger in connector.triggers.items():
        path = ("triggers", name)
        looked_at = [("key", key) for key in trigger.key]
        looked_at += [("version", trigger.version)] if trigger.version else []
        yield from _sample_has(path, trigger.sample, looked_at)
        for wanted, condition in trigger.where.root.items():
            if condition.holds(extract(trigger.sample, tuple(wanted.split("."))), {}) is False:
                message = f"'where' would leave this sample out, because of its '{wanted}'"
                hint = "show an item that the trigger emits, or correct 'where'"
                yield Finding("sample-left-out", (*path, "sample"), message, hint=hint, on_key=True)
        if trigger.fire in ("changed", "new_or_changed") and trigger.version is None:
            hint = "add 'version': the path to what changes when the item has changed"
            yield Finding("no-version", (*path, "fire"), f"'fire: {trigger.fire}' needs a 'version'", hint=hint)


def searches_can_find(connector: Connector) -> Iterator[Finding]:
    """A search's sample has what the search compares."""
    for name, search in connector.searches.items():
        compared = [("match", tuple(wanted.split("."))) for wanted in search.match.root]
        yield from _sample_has(("searches", name), search.sample, compared)


def words_are_the_fields(connector: Connector) -> Iterator[Finding]:
    """Triggers are described as every platform describes them."""
    for name, trigger in connector.triggers.items():
        if not trigger.description.startswith("Triggers when "):
            message = "a trigger's description begins with 'Triggers when '"
            yield Finding("trigger-description", ("triggers", name, "description"), message)


def addresses_are_safe(connector: Connector) -> Iterator[Finding]:
    """Credentials never travel in clear, except on this machine."""
    urls = [(("base_url",), connector.base_url)]
    urls += [(("origins", name, "url"), origin.url) for name, origin in connector.origins.items()]
    for path, url in urls:
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            yield Finding("insecure-url", path, "http:// sends credentials in clear", hint="write https://")


RULES: list[Callable[[Connector], Iterator[Finding]]] = [
    names_exist,
    connection_names_exist,
    names_are_unique,
    lists_exist,
    path_values_are_there,
    inputs_are_used,
    rules_name_inputs,
    fields_are_sound,
    triggers_can_work,
    searches_can_find,
    words_are_the_fields,
    addresses_are_safe,
]

_READS: dict[type, tuple[str, ...]] = {Trigger: ("poll",), Search: ("list",), Action: ()}


def _calls(connector: Connector) -> Iterator[tuple[Route, Call, Fields]]:
    for name, action in connector.actions.items():
        yield ("actions", name), action, action.input
    for name, reading in connector.lists.items():
        yield ("lists", name), reading, {}


def _operations(connector: Connector) -> Iterator[tuple[Route, Action | Search | Trigger]]:
    for kind in ("triggers", "actions", "searches"):
        for name, operation in getattr(connector, kind).items():
            yield (kind, name), operation


def _fields(fields: Fields) -> Iterator[tuple[Route, Field]]:
    for name, field in fields.items():
        yield (name,), field
        for path, inner in _fields(field.properties or {}):
            yield (name, "properties", *path), inner
        if field.items is not None:
            for path, inner in _fields({"items": field.items}):
                yield (name, *path), inner


def _place_for_inputs(operation: Action | Search | Trigger) -> str:
    if isinstance(operation, Action):
        return "query" if operation.request.method in ("GET", "DELETE") else "body"
    return "match" if isinstance(operation, Search) else "where"


def _mentioned(operation: Action | Search | Trigger) -> set[str]:
    if isinstance(operation, Action):
        holes = operation.holes()
    else:
        holes = (operation.match if isinstance(operation, Search) else operation.where).holes()
    return {hole.path[0] for _, hole in holes}


def _named(names: Any) -> Iterator[tuple[Route, str]]:
    """The inputs that a rule mentions, with their places in it."""
    if isinstance(names, dict):
        for name, others in names.items():
            yield (name,), name
            yield from (((name, *where), other) for where, other in _named(others))
    else:
        yield from (((str(index),), name) for index, name in enumerate(names))


def _sample_has(path: Route, sample: Any, looked_at: list[tuple[str, Route]]) -> Iterator[Finding]:
    for word, wanted in looked_at:
        if extract(sample, wanted) is MISSING:
            depth = next(depth for depth in range(len(wanted)) if extract(sample, wanted[: depth + 1]) is MISSING)
            there = extract(sample, wanted[:depth])
            hint = words.meant(wanted[depth], there if isinstance(there, dict) else ())
            message = f"the sample has no '{'.'.join(wanted)}', which '{word}' looks at"
            yield Finding("sample-lacks", (*path, "sample"), message, hint=hint, on_key=True)


def _name_exists(path: Route, hole: Hole, names: set[str], secret: set[str]) -> Iterator[Finding]:
    name, brace = hole.path[0], hole.offset - 1
    if name in secret:
        message = f"'{name}' is secret, and a secret may only be used under 'auth'"
        yield Finding("secret-outside-auth", path, message, offset=brace)
    elif name not in names:
        hint = words.meant(name, sorted(names))
        yield Finding("unknown-name", path, f"nothing is called '{name}' here", hint=hint, offset=brace)


def _field_is_sound(path: Route, field: Field) -> Iterator[Finding]:
    schema = field.to_schema()
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = tuple(str(step) for step in error.absolute_path)
        message = problem_of(error)[0].message.removeprefix(f"'{'.'.join(where)}' ")
        yield Finding("bad-field", (*path, *where), f"this {message}")
        return
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    values = [(("default",), field.default)] if "default" in field.model_fields_set else []
    values += [(("examples", str(index)), value) for index, value in enumerate(field.examples or [])]
    for where, value in values:
        for error in validator.iter_errors(value):
            said = "; ".join(problem.message for problem in problem_of(error)).removeprefix("'' ")
            yield Finding("does-not-fit", (*path, *where), f"this {where[0].rstrip('s')} {said}")

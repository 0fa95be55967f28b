"""From a source to a connector: what the model refuses, then the rules that reach across blocks, one function each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from pydantic import ValidationError

from connectors.components.extract import MISSING, extract
from connectors.components.fields import Field, Fields
from connectors.components.say import problem_of
from connectors.components.template import Hole
from connectors.errors import ManifestError
from connectors.manifest import words
from connectors.manifest.model import Action, Call, Connector, Search, Trigger
from connectors.manifest.problem import Problem, did_you_mean
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
        place = source.place(self.path, key=self.on_key, offset=self.offset)
        return Problem(self.rule, self.message, place, hint=self.hint, remedy=self.remedy)


def check(source: Source) -> Connector:
    """The connector that a manifest describes. Raises ManifestError with every problem found."""
    try:
        connector = Connector.model_validate(source.value)
    except ValidationError as error:
        raise ManifestError([Finding(**word).at(source) for word in words.explain(error, source.value)]) from None
    findings = [finding for rule in RULES for finding in rule(connector)]
    if findings:
        problems = (finding.at(source) for finding in findings)
        raise ManifestError(sorted(problems, key=lambda problem: problem.place.line))
    return connector


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
                yield Finding("name-twice", (kind, name), message, on_key=True)
            seen.setdefault(name, kind)
    for path, operation in _operations(connector):
        for name in operation.input:
            if name in connector.connection.fields:
                message = f"'{name}' is also a field of the connection, so a template could mean either"
                yield Finding("name-twice", (*path, "input", name), message, on_key=True)


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
            hint = did_you_mean(name, connector.lists) or f"there are {', '.join(connector.lists) or 'none'}"
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
            yield Finding("unused-input", (*path, "input", name), message, on_key=True)


def rules_name_inputs(connector: Connector) -> Iterator[Finding]:
    """Rules between inputs name inputs."""
    for path, operation in _operations(connector):
        for index, rule in enumerate(operation.rules):
            for name in rule.names:
                if name not in operation.input:
                    where = (*path, "rules", str(index), rule.kind)
                    hint = did_you_mean(name, operation.input)
                    yield Finding("unknown-input", where, f"there is no input '{name}'", hint=hint)


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
        for key in trigger.key:
            if extract(trigger.sample, key) is MISSING:
                message = f"the sample has no '{'.'.join(key)}', which is the key"
                yield Finding("sample-lacks", (*path, "sample"), message)
        if not trigger.where.holds(trigger.sample, {}):
            yield Finding("sample-left-out", (*path, "sample"), "'where' would leave this sample out")
        if trigger.fire in ("changed", "new_or_changed") and trigger.version is None:
            message = f"'fire: {trigger.fire}' needs a 'version': what changes when the item has changed"
            yield Finding("no-version", (*path, "fire"), message)


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


def _mentioned(operation: Action | Search | Trigger) -> set[str]:
    if isinstance(operation, Action):
        holes = operation.holes()
    else:
        holes = (operation.match if isinstance(operation, Search) else operation.where).holes()
    return {hole.path[0] for _, hole in holes}


def _name_exists(path: Route, hole: Hole, names: set[str], secret: set[str]) -> Iterator[Finding]:
    name = hole.path[0]
    if name in secret:
        message = f"'{name}' is secret, and a secret may only be used under 'auth'"
        yield Finding("secret-outside-auth", path, message, offset=hole.offset)
    elif name not in names:
        hint = did_you_mean(name, names) or f"there are {', '.join(sorted(names)) or 'no names'}"
        yield Finding("unknown-name", path, f"nothing is called '{name}' here", hint=hint, offset=hole.offset)


def _field_is_sound(path: Route, field: Field) -> Iterator[Finding]:
    try:
        schema = field.to_schema()
        Draft202012Validator.check_schema(schema)
    except Exception as error:  # noqa: BLE001 - whatever makes a schema unusable is the finding
        message = str(getattr(error, "message", error))
        yield Finding("bad-field", path, f"this field cannot be checked: {message}")
        return
    validator = Draft202012Validator(schema)
    values = [(("default",), field.default)] if "default" in field.model_fields_set else []
    values += [(("examples", str(index)), value) for index, value in enumerate(field.examples or [])]
    for where, value in values:
        for error in validator.iter_errors(value):
            said = "; ".join(problem.message for problem in problem_of(error)).removeprefix("'' ")
            yield Finding("does-not-fit", (*path, *where), f"this {where[0].rstrip('s')} {said}")

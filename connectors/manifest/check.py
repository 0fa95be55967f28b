"""From a source to a connector: what the model refuses, then the rules that reach across blocks, one function each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import ValidationError

from connectors.components.address import UrlPattern
from connectors.components.fields import Field, Fields, parse_text
from connectors.components.http import dump_json, load_json
from connectors.components.patterns import validator_of
from connectors.components.say import problem_of
from connectors.components.values import in_clear
from connectors.errors import ManifestError
from connectors.manifest import check_hooks, given, headers, references, samples, signing, words
from connectors.manifest.finding import Finding, Route, calls, every_field, lists, operations
from connectors.manifest.model import Connector
from connectors.manifest.source import Source

_PLAIN = re.compile(r"(?!__proto__$)[A-Za-z_][A-Za-z0-9_-]*")


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


def names_are_unique(connector: Connector) -> Iterator[Finding]:
    """An operation's name stands for one operation, an input's for one value."""
    seen: dict[str, str] = {}
    for kind in ("lists", "triggers", "actions", "searches"):
        for name in getattr(connector, kind):
            if name in seen:
                message = f"'{name}' is already the name of one of the {seen[name]}"
                yield Finding("name-twice", (kind, name), message, hint="choose another name", on_key=True)
            seen.setdefault(name, kind)
    own = connector.connection.fields
    for path, block in [*operations(connector), *lists(connector)]:
        for name in block.input.keys() & own.keys():
            yield _name_of_the_connection((*path, "input", name), name)
    for path, reading in lists(connector):
        each = reading.for_each
        taken = {**reading.input, **own, **({each.as_: None} if each else {})}
        if reading.since is not None and "since" in taken:
            message = "'since' is the time that a reading asks from, so a template could mean either"
            yield Finding("name-twice", (*path, "since"), message, hint="rename the other", on_key=True)
        if each is not None and each.as_ in {*own, *reading.input}:
            message = f"'{each.as_}' is also a field or an input, so a template could mean either"
            yield Finding("name-twice", (*path, "for_each", "as"), message, hint="choose another name")


def _name_of_the_connection(path: Route, name: str) -> Finding:
    message = f"'{name}' is also a field of the connection, so a template could mean either"
    hint = f"choose another name, with 'send_as: {name}' if the vendor knows it by this one"
    return Finding("name-twice", path, message, hint=hint, on_key=True)


def wire_names_are_unique(connector: Connector) -> Iterator[Finding]:
    """What is sent under a name is one input's value."""
    for path, call, inputs in calls(connector):
        mentioned = {hole.path[0] for _, hole in call.holes()}
        takes_the_rest = any(call.takes_the_rest(line) for line in call.lines)
        sent = {name: field for name, field in inputs.items() if name not in mentioned} if takes_the_rest else {}
        yield from _sent_once((*path, "input"), sent)
        for where, field in every_field(sent):
            yield from _sent_once((*path, "input", *where, "properties"), field.properties or {})


def _sent_once(path: Route, fields: Fields) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for name, field in fields.items():
        wire = field.send_as or name
        if wire in seen:
            message = f"'{seen[wire]}' is sent as '{wire}' too, so one of the two would be lost"
            yield Finding("name-twice", (*path, name), message, hint="correct one 'send_as'", on_key=True)
        seen.setdefault(wire, name)


def field_names_are_plain(connector: Connector) -> Iterator[Finding]:
    """On the command line a dot in a name means nesting, and to programs in JavaScript `__proto__` is no name."""
    groups: list[tuple[Route, Fields]] = [(("connection", "fields"), connector.connection.fields)]
    groups += [((*path, "input"), block.input) for path, block in [*operations(connector), *lists(connector)]]
    for path, fields in groups:
        for where, _ in every_field(fields):
            if not _PLAIN.fullmatch(where[-1]):
                yield _not_plain((*path, *where), where[-1])


def _not_plain(path: Route, name: str) -> Finding:
    better = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")
    hint = f"write '{better}: {{send_as: {name}}}'" if _PLAIN.fullmatch(better) else None
    remedy = "names of inputs are letters, digits, _ and -, and begin with a letter or _; __proto__ is none"
    return Finding("bad-name", path, f"'{name}' cannot be a name", hint=hint, remedy=remedy, on_key=True)


def names_are_not_ours(connector: Connector) -> Iterator[Finding]:
    """What gridwire adds to an operation, on any platform, has a name of its own."""
    for path, operation in operations(connector):
        if operation.name.startswith("gridwire_"):
            message = f"'{operation.name}' cannot be a name"
            remedy = "names that begin with gridwire_ are for what gridwire adds"
            yield Finding("bad-name", path, message, hint="choose another name", remedy=remedy, on_key=True)


def old_names_are_free(connector: Connector) -> Iterator[Finding]:
    """A name that a trigger had before is nobody's now."""
    for name, trigger in connector.triggers.items():
        if trigger.was in {*connector.operations, *connector.lists}:
            message = f"'{trigger.was}' is a name in use, so its memory is not this trigger's"
            hint = "name what this trigger was called before, or take 'was' out"
            yield Finding("was-in-use", ("triggers", name, "was"), message, hint=hint)


def rules_name_inputs(connector: Connector) -> Iterator[Finding]:
    """Rules between inputs name inputs."""
    for path, operation in operations(connector):
        for index, rule in enumerate(operation.rules):
            for where, name in _named(rule.chosen):
                if name not in operation.input:
                    place = (*path, "rules", str(index), rule.kind, *where)
                    hint = words.meant(name, operation.input)
                    yield Finding("unknown-input", place, f"there is no input '{name}'", hint=hint, on_key=True)


def _named(names: list[str] | dict[str, list[str]]) -> Iterator[tuple[Route, str]]:
    """The inputs that a rule mentions, with their places in it."""
    if isinstance(names, dict):
        for name, others in names.items():
            yield (name,), name
            yield from (((name, *where), other) for where, other in _named(others))
    else:
        yield from (((str(index),), name) for index, name in enumerate(names))


def fields_are_sound(connector: Connector) -> Iterator[Finding]:
    """A field is a JSON Schema, something fits it, and its default, examples and choices do."""
    groups: list[tuple[Route, Fields]] = [(("connection", "fields"), connector.connection.fields)]
    groups += [(("types",), connector.types)]
    for path, block in [*operations(connector), *lists(connector)]:
        groups += [((*path, "input"), block.input)]
        groups += [(path, Fields(output=block.output))] if isinstance(block.output, Field) else []
    for path, fields in groups:
        for where, field in every_field(fields):
            yield from _field_is_sound((*path, *where), field)


def _field_is_sound(path: Route, field: Field) -> Iterator[Finding]:
    for least, most in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        lower, upper = getattr(field, least), getattr(field, most)
        if lower is not None and upper is not None and lower > upper:
            message = f"'{least}' is more than '{most}', so nothing fits"
            yield Finding("bad-field", (*path, least), message, hint="correct one of them", on_key=True)
    schema = field.to_schema()
    done = ("properties", "items", "pattern")  # the first two have their turn, the third is no Python
    own = {word: value for word, value in schema.items() if word not in done}
    wrong = _wrong_in_schema(dump_json(own))
    if wrong is not None:
        where, message = wrong
        yield Finding("bad-field", (*path, *where), f"this {message}")
        return
    values = [(("default",), field.default)] if "default" in field.model_fields_set else []
    values += [(("examples", str(index)), value) for index, value in enumerate(field.examples or [])]
    fixed = (field.choices.values if field.choices else None) or {}
    values += [(("choices", "values", value), parse_text(field, value)) for value in fixed]
    for where, value in values:
        for error in validator_of(schema).iter_errors(value):
            said = "; ".join(problem.message for problem in problem_of(error)).removeprefix("'' ")
            on_key = where[0] == "choices"
            yield Finding("does-not-fit", (*path, *where), f"this {where[0].rstrip('s')} {said}", on_key=on_key)


@lru_cache(maxsize=4096)
def _wrong_in_schema(schema: bytes) -> tuple[Route, str] | None:
    """What makes it no JSON Schema, and where; the same few schemas stand in many fields."""
    try:
        Draft202012Validator.check_schema(load_json(schema))
    except SchemaError as error:
        where = tuple(str(step) for step in error.absolute_path)
        return where, problem_of(error)[0].message.removeprefix(f"'{'.'.join(where)}' ")
    return None


def triggers_can_fire(connector: Connector) -> Iterator[Finding]:
    """A trigger has what its way of firing needs."""
    for name, trigger in connector.triggers.items():
        path = ("triggers", name)
        if trigger.due is not None and trigger.fire is not None:
            message = "a trigger fires when a time is 'due' or as 'fire' says, not both"
            yield Finding("due-and-fire", (*path, "fire"), message, hint="take one of them out", on_key=True)
        if trigger.fire in ("changed", "new_or_changed") and trigger.version is None and trigger.poll is not None:
            hint = "add 'version': the path to what changes when the item has changed"
            yield Finding("no-version", (*path, "fire"), f"'fire: {trigger.fire}' needs a 'version'", hint=hint)
        reading = connector.list_of(trigger)
        if trigger.fire == "deleted" and reading is not None and not reading.complete:
            message = f"'{reading.name}' is not 'complete', so what it does not show need not be gone"
            hint = "mark the list 'complete: true', if a reading shows everything there is"
            yield Finding("not-complete", (*path, "fire"), message, hint=hint)


def parents_are_complete(connector: Connector) -> Iterator[Finding]:
    """A list that shows everything is read under all the parents that there are."""
    for path, reading in lists(connector):
        above = [one for one in connector.lineage(reading)[1:] if not one.complete] if reading.complete else []
        for one in above[:1]:
            message = f"'{one.name}', whose items it is read under, is not 'complete', so neither is this list"
            hint = f"mark the list '{one.name}' 'complete: true' too, or take this one's out"
            yield Finding("parents-not-complete", (*path, "complete"), message, hint=hint, on_key=True)


def previous_values_are_kept(connector: Connector) -> Iterator[Finding]:
    """What `where` asks of an item as it was is remembered."""
    for name, trigger in connector.triggers.items():
        version = trigger.identity.version
        kept = [*trigger.identity.remember, *([version] if version else [])]
        for wanted in trigger.where.root:
            first, *rest = wanted.split(".")
            asked = tuple(rest) if first == "previous" else (first, *rest) if trigger.fire == "deleted" else None
            if asked is not None and not any(asked[: len(path)] == path for path in kept):
                message = f"'{'.'.join(asked)}' is not remembered, so nobody knows what it was"
                hint = f"add 'remember: [{'.'.join(asked)}]'"
                yield Finding("not-remembered", ("triggers", name, "where", wanted), message, hint=hint, on_key=True)


def searches_ask_something(connector: Connector) -> Iterator[Finding]:
    """A search compares items with its inputs, or gives the inputs to its list."""
    for name, search in connector.searches.items():
        reading = connector.list_of(search)
        if (
            reading is not None
            and not search.match.root
            and not search.input.keys() & connector.inputs_of(reading).keys()
        ):
            message = f"this finds everything in '{reading.name}', for nothing is asked of the items"
            hint = "add 'match', or inputs that the list takes"
            yield Finding("finds-everything", ("searches", name), message, hint=hint, on_key=True)


def triggers_say_when(connector: Connector) -> Iterator[Finding]:
    """Triggers are described as every platform describes them."""
    for name, trigger in connector.triggers.items():
        if not trigger.description.startswith("Triggers when "):
            message = "a trigger's description begins with 'Triggers when '"
            yield Finding("trigger-description", ("triggers", name, "description"), message)


def addresses_are_safe(connector: Connector) -> Iterator[Finding]:
    """Credentials never travel in clear, except on this machine."""
    urls: list[tuple[Route, str | UrlPattern]] = [(("base_url",), connector.base_url)]
    urls += [(("origins", name, "url"), origin.url) for name, origin in connector.origins.items()]
    urls += [(("connection", "auth", *place), url) for place, url in connector.connection.auth.hosts()]
    for path, url in urls:
        if in_clear(str(url)):
            path = path if isinstance(url, str) else (*path, "pattern")
            yield Finding("insecure-url", path, "http:// sends credentials in clear", hint="write https://")


RULES: list[Callable[[Connector], Iterator[Finding]]] = [
    *references.RULES,
    *given.RULES,
    names_are_unique,
    wire_names_are_unique,
    names_are_not_ours,
    field_names_are_plain,
    old_names_are_free,
    rules_name_inputs,
    fields_are_sound,
    *headers.RULES,
    *check_hooks.RULES,
    *signing.RULES,
    triggers_can_fire,
    parents_are_complete,
    previous_values_are_kept,
    searches_ask_something,
    *samples.RULES,
    triggers_say_when,
    addresses_are_safe,
]

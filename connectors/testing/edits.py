"""The changes that mutants are made of: from a value in a manifest's plain data to what stands there instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from connectors.components.extract import MISSING

GONE: Any = MISSING
"""Stands for: take it out."""

Change: TypeAlias = tuple[tuple[str, ...], Any]
"""Where, from the place that a kind looks at, and what stands there then."""
Changes: TypeAlias = Callable[[Any, "Context"], Iterator[Change]]


@dataclass(frozen=True, slots=True)
class Context:
    """What a change may look at: the whole manifest, and where in it."""

    data: Any
    path: tuple[str, ...]

    @property
    def block(self) -> Any:
        """The block that the place lies in."""
        return found(self.data, self.path[:-1])


def places(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value in a value, itself first, with its path."""
    yield path, value
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from places(inner, (*path, str(step)))


def found(value: Any, path: tuple[str, ...]) -> Any:
    """What lies at the path; GONE if nothing does."""
    for step in path:
        if isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else GONE
        else:
            value = value.get(step, GONE) if isinstance(value, dict) else GONE
    return value


def drop(value: Any, context: Context) -> Iterator[Change]:
    """Nothing stands there."""
    yield (), GONE


def drop_each(value: Any, context: Context) -> Iterator[Change]:
    """One entry is missing."""
    steps = value if isinstance(value, dict) else map(str, range(len(value))) if isinstance(value, list) else ()
    yield from (((step,), GONE) for step in steps)


def _rename_each(value: Any, context: Context) -> Iterator[Change]:
    for name in value if isinstance(value, dict) else ():
        yield (), {(f"{key}_x" if key == name else key): one for key, one in value.items()}


def by_one(value: Any, context: Context) -> Iterator[Change]:
    """A number is one more, or one less."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield (), value + 1
        yield (), value - 1


def _flip(value: Any, context: Context) -> Iterator[Change]:
    if isinstance(value, bool):
        yield (), not value


def other_text(value: Any, context: Context) -> Iterator[Change]:
    """A text is another."""
    if isinstance(value, str):
        yield (), f"{value}_x"


def other_path(value: Any, context: Context) -> Iterator[Change]:
    """A path leads elsewhere, or ends earlier."""
    if isinstance(value, str):
        yield (), f"{value}_x"
        if "." in value:
            yield (), value.rpartition(".")[0]


def one_of(*others: Any) -> Changes:
    """One of these stands there."""

    def change(value: Any, context: Context) -> Iterator[Change]:
        yield from (((), other) for other in others if other != value)

    return change


def word(word: str, *others: Any, default: Any = GONE) -> Changes:
    """Another value at a word of the block, which may not say it."""

    def change(value: Any, context: Context) -> Iterator[Change]:
        if isinstance(value, dict):
            now = value.get(word, default)
            yield from (((word,), other) for other in others if other != now)

    return change


def flipped_word(word: str) -> Changes:
    """A word of the block is true where it was not, or the other way round."""

    def change(value: Any, context: Context) -> Iterator[Change]:
        if isinstance(value, dict):
            yield (word,), GONE if value.get(word) is True else True

    return change


def swapped(word: str, other: str) -> Changes:
    """What stands under one word stands under the other."""

    def change(value: Any, context: Context) -> Iterator[Change]:
        for one, two in ((word, other), (other, word)):
            if isinstance(value, dict) and one in value and two not in value:
                yield (), {(two if name == one else name): inner for name, inner in value.items()}

    return change


def sampled(value: Any, context: Context) -> Iterator[Change]:
    """Another path that the sample has, of a value like the one that is meant."""
    if not isinstance(value, str):
        return
    sample = _sample(context)
    meant = found(sample, tuple(value.split("."))) if sample is not None else GONE
    others = [path for path, one in _leaves(sample) if path != value and type(one) is type(meant) and meant is not GONE]
    others = sorted(others, key=lambda path: (path.count("."), found(sample, tuple(path.split("."))) == meant))
    yield from (((), other) for other in others[:1])


def _sample(context: Context) -> Any:
    kind, name = context.path[0], context.path[1]
    block = found(context.data, (kind, name))
    reading = block.get("poll") or block.get("list") if kind != "lists" else name
    samples = [block.get("sample"), found(context.data, ("lists", f"{reading}", "sample"))]
    for one in ("triggers", "searches"):
        readers = (context.data.get(one) or {}).values()
        readers = [other for other in readers if reading and reading in (other.get("poll"), other.get("list"))]
        samples += [other.get("sample") for other in readers]
    return next((sample for sample in samples if isinstance(sample, dict)), None)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in value.items() if isinstance(value, dict) else ():
        if isinstance(inner, dict):
            yield from _leaves(inner, f"{path}{name}.")
        elif not isinstance(inner, list) and "." not in name:
            yield f"{path}{name}", inner


_METHODS = {"GET": "POST", "POST": "PUT", "PUT": "PATCH", "PATCH": "PUT", "DELETE": "POST"}


def other_method(value: Any, context: Context) -> Iterator[Change]:
    """A request line has another method."""
    if isinstance(value, str):
        method, _, path = value.partition(" ")
        yield (), f"{_METHODS.get(method, 'GET')} {path}"


def other_segment(value: Any, context: Context) -> Iterator[Change]:
    """A request line has another segment, one less, or another end."""
    if not isinstance(value, str):
        return
    method, _, path = value.partition(" ")
    parts = path.split("/")
    for number, part in enumerate(parts[1:], 1):
        if part and "{" not in part:
            yield (), f"{method} {'/'.join([*parts[:number], part + '-x', *parts[number + 1 :]])}"
        if part and len(parts) > 2:
            yield (), f"{method} {'/'.join([*parts[:number], *parts[number + 1 :]])}"
    if path.endswith("/") and len(path) > 1:
        yield (), value[:-1]
    elif not path.endswith("/"):
        yield (), f"{value}/"


def other_line(value: Any, context: Context) -> Iterator[Change]:
    """The first of several request lines stands alone, or comes last."""
    if isinstance(value, list):
        yield (), value[0]
        yield (), [*value[1:], value[0]]


def other_url(value: Any, context: Context) -> Iterator[Change]:
    """An address has another host, or another path."""
    if isinstance(value, str):
        scheme, _, rest = value.partition("://")
        host, slash, path = rest.partition("/")
        yield (), f"{scheme}://x-{host}{slash}{path}"
        if "origins" not in context.path:  # of which only the host counts
            yield (), f"{scheme}://{host}" if path else f"{value}/x"


def written(value: Any, context: Context) -> Iterator[Change]:
    """What a query, a body, a form or headers hold: each entry under another name, gone, or with another value."""
    if isinstance(value, dict) and not value.keys() & {"json_text", "if_given"}:
        yield from _rename_each(value, context)
        yield from drop_each(value, context)
    for path, one in places(value, ()):
        if isinstance(one, bool):
            yield path, not one
        elif isinstance(one, int | float):
            yield path, one + 1
        elif isinstance(one, str):
            yield path, f"{one}_x"
        elif isinstance(one, list) and path and one:
            yield from (((*path, str(index)), GONE) for index in range(len(one)))
        elif isinstance(one, dict) and path and not one.keys() & {"json_text", "if_given"}:
            yield from (
                ((*path, *below), after) for below, after in [*_rename_each(one, context), *drop_each(one, context)]
            )


def template(value: Any, context: Context) -> Iterator[Change]:
    """The same text with something else around what it inserts, or inserted in another way."""
    if not isinstance(value, str):
        return
    before, brace, rest = value.partition("{")
    yield (), f"{value}_x"
    if brace and before:
        yield (), brace + rest
        yield (), f"{before.rstrip()}{brace}{rest}"
        yield (), f"{before.swapcase()}{brace}{rest}"
    if brace and not before:
        yield (), f"Basic {value}"
    for bar in re.finditer(r"\|\w+", value):
        yield (), value[: bar.start()] + value[bar.end() :]
    for hole in re.finditer(r"\{([\w.]+)\}", value):
        yield (), f"{value[: hole.start()]}{{{hole[1]}|base64}}{value[hole.end() :]}"


def other_condition(value: Any, context: Context) -> Iterator[Change]:
    """A condition that says the opposite, or nearly the same."""
    for path, condition in value.items() if isinstance(value, dict) else ():
        yield (), {(_similar(path, context) if name == path else name): one for name, one in value.items()}
        if not isinstance(condition, dict):
            yield (path,), {"not": condition}
            yield from _compared(path, condition)
            continue
        for word, instead in (
            ("equals", "not"),
            ("not", "equals"),
            ("gt", "lt"),
            ("lt", "gt"),
            ("contains", "equals"),
            ("in", "contains"),
        ):
            if word in condition and instead not in condition:
                yield (path,), {(instead if name == word else name): one for name, one in condition.items()}
        yield from (((path, *below), after) for name, one in condition.items() for below, after in _compared(name, one))
        if "exists" in condition:
            yield (path, "exists"), not condition["exists"]
        yield (path, "fold"), GONE if condition.get("fold") else True


def _similar(path: str, context: Context) -> str:
    others = [after for _, after in sampled(path, context)] if context.path[0] in ("triggers", "searches") else []
    return str(others[0]) if others and not path.startswith(("previous.", "parent.")) else f"{path}_x"


def _compared(name: str, value: Any) -> Iterator[Change]:
    if name in ("fold", "exists"):
        return
    if isinstance(value, bool):
        yield (name,), not value
    elif isinstance(value, int | float):
        yield (name,), value + 1
    elif isinstance(value, str) and "{" not in value:
        yield (name,), f"{value}_x"
    elif isinstance(value, list):
        yield from (((name, str(index)), GONE) for index in range(len(value)))


def other_type(value: Any, context: Context) -> Iterator[Change]:
    """A field is of another type."""
    kinds = {
        "string": "number",
        "number": "integer",
        "integer": "number",
        "boolean": "string",
        "object": "string",
        "array": "string",
    }
    if not isinstance(value, dict) or "properties" in value or "items" in value:
        return
    now = value.get("type", "string")
    if isinstance(now, list):
        yield from ((("type",), [one for one in now if one != left]) for left in now)
    elif now in kinds:
        yield ("type",), kinds[now]


def other_format(value: Any, context: Context) -> Iterator[Change]:
    """A text must be of no form, or of another."""
    yield (), GONE
    yield (), {"date": "date-time", "date-time": "date", "uuid": "uri"}.get(value, "uuid")


def other_choice(value: Any, context: Context) -> Iterator[Change]:
    """A value that may be given is another, or missing."""
    for name in value if isinstance(value, dict) else ():
        yield (), {(f"{key}9" if key == name else key): one for key, one in value.items()}
    for index, one in enumerate(value) if isinstance(value, list) else ():
        yield (str(index),), f"{one}_x"
    yield from drop_each(value, context)


def opened(value: Any, context: Context) -> Iterator[Change]:
    """Others than the fixed choices may be given, or no longer."""
    if "values" in value:
        yield from flipped_word("open")(value, context)


def other_rule(value: Any, context: Context) -> Iterator[Change]:
    """A rule is of another kind, or about fewer inputs."""
    if not isinstance(value, dict) or len(value) != 1:
        return
    word, names = next(iter(value.items()))
    if isinstance(names, list):
        yield from (
            ((), {other: names}) for other in ("exactly_one_of", "at_least_one_of", "conflicts_with") if other != word
        )
        yield from (((word,), [one for one in names if one != left]) for left in names if len(names) > 2)
    else:
        yield from drop_each(names, context)


def other_list(value: Any, context: Context) -> Iterator[Change]:
    """Another list is named."""
    others = (name for name in context.data.get("lists") or {} if name != value)
    yield from (((), other) for other in list(others)[:1])


def sent_as(value: Any, context: Context) -> Iterator[Change]:
    """A field goes over the wire under another name."""
    if isinstance(value, dict) and context.path[-1] != "items":
        yield ("send_as",), f"{value.get('send_as', context.path[-1])}_x"
        if "send_as" in value:
            yield ("send_as",), GONE


def other_status(value: Any, context: Context) -> Iterator[Change]:
    """A rule that only holds words for people is left alone."""
    for status, rule in value.items() if isinstance(value, dict) else ():
        if isinstance(rule, dict) and "kind" in rule:
            yield (), {(str(int(status) + 1) if key == status else key): one for key, one in value.items()}
            yield (status, "kind"), "busy" if rule["kind"] != "busy" else "refused"
            yield (status,), GONE


def other_order(value: Any, context: Context) -> Iterator[Change]:
    """What is first comes last."""
    if isinstance(value, dict) and len(value) > 1:
        yield (), dict(reversed(list(value.items())))


def other_duration(value: Any, context: Context) -> Iterator[Change]:
    """A time is longer, or another."""
    if isinstance(value, str):
        yield (), re.sub(r"\d+", lambda number: str(int(number[0]) + 1), value, count=1)


def default_of(word: str, *others: Any) -> Changes:
    """A word that is not written, and then is."""

    def change(value: Any, context: Context) -> Iterator[Change]:
        if isinstance(value, dict) and word not in value:
            yield from (((word,), other) for other in others)

    return change


def other_default(value: Any, context: Context) -> Iterator[Change]:
    """A default is another, or missing."""
    yield (), GONE
    yield from _flip(value, context)
    yield from by_one(value, context)
    yield from other_text(value, context)

"""Values for fields: one that fits, and those on, just below and just above every limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.components.extract import MISSING
from connectors.components.fields import Field, Fields, parse_text
from connectors.components.patterns import is_in, validator_of

_OF_FORMAT = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T09:30:00Z",
    "time": "09:30:00Z",
    "email": "erika.beispiel@example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/a",
    "uuid": "3f6c1d52-8a04-4b1e-9c57-0d2f7e91ab34",
}
_TRIED = (
    "a",
    "A",
    "1",
    "Aa",
    "aa",
    "AA",
    "12",
    "a1",
    "A1",
    "a-1",
    "a_1",
    "a@example.com",
    "1.5",
    "2026-01-31",
    "-",
    "",
)
"""What is tried against a pattern that comes without an example."""
_WRONG = {"string": 7, "number": "much", "integer": 1.5, "boolean": "yes", "object": "text", "array": "text", "null": 7}
_STEP = 0.001
"""Just below and just above a limit of a number that need not be whole."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A value on or beside a limit."""

    value: Any
    fits: bool
    why: str
    """What about it is tried: `101 characters, where 100 are the most`."""
    path: tuple[str, ...] = ()
    """Where in the input it lies."""

    @property
    def name(self) -> str:
        """What a refusal names."""
        return ".".join(self.path)

    def within(self, step: str, outer: Any) -> Edge:
        """The same inside an object or a list, which is then `outer`."""
        return replace(self, value=outer, path=(step, *self.path))


def takes(field: Field, value: Any) -> bool:
    """Whether the value fits by itself, whatever else is given."""
    return bool(validator_of(field.to_schema()).is_valid(value))


def value_for(field: Field, name: str, types: Mapping[str, Field] | None = None) -> Any:
    """A value that the field takes: an example if there is one, else as simple as it goes; MISSING if none is known."""
    field = field.resolved(types or {})
    accepts = validator_of(field.to_schema()).is_valid
    return next((value for value in _candidates(field, name) if accepts(value)), MISSING)


def other_value_for(field: Field, name: str) -> Any:
    """Another value that the field takes; MISSING if none is known."""
    first, accepts = value_for(field, name), validator_of(field.to_schema()).is_valid
    found = (value for value in [*_candidates(field, f"other {name}"), *_tried(field)] if accepts(value))
    return next((value for value in found if value != first), MISSING)


def _tried(field: Field) -> Iterator[Any]:
    yield from (edge.value for edge in edges_of(field, "") if edge.fits and not edge.path)
    if field.properties:
        yield from ({name: one} for name, inner in field.properties.items()
                    if (one := other_value_for(inner, name)) is not MISSING)  # fmt: skip


def _candidates(field: Field, name: str) -> Iterator[Any]:
    yield from field.examples or ()
    yield from field.enum or ()
    if field.choices is not None and field.choices.values:
        yield from (parse_text(field, value) for value in field.choices.values)
    for kind in field.kinds:
        yield from _of_kind(kind, field, name)


def _of_kind(kind: str, field: Field, name: str) -> Iterator[Any]:
    if kind == "string":
        yield from [_OF_FORMAT[field.format]] if field.format else _texts(field, name)
    elif kind in ("number", "integer"):
        yield from (limit for limit in (7, field.minimum, field.maximum) if limit is not None)
    elif kind == "boolean":
        yield from (True, False)
    elif kind == "array":
        entry = value_for(field.items, name) if field.items else name
        yield [entry] * max(1, field.minItems or 1) if entry is not MISSING else []
    elif kind == "object":
        yield object_of(field.properties) if field.properties else {"some": name}
    else:
        yield None


def _texts(field: Field, name: str) -> Iterator[str]:
    least, most = field.minLength or 0, field.maxLength
    yield (f"some {name}".ljust(least, "x"))[:most]
    if field.pattern is not None:
        yield from (text.ljust(least, text[-1:] or "x")[:most] for text in _TRIED)


def object_of(fields: Fields, *, without: str = "") -> dict[str, Any]:
    """An object with every field for which a value is known."""
    found = {name: value_for(field, name) for name, field in fields.items() if name != without}
    return {name: value for name, value in found.items() if value is not MISSING}


def edges_of(field: Field, name: str) -> Iterator[Edge]:
    """Values on, just below and just above everything that the field says about them."""
    simple = not (field.format or field.pattern or field.enum or _closed(field))
    yield from _by_type(field, simple)
    yield from _by_length(field, simple)
    yield from _by_size(field)
    yield from _by_choice(field)
    yield from _by_form(field)
    yield from _inside(field, name)


def _by_type(field: Field, simple: bool) -> Iterator[Edge]:
    kinds = field.kinds
    if "null" not in kinds:
        yield Edge(None, fits=False, why="null, which it does not take")
    elif not field.enum:
        yield Edge(None, fits=True, why="null, which it takes")
    wrong = _WRONG[kinds[0]]
    if not any(_is(kind, wrong) for kind in kinds):
        yield Edge(wrong, fits=False, why=f"no {kinds[0]}")
    if "string" in kinds and simple:
        yield Edge("", fits=not field.minLength, why="an empty text")


def _is(kind: str, value: Any) -> bool:
    return validator_of({"type": kind}).is_valid(value)


def _by_length(field: Field, simple: bool) -> Iterator[Edge]:
    if field.minLength:
        if simple:
            yield Edge("x" * field.minLength, fits=True, why=f"{field.minLength} characters, the fewest")
        short = field.minLength - 1
        yield Edge("x" * short, fits=False, why=f"{short} characters, where {field.minLength} are the fewest")
    if field.maxLength is not None:
        if simple:
            yield Edge("x" * field.maxLength, fits=True, why=f"{field.maxLength} characters, the most")
        more = field.maxLength + 1
        yield Edge("x" * more, fits=False, why=f"{more} characters, where {field.maxLength} are the most")
    entry = [value_for(field.items, "")] if field.items is not None else [7]
    if field.minItems:
        yield Edge(entry * field.minItems, fits=True, why=f"{field.minItems} entries, the fewest")
        yield Edge(entry * (field.minItems - 1), fits=False, why=f"fewer than {field.minItems} entries")
    if field.maxItems is not None:
        yield Edge(entry * field.maxItems, fits=True, why=f"{field.maxItems} entries, the most")
        yield Edge(entry * (field.maxItems + 1), fits=False, why=f"more than {field.maxItems} entries")


def _by_size(field: Field) -> Iterator[Edge]:
    step = 1 if "number" not in field.kinds else _STEP
    for limit, word, beyond in ((field.minimum, "least", -step), (field.maximum, "greatest", step)):
        if limit is not None:
            yield Edge(limit, fits=True, why=f"{limit}, the {word}")
            yield Edge(limit + beyond, fits=False, why=f"{limit + beyond}, where {limit} is the {word}")


def _closed(field: Field) -> bool:
    return field.choices is not None and bool(field.choices.values) and not field.choices.open


def _by_choice(field: Field) -> Iterator[Edge]:
    if field.enum:
        yield from (Edge(value, fits=True, why=f"{value!r}, one of those that it takes") for value in field.enum)
        yield Edge(_unlike(field.enum), fits=False, why="none of those that it takes")
    if field.choices is not None and field.choices.values:
        values = [parse_text(field, value) for value in field.choices.values]
        yield from (Edge(value, fits=True, why=f"{value!r}, one of its choices") for value in values)
        if _closed(field):
            yield Edge(_unlike(values), fits=False, why="none of its choices")


def _unlike(values: list[Any]) -> Any:
    numbers = [value for value in values if isinstance(value, int | float)]
    return max(numbers) + 1 if numbers else "none of them"


def _by_form(field: Field) -> Iterator[Edge]:
    if field.format is not None:
        yield Edge("neither here nor there", fits=False, why=f"no {field.format}")
    if field.pattern is not None:
        least, most = field.minLength or 0, field.maxLength or 100
        wrong = (text for text in _TRIED if not is_in(field.pattern, text) and least <= len(text) <= most)
        yield from (Edge(text, fits=False, why=f"{text!r}, in which {field.pattern} is not found")
                    for text in list(wrong)[:1])  # fmt: skip


def _inside(field: Field, name: str) -> Iterator[Edge]:
    for inner, one in (field.properties or {}).items():
        whole = object_of(field.properties or {}, without=inner)
        for edge in edges_of(one, inner):
            yield edge.within(inner, {**whole, inner: edge.value})
        if "default" not in one.model_fields_set:
            why = f"without {inner}, which is {'required' if one.required else 'optional'}"
            yield Edge(whole, fits=not one.required, why=why, path=(inner,))
    if field.properties:
        unknown = {**object_of(field.properties), "nobody_knows_this": 1}
        yield Edge(unknown, fits=False, why="a name that is none of its own", path=("nobody_knows_this",))
    if field.items is not None:
        least = value_for(field.items, name)
        more = [least] * ((field.minItems or 1) - 1)
        for edge in edges_of(field.items, name):
            yield edge.within("0", [edge.value, *more])

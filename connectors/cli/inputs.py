"""What goes into an operation: `-i name=value` and `--input JSON`, read as the operation's fields say."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.words import pairs, read_object, read_source, wrong_use
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.components.fields import Field, Fields


@dataclass(frozen=True)
class Inputs:
    """What the options say about the input."""

    texts: tuple[str, ...] = ()
    document: str | None = None

    def of(self, fields: Fields) -> dict[str, Any]:
        """The input as data, not yet checked. Raises InputError, click.UsageError."""
        given: dict[str, Any] = read_object(*read_source(self.document)) if self.document is not None else {}
        typed: dict[str, Any] = {}
        for name, text in pairs(self.texts, "-i"):
            _put(typed, name, text, _field_at(fields, name.split(".")))
        return _merged(given, typed)


def takes_inputs(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `-i` and `--input`; the command gets them as one argument, `inputs`."""

    @click.option(
        "-i",
        "texts",
        metavar="NAME=VALUE",
        multiple=True,
        help="An input, such as -i text=Hello or -i place.lat=52.5. Repeatable.",
    )
    @click.option(
        "--input",
        "document",
        metavar="JSON|@FILE|-",
        help="The input as a JSON object, from a file, or from standard input; -i adds to it.",
    )
    @wraps(command)
    def taking(*args: Any, texts: tuple[str, ...], document: str | None, **rest: Any) -> Any:
        return command(*args, inputs=Inputs(texts, document), **rest)

    return taking


@contextmanager
def pointing_to(command: str) -> Generator[None]:
    """Says to whoever gave a wrong input where they find what is right."""
    try:
        yield
    except InputError as error:
        error.remedy = error.remedy or f"Nothing was sent. `{command}` says what it takes."
        raise


def _field_at(fields: Fields, path: list[str]) -> Field:
    """The field of that dotted name; one that does not exist takes any text, and checking says so later."""
    from connectors.components.fields import Field

    field = fields.get(path[0], Field())
    return _field_at(field.properties or {}, path[1:]) if path[1:] else field


def _put(typed: dict[str, Any], name: str, text: str, field: Field) -> None:
    from connectors.components.fields import parse_text

    *parents, last = name.split(".")
    place: Any = typed
    for parent in parents:
        place = place.setdefault(parent, {})
        if not isinstance(place, dict):
            raise wrong_use(f"-i {parent}=… and -i {name}=… exclude each other")
    if "array" in field.kinds and "string" not in field.kinds:
        place[last] = [*place.get(last, []), *_entries(field, text)]
    elif last in place:
        raise wrong_use(f"-i {name}=… is given twice")
    else:
        place[last] = parse_text(field, text)


def _entries(field: Field, text: str) -> list[Any]:
    """The entries that a text stands for: those of a JSON list, or itself as one."""
    from connectors.components.fields import Field, parse_text

    value = parse_text(field, text)
    return value if isinstance(value, list) else [parse_text(field.items or Field(), text)]


def _merged(given: dict[str, Any], typed: dict[str, Any]) -> dict[str, Any]:
    """Both; `typed` wins, and objects are merged."""
    both = {**given, **typed}
    for name, value in typed.items():
        if isinstance(value, dict) and isinstance(given.get(name), dict):
            both[name] = _merged(given[name], value)
    return both

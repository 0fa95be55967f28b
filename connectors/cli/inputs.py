"""What goes into an operation: `-i name=value` and `--input JSON`, read as the operation's fields say."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from connectors.cli.words import pairs, read_object, read_source, wrong_use
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.components.fields import Field, Fields


Meaning: TypeAlias = "Callable[[Field, str], Any]"
"""What a text that was typed means for a field; MISSING leaves it out."""


@dataclass(frozen=True)
class Inputs:
    """What the options say about the input."""

    texts: tuple[str, ...] = ()
    document: str | None = None

    def of(self, fields: Fields, meaning: Meaning | None = None) -> dict[str, Any]:
        """The input as data, not yet checked. Raises InputError, click.UsageError.

        `meaning` reads the texts in another way than as what they say.
        """
        from connectors.components.fields import parse_text

        typed: dict[str, Any] = {}
        for name, text in self.pairs:
            _put(typed, name, text, _field_at(fields, name.split(".")), meaning or parse_text)
        return merged(self.written, typed)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Each `-i` as a name and a text. Raises click.UsageError."""
        return pairs(self.texts, "-i")

    @cached_property
    def written(self) -> dict[str, Any]:
        """What `--input` holds, read once. Raises InputError."""
        return read_object(*read_source(self.document)) if self.document is not None else {}


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


def _put(typed: dict[str, Any], name: str, text: str, field: Field, meaning: Meaning) -> None:
    from connectors.components.extract import MISSING

    value = meaning(field, text)
    if value is MISSING:
        return
    *parents, last = name.split(".")
    place: Any = typed
    for depth, parent in enumerate(parents, 1):
        place = place.setdefault(parent, {})
        if not isinstance(place, dict):
            raise wrong_use(f"-i {'.'.join(parents[:depth])}=… and -i {name}=… exclude each other")
    if "array" in field.kinds and "string" not in field.kinds:
        entries = value if isinstance(value, list) else [_entry(field, text, meaning)]
        place[last] = [*place.get(last, []), *entries]
    elif last in place:
        raise wrong_use(f"-i {name}=… is given twice")
    else:
        place[last] = value


def _entry(field: Field, text: str, meaning: Meaning) -> Any:
    """What a text means that is one entry of a list."""
    from connectors.components.fields import Field

    return meaning(field.items or Field(), text)


def merged(given: dict[str, Any], typed: dict[str, Any]) -> dict[str, Any]:
    """Both; `typed` wins, and objects are merged."""
    both = {**given, **typed}
    for name, value in typed.items():
        if isinstance(value, dict) and isinstance(given.get(name), dict):
            both[name] = merged(given[name], value)
    return both

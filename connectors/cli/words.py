"""What people type: `name=value`, JSON, and the names of operations. Every mistake is said before anything is sent."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from connectors.errors import InputError

_YEAR = 365 * 86_400  # seconds


class Seconds(click.FloatRange):
    """A time in seconds: more than none, and at most a year."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True, max=_YEAR)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. Raises click.BadParameter."""
        number = super().convert(value, param, ctx)
        return self.fail(f"{value!r} is not a number.", param, ctx) if math.isnan(number) else number


class BaseUrl(click.ParamType[str]):
    """The address of a server, in its usual form."""

    name = "URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The address. Raises click.BadParameter."""
        from connectors.components.http import base_of

        try:
            return base_of(value.strip())
        except ValueError:
            return self.fail("write it as https://host, without user, query or fragment.", param, ctx)


class Waits(click.ParamType[tuple[float, ...]]):
    """Seconds, with commas between them."""

    name = "SECONDS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """The seconds. Raises click.BadParameter."""
        try:
            waits = tuple(float(part) for part in value.split(","))
        except ValueError:
            waits = ()
        if not waits or not all(0 <= wait <= _YEAR for wait in waits):
            self.fail("write seconds, at most a year each, with commas between them: 0,5,300,1800.", param, ctx)
        return waits


class Origin(BaseUrl):
    """An address without a path; in an environment variable there may be several, with commas between them."""

    name = "ORIGIN"
    envvar_list_splitter = ","

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The origin. Raises click.BadParameter."""
        from connectors.components.http import origin_of

        url = super().convert(value, param, ctx)
        return url if url == origin_of(url) else self.fail("write it without a path: http://n8n:5678.", param, ctx)


def wrong_use(message: str) -> click.UsageError:
    """The error that the current command was used wrongly; it is shown with the command's usage."""
    return click.UsageError(message, click.get_current_context(silent=True))


def pairs(texts: Iterable[str], option: str) -> list[tuple[str, str]]:
    """`name=value` texts taken apart. Raises click.UsageError for a text without a name or an `=`."""
    split = [text.partition("=") for text in texts]
    if not all(name and equals for name, equals, _ in split):  # which is not said: it may be a secret without its name
        raise wrong_use(f"{option} takes name=value; one has no name, or no =")
    return [(name, value) for name, _, value in split]


def read_json(text: str | bytes, source: str) -> Any:
    """The JSON in a text that came from `source`. Raises InputError that says where it is wrong."""
    from connectors.components.http import load_json

    try:
        return load_json(text)
    except ValueError as error:
        raise InputError(f"{source} is not JSON: {_located(str(error), text)}") from None


def read_object(text: str | bytes, source: str) -> dict[str, Any]:
    """The JSON object in a text that came from `source`. Raises InputError that says where it is wrong."""
    value = read_json(text, source)
    if not isinstance(value, dict):
        raise InputError(f"{source} must hold a JSON object, {{…}}")
    return value


def read_source(text: str, option: str = "--input") -> tuple[str | bytes, str]:
    """What the option says, and what to call it: JSON itself, `@file`, or `-`, standard input. Raises InputError."""
    if text == "-":
        return sys.stdin.buffer.read(), "standard input"
    if not text.startswith("@"):
        return text, option
    try:
        return Path(text[1:]).read_bytes(), text[1:]
    except OSError as error:
        raise InputError(f"{text[1:]} cannot be read: {error.strerror}") from None


def operation_of(words: Sequence[str], *, usage: str, more: int = 0) -> tuple[str, list[str]]:
    """A connector's name or path, then the operation's name and `more` words.

    `vendor.operation`, `vendor operation` and `./vendor.yaml operation` are all understood. Raises click.UsageError if
    there are too few or too many words; `usage` shows how it is meant.
    """
    connector, rest = connector_of(words)
    if len(rest) != 1 + more:
        raise wrong_use(f"Write it as {usage}, or with a path: {usage.replace('X.', './x.yaml ')}")
    return connector, rest


def connector_of(words: Sequence[str]) -> tuple[str, list[str]]:
    """A connector's name or path, and the words that follow it; one joined to it by a dot counts."""
    first, *others = words
    name, dot, operation = first.partition(".")
    if not dot or "/" in first or first.endswith((".yaml", ".yml")):
        return first, others
    return name, [operation, *others]


def ask(title: str, *, hidden: bool) -> str:
    """What a person types, or the next line of standard input where that is no terminal. Raises InputError if empty."""
    if sys.stdin.isatty():
        return click.prompt(title, hide_input=hidden, err=True)
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise InputError(f"nothing was given for '{title}'", remedy="Type it, or send it as a line to standard input.")
    return line


def _located(message: str, text: str | bytes) -> str:
    """The reader's words, with line and column in place of its byte offset."""
    raw = text.encode() if isinstance(text, str) else text
    found = re.search(r" \(byte (\d+)\)$", message)
    before = raw[: int(found[1]) if found else len(raw)].decode("utf-8", "replace")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    what = message.removeprefix("JSON is malformed: ").removesuffix(found[0] if found else "")
    return f"{what}, at line {line}, column {column}"

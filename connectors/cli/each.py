"""`gridwire run --each`: an operation once for each line of JSON, in order, as the lines come."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from connectors.cli.account import Account
from connectors.cli.failure import say
from connectors.cli.inputs import Inputs, Meaning, merged, pointing_to
from connectors.cli.output import NotPrinted
from connectors.cli.session import Session
from connectors.cli.words import wrong_use
from connectors.errors import GridwireError, InputError, ReconnectError, UnknownOutcome

if TYPE_CHECKING:
    from connectors.components.fields import Field, Fields
    from connectors.components.template import Template

Mapping: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]


class Interrupted(UnknownOutcome):
    """Ctrl-C came while a write was under way."""


_NO_TEXT = (
    "Nothing was sent for it. Leave {…} of that out of -i, or put something in its place before:"
    " jq -c '.customer.firstName //= \"\"' does it for one name."
)
_LAST = (ReconnectError, Interrupted, NotPrinted)
"""No line after it is of use, or wanted."""


def one_reads_standard_input(each: str, inputs: Inputs, account: Account) -> None:
    """Raises click.UsageError when other options would take the lines away."""
    others = ["--input -"] if inputs.document == "-" else []
    others += [f"--set {text}" for text in account.values if text.endswith("=-")]
    if each == "-" and others:
        raise wrong_use(f"--each - and {others[0]} both read standard input; only one of them can")


def mapping(inputs: Inputs, fields: Fields) -> Mapping:
    """What makes a line's object the input: as `-i` says; without any, the object is the input.

    `--input` merges under both. Raises InputError for an input that does not exist, or a text that cannot be read as a
    template, before any line is read.
    """
    templates = {text: _template(name, text) for name, text in inputs.pairs}
    for name, _ in inputs.pairs:
        _exists(name.partition(".")[0], fields)
    if not templates:
        return lambda line: merged(inputs.written, line)
    return lambda line: inputs.of(fields, _meaning(templates, line))


def run_each(
    lines: Iterable[bytes],
    read: Mapping,
    perform: Callable[[dict[str, Any]], None],
    session: Session,
    *,
    see: str,
) -> int:
    """Performs each line that is not blank; what goes wrong is said with the line's number. Gives the exit code.

    It is that of the first failure, but the one of UnknownOutcome if there was any. An error of `_LAST` ends it at
    once. `see` is the command that says what is right.
    """
    code = failed = number = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            with pointing_to(see):
                perform(read(_object(line)))
        except GridwireError as error:
            say(error, session, line=number)
            failed += 1
            if isinstance(error, _LAST):
                click.echo(f"Stopped at line {number}; the lines after it were not read.", err=True)
                return error.exit_code
            code = error.exit_code if code == 0 or isinstance(error, UnknownOutcome) else code
    if failed:
        click.echo(f"{failed} of {number} lines failed.", err=True)
    return code


def _object(line: bytes) -> dict[str, Any]:
    from connectors.components.http import load_json

    remedy = "Nothing was sent for it. Each line is one JSON object, {…}."
    try:
        value = load_json(line)
    except ValueError as error:
        what = str(error).removeprefix("JSON is malformed: ")
        raise InputError(f"this is not JSON: {what}", remedy=remedy) from None
    if not isinstance(value, dict):
        raise InputError("this is JSON, but not an object", remedy=remedy)
    return value


def _meaning(templates: dict[str, Template], line: dict[str, Any]) -> Meaning:
    from connectors.components.fields import parse_text
    from connectors.components.template import NotText

    def meaning(field: Field, text: str) -> Any:
        template = templates[text]
        try:
            value = template.fill(line)
        except NotText as error:
            raise InputError(f"the line's {error}", remedy=_NO_TEXT) from None
        return value if template.holes else parse_text(field, value)

    return meaning


def _template(name: str, text: str) -> Template:
    from connectors.components.template import Template, TemplateError

    try:
        return Template(text)
    except TemplateError as error:
        remedy = "With --each, {name} stands for a value of the line; a brace itself is written {{ or }}."
        raise InputError(f"-i {name}=…: {error.message}", field=name, remedy=remedy) from None


def _exists(name: str, fields: Fields) -> None:
    from connectors.manifest.problem import did_you_mean

    if name not in fields:
        hint = did_you_mean(name, fields) or f"there are {', '.join(fields) or 'none'}"
        raise InputError(f"there is no input '{name}'; {hint}", field=name)

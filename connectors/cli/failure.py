"""What went wrong, said to a person or a program, and the exit code for it."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any, cast

import click

from connectors.cli.output import NotPrinted, drop_output
from connectors.errors import GridwireError, InputError, ManifestError

if TYPE_CHECKING:
    from connectors.cli.session import Session

WRONG_USE = 2
OUR_BUG = 70
INTERRUPTED = 130
PIPE_CLOSED = 141  # as a shell reports a program that SIGPIPE ended


class PipeClosed(Exception):
    """Whoever read our output went away."""


def report(error: BaseException, session: Session) -> int:
    """Says what went wrong and gives the exit code."""
    try:
        return _report(error, session)
    except BrokenPipeError:
        return _quietly()


def _report(error: BaseException, session: Session) -> int:
    match error:
        case SystemExit():
            return error.code if isinstance(error.code, int) else 0
        case PipeClosed():
            return _quietly()
        case click.Abort() | KeyboardInterrupt():
            return _interrupted(session)
        case click.ClickException():
            return _wrong_use(error, session)
        case GridwireError():
            say(error, session)
            return error.exit_code
        case _:
            return _our_bug(error, session)


def _quietly() -> int:
    """Nobody reads on, so nobody is told."""
    drop_output()
    return PIPE_CLOSED


def _interrupted(session: Session) -> int:
    if session.json:
        _print_json({"kind": "interrupted", "message": "interrupted"}, session)
    return INTERRUPTED


def _wrong_use(error: click.ClickException, session: Session) -> int:
    if session.json:
        ctx = error.ctx if isinstance(error, click.UsageError) else None
        remedy = f"`{ctx.command_path} --help` says how it is used." if ctx else None
        _print_json({"kind": "usage", "message": error.format_message(), "remedy": remedy}, session)
    else:
        error.show()
    return WRONG_USE


def say(error: GridwireError, session: Session, *, line: int | None = None) -> None:
    """Says it to a person, or to a program; of a `line` of the input to both, so that what is printed pairs with it."""
    if (session.json or line is not None) and not isinstance(error, NotPrinted):
        _print_json({**error.as_dict(), "line": line}, session)
    if session.json and not isinstance(error, NotPrinted):
        return
    where = "Error: " if line is None else f"Error in line {line}: "
    label = "" if isinstance(error, ManifestError) else click.style(where, fg="red", bold=True)
    click.echo(label + session.redact(_sentences(error)), err=True)
    if error.remedy:
        click.echo(session.redact(error.remedy), err=True)


def _sentences(error: GridwireError) -> str:
    several = error.problems if isinstance(error, InputError) else ()
    return "\n       ".join(problem.message for problem in several) or error.message


def _our_bug(error: BaseException, session: Session) -> int:
    said = session.redact(str(error)).partition("\n")[0][:200]  # first redacted: half a secret is not recognised
    message = f"gridwire made a mistake: {type(error).__name__}{': ' if said else ''}{said}"
    remedy = "Please report it, with what -vv prints." if session.verbosity < 2 else "Please report it, with the above."
    if session.verbosity > 1:
        click.echo(session.redact("".join(traceback.format_exception(error))), err=True)
    if session.json:
        _print_json({"kind": "bug", "message": message, "remedy": remedy}, session)
    else:
        click.echo(f"{message}\n{remedy}", err=True)
    return OUR_BUG


def _print_json(facts: dict[str, Any], session: Session) -> None:
    import json

    known = {name: _redacted(fact, session) for name, fact in facts.items() if fact is not None}
    click.echo(json.dumps({"error": known}, ensure_ascii=False))


def _redacted(fact: Any, session: Session) -> Any:
    """The fact with its texts redacted one by one: in finished JSON a short secret would hit what is no text."""
    if isinstance(fact, dict):
        return {name: _redacted(value, session) for name, value in cast("dict[str, Any]", fact).items()}
    if isinstance(fact, list | tuple):
        return [_redacted(value, session) for value in cast("list[Any]", fact)]
    return session.redact(fact) if isinstance(fact, str) else fact

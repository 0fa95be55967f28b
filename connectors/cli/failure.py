"""What went wrong, said to a person or a program, and the exit code for it."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

import click

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
            _say(error, session)
            return error.exit_code
        case _:
            return _our_bug(error, session)


def _quietly() -> int:
    """Nobody reads on, so nobody is told; nor does Python complain when it flushes at its end."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
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


def _say(error: GridwireError, session: Session) -> None:
    if session.json:
        _print_json(error.as_dict(), session)
        return
    label = "" if isinstance(error, ManifestError) else click.style("Error: ", fg="red", bold=True)
    click.echo(label + session.redact(_sentences(error)), err=True)
    if error.remedy:
        click.echo(session.redact(error.remedy), err=True)


def _sentences(error: GridwireError) -> str:
    several = error.problems if isinstance(error, InputError) else ()
    return "\n       ".join(problem.message for problem in several) or error.message


def _our_bug(error: BaseException, session: Session) -> int:
    said = str(error).partition("\n")[0][:200]
    message = f"gridwire made a mistake: {type(error).__name__}{': ' if said else ''}{said}"
    remedy = "Please report it, with what -vv prints." if session.verbosity < 2 else "Please report it, with the above."
    if session.verbosity > 1:
        click.echo(session.redact("".join(traceback.format_exception(error))), err=True)
    if session.json:
        _print_json({"kind": "bug", "message": message, "remedy": remedy}, session)
    else:
        click.echo(session.redact(f"{message}\n{remedy}"), err=True)
    return OUR_BUG


def _print_json(facts: dict[str, Any], session: Session) -> None:
    import json

    known = {name: fact for name, fact in facts.items() if fact is not None}
    click.echo(session.redact(json.dumps({"error": known}, ensure_ascii=False)))

"""The command line: `gridwire COMMAND …`.

Each command is a module that is imported when it is called, so that help and completion answer at once. What went wrong
is said in one place, `failure.py`, which also gives the exit code.
"""

from __future__ import annotations

import errno
import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from connectors import __version__
from connectors.cli.failure import PipeClosed, report
from connectors.cli.output import not_printed
from connectors.cli.session import Session, common
from connectors.errors import InputError

_COMMANDS = {
    "connectors": ("show", "List the connectors with their triggers, actions and searches."),
    "show": ("show", "Show what a connector offers, or what one operation takes and gives."),
    "check": ("check", "Check manifests: every problem with its place and what to do."),
    "schema": ("check", "Print the JSON Schema of the manifest language."),
    "connect": ("connect", "Connect an account: sign in, test it, and keep it."),
    "connections": ("connections", "List the accounts that are connected; test or remove one."),
    "run": ("run", "Run an action or a search."),
    "poll": ("poll", "Print a trigger's new items as JSON lines."),
    "choices": ("choices", "List what may be chosen for an input."),
    "request": ("request", "Make any call to a vendor, signed in as the account."),
    "record": ("record", "Record an operation as a case that can be played offline."),
    "test": ("prove", "Play all cases offline: what was recorded must come out again."),
    "drift": ("drift", "Read again what was recorded, and report what has changed at the vendor."),
    "sandbox": ("sandbox", "Start pretend vendors to try things on."),
    "serve": ("serve", "Start the server for no-code platforms."),
    "subscribe": ("subscribe", "Have a trigger's events delivered, or kept to be read."),
    "subscriptions": ("subscriptions", "List who is told of what; test, pause or remove one."),
    "deliveries": ("deliveries", "List what was delivered, what waits and what is dead."),
    "replay": ("deliveries", "Deliver again what was delivered, or is dead."),
    "why": ("why", "Say why a subscription was not told of something."),
    "listen": ("listen", "Receive what subscriptions send, verify it and print it."),
    "forget": ("upkeep", "Erase a person from all that is kept."),
    "mcp": ("mcp", "Offer actions and searches as tools to an AI agent."),
    "keys": ("keys", "Make, list and revoke the keys that open the server."),
    "backup": ("upkeep", "Copy the server's database into a file."),
    "restore": ("upkeep", "Put a backup in the place of the server's database."),
    "doctor": ("doctor", "See whether all is well, and what to do where it is not."),
    "export": ("export", "Write a connector as a package for a platform."),
}
"""For each command its module and what it does, in a line."""


class Commands(click.Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order to read about them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in _COMMANDS:
            return None
        module, _ = _COMMANDS[cmd_name]
        return getattr(import_module(f"connectors.cli.{module}"), cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called; an unknown one with its near miss."""
        if args[0] not in _COMMANDS and not args[0].startswith("-"):
            raise click.exceptions.NoSuchCommand(args[0], possibilities=_COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Their names and what they do, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Calls the command. Raises PipeClosed where click would end the program itself, NotPrinted on a full disk."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise PipeClosed from None
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise not_printed(error) from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Runs the command and exits: 0 when it was done, otherwise with the code of what went wrong."""
        words = sys.argv[1:] if args is None else list(args)
        closed = sys.__stdout__ is None
        session = Session(json="--json" in words and not closed)
        session.tell_more(0)
        gc.set_threshold(100_000)  # what is read are trees without cycles; to look through them takes a tenth of a poll
        try:
            _check_open(closed=closed)
            code = super().main(words, "gridwire", complete_var, standalone_mode=False, obj=session, **extra)
        except BaseException as error:  # noqa: BLE001 - this is where every error ends
            code = report(error, session)
        finally:
            session.close()
        sys.exit(code if isinstance(code, int) else 0)


def _check_open(*, closed: bool) -> None:
    if closed:
        remedy = "Nothing was sent. To throw the output away, write > /dev/null."
        raise InputError("standard output is closed, so that nothing can be printed", remedy=remedy)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@common(manifests_from="GRIDWIRE_MANIFESTS")
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Use vendors' APIs through connectors that are data.

    Each vendor is described by a manifest, one YAML file. To begin with, see what there is: `gridwire connectors`.
    """

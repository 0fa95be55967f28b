"""What holds for one call of the program: the options that every command has, and the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from connectors.manifest.catalog import Catalog

Command = TypeVar("Command", bound=Callable[..., Any])

_log = logging.getLogger("gridwire")


@dataclass
class Session:
    """What the common options say. `redact` takes the secrets in use out of a text, before anybody reads it."""

    json: bool = False
    verbosity: int = 0
    manifests: Path | None = None
    redact: Callable[[str], str] = str
    _handler: logging.Handler | None = field(default=None, repr=False)

    def catalog(self) -> Catalog:
        """The connectors that can be used by name. Raises InputError."""
        from connectors.manifest.catalog import Catalog, bundled

        return Catalog([*([self.manifests] if self.manifests else []), bundled()])

    def tell_more(self, times: int) -> None:
        """Shows the log: what goes wrong (0), what happens (1), and whatever helps to find a mistake (2)."""
        self.verbosity += times
        if self._handler is None:
            self._handler = _Stderr(self)
            _log.addHandler(self._handler)
        _log.setLevel({0: logging.WARNING, 1: logging.INFO}.get(self.verbosity, logging.DEBUG))

    def log_as(self, formatter: logging.Formatter) -> None:
        """Writes the log in that form, with what the libraries that are used have to say."""
        if self._handler is not None:
            self._handler.setFormatter(formatter)
            _log.propagate = False
            logging.getLogger().addHandler(self._handler)

    def close(self) -> None:
        """Ends the log."""
        if self._handler is not None:
            _log.propagate = True
            logging.getLogger().removeHandler(self._handler)
            _log.removeHandler(self._handler)
            _log.setLevel(logging.NOTSET)


class _Stderr(logging.Handler):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(self._session.redact(self.format(record)), err=True)


pass_session = click.make_pass_decorator(Session)


def common(*, manifests_from: str | None = None) -> Callable[[Command], Command]:
    """The options that every command has; `manifests_from` names the environment variable behind `--manifests`."""
    options = [
        click.option(
            "--manifests",
            metavar="DIR",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            envvar=manifests_from,
            show_envvar=True,
            help="A folder of manifests that come before the bundled ones.",
            **_noting(_note_manifests),
        ),
        click.option(
            "--json",
            is_flag=True,
            help="Print one JSON document, also for an error.",
            **_noting(_note_json),
        ),
        click.option(
            "-v",
            "--verbose",
            count=True,
            help="Say what is done; -vv says more. Secrets are never shown.",
            **_noting(Session.tell_more),
        ),
    ]
    return lambda command: reduce(lambda done, option: option(done), reversed(options), command)


def _note_manifests(session: Session, folder: Path) -> None:
    session.manifests = folder


def _note_json(session: Session, _: bool) -> None:
    session.json = True


def _noting(note: Callable[[Session, Any], None]) -> dict[str, Any]:
    """An option whose value goes into the session in place of the command's arguments."""

    def callback(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if value:
            note(ctx.ensure_object(Session), value)

    return {"expose_value": False, "callback": callback}

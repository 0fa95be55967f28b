"""The log: a line for a person or a JSON object for a program, with what is known of the request that it belongs to."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from connectors.components.http import dump_json
from connectors.server.problems import stack_of

_OURS = "gridwire"
_FACTS = ("method", "path", "status", "ms")
"""What a record may tell besides its message."""

_about: ContextVar[dict[str, str] | None] = ContextVar("about", default=None)


def begin(correlation_id: str) -> None:
    """A request begins: what is logged from now on belongs to it."""
    _about.set({"correlation_id": correlation_id})


def note(**facts: str) -> None:
    """Whatever is logged from now on for this request tells that too: its workspace, connection, operation."""
    about = _about.get()
    if about is not None:
        about.update(facts)


def about(**facts: str) -> None:
    """The same for what goes on by itself: whoever began it is not told of it any more."""
    _about.set({**known(), **facts})


def known() -> dict[str, str]:
    """What is known of the request that is being answered."""
    return _about.get() or {}


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, message, what is known of the request, and the record's own facts."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts: dict[str, Any] = {"time": at.replace("+00:00", "Z"), "level": record.levelname.lower()}
        facts |= {"logger": record.name, "message": _said(record), **known()}
        facts |= {name: vars(record)[name] for name in _FACTS if name in vars(record)}
        return dump_json(facts | ({"stack": stack} if (stack := _stack(record)) else {})).decode()


class TextLines(logging.Formatter):
    """The message, and after it the request that it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        said, of, stack = _said(record), known().get("correlation_id", ""), _stack(record)
        return said + (f", {of}" if of not in said else "") + (f"\n{stack}" if stack else "")


def _said(record: logging.LogRecord) -> str:
    """The message; of other programs' only the first line, for further ones may show values that we do not know."""
    said = record.getMessage()
    return said if record.name.partition(".")[0] == _OURS else said.partition("\n")[0]


def _stack(record: logging.LogRecord) -> str:
    """Where an exception happened, without its words: something secret may be in them."""
    error = record.exc_info[1] if record.exc_info else None
    return "" if error is None else stack_of(error)

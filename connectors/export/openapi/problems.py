"""What can go wrong at a gridwire server, for descriptions of it: read from the tree of errors."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from connectors.errors import ConfirmRequired, GridwireError, InputError, ReconnectError, VendorError

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
PROBLEM = {
    "type": "object",
    "description": "What went wrong, and what to do now (RFC 9457).",
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "kind": _TEXT,
        "message": _TEXT,
        "remedy": _TEXT_OR_NULL,
        "field": _TEXT_OR_NULL,
        "vendor_message": _TEXT_OR_NULL,
        "vendor_status": {"type": ["integer", "null"]},
        "correlation_id": _TEXT,
        "problems": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["type", "title", "status", "detail", "kind", "message", "correlation_id"],
}
_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
_RETRY = {"Retry-After": {"description": "Seconds to wait before asking again.", "schema": {"type": "integer"}}}
_OF_THE_KEY = {
    "401": "The gridwire key is missing or wrong.",
    "403": "The gridwire key is not for this.",
    "404": "There is no such connection.",
}


def responses() -> dict[str, Any]:
    """For OpenAPI's `components`: what each status means where a vendor is asked, and `problem` for everything else."""
    said = {status: [words] for status, words in _OF_THE_KEY.items()}
    for status, kind, words in _of_vendors():
        said.setdefault(status, []).append(f"`{kind}`: {words}")
    found: dict[str, Any] = {"problem": {"description": "What went wrong.", "content": _CONTENT}}
    for status, lines in sorted(said.items()):
        found[status] = {"description": "\n\n".join(lines), "content": _CONTENT}
    found["429"]["headers"] = _RETRY
    return found


def problems(*, asks: bool = True, changes: bool = False) -> dict[str, Any]:
    """References to what can go wrong with an operation: one that asks the vendor, and one that changes something."""
    statuses = {*_OF_THE_KEY, *(status for status, _, _ in _of_vendors() if asks)}
    if not changes:
        statuses.discard("409")
    found = {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}
    return {**found, "default": {"$ref": "#/components/responses/problem"}}


def _of_vendors() -> Iterator[tuple[str, str, str]]:
    """Status, kind and meaning of whatever can come of asking a vendor."""
    for error in (InputError, ConfirmRequired, ReconnectError, *_below(VendorError)):
        words, _, _ = (inspect.getdoc(error) or "").partition("\n\n")
        yield str(error.http_status), error.kind, " ".join(words.split())


def _below(error: type[GridwireError]) -> Iterator[type[GridwireError]]:
    for branch in error.__subclasses__():
        if branch.__module__ == GridwireError.__module__:
            yield branch
            yield from _below(branch)

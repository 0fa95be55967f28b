"""What an answer means: a status and a body become a result, or the error that says who can help.

| status | error | | status | error |
|---|---|---|---|---|
| 400, 422 | invalid input | | 408, 429, 503 | busy |
| 401 | reconnect | | other 4xx | refused |
| 404 | not found | | other 5xx, 3xx | failed; on a write: unknown outcome |

A write that the vendor answers with 500 may have been carried out before it broke, so its outcome is unknown.
"""

from __future__ import annotations

import email.utils
from collections.abc import Callable
from datetime import UTC
from math import ceil
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import StringConstraints

from connectors.components.component import Component
from connectors.components.extract import Path, extract
from connectors.components.http import Response
from connectors.components.where import Conditions
from connectors.errors import (
    GridwireError,
    ReconnectError,
    UnknownOutcome,
    VendorBusy,
    VendorError,
    VendorFailed,
    VendorInvalidInput,
    VendorNotFound,
    VendorRefused,
)

Kind: TypeAlias = Literal["invalid_input", "reconnect", "refused", "not_found", "busy", "failed"]

_USUAL: dict[int, Kind] = {
    400: "invalid_input",
    422: "invalid_input",
    401: "reconnect",
    404: "not_found",
    408: "busy",
    429: "busy",
    503: "busy",
}

_SAYS: dict[Kind, tuple[type[VendorError | ReconnectError], str]] = {
    "invalid_input": (VendorInvalidInput, "the vendor says that the input is wrong"),
    "reconnect": (ReconnectError, "the vendor does not accept the credentials"),
    "refused": (VendorRefused, "the vendor refused"),
    "not_found": (VendorNotFound, "the vendor knows no such thing"),
    "busy": (VendorBusy, "the vendor is busy or limits how often it may be asked"),
    "failed": (VendorFailed, "the vendor failed"),
}

_REMEDIES = {
    405: "The vendor takes no such request at this address: check 'request' in the manifest, and the base URL.",
    431: "A value that goes into a header is too long for the vendor: shorten it, or those of the connection.",
}
"""What else can be done where the vendor refuses with this status."""

LOOKED_AT = 20_000
"""How much of what a vendor says in an error is looked at, in bytes or characters."""

MOST_WORDS = 20
"""How many of a vendor's complaints are repeated."""

DEEPEST_WORDS = 8
"""How deep complaints may lie in each other."""

_NO_FIELD = ("non_field_errors", "message", "detail", "error", "errors")
"""Where complaints stand that are about no field."""

LONGEST_RETRY_AFTER = 86_400.0
"""A vendor that asks for more than a day, in seconds, is taken to mean a day."""

_USUAL_PLACES: list[Path] = [
    ("message",),
    ("detail",),
    ("error", "message"),
    ("0", "message"),
    ("error_description",),
    ("error",),
    ("errors",),
    ("non_field_errors",),
    ("title",),
]


class StatusRule(Component):
    """What one status means for this vendor, where it differs from the usual table."""

    kind: Kind | None = None
    """What the status means, if not what it usually does."""
    remedy: str | None = None
    """What the user can do, in a sentence."""


class BodyRule(StatusRule):
    """What an answer means whose body says that it failed, whatever its status."""

    match: Conditions
    """What the body then holds, by path: `{ok: false}`."""


class Errors(Component):
    """Exceptions to the built-in table of errors."""

    message: list[Path] | None = None
    """Where the body of an error may hold the vendor's own words, in the order to look."""
    status: dict[Annotated[str, StringConstraints(pattern="^[1-5][0-9][0-9]$")], StatusRule] = {}
    """By status code: `404: {kind: refused, remedy: …}`."""
    when: list[BodyRule] = []
    """By what the body says, for vendors that answer 200 and mean an error, or use one status for several."""

    def exception(self, response: Response) -> StatusRule | None:
        """The rule for this answer: the first whose body matches, else that of its status, else none."""
        said = self._said_by_body(response) if self.when else None
        return said or (None if is_success(response) else self.status.get(str(response.status)))

    def _said_by_body(self, response: Response) -> StatusRule | None:
        """The first rule whose body this is; a body that is not JSON says nothing."""
        try:
            body = response.json()
        except ValueError:
            return None
        return next((rule for rule in self.when if rule.match.holds(body, {})), None)

    def error(
        self,
        response: Response,
        exception: StatusRule | None = None,
        *,
        writing: bool,
        redact: Callable[[str], str] = str,
        now: float | None = None,
    ) -> GridwireError:
        """The error that an unsuccessful response stands for; `redact` takes what is secret out of the vendor's words.

        `now`, in seconds since 1970, is needed where Retry-After is a date.
        """
        exception = exception or self.exception(response) or StatusRule()
        kind = exception.kind or ("refused" if is_success(response) else _usual(response.status))
        facts: dict[str, Any] = {"status": response.status, "vendor_message": self.vendor_message(response, redact)}
        if kind == "failed" and writing:
            message = f"the vendor failed with {response.status}, and may or may not have done it"
            return UnknownOutcome(message, remedy=exception.remedy, **facts)
        error_type, message = _SAYS[kind]
        message = f"{message} ({response.status}{': ' + said if (said := facts['vendor_message']) else ''})"
        remedy = _REMEDIES.get(response.status, "Check that the account may do this.") if kind == "refused" else None
        wait = retry_after(response, now=now)
        if kind == "busy" and wait is not None:
            message, remedy = f"{message}; it asks to wait {ceil(wait)} s", f"Try again in {ceil(wait)} s."
        error = error_type(message, remedy=exception.remedy or remedy, **facts)
        if isinstance(error, VendorError):
            error.retry_after = wait
        return error

    def vendor_message(self, response: Response, redact: Callable[[str], str] = str) -> str | None:
        """The vendor's own words, at most 500 characters: from JSON, or the text itself unless it is a page."""
        try:
            body = response.json()
        except ValueError:
            body = response.body[:LOOKED_AT].decode("utf-8", "replace")
        found = [body] if isinstance(body, str) else [_words(extract(body, place)) for place in self.message or []]
        found += [_words(body)] if _is_by_field(body) else []
        found += [] if self.message else [_words(extract(body, place)) for place in _USUAL_PLACES]
        texts = (_plain(redact(text)[:LOOKED_AT]) for text in found if not _is_page(text))
        return next((text[:500] for text in texts if text), None)


def is_success(response: Response) -> bool:
    """Whether the vendor did what was asked."""
    return 200 <= response.status < 300


def retry_after(response: Response, *, now: float | None = None) -> float | None:
    """The seconds that the vendor asked us to wait (RFC 9110, 10.2.3): a number, or a date if `now` is given."""
    text = (response.header("retry-after") or "").strip()
    if text.isdecimal():
        return min(float(text), LONGEST_RETRY_AFTER)
    if now is None:
        return None
    try:
        date = email.utils.parsedate_to_datetime(text)
        seconds = date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER)


def _words(value: Any, depth: int = 0) -> str:
    """What a vendor says: a text; several, one after the other; or by field: `{"email": ["is taken"]}`."""
    if isinstance(value, str):
        return value
    if depth > DEEPEST_WORDS:
        return ""
    if isinstance(value, list):
        return "; ".join(text for one in value[:MOST_WORDS] if (text := _words(one, depth + 1)))
    if isinstance(value, dict):
        said = ((name, _words(one, depth + 1)) for name, one in list(value.items())[:MOST_WORDS])
        return "; ".join(text if name in _NO_FIELD else f"{name}: {text}" for name, text in said if text)
    return ""


def _is_by_field(body: Any, depth: int = 0) -> bool:
    """Whether it is complaints by field, at any depth: `{"address": {"city": ["is needed"]}}`."""
    if isinstance(body, dict) and depth <= DEEPEST_WORDS:
        return all(_is_by_field(one, depth + 1) for one in body.values())
    return depth > 0 and isinstance(body, list)


def _is_page(text: str) -> bool:
    return text.lstrip().startswith("<") or "</" in text


def _plain(text: str) -> str:
    """On one line, and without what a terminal would take for a command."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _usual(status: int) -> Kind:
    return _USUAL.get(status) or ("refused" if 400 <= status < 500 else "failed")

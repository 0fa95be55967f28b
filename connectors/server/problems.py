"""Errors as HTTP tells them (RFC 9457): what happened, what to do now, and never a stack.

The server's own refusals are here; everything else comes from the floors below and knows its own HTTP status.
"""

from __future__ import annotations

import logging
import math
import traceback
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from connectors.components.http import dump_json
from connectors.errors import GridwireError, VendorBusy

log = logging.getLogger("gridwire.server")

PROBLEM_TYPE = "application/problem+json"
USUAL_WAIT = 30.0  # seconds, where a busy vendor names no time
LONGEST_WAIT = 86_400.0
_MOST_CAUSES = 10


class Refusal(GridwireError):
    """The server itself says no. No vendor was asked."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers that belong to the answer."""
        return {}


class Unauthorized(Refusal):
    """No key, or one that opens nothing."""

    kind = "unauthorized"
    http_status = 401

    @property
    def headers(self) -> Mapping[str, str]:
        """How to sign in."""
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(Refusal):
    """The key is right, and it is not for this."""

    kind = "forbidden"
    http_status = 403


class NotFound(Refusal):
    """There is no such thing here, or it is somebody else's."""

    kind = "not_found"
    http_status = 404


class MethodNotAllowed(Refusal):
    """The path is right and the method is not."""

    kind = "method_not_allowed"
    http_status = 405

    def __init__(self, method: str, allowed: str) -> None:
        super().__init__(f"{method} is not possible here", remedy=f"Possible here: {allowed}.")
        self.allowed: str = allowed

    @property
    def headers(self) -> Mapping[str, str]:
        """The methods that there are."""
        return {"Allow": self.allowed}


class TooLarge(Refusal):
    """More than goes into one request or one cursor."""

    kind = "too_large"
    http_status = 413


class UnsupportedMediaType(Refusal):
    """The body is not sent as JSON."""

    kind = "unsupported_media_type"
    http_status = 415


class HangUp(Refusal):
    """The request cannot be read to its end, so the connection is closed after the answer."""

    kind = "bad_request"
    http_status = 400

    @property
    def headers(self) -> Mapping[str, str]:
        """The end of the connection."""
        return {"Connection": "close"}


class TooSlow(HangUp):
    """The body did not arrive in time."""

    kind = "too_slow"
    http_status = 408


class NotReady(Refusal):
    """The server runs and cannot work yet."""

    kind = "not_ready"
    http_status = 503


class Internal(Refusal):
    """Our bug."""

    kind = "internal"
    http_status = 500


TITLES = {
    "invalid_input": "The input cannot be used",
    "confirm_required": "This has to be confirmed",
    "reconnect": "The account has to be connected again",
    "vendor_refused": "The vendor refused",
    "vendor_not_found": "The vendor knows no such thing",
    "busy": "Too many requests",
    "conflict": "This does not fit what is there",
    "vendor_failed": "The vendor failed",
    "search_incomplete": "The search could not read everything",
    "unknown_outcome": "It is not known whether it was done",
    "unauthorized": "The key is missing or wrong",
    "forbidden": "The key is not for this",
    "not_found": "There is no such thing here",
    "method_not_allowed": "This method is not possible here",
    "too_large": "This is too large",
    "unsupported_media_type": "The body has to be JSON",
    "bad_request": "The request cannot be read",
    "too_slow": "The request did not arrive in time",
    "store": "The database cannot be used",
    "not_ready": "The server is not ready",
    "stopping": "The server is about to end",
    "internal": "gridwire failed",
}
"""What each kind is called."""

_REMEDIES = {
    "invalid_input": "Correct the input and send it again; nothing was done.",
    "vendor_failed": "Try again later; if it stays so, ask the vendor.",
    "busy": "Try again after the seconds that Retry-After names.",
}


def answer(error: Exception, correlation_id: str) -> Response:
    """The error as a response. What nobody expected is logged with its stack, under the correlation id."""
    error = expected(error, correlation_id)
    body = dump_json(problem(error, correlation_id))
    return Response(body, error.http_status, _headers(error), media_type=PROBLEM_TYPE)


def expected(error: Exception, correlation_id: str) -> GridwireError:
    """The error, if it is one that a user can read; otherwise it is logged, and this is what is said instead."""
    if isinstance(error, GridwireError):
        return error
    log.error("unexpected error, correlation id %s\n%s", correlation_id, stack_of(error))
    remedy = f"Report it as a bug of gridwire, with the correlation id {correlation_id}."
    return Internal("gridwire failed in a way that nobody expected", remedy=remedy)


def stack_of(error: BaseException) -> str:
    """Where it happened, and of what kind it is. Its words stay unsaid: an input that is secret may be in them."""
    kinds = [type(error).__name__]
    while (before := error.__cause__ or error.__context__) is not None and len(kinds) < _MOST_CAUSES:
        error = before
        kinds.append(type(error).__name__)
    return "".join(traceback.format_tb(error.__traceback__)) + " ← ".join(kinds)


def problem(error: GridwireError, correlation_id: str) -> dict[str, Any]:
    """The error as RFC 9457 has it; what is not known is null."""
    facts = error.as_dict()
    vendor_status = facts.pop("status", None)  # `status` is ours here
    own = {
        "type": f"urn:gridwire:problem:{error.kind}",
        "title": TITLES[error.kind],
        "status": error.http_status,
        "detail": error.message,
        "kind": error.kind,
        "message": error.message,  # for clients that look only here
        "remedy": error.remedy or _REMEDIES.get(error.kind),
        "field": None,
        "vendor_message": None,
        "vendor_status": vendor_status,
        "correlation_id": correlation_id,
    }
    return own | {name: fact for name, fact in facts.items() if name not in ("message", "remedy", "retry_after")}


def _headers(error: GridwireError) -> Mapping[str, str]:
    if isinstance(error, VendorBusy):
        wait = USUAL_WAIT if error.retry_after is None else error.retry_after
        return {"Retry-After": str(math.ceil(min(max(wait, 1.0), LONGEST_WAIT)))}
    return error.headers if isinstance(error, Refusal) else {}

"""What can go wrong, drawn as a tree. A branch says who can help.

GridwireError
├── ManifestError          the manifest's author; carries every problem found, each with its place
├── InputError             the caller; nothing was sent
│   └── ConfirmRequired        the operation destroys something and was not confirmed
├── ReconnectError         the account's owner: sign in again, or enter a new key
└── VendorError            the vendor
    ├── VendorRefused          it said no
    │   ├── VendorInvalidInput     because of what was sent (400, 422)
    │   └── VendorNotFound         because there is no such thing
    ├── VendorBusy             it said "later"
    ├── VendorFailed           it broke, or answered nonsense
    │   ├── VendorTimeout          a read got no answer in time
    │   └── VendorUnreachable      it was not reached; nothing was sent
    │       └── VendorOffLimits        we do not send there, or not that; it stays so
    ├── SearchIncomplete       the search stopped at its limit, so "not found" would be a lie
    └── UnknownOutcome         a write was sent and nobody knows whether it was done

TransportError             between us and the vendor; the engine turns it into one of the above
├── NotReached                 the request surely was not received
│   └── NotAllowed                 it was refused by ourselves
└── ResponseLost               the request may have been received; no usable answer came back
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.manifest.problem import Problem


class GridwireError(Exception):
    """An error that a user can read: what happened, and what to do now.

    `kind` names it to programs, `exit_code` is the command line's, `http_status` the server's; `usual_remedy` is what
    to do now where nothing better is known.
    """

    kind: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    usual_remedy: ClassVar[str | None] = None

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message: str = message
        self.remedy: str | None = remedy or self.usual_remedy

    def as_dict(self) -> dict[str, Any]:
        """The error as data, for `--json` and for HTTP; absent facts are left out."""
        facts = {"kind": self.kind, "message": self.message, "remedy": self.remedy, **self.facts()}
        return {name: fact for name, fact in facts.items() if fact is not None}

    def facts(self) -> dict[str, Any]:
        """What this branch of the tree knows beyond message and remedy."""
        return {}


class ManifestError(GridwireError):
    """A manifest cannot be used as it stands."""

    kind = "manifest"
    exit_code = 2
    http_status = 500

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n\n".join(str(problem) for problem in problems))
        self.problems: list[Problem] = list(problems)

    def facts(self) -> dict[str, Any]:
        return {"problems": [problem.as_dict() for problem in self.problems]}


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One input that cannot be used: its dotted name (`latLng.lat`; None for a rule over several) and why."""

    field: str | None
    message: str


class InputError(GridwireError):
    """What the caller gave cannot be used. Nothing was sent."""

    kind = "invalid_input"
    exit_code = 2
    http_status = 422

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        remedy: str | None = None,
        problems: Sequence[FieldProblem] = (),
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.field: str | None = field
        self.problems: tuple[FieldProblem, ...] = tuple(problems)

    @classmethod
    def of(cls, problems: Sequence[FieldProblem], *, remedy: str | None = None) -> InputError:
        """One error out of one or more field problems; the first gives `field`."""
        message = "; ".join(problem.message for problem in problems)
        return cls(message, field=problems[0].field, remedy=remedy, problems=problems)

    def facts(self) -> dict[str, Any]:
        several = len(self.problems) > 1
        listed = [{"field": problem.field, "message": problem.message} for problem in self.problems]
        return {"field": self.field, "problems": listed if several else None}


class ConfirmRequired(InputError):
    """The operation cannot be undone and the caller has not confirmed it."""

    kind = "confirm_required"
    http_status = 409


class ReconnectError(GridwireError):
    """The vendor no longer accepts the account's credentials."""

    kind = "reconnect"
    exit_code = 3
    http_status = 424
    usual_remedy = "Check the connection's values, or enter a new key."

    def __init__(
        self, message: str, *, remedy: str | None = None, status: int | None = None, vendor_message: str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status: int | None = status
        self.vendor_message: str | None = vendor_message

    def facts(self) -> dict[str, Any]:
        return {"status": self.status, "vendor_message": self.vendor_message}


class VendorError(GridwireError):
    """The vendor was asked, and it did not go well.

    `status` is the vendor's HTTP status, `vendor_message` its own words (redacted), where there are any;
    `retry_after` the seconds it asked us to wait.
    """

    kind = "vendor_failed"
    exit_code = 1
    http_status = 502

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        status: int | None = None,
        vendor_message: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status: int | None = status
        self.vendor_message: str | None = vendor_message
        self.retry_after: float | None = retry_after

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed a moment later."""
        return False

    def facts(self) -> dict[str, Any]:
        return {"status": self.status, "vendor_message": self.vendor_message, "retry_after": self.retry_after}


class VendorRefused(VendorError):
    """The vendor understood and said no."""

    kind = "vendor_refused"
    http_status = 422


class VendorInvalidInput(VendorRefused):
    """The vendor says that what was sent is wrong."""

    kind = "invalid_input"
    usual_remedy = "Correct the input and run it again."


class VendorNotFound(VendorRefused):
    """The vendor knows no such thing."""

    kind = "vendor_not_found"
    http_status = 404
    usual_remedy = "Check the ids that were given, and those of the connection."


class VendorBusy(VendorError):
    """The vendor asked us to come back later; it did nothing."""

    kind = "busy"
    exit_code = 4
    http_status = 429
    usual_remedy = "Try again later."

    @property
    def may_pass(self) -> bool:
        return True


class VendorFailed(VendorError):
    """The vendor broke, or answered something unreadable."""

    usual_remedy = "Try again later; if it stays so, ask the vendor."

    @property
    def may_pass(self) -> bool:
        return self.status is None or self.status >= 500


class VendorTimeout(VendorFailed):
    """A read got no answer within its deadline."""

    http_status = 504


class VendorUnreachable(VendorFailed):
    """The vendor was not reached. Nothing was sent."""

    usual_remedy = "Check the address and the network, and try again."


class VendorOffLimits(VendorUnreachable):
    """We do not send there, or not that: an address that may not be called, or what HTTP cannot carry."""

    usual_remedy = "Check the address and what is to be sent."

    @property
    def may_pass(self) -> bool:
        return False


class SearchIncomplete(VendorError):
    """The search read as many pages as it may and there are more: nobody can say "not found"."""

    kind = "search_incomplete"
    http_status = 422


class UnknownOutcome(VendorError):
    """A write was sent, and whether the vendor carried it out is not known. Never repeated by us."""

    kind = "unknown_outcome"
    exit_code = 5
    http_status = 409
    usual_remedy = "Look in the vendor's app whether it was done before you try again; nothing more is sent by itself."

    @property
    def may_pass(self) -> bool:
        return True  # for a write that is declared idempotent; no other is sent again


class TransportError(Exception):
    """No usable answer came over the network. `timed_out` says that a deadline ended it."""

    def __init__(self, message: str, *, timed_out: bool = False, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message: str = message
        self.timed_out: bool = timed_out
        self.remedy: str | None = remedy


class NotReached(TransportError):
    """The request surely was not received: no address, no connection, no TLS, or refused by ourselves."""


class NotAllowed(NotReached):
    """Refused by ourselves, and it would be again."""


class ResponseLost(TransportError):
    """The request may have been received, but no complete, readable answer came back."""

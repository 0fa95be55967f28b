"""What goes over the wire, and what comes out: one call, one poll, one thing about a webhook."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, StringConstraints, model_validator
from pydantic import Field as Attribute
from pydantic_core import PydanticCustomError

from connectors.components.component import Component
from connectors.components.delivery import Delivery
from connectors.components.http import dump_json


def _absolute(line: str) -> str:
    method, _, url = line.partition(" ")
    if not method.isupper() or urlsplit(url).scheme not in ("http", "https"):
        raise PydanticCustomError("line", "this should be a method and a whole address: GET https://…")
    return line


def _in_base64(text: str) -> str:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise PydanticCustomError("base64", "this is not base64") from None
    return text


class Message(Component):
    """What a request and an answer have in common: headers, and a body in one of three forms."""

    headers: dict[str, str] = {}
    """By name in lower case, without what says nothing about the vendor."""
    json_: Any = Attribute(None, alias="json")
    """The body, if it is JSON."""
    text: str | None = None
    """The body, if it is another text."""
    base64: Annotated[str, AfterValidator(_in_base64)] | None = None
    """The body, if it is no text."""

    @model_validator(mode="after")
    def _one_body(self) -> Message:
        if len(self.model_fields_set & {"json_", "text", "base64"}) > 1:
            raise PydanticCustomError("body", "a body is one of json, text and base64")
        if any(name != name.lower() for name in self.headers):
            raise PydanticCustomError("headers", "names of headers are written in lower case")
        return self

    @property
    def body(self) -> bytes | None:
        """The body as bytes, or None if there is none."""
        if "json_" in self.model_fields_set:
            return dump_json(self.json_)
        if self.base64 is not None:
            return base64.b64decode("".join(self.base64.split()))
        return self.text.encode() if self.text is not None else None


class Asked(Message):
    """A request."""

    line: Annotated[str, AfterValidator(_absolute)]
    """Method and whole address, at the vendor's real host: `GET https://api.example.com/offers?page=0`."""

    @property
    def method(self) -> str:
        """Such as GET."""
        return self.line.partition(" ")[0]

    @property
    def url(self) -> str:
        """The whole address."""
        return self.line.partition(" ")[2]


class Answer(Message):
    """What the vendor answered."""

    status: int = Attribute(ge=100, le=599)


class Failure(Component):
    """That no usable answer came."""

    received: bool
    """Whether the request may have been received."""
    timed_out: bool = False
    """Whether a deadline ended it."""
    message: str
    """What is said about it."""


class Exchange(Component):
    """A request with its answer, or with the failure that came instead."""

    request: Asked
    answer: Answer | None = None
    failure: Failure | None = None

    @model_validator(mode="after")
    def _one_end(self) -> Exchange:
        if (self.answer is None) == (self.failure is None):
            raise PydanticCustomError("end", "a request has either an answer or a failure")
        return self


class Unfit(Component):
    """An input that was refused."""

    field: str | None = None
    """Its dotted name; nothing for a rule over several."""
    message: str
    """Why, as people are told."""


class Expected(Component):
    """An error that comes out."""

    kind: str
    """What programs call it: invalid_input, reconnect, vendor_not_found, busy …"""
    status: int | None = None
    """The vendor's HTTP status, if it answered."""
    field: str | None = None
    """The input that it is about."""
    problems: list[Unfit] | None = None
    """Where several inputs were refused, each of them; not compared where a case leaves it out."""


class Step(Component):
    """What one call or one poll gives, and the HTTP that belongs to it."""

    OUTCOMES: ClassVar[tuple[str, ...]] = ("output", "error")
    """The words for what comes out."""

    output: Any = None
    """What an action gives, the items that a search finds, the choices for an input."""
    error: Expected | None = None
    """The error that comes out instead."""
    exchanges: list[Exchange] = []
    """What goes over the wire, in order."""


INVENTED = "https://hooks.example.com/in/1"
"""The address that a vendor calls, in cases."""

Time = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class PolledOnce(Step):
    """A poll."""

    OUTCOMES: ClassVar[tuple[str, ...]] = ("error", "events", "held", "memory")
    at: Time | None = None
    """When; it matters to triggers that wait for a time to come."""
    events: list[Any] | None = None
    """What is emitted."""
    held: int = Attribute(0, ge=0)
    """How many items are held, because too many at once are gone to be believed."""
    memory: dict[str, Any] | None = None
    """What is remembered after it."""


class Happening(Step):
    """One thing about a webhook: the vendor is asked to call or to call no more, is looked at, or calls."""

    OUTCOMES: ClassVar[tuple[str, ...]] = ("error", "kept", "standing", "reply", "problem", "events", "memory")
    do: Literal["subscribe", "check", "receive", "unsubscribe"]
    """What happens."""
    at: Time | None = None
    """When a delivery comes; it matters where a signature has a time."""
    delivery: Asked | None = None
    """What the vendor sends, if it calls."""
    kept: dict[str, Any] | None = None
    """What is kept of the subscription; a secret that came with it is known, and not shown."""
    standing: Literal["active", "missing", "disabled", "drifted"] | None = None
    """What the vendor's list of subscriptions says of ours."""
    reply: Answer | None = None
    """What the vendor is answered."""
    problem: str | None = None
    """Why a delivery is not taken."""
    events: list[Any] | None = None
    """What is emitted."""
    memory: dict[str, Any] | None = None
    """What is remembered after a delivery that is taken."""

    @model_validator(mode="after")
    def _has_what_comes(self) -> Happening:
        if {self.delivery is None, self.at is None} != {self.do != "receive"}:
            raise PydanticCustomError("delivery", "'receive' needs 'at' and the 'delivery', and only that has them")
        return self

    @property
    def delivered(self) -> Delivery:
        """The delivery, as it came over the wire."""
        assert self.delivery is not None
        sent = self.delivery
        return Delivery(sent.body or b"", tuple(sent.headers.items()), sent.url, sent.method)

    @property
    def moment(self) -> datetime:
        """When the delivery comes."""
        return datetime.strptime(self.at or "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


class Hooked(Component):
    """What happens to a webhook, one thing after the other."""

    url: str = INVENTED
    """The address that the vendor calls."""
    secret: str = "HIDDEN-webhook_secret"  # noqa: S105 - it stands for one
    """What stands for the secret that was agreed on with the vendor."""
    steps: list[Happening] = Attribute(min_length=1)
    """What happens."""

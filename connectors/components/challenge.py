"""What some vendors ask an address before, or while, it is subscribed: show that you are there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field as Attribute
from pydantic import model_validator

from connectors.components.component import Component
from connectors.components.delivery import Delivery
from connectors.components.extract import Path, extract, nest
from connectors.components.http import JSON_TYPE, Response, dump_json, fits_header
from connectors.components.verify import Verify
from connectors.components.where import Conditions
from connectors.components.wrong import wrong

LONGEST = 4096
"""How many characters of a challenge are repeated."""


class Echo(Component):
    """How a challenge is repeated."""

    json_: Path | None = Attribute(None, alias="json")
    """In JSON, at this path."""
    header: str | None = None
    """In this header."""


class Challenge(Component):
    """A text that the vendor sends and wants to see again. It is no event, and answering it changes nothing."""

    query: str | None = None
    """The query parameter that holds it: `validationToken`."""
    body: Path | None = None
    """Where the body holds it: `challenge`."""
    header: str | None = None
    """The header that holds it."""
    where: Conditions = Conditions({})
    """What else the body holds when it is a challenge: `{type: url_verification}`."""
    verify: Verify | None = None
    """How it proves where it comes from. Default: by the secret in the address, if that is there, else not at all."""
    echo: Echo = Echo.model_validate({})
    """How it is repeated. Default: as the whole body, in plain text."""
    secret: bool = False
    """It is the secret that deliveries will be signed with: taken once, while there is none."""

    @model_validator(mode="after")
    def _one_place(self) -> Challenge:
        if sum(place is not None for place in (self.query, self.body, self.header)) != 1:
            raise wrong("place", "a challenge comes in the 'query', in the 'body' or in a 'header'")
        if self.echo.json_ is not None and self.echo.header is not None:
            raise wrong("place", "a challenge is repeated in 'json' or in a 'header'")
        return self

    def asked(self, delivery: Delivery, verify: Verify, secrets: Sequence[str], now: datetime) -> str | None:
        """The challenge that the delivery is; None if it is none, or not from the vendor."""
        if self.secret and any(secrets):
            return None
        proof = self.verify or (verify if verify.in_address else None)
        if proof is not None and not proof.verified(delivery, secrets, now):
            return None
        found = self._found(delivery)
        fits = isinstance(found, str) and 0 < len(found) <= LONGEST and (self.echo.header is None or fits_header(found))
        return found if fits and found.isprintable() else None

    def answer(self, text: str) -> Response:
        """The answer that repeats it."""
        if self.echo.header is not None:
            return Response(200, ((self.echo.header.lower(), text),))
        if self.echo.json_ is not None:
            return Response(200, (("content-type", JSON_TYPE),), dump_json(nest({".".join(self.echo.json_): text})))
        plain = (("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff"))
        return Response(200, plain, text.encode())

    def _found(self, delivery: Delivery) -> Any:
        try:
            body = delivery.value() if self.body is not None or self.where.root else None
        except ValueError:
            return None
        if not self.where.holds(body, {}):
            return None
        if self.body is not None:
            return extract(body, self.body)
        return delivery.parameter(self.query) if self.query is not None else delivery.header(self.header or "")

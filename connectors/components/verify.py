"""Whether a delivery comes from the vendor. Each kind looks at raw bytes, and at no clock: `now` is an argument.

    hook.verify.verified(delivery, ["the secret", "the one before"], now)

What is missing, sent twice or malformed is as wrong as a wrong secret.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import quote

from pydantic import model_validator
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from connectors.components.component import Component, OneKind
from connectors.components.delivery import Delivery
from connectors.components.filters import as_text
from connectors.components.template import Template
from connectors.components.times import Duration, moment
from connectors.components.wrong import wrong

SECRET = "webhook_secret"  # noqa: S105 - the name that templates call it by
_SIGNED = ("body", "timestamp", "url", "method")
_SEVERAL = re.compile(r"[,; ]+")


class SharedSecret(Component):
    """The vendor repeats a secret that it was given: in a header, or as part of the address that it calls."""

    header: str | None = None
    """The header that holds it."""
    query: str | None = None
    """The query parameter that holds it; `{webhook_url}` then has it."""
    path: Literal[True] | None = None
    """It is the last part of the path; `{webhook_url}` then has it."""
    value: Template = Template("{webhook_secret}")
    """How it is written: `Bearer {webhook_secret}`."""

    @model_validator(mode="after")
    def _one_place(self) -> SharedSecret:
        if sum(place is not None for place in (self.header, self.query, self.path)) != 1:
            raise wrong("place", "a shared secret comes in a 'header', in the 'query' or in the 'path'")
        if [hole.name for hole in self.value.holes] != [SECRET]:
            raise wrong("place", "'value' says how {webhook_secret} is written, and mentions nothing else")
        return self

    @property
    def in_address(self) -> bool:
        """Whether who knows the address knows the secret."""
        return self.header is None

    def address(self, url: str, secret: str) -> str:
        """The address that the vendor is given."""
        text = quote(self._written(secret), safe="")
        if self.path:
            return f"{url.rstrip('/')}/{text}"
        return f"{url}{'&' if '?' in url else '?'}{quote(self.query, safe='')}={text}" if self.query else url

    def verified(self, delivery: Delivery, secret: str, now: datetime) -> bool:
        """Whether the delivery repeats the secret."""
        if self.header is not None:
            given = delivery.header(self.header)
        else:
            given = delivery.parameter(self.query) if self.query is not None else delivery.last_segment
        return _same(given or "", self._written(secret))

    def _written(self, secret: str) -> str:
        return as_text(self.value.fill({SECRET: secret}))


class Timestamp(Component):
    """When the vendor signed, so that what somebody recorded is refused later."""

    header: str | None = None
    """The header that holds it: seconds or milliseconds since 1970, or a date and time."""
    prefix: str | None = None
    """What it begins with among the entries of the signature's header: `t=`."""
    tolerance: Duration = timedelta(minutes=5)
    """How far it may be from now, either way."""

    @model_validator(mode="after")
    def _one_place(self) -> Timestamp:
        if (self.header is None) == (self.prefix is None):
            raise wrong("place", "a timestamp has its own 'header', or a 'prefix' in the signature's")
        return self

    def found(self, delivery: Delivery, entries: list[str]) -> str | None:
        """The timestamp as it is written; None if there is none, or several."""
        if self.header is not None:
            return delivery.header(self.header)
        prefix = self.prefix or ""
        written = [entry.removeprefix(prefix) for entry in entries if entry.startswith(prefix)]
        return written[0] if len(written) == 1 else None


class Hmac(Component):
    """The vendor signs with a secret (RFC 2104)."""

    header: str
    """The header that holds the signature, or several, with commas, semicolons or spaces between them."""
    algorithm: Literal["sha256", "sha1", "sha512"] = "sha256"
    """The hash that it is made with."""
    encoding: Literal["hex", "base64"] = "hex"
    """How it is written; hex is in lower case."""
    prefix: str = ""
    """What a signature begins with: `sha256=`, `v1=`. Entries that begin otherwise are none."""
    signed: Template = Template("{body}")
    """What is signed, of {body}, {timestamp}, {url} and {method}: `v0:{timestamp}:{body}`."""
    timestamp: Timestamp | None = None
    """When it was signed; it has to be part of what is signed."""

    @model_validator(mode="after")
    def _signs(self) -> Hmac:
        names = {hole.name for hole in self.signed.holes}
        if "body" not in names or names - set(_SIGNED) or any(hole.filters for hole in self.signed.holes):
            raise wrong("signed", "what is signed holds {body}, and may hold {timestamp}, {url} and {method}")
        if ("timestamp" in names) != (self.timestamp is not None):
            message = "a timestamp is only worth something if it is signed: 'timestamp' and {timestamp} go together"
            raise wrong("signed", message)
        return self

    def verified(self, delivery: Delivery, secret: str, now: datetime) -> bool:
        """Whether one of the signatures is made with the secret, over this body, at about this time."""
        entries = _SEVERAL.split(delivery.header(self.header) or "")
        stamp = self.timestamp.found(delivery, entries) if self.timestamp else None
        if self.timestamp and not _is_about(stamp, now, self.timestamp.tolerance):
            return False
        expected = self.signature(delivery, secret, stamp or "")
        return any(_same(entry, expected) for entry in entries)

    def signature(self, delivery: Delivery, secret: str, stamp: str = "") -> str:
        """A signature as the header holds it."""
        values = {
            "body": delivery.body,
            "timestamp": _bytes(stamp),
            "url": _bytes(delivery.url),
            "method": _bytes(delivery.method),
        }
        signed = b"".join(part.encode() if isinstance(part, str) else values[part.name] for part in self.signed.parts)
        digest = hmac.new(_bytes(secret), signed, self.algorithm).digest()
        return self.prefix + (digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode())


class StandardWebhooks(Component):
    """The vendor signs as www.standardwebhooks.com says; a secret is base64, after `whsec_`."""

    prefix: str = "webhook-"
    """What its three headers begin with, `webhook-id`, `webhook-timestamp`, `webhook-signature`."""
    tolerance: Duration = timedelta(minutes=5)
    """How far the timestamp may be from now, either way."""

    def verified(self, delivery: Delivery, secret: str, now: datetime) -> bool:
        """Whether one of the signatures is made with the secret, over this id and body, at about this time."""
        name, stamp, signatures = (delivery.header(self.prefix + word) for word in ("id", "timestamp", "signature"))
        if not name or not _is_about(stamp, now, self.tolerance):
            return False
        try:
            when = datetime.fromtimestamp(int(stamp or ""), UTC)
            expected = Webhook(secret).sign(name, when, delivery.body.decode())
        except (ValueError, OverflowError, OSError, EmptyWebhookSecretError):
            return False
        return any(_same(entry, expected) for entry in (signatures or "").split(" "))


class Verify(OneKind):
    """How a delivery proves that it comes from the vendor."""

    shared_secret: SharedSecret | None = None
    """The vendor repeats a secret that it was given: `shared_secret: {header: X-Token}`."""
    hmac: Hmac | None = None
    """The vendor signs: `hmac: {header: X-Signature, prefix: "sha256="}`."""
    standard_webhooks: StandardWebhooks | None = None
    """The vendor signs as www.standardwebhooks.com says: `standard_webhooks: {}`."""

    def verified(self, delivery: Delivery, secrets: Sequence[str], now: datetime) -> bool:
        """Whether it is proven with one of the secrets: the present one, or one before it while they are exchanged.

        Without any secret nothing is.
        """
        return any(self.chosen.verified(delivery, secret, now) for secret in secrets if secret)

    @property
    def in_address(self) -> bool:
        """Whether the secret is part of the address that the vendor is given."""
        return self.shared_secret is not None and self.shared_secret.in_address

    def address(self, url: str, secret: str) -> str:
        """The address that the vendor is given; with the secret where that is part of it."""
        return self.shared_secret.address(url, secret) if self.shared_secret else url


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(_bytes(given), _bytes(wanted))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_about(stamp: str | None, now: datetime, tolerance: timedelta) -> bool:
    when = moment(stamp)
    return when is not None and abs(now - when) <= tolerance

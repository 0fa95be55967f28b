"""Whether something that came is signed as www.standardwebhooks.com says.

Deliveries are signed by a library; what checks them here is written after the specification alone, so that a mistake in
one of the two is seen.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

TOLERANCE = 300
"""Seconds that the timestamp may be from now, either way."""

_MOST_REMEMBERED = 10_000


class Refused(Exception):
    """What came is not to be believed; its words say why. `status` is the answer."""

    def __init__(self, why: str, status: int = 401) -> None:
        super().__init__(why)
        self.status = status


def key_of(secret: str) -> bytes:
    """The key in a secret: base64, after `whsec_`. Raises ValueError."""
    text = secret.removeprefix("whsec_")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise ValueError("it is not base64 after whsec_") from None
    if not key:
        raise ValueError("it is empty")
    return key


def check(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: float) -> tuple[str, int]:
    """The id and the timestamp of what came, if one of the secrets has signed them with the body. Raises Refused."""
    missing = [name for name in ("webhook-id", "webhook-timestamp", "webhook-signature") if not headers.get(name)]
    if missing:
        raise Refused(f"it is not signed: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    name, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16):
        raise Refused("its webhook-timestamp is not a number of seconds")
    signed = b".".join((name.encode("utf-8", "surrogatepass"), stamp.encode(), body))
    made = [hmac.new(key_of(secret), signed, hashlib.sha256).digest() for secret in secrets]
    given = [_decoded(entry) for entry in headers["webhook-signature"].split()]
    if not any(hmac.compare_digest(one, other) for one in made for other in given):
        raise Refused("its signature is wrong: another secret made it, or something was changed on the way")
    if abs(age := now - int(stamp)) > TOLERANCE:
        when = f"{age:,.0f} s ago" if age > 0 else f"{-age:,.0f} s in the future"
        raise Refused(f"it is stale: it was signed {when}, and {TOLERANCE} s are allowed", 400)
    return name, int(stamp)


@dataclass
class Known:
    """What came so far, by its id: when it was last signed."""

    stamps: dict[str, int] = field(default_factory=dict)

    def came(self, name: str, stamp: int) -> bool:
        """Notes it, and gives whether it came before: then it was sent and signed anew, as after a lost answer.

        Raises Refused if it is what came before: somebody has kept it and sends it once more.
        """
        before = self.stamps.pop(name, None)
        self.stamps[name] = stamp if before is None else max(before, stamp)
        if len(self.stamps) > _MOST_REMEMBERED:
            del self.stamps[next(iter(self.stamps))]
        if before is not None and stamp <= before:
            raise Refused("it is replayed: the same came before, with the same timestamp", 409)
        return before is not None


def _decoded(entry: str) -> bytes:
    version, _, text = entry.partition(",")
    try:
        return base64.b64decode(text, validate=True) if version == "v1" else b""
    except ValueError:
        return b""

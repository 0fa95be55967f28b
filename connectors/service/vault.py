"""Secrets sealed at rest: AES-256-GCM, bound to the row and column that they lie in."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connectors.errors import GridwireError

SHORTEST = 16
"""How many bytes a secret key has at least."""

_ID = 4  # bytes that tell which key sealed something
_NONCE = 12  # bytes; NIST SP 800-38D, 8.2.2, allows 2^32 random ones for a key


class WrongKeyError(GridwireError):
    """None of the keys opens it, it was sealed for another place, or it is damaged."""

    kind = "store"
    http_status = 503


class Vault:
    """Seals with the first of its keys, opens with any: while keys are changed, there are two."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        if not secret_keys or any(len(key.encode()) < SHORTEST for key in secret_keys):
            raise ValueError(f"a secret key has at least {SHORTEST} bytes")
        self._secrets = [key.encode() for key in secret_keys]
        self._seals = {_id(secret): AESGCM(_derived(secret, b"seal")) for secret in self._secrets}
        self._current = _id(self._secrets[0])

    def seal(self, content: bytes, *place: str) -> bytes:
        """The content, readable only with the key and only at this place: table, row and column."""
        nonce = os.urandom(_NONCE)
        return self._current + nonce + self._seals[self._current].encrypt(nonce, content, _bound(place))

    def open(self, sealed: bytes, *place: str) -> bytes:
        """What was sealed for this place. Raises WrongKeyError."""
        key, nonce, content = sealed[:_ID], sealed[_ID : _ID + _NONCE], sealed[_ID + _NONCE :]
        try:
            return self._seals[key].decrypt(nonce, content, _bound(place))
        except (KeyError, InvalidTag, ValueError):
            message = f"what is sealed at {'/'.join(place)} cannot be opened: the key is another one, or it was changed"
            remedy = "Start with the secret key that sealed it too, or restore a backup."
            raise WrongKeyError(message, remedy=remedy) from None

    @property
    def current(self) -> bytes:
        """What everything begins with that the first key has sealed."""
        return self._current

    @property
    def has_old_keys(self) -> bool:
        """Whether there are keys that only open."""
        return len(self._seals) > 1

    def derived(self, purpose: str) -> list[bytes]:
        """A key of 32 bytes for another purpose, from each secret key, the current one first."""
        return [_derived(secret, purpose.encode()) for secret in self._secrets]


def _id(secret: bytes) -> bytes:
    return hashlib.sha256(_derived(secret, b"id")).digest()[:_ID]


def _derived(secret: bytes, purpose: bytes) -> bytes:
    """RFC 5869. The secret key is random, so nothing slower is needed."""
    return HKDF(SHA256(), length=32, salt=b"gridwire", info=purpose).derive(secret)


def _bound(place: tuple[str, ...]) -> bytes:
    return "\0".join(place).encode()

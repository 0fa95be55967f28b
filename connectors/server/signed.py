"""Texts that a client keeps for us and brings back: readable by nobody's promise, changeable by nobody.

A signed text carries a value and is bound to what it is about; brought back for anything else, it does not open. It is
not encrypted, so nothing secret goes in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec

from connectors.components.http import dump_json, load_json

_MAC = hashlib.sha256().digest_size


class Signer:
    """Signs with the first of its keys, opens with any: at least 16 bytes each, the same on every server that is to
    understand the texts.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) < 16 for key in keys):
            raise ValueError("a signing key has at least 16 bytes")
        self._keys = keys

    def sign(self, value: Any, *about: Any) -> str:
        """A text of letters, digits, `-` and `_` that holds the value, compressed."""
        payload = zlib.compress(dump_json(value), 9)
        return _text(_mac(self._keys[0], payload, about) + payload)

    def open(self, text: str, *about: Any) -> Any:
        """The value of a text that `sign` made about the same things. Raises ValueError for any other text."""
        try:
            data = _bytes(text)
        except ValueError:
            data = b""
        mac, payload = data[:_MAC], data[_MAC:]
        if not any(hmac.compare_digest(mac, _mac(key, payload, about)) for key in self._keys):
            raise ValueError("this text was not signed here, or for something else")
        return load_json(zlib.decompress(payload))


def _mac(key: bytes, payload: bytes, about: tuple[Any, ...]) -> bytes:
    # JSON holds no NUL, so what it is about and the payload cannot be shifted into each other.
    message = msgspec.json.encode(about, order="sorted") + b"\0" + payload
    return hmac.digest(key, message, "sha256")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """The inverse of `_text`, and of nothing else: base64 reads many texts as the same bytes."""
    data = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    if _text(data) != text:
        raise ValueError("not a text of ours")
    return data

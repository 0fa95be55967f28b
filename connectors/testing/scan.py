"""A second look at what is about to be written, which knows nothing of how it was scrubbed: does it look secret?"""

from __future__ import annotations

import base64
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

_LOOKS = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")),
    ("a JWT", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")),
    ("a key", re.compile(r"\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bgh[opusr]_\w{20,}|\bgithub_pat_\w{20,}"
                         r"|\bxox[abeoprs]-[\w-]{10,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|\bSG\.[\w-]{16,}"
                         r"|\bglpat-[\w-]{16,}|\bnpm_\w{30,}|\bshp(?:at|ss)_\w{20,}|\bya29\.[\w-]{20,}"
                         r"|\bsk-[\w-]{20,}|\bpat[A-Za-z0-9]{14}\.\w{20,}")),
    ("a credential", re.compile(r"\b(?:Bearer|Basic|Token) (?!HIDDEN-)[\w.~+/=-]{8,}")),
    ("a password in an address", re.compile(r"://[^/\s:@]+:(?!HIDDEN-)[^/\s@]+@")),
    ("a signature in an address",
     re.compile(r"[?&;](?:X-Amz-(?:Signature|Credential|Security-Token)|X-Goog-Signature|sig|signature|token|access_token"
                r"|api_?key|client_secret|password)=(?!HIDDEN-|&|$)[^&\s\"']{4,}", re.IGNORECASE)),
)  # fmt: skip
_EMAIL = re.compile(r"[\w.!#$&'*+/=?^`{|}~-]+@([\w-]+(?:\.[\w-]+)+)")
_EXAMPLE = re.compile(r"(?:.+\.)?example(?:\.(?:com|org|net))?|.+\.(?:test|invalid|example|localhost)", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9+_=-]{20,}")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]+|[0-9]+|[a-z]+|[A-Z]+", re.IGNORECASE)
_ID_KEY = re.compile(r"(?:^|_|[a-z])(?:id|ids|Id|Ids|ID|uuid|guid|etag|hash|slug)$")
_SECRET_KEY = re.compile(r"(?:password|passwd|secret|token|apikey|accesskey|privatekey|jwt|authorization|cookie)$")
_NO_SECRET = re.compile(r"(?:HIDDEN-[\w-]+|)(?:-base64)?|\w+ HIDDEN-[\w-]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_SHORTEST = 4
_RANDOM = 4.0
"""Bits a character: more is likelier a key than words."""


def suspects(value: Any) -> Iterator[tuple[str, str]]:
    """What looks secret in a case as data: where, and what it looks like; never the thing itself.

    An id may be as long and random as a key; wherever it stands it is known by where it stands as an id.
    """
    texts = list(_texts("", "", value))
    ids = {text for _, key, text in texts if _ID_KEY.search(key)}
    for where, key, text in texts:
        if what := _look_of(key, text, ids):
            yield where, what


def _look_of(key: str, text: str, ids: set[str]) -> str | None:
    if key == "base64":
        return _plain_look(_decoded(text))
    if found := _plain_look(text):
        return found
    if any(word not in ids and _is_random(word) for word in _WORD.findall(text)):
        return "a key: it is long and without pattern"
    if _is_secret_name(key) and len(text) >= _SHORTEST and not _NO_SECRET.fullmatch(text):
        return "a secret, by its name"
    for word in _BASE64.findall(text):
        inside = _decoded(word)
        if inside.isprintable() and (found := _plain_look(inside)):
            return f"{found}, in base64"
    return None


def _is_secret_name(key: str) -> bool:
    return not key.startswith("HIDDEN-") and _SECRET_KEY.search(re.sub(r"[\s_-]", "", key).lower()) is not None


def _plain_look(text: str) -> str | None:
    for one in (text, unquote_plus(text)) if "%" in text else (text,):
        for what, form in _LOOKS:
            if form.search(one):
                return what
        if any(not _EXAMPLE.fullmatch(domain) for domain in _EMAIL.findall(one)):
            return "an e-mail address"
    return None


def _is_random(word: str) -> bool:
    word = word.strip("=-_/")
    if "HIDDEN-" in word or _ID.fullmatch(word):
        return False
    pieces = [piece for piece in re.split(r"[/_-]", word) if len(piece) >= 20 and not _ID.fullmatch(piece)]
    return any(_mixed(piece) and _entropy(piece) >= _RANDOM for piece in pieces)


def _mixed(text: str) -> bool:
    return all(re.search(kind, text) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


def _entropy(text: str) -> float:
    """Bits a character (Shannon)."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


def _decoded(text: str) -> str:
    plain = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8", "replace")
    except ValueError:
        return ""


def _texts(where: str, key: str, value: Any) -> Iterator[tuple[str, str, str]]:
    """Every text with its place and the name that it stands under; names are texts too."""
    if isinstance(value, dict):
        file = {"media_type", "content", "size"} <= value.keys()
        for name, inner in value.items():
            yield where, "", str(name)
            kind = "base64" if file and name == "content" else str(name)
            yield from _texts(f"{where}.{name}".lstrip("."), kind, inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(f"{where}[{index}]", key, inner)
    elif isinstance(value, str):
        yield where, key, value

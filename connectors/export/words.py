"""A manifest's words as several platforms want them: Title Case labels, names as words, no two names alike."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

_Key = TypeVar("_Key", bound=Hashable)

OF_EVERY_OBJECT = (
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
)
"""Names that every object of JavaScript has. Platforms look inputs up by name, and would find these."""

_SMALL = re.compile(
    r"\b(?:an?d?|a[st]|because|but|by|en|for|i[fn]|neither|nor|o[fnr]|only|over|per|so|some|tha[tn]|the|to|up|upon"
    r"|vs?\.?|versus|via|when|with|without|yet)\b",
    re.IGNORECASE | re.ASCII,
)
_UNIT = re.compile(r"\([^\s()]{1,3}\)")
_CASES = ((r"\bid(s?)\b", r"ID\1"), (r"\burl(s?)\b", r"URL\1"), (r"\bjson\b", "JSON"))


def spaced(name: str) -> str:
    """`leadSourceId`, `lead_source_id` → `lead source id`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ")
    return " ".join(word if word.isupper() else word.lower() for word in apart.split())


def pascal(name: str) -> str:
    """`add_note` → `AddNote`."""
    return "".join(word.capitalize() for word in name.split("_"))


def distinct(wanted: Mapping[_Key, str], *, sign: str = "_", taken: Iterable[str] = ()) -> dict[_Key, str]:
    """The same names with no two alike, whatever their case: the first keeps its own, later ones get `_2`, `_3`, …"""
    plain = {name.lower() for name in wanted.values()}
    used = {name.lower() for name in taken}
    found: dict[_Key, str] = {}
    for key, name in wanted.items():
        found[key], number = name, 1
        while found[key].lower() in used or (number > 1 and found[key].lower() in plain):
            number += 1
            found[key] = f"{name}{sign}{number}"
        used.add(found[key].lower())
    return found


def label(words: str) -> str:
    """Title Case by the rules of the npm package title-case 3, which n8n's linter compares with."""
    words = cased(" ".join(words.split()))
    return re.sub(r"[^\s:\u2013\u2014-]+", lambda token: _capitalised(token, words), words)


def with_units(words: str) -> str:
    """A label in which units keep their letters: `Living area (m²)` → `Living Area (m²)`."""
    units = iter(_UNIT.findall(cased(words)))
    return _UNIT.sub(lambda _: next(units), label(words))


def _capitalised(token: re.Match[str], words: str) -> str:
    word = token[0]
    inside = token.start() > 0 and token.end() < len(words)
    address = words[token.end() :][:1] == ":" and not words[token.end() + 1 :][:1].isspace()
    if re.search(r".(?=[A-Z]|\..)", word) or (_SMALL.search(word) and inside) or address:
        return word
    return re.sub(r"[A-Za-z0-9À-ÿ]", lambda first: first[0].upper(), word, count=1)


def cased(words: str) -> str:
    """With the abbreviations in it written as usual: `Url of the id` → `URL of the ID`."""
    for pattern, written in _CASES:
        words = re.sub(pattern, written, words, flags=re.IGNORECASE | re.ASCII)
    return words

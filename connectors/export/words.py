"""A manifest's words as several platforms want them: Title Case labels, names as words."""

from __future__ import annotations

import re

_SMALL = re.compile(
    r"\b(?:an?d?|a[st]|because|but|by|en|for|i[fn]|neither|nor|o[fnr]|only|over|per|so|some|tha[tn]|the|to|up|upon"
    r"|vs?\.?|versus|via|when|with|without|yet)\b",
    re.IGNORECASE | re.ASCII,
)
_CASES = ((r"\bid(s?)\b", r"ID\1"), (r"\burl(s?)\b", r"URL\1"), (r"\bjson\b", "JSON"))


def spaced(name: str) -> str:
    """`leadSourceId`, `lead_source_id` → `lead source id`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ")
    return " ".join(word if word.isupper() else word.lower() for word in apart.split())


def pascal(name: str) -> str:
    """`add_note` → `AddNote`."""
    return "".join(word.capitalize() for word in name.split("_"))


def label(words: str) -> str:
    """Title Case by the rules of the npm package title-case 3, which n8n's linter compares with."""
    words = cased(" ".join(words.split()))
    return re.sub(r"[^\s:\u2013\u2014-]+", lambda token: _capitalised(token, words), words)


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

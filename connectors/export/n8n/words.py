"""A manifest's words in the style that n8n's linters ask for: Title Case labels, short descriptions, "Whether …"."""

from __future__ import annotations

import html
import re
import unicodedata

_SMALL = re.compile(
    r"\b(?:an?d?|a[st]|because|but|by|en|for|i[fn]|neither|nor|o[fnr]|only|over|per|so|some|tha[tn]|the|to|up|upon"
    r"|vs?\.?|versus|via|when|with|without|yet)\b",
    re.IGNORECASE | re.ASCII,
)
_SIGNS = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"  # in the order of the Unicode Collation Algorithm
_PLURALS = ((r"(?<=[^aeiou])ies$", "y"), (r"(?<=s|x)es$|(?<=sh|ch)es$", ""), (r"(?<![suiw])s$", ""))
_CASES = ((r"\bid(s?)\b", r"ID\1"), (r"\burl(s?)\b", r"URL\1"), (r"\bjson\b", "JSON"))


def spaced(name: str) -> str:
    """`leadSourceId`, `lead_source_id` → `lead source id`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ")
    return " ".join(word if word.isupper() else word.lower() for word in apart.split())


def label(words: str) -> str:
    """Title Case by the rules of the npm package title-case 3, which n8n's linter compares with."""
    words = _cased(" ".join(words.split()))
    return re.sub(r"[^\s:\u2013\u2014-]+", lambda token: _capitalised(token, words), words)


def _capitalised(token: re.Match[str], words: str) -> str:
    word = token[0]
    inside = token.start() > 0 and token.end() < len(words)
    address = words[token.end() :][:1] == ":" and not words[token.end() + 1 :][:1].isspace()
    if re.search(r".(?=[A-Z]|\..)", word) or (_SMALL.search(word) and inside) or address:
        return word
    return re.sub(r"[A-Za-z0-9À-ÿ]", lambda first: first[0].upper(), word, count=1)


def singular(words: str) -> str:
    """The last word in the singular, by the plain rules: `System details` → `System detail`."""
    for pattern, ending in _PLURALS:
        words, found = re.subn(pattern, ending, words)
        if found:
            break
    return words


def help_text(description: str | None, *, title: str, boolean: bool = False) -> str | None:
    """A description: no full stop after one sentence, one after several; None if it says no more than the title."""
    words = html.escape(" ".join((description or "").split()), quote=False)
    words = re.sub(r"(?<=\.)id\b", "i&#100;", words)  # n8n's linter would have `customer.id` be `customer.ID`
    words = _cased(words)
    if not words or words.rstrip(".").removeprefix("The ").lower() == title.lower():
        return None
    if boolean and not words.startswith("Whether"):
        words = f"Whether this applies: {words}"
    words = words[0].upper() + words[1:]
    several = ". " in words.rstrip(".").replace("e.g.", "", 1)
    return words.rstrip(".") + "." if several else words.rstrip(".")


def action(title: str) -> str:
    """An operation in the list of actions: a capital at the beginning and in abbreviations, nothing but words."""
    words = [word if word.isupper() and len(word) > 1 else word.lower() for word in re.findall(r"\w+", title)]
    sentence = " ".join(words)
    return sentence[:1].upper() + sentence[1:]


def camel(words: str) -> str:
    """`signed_pdf` → `signedPdf`."""
    first, *others = words.split("_")
    return first + "".join(word.capitalize() for word in others)


def order(words: str) -> tuple[list[tuple[int, str]], str]:
    """A key that sorts as JavaScript's localeCompare does for Western text: accents and case count last."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", words.lower()) if not unicodedata.combining(char))
    return [(_SIGNS.find(char), char) if char in _SIGNS else (len(_SIGNS), char) for char in plain], words.swapcase()


def _cased(words: str) -> str:
    for pattern, written in _CASES:
        words = re.sub(pattern, written, words, flags=re.IGNORECASE | re.ASCII)
    return words

"""A manifest's words in the style that n8n's linters ask for: short descriptions, "Whether …", a verb first."""

from __future__ import annotations

import html
import re
import unicodedata

from connectors.export.words import cased

_SIGNS = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"  # in the order of the Unicode Collation Algorithm
_PLURALS = ((r"(?<=[^aeiou])ies$", "y"), (r"(?<=s|x)es$|(?<=sh|ch)es$", ""), (r"(?<![suiw])s$", ""))


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
    words = cased(words)
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

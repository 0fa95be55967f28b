"""How the same name or number may be written: what is compared in place of the texts themselves."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache


def folded(text: str) -> tuple[str, Sequence[int]]:
    """The text as it is compared, and for each place in it, and its end, the place in the original.

    Without case, with ß as ss, and whatever way Unicode has to write a letter.
    """
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    done: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        form = _fold(letter)
        done.append(form)
        places += [place] * len(form)
    return "".join(done), [*places, len(text)]


def fold(text: str) -> str:
    """The text as it is compared."""
    return " ".join(folded(text)[0].split())


@lru_cache(maxsize=4096)
def _fold(letter: str) -> str:
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())


def core_of(phone: str) -> str:
    """The digits of a telephone number without what comes before the area code."""
    return re.sub(r"^(00)?(49)?0?", "", "".join(re.findall(r"[0-9]", phone)))

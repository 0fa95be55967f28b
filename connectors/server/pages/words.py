"""What the pages say, in the languages of words.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal, TypeAlias, get_args

Language: TypeAlias = Literal["en", "de"]

_LANGUAGES: tuple[Language, ...] = get_args(Language)
_SAID = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def say(language: Language, key: str, **names: str) -> str:
    """The words of that key, with the names put in."""
    return _SAID[language][key].format(**names)


def language_for(accepted: str) -> Language:
    """The language that the header Accept-Language likes best, English if it likes none of them (RFC 9110, 12.5.4)."""
    liked: dict[str, float] = {}
    for part in accepted.split(","):
        tag, _, weight = part.partition(";")
        liked.setdefault(tag.strip().partition("-")[0].lower(), _weight(weight))
    return max(_LANGUAGES, key=lambda language: liked.get(language, 0.0))


def _weight(text: str) -> float:
    name, _, number = text.strip().partition("=")
    try:
        return float(number) if name.strip().lower() == "q" else 1.0
    except ValueError:
        return 0.0

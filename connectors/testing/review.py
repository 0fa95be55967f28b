"""Where a person should look before a case is kept: what may tell of somebody, and was not surely recognised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connectors.testing.case import Case
from connectors.testing.people import is_invented, looks_like_name, plain_key
from connectors.testing.secrets import HIDDEN

_FREE = re.compile(
    r".*(text|message|notes?|description|comments?|body|subject|content|summary|remarks?|reason|history"
    r"|notiz(en)?|bemerkung(en)?|kommentare?|beschreibung|betreff|anmerkung(en)?|hinweise?)"
)
_OURS = frozenset(("line", "document", "at", "date", "manifest", "operation"))
_WORDS = 3
"""A text of so many words is one that somebody wrote."""


def places_to_review(case: Case) -> Iterator[str]:
    """Each place in a case of a real account that only a person can judge, with the reason; a list's entries as one."""
    if case.evidence != "live":
        return
    said = case.model_dump(by_alias=True, exclude_unset=True)
    seen: set[str] = set()
    for part in ("connection", "input", "output", "error", "exchanges", "polls"):
        for place, why in _places(part, part, said.get(part)):
            one = f"{place}: {why}"
            if one not in seen:
                seen.add(one)
                yield one


def _places(place: str, key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _OURS and place.endswith(("request", "answer", "polls[]")):
                continue
            if _may_be_name(name):
                yield place, "a key that may be a name"
            yield from _places(f"{place}.{name}", str(name), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _places(f"{place}[]", key, inner)
    elif isinstance(value, str) and HIDDEN not in value:
        if _may_be_name(value):
            yield place, "may be a name"
        elif _FREE.fullmatch(plain_key(key)) and len(value.split()) >= _WORDS:
            yield place, "a free text"


def _may_be_name(text: str) -> bool:
    return looks_like_name(text) and not is_invented(text)

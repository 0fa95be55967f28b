"""Plays a cast: known people are replaced wherever they stand, however they are written there.

Texts are compared folded: without case, with ß as ss, and whatever way Unicode has to write a letter. A name is found
in a file's name, in an address, and in the genitive; a telephone number whatever stands between its digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

from connectors.testing.people import Cast, is_position, kind_of, near, plain_key
from connectors.testing.secrets import ESCAPES
from connectors.testing.spelling import core_of, fold, folded

_KEPT = re.compile(
    r".*(id|uuid|status|state|type|kind|role|date|at|code|currency|language|locale|city|town|country|zip|plz)"
)
"""What stays under such keys: single words are no names there."""
_FIELD = re.compile(r"[a-z][A-Za-z0-9_.-]*")
"""The form of a field's name; a word in it is no person's."""
_LETTER = r"[^\W\d_]"
_MARKS = "\u0300-\u036f"
_BEFORE = rf"(?:(?<!{_LETTER})|(?<=%[0-9a-f]{{2}})|(?<=\\[nrt]))"
_AFTER = rf"(?=s?(?!{_LETTER}|[{_MARKS}]))"
_UMLAUTS = (("a\u0308", "ae"), ("o\u0308", "oe"), ("u\u0308", "ue"))
_GAP = r"[\s()/.\u2013-]{0,3}"
_SHORTEST = 3
"""Letters; anything shorter is part of too many innocent texts."""
_SHORTEST_PHONE = 6


class Stage:
    """Replaces people in values and texts."""

    def __init__(self, cast: Cast) -> None:
        self._exact = {fold(old): new for old, new in cast.parts.items()}
        self._new = _written_as({**cast.words, **cast.parts})
        self._all = _any_of(form for form in self._new if len(form) >= _SHORTEST and not form.isdecimal())
        whole = _written_as({old: new for old, new in cast.parts.items() if re.search(r"[\s@]|\d{5}|\d\.\d{3}", old)})
        self._whole = _any_of(form for form in whole if not form.isdecimal())
        self._phones = cast.phones
        self._phone = _any_phone(core for core in cast.phones if len(core) >= _SHORTEST_PHONE)

    def value(self, value: Any, key: str = "") -> Any:
        """The value with invented people in it; `key` is what it stands under, if known."""
        if isinstance(value, dict):
            return {self.key(str(name)): self.value(inner, str(name)) for name, inner in value.items()}
        if isinstance(value, list):
            if is_position(key, value):
                return [round(number, 1) if isinstance(number, float) else number for number in value]
            return [self.value(inner, key) for inner in value]
        if isinstance(value, str):
            return self.text(value, key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(value, key)
        return value

    def _number(self, value: float, key: str) -> float:
        kind = kind_of(key, "")
        if isinstance(value, float):
            known = kind == "place" or (re.search(r"\.\d{3}", str(value)) and str(value) in self._exact)
            return round(value, 1) if known else value
        return int(self._exact.get(str(value), value)) if kind == "phone" else value

    def key(self, name: str) -> str:
        """A key with invented people in it: a field's name stays, unless it is an e-mail address or a whole name."""
        return self._replaced(name, self._whole if _FIELD.fullmatch(name) else self._all)

    def line(self, line: str) -> str:
        """A request line; what its parameters are called is the manifest's."""
        before, mark, query = line.partition("?")
        pairs = [pair.partition("=") for pair in query.split("&")]
        said = (self.key(name) + equals + self.text(value, unquote_plus(name)) for name, equals, value in pairs)
        method, space, address = before.partition(" ")
        scheme, slashes, path = address.partition("//")
        steps = (step if re.fullmatch("[a-z]+", step) else self._replaced(step, self._all) for step in path.split("/"))
        return method + space + scheme + slashes + "/".join(steps) + mark + ("&".join(said) if mark else "")

    def text(self, text: str, key: str = "") -> str:
        """The text with invented people in it."""
        kind = kind_of(key, "person")
        kept = kind is None and _KEPT.fullmatch(plain_key(key)) is not None
        plain = fold(text)
        whole = self._exact.get(plain)
        if whole is not None and not kept and (kind or (len(plain) >= _SHORTEST and not plain.isdecimal())):
            return _in_case_of(text, whole)
        if kind == "place":
            return near(text)
        return self._replaced(text, self._whole if kept else self._all, phones=not kept)

    def _replaced(self, text: str, form: re.Pattern[str] | None, *, phones: bool = True) -> str:
        if phones and self._phone is not None and re.search(r"\d", text):
            text = self._phone.sub(self._other_phone, text)
        if form is None:
            return text
        plain, places = folded(text)
        done, last = [], 0
        for found in form.finditer(plain):
            start, end = places[found.start()], places[found.end()]
            old = text[start:end]
            done += [text[last:start], _in_case_of(old, self._new[" ".join(found[0].split())])]
            last = end
        return "".join([*done, text[last:]]) if done else text

    def _other_phone(self, found: re.Match[str]) -> str:
        core = core_of(found[0])
        return self._phones[core](found[0]) if core in self._phones else found[0]


def _written_as(people: Mapping[str, str]) -> dict[str, str]:
    """Each way to write those who are replaced, folded, with who takes their place, written in the same way."""
    forms: dict[str, str] = {}
    for old, new in people.items():
        for one in _spellings(unicodedata.normalize("NFC", old)):
            for escape in (str, *ESCAPES):
                forms.setdefault(fold(escape(one)), escape(new))
    return {form: new for form, new in forms.items() if form}


def _spellings(text: str) -> Iterator[str]:
    """As it is, in the other Unicode form, and without umlauts: these differ once they are escaped."""
    apart = unicodedata.normalize("NFD", text)
    yield from (text, text.replace("ss", "ß"), apart)
    for umlaut, plain in _UMLAUTS:
        apart = apart.replace(umlaut, plain)
    yield apart


def _in_case_of(old: str, new: str) -> str:
    """The new text in capitals, or without any, where the old one is."""
    if old.isupper() and old.lower() != old:
        return new.upper()
    return new.lower() if old.islower() and "@" not in old else new


def _any_of(forms: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted(set(forms), key=len, reverse=True)
    if not longest_first:
        return None
    several = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in longest_first)
    return re.compile(rf"{_BEFORE}(?:{several}){_AFTER}")


def _any_phone(cores: Iterable[str]) -> re.Pattern[str] | None:
    several = "|".join(_GAP.join(core) for core in sorted(cores, key=len, reverse=True))
    return re.compile(rf"(?<![\w.])\+?(?:0{{0,2}}49{_GAP}(?:\(0\){_GAP})?|0)?(?:{several})(?!\w)") if several else None

"""People become invented ones: the same person the same one wherever they appear, in whatever order it is read.

They are found by the names of keys (firstName, phone, street …) and by pattern (e-mail addresses, telephone numbers,
IBANs). Ids, enums, dates, towns and postcodes stay. Telephone numbers come from the range that the Bundesnetzagentur
keeps for films, e-mail addresses from example.com (RFC 2606).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.components.http import load_json
from connectors.testing.secrets import ESCAPES, HIDDEN

_FIRST = (
    "Alma Bruno Clara Dario Edda Falk Greta Henrik Ida Jannis Karla Leif Marta Noel Olga Piet Quirin Ronja Sina Theo "
    "Ulla Veit Wanda Xaver Ylva Zeno Anouk Bela Carlo Dunja Emil Fenja Gesa Hugo Iris Joris Kaja Lasse Mina Nora"
).split()
_LAST = (
    "Ahrenfeld Birkholz Calmsee Dornbach Eschenau Falkenried Ginsterberg Haselhorst Immental Jungfern Kiefernsee "
    "Lerchenfeld Moosbach Nordheim Ostertal Pappelau Quellmann Rosenbaum Seeberg Tannrode Ulmenhof Veilchental "
    "Weidenbach Xylander Yburg Zedernholz Ackerwand Brunnkogel Distelfink Elstergrund"
).split()
_STREET = "Ahornweg Birkenallee Drosselgasse Eichenring Fliederweg Ginsterpfad Haselgrund Irisweg Kastanienweg".split()

_EMAIL = re.compile(r"[A-Za-z0-9.!#$&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_PHONE = re.compile(r"(?<![\w.+-])\+[1-9]\d{0,2}[ ()/.-]{0,2}(?:\d[ ()/.-]{0,2}){6,12}\d(?!\w)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")

_BY_KEY = (
    ("first", r"(first|given|fore|middle)names?|vorname"),
    ("last", r"(last|family|sur|maiden|birth)names?|nachname"),
    (
        "full",
        (
            r"(full|display|contact|customer|person|user|owner|author|account|card)?(holder)?(full|person)name"
            r"|(contact|customer|owner|author|person|holder|recipient|sender|assignee|creator|accountholder)name"
            r"|displayname|realname|attn|attention|signedby|signatory|ansprechpartner"
        ),
    ),
    ("email", r".*e?mail(address)?(primary|secondary)?|username|login|userprincipalname"),
    ("phone", r".*(phone|telephone|mobile|fax|whatsapp|telefon|handy)(phone|number|no|home|work|private)?|tel|msisdn"),
    ("street", r".*street(name|address|line)?\d?|(address|addressline|line)[123]|strasse|straße|formattedaddress"),
    ("iban", r".*iban|accountnumber|bankaccount"),
    ("birth", r"birth(day|date)|dateofbirth|dob|geburtsdatum"),
    ("place", r"lat|latitude|lng|lon|long|longitude"),
)  # fmt: skip
_KINDS = [(kind, re.compile(form)) for kind, form in _BY_KEY]
_PERSONS = re.compile(
    r"customers?|contacts?|users?|persons?|people|leads?|owners?|authors?|members?|employees?|assignees?|creators?"
    r"|createdby|updatedby|assignedto|assignedtousers|recipients?|senders?|requesters?|agents?|holders?"
)
"""What holds a person, so that the `name` in it is theirs."""
_PERSONAL = re.compile(r"e?mail.*|.*phone.*|(first|last)_?name|surname|birth.*", re.IGNORECASE)
_PROSE = re.compile(r".*(text|message|note|description|comment|body|subject|content|summary|remark|title|search)s?")
_KEPT = re.compile(r".*(id|uuid|status|state|type|kind|role|date|at|url|code|currency|language|locale)")


@dataclass
class Cast:
    """Who plays whom. The same `seed` and the same people give the same cast."""

    seed: str
    parts: dict[str, str] = field(default_factory=dict)
    """What is replaced, in whatever case it is written, and by what."""
    words: dict[str, str] = field(default_factory=dict)
    """The same for single names, which are replaced in prose alone."""

    def __post_init__(self) -> None:
        draw = random.Random(self.seed)  # noqa: S311 - it is to be repeatable, and hides nothing
        self._names = {kind: draw.sample(names, len(names)) for kind, names in (("first", _FIRST), ("last", _LAST))}
        self._streets = draw.sample(_STREET, len(_STREET))
        self._start = draw.randrange(1000)
        self._played: dict[str, str] = {}
        self._counted: dict[str, int] = {}

    def meet(self, value: Any) -> None:
        """Gives a part to every person in a value; names first, for e-mail addresses are made of them."""
        for kind, text in sorted(_people("", "", value), key=lambda person: person[0] == "email"):
            self._engage(kind, text)

    def _engage(self, kind: str, text: str) -> None:
        known = text.strip().casefold()
        if not known or known in self.parts or HIDDEN in text or known in self.parts.values():
            return
        invented = self._invented(kind, text)
        if invented.casefold() != known:
            self.parts[known] = invented

    def _invented(self, kind: str, text: str) -> str:
        match kind:
            case "email":
                return self._email(text)
            case "phone":
                return self._phone(text)
            case "street":
                return self._street(text)
            case "iban":
                return self._iban(text)
            case "birth":
                return f"1980-01-01{text[10:]}"
            case "place":
                return _near(text)
            case _:
                return self._name(kind, text)

    def _number(self, kind: str) -> int:
        self._counted[kind] = self._counted.get(kind, -1) + 1
        return self._counted[kind]

    def _name(self, kind: str, text: str) -> str:
        words = re.findall(r"[^\s,]+", text)
        return " ".join(self._word(kind if len(words) == 1 or kind != "full" else "", word, place, len(words))
                        for place, word in enumerate(words))  # fmt: skip

    def _word(self, kind: str, word: str, place: int, count: int) -> str:
        known = word.casefold()
        if known not in self._played:
            which = "last" if kind == "last" or (not kind and place == count - 1) else "first"
            number = self._number(which)
            names = self._names[which]
            again = number // len(names)
            self._played[known] = names[number % len(names)] + (f"-{names[again]}" if again else "")
            if len(word) > 2:
                self.words[known] = self._played[known]
        return self._played[known]

    def _email(self, text: str) -> str:
        local, at, _ = text.partition("@")
        if not at:
            return text if text in ("me", "self") else f"user{self._number('login') + 1}"
        words = [self._played.get(word.casefold()) for word in re.split(r"[._+-]", local)]
        known = ".".join(word.lower() for word in words if word)
        name = known or f"person{self._number('email') + 1}"
        taken = set(self.parts.values())
        free = (f"{name}{number or ''}@example.com" for number in range(len(taken) + 1))
        return next(one for one in free if one not in taken)

    def _phone(self, text: str) -> str:
        number = (self._start + self._number("phone")) % 1000
        return f"{'+' if text.strip().startswith('+') else ''}493023125{number:03}"

    def _street(self, text: str) -> str:
        number = self._number("street")
        name = self._streets[number % len(self._streets)]
        house = f" {number + 1}" if re.search(r"\d", text) else ""
        return name + house if number < len(self._streets) else f"{name} {number + 1}"

    def _iban(self, text: str) -> str:
        account = f"500105170{self._start + self._number('iban'):09}"
        check = 98 - int(f"{account}131400") % 97
        return f"DE{check:02}{account}"


def _near(text: str) -> str:
    """A coordinate that tells the town and not the house."""
    try:
        return f"{float(text):.1f}"
    except ValueError:
        return text


def _people(key: str, holder: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each text that tells of a person, with what it is."""
    if isinstance(value, dict):
        personal = _PERSONS.fullmatch(_plain(key)) or any(_PERSONAL.fullmatch(str(name)) for name in value)
        for name, inner in value.items():
            yield from _people(str(name), "person" if personal else "", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _people(key, holder, inner)
    elif isinstance(value, str):
        yield from _in_text(key, holder, value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        kind = _kind(key, holder)
        if kind in ("phone", "place"):
            yield kind, str(value)


def _in_text(key: str, holder: str, text: str) -> Iterator[tuple[str, str]]:
    if text[:1] in ("{", "["):
        try:
            inner = load_json(text)
        except ValueError:
            inner = None
        if inner is not None:
            yield from _people(key, holder, inner)
            return
    kind = _kind(key, holder)
    if kind and not (kind == "birth" and len(text) < 10):
        yield kind, text
    for one, form in (("email", _EMAIL), ("phone", _PHONE), ("iban", _IBAN)):
        yield from ((one, found) for found in form.findall(text))


def _kind(key: str, holder: str) -> str | None:
    plain = _plain(key)
    if plain == "name" and holder:
        return "full"
    return next((kind for kind, form in _KINDS if form.fullmatch(plain)), None)


def _plain(key: str) -> str:
    return re.sub(r"[\s_-]", "", key).lower()


class Stage:
    """Plays a cast: replaces people in values and texts."""

    def __init__(self, cast: Cast) -> None:
        self._parts = {form: escape(new) for old, new in cast.parts.items() for escape in (str, *ESCAPES)
                       if (form := escape(old).casefold())}  # fmt: skip
        self._words = {form: escape(new) for old, new in cast.words.items() for escape in (str, *ESCAPES)
                       if (form := escape(old).casefold())}  # fmt: skip
        self._whole = _any_of(key for key in self._parts if not key.isdecimal() and len(key) > 2)
        self._prose = _any_of({**self._words, **self._parts})

    def value(self, value: Any, key: str = "") -> Any:
        """The value with invented people in it."""
        if isinstance(value, dict):
            return {name: self.value(inner, str(name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.value(inner, key) for inner in value]
        if isinstance(value, str):
            return self.text(value, key)
        if isinstance(value, int | float) and not isinstance(value, bool) and _kind(key, "") in ("phone", "place"):
            part = self._parts.get(str(value))
            return value if part is None else type(value)(float(part))
        return value

    def text(self, text: str, key: str = "") -> str:
        """The text with invented people in it; `key` is what it stands under, if known."""
        plain = _plain(key)
        whole = text.strip().casefold()
        kind = _kind(key, "person")
        if whole in self._parts and (kind or not _KEPT.fullmatch(plain)):
            return _in_case_of(text, self._parts[whole])
        form = self._prose if kind or _PROSE.fullmatch(plain) else self._whole
        both = {**self._words, **self._parts}
        return form.sub(lambda found: _in_case_of(found[0], both[found[0].casefold()]), text) if form else text


def _in_case_of(old: str, new: str) -> str:
    """The new text in capitals where the old one is."""
    return new.upper() if old.isupper() and old.lower() != old else new


def _any_of(forms: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted(set(forms), key=len, reverse=True)
    if not longest_first:
        return None
    return re.compile(rf"(?<![\w%])(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)

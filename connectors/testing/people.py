"""People become invented ones: the same person the same one wherever they appear, in whatever order it is read.

They are found by the names of keys (firstName, phone, street …), by what holds them (the `name` of an owner), and by
pattern (e-mail addresses, telephone numbers, IBANs); `stage` replaces them wherever they are named. Ids, enums, dates,
towns and postcodes stay. Telephone numbers come from the range that the Bundesnetzagentur keeps for films, e-mail
addresses from example.com (RFC 2606).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.components.http import load_json
from connectors.testing.secrets import HIDDEN
from connectors.testing.spelling import core_of, fold

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

_GIVEN = frozenset((*_FIRST, *_LAST, *_STREET))

_EMAIL = re.compile(r"[A-Za-z0-9.!$'*+^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_PHONE = re.compile(r"(?<![\w.+-])\+[1-9]\d{0,2}[ ()/.-]{0,2}(?:\d[ ()/.-]{0,2}){6,12}\d(?!\w)")
_PHONE_HERE = re.compile(
    r"(?<![\w.+-])0(?:0[1-9]\d{1,2}[ ()/-]{1,3})?\d{2,4}\)?[ /-]{1,3}\d(?:[ /-]{0,3}\d){4,9}(?![\w-])"
)
"""One that begins with 0, as people write it in a text: with something after the area code."""
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")

_BY_KEY = (
    ("first", r"(first|given|fore|middle)names?|vorname"),
    ("last", r"(last|family|sur|maiden|birth)names?|nachname"),
    (
        "full",
        (
            r"(full|display|real|person|card)(holder)?(full|person)?name|.*(person|holder|owner|author|creator|sender"
            r"|recipient|assignee|manager|contact|customer|participant|member|employee)(full|display)?name"
            r"|attn|attention|signedby|signatory|ansprechpartner(in)?|kundenname|empfaenger"
        ),
    ),
    ("email", r".*e?mail(address)?(primary|secondary)?|username|login|userprincipalname"),
    ("phone", r".*(phone|telephone|mobile|fax|whatsapp|telefon|handy)(phone|number|no|home|work|private)?|tel|msisdn"),
    ("street", r".*street(name|address|line)?\d?|(address|addressline|line)[123]|strasse|straße|formattedaddress"),
    ("iban", r".*iban|accountnumber|bankaccount"),
    ("birth", r"birth(day|date)|dateofbirth|dob|geburtsdatum"),
    ("place", r"lat|latitude|lng|lon|long|longitude|latlng|latlon|lnglat|lonlat|coordinates?|geolocation"),
)  # fmt: skip
_KINDS = [(kind, re.compile(form)) for kind, form in _BY_KEY]
_PERSONS = re.compile(
    r"(users?|people|leads?|createdby|updatedby|modifiedby|assigned(to|users?|tousers)?|requesters?|agents?"
    r"|technicians?|planners?|editors?|sales(person|man|rep)|bearbeiter|sachbearbeiter|kunden?|mitarbeiter|eigentuemer"
    r"|.*(customer|contact|person|owner|author|member|employee|assignee|creator|recipient|sender|holder|manager"
    r"|participant|attendee)s?)"
)
"""What holds a person, so that the `name` in it is theirs, and a text under it that looks like a name."""
_THEIRS = frozenset(("name", "label", "search", "query", "q", "term"))
"""What in something that is about people is their name: `search` is an input."""
_PERSONAL = re.compile(r"e?mail.*|.*phone.*|(first|last)_?name|surname|birth.*", re.IGNORECASE)
_POSITIONS = re.compile(r"coordinates?|location|position|geolocation|geopoint|point|center|latlng|lnglat|lonlat|latlon")
_TITLES = frozenset(
    "herr frau dr prof familie firma mr mrs ms mx sir und and von van der den de zu zum zur di da".split()
)
"""Words beside a name, which stay."""
_NAME = re.compile(r"[^\W\d_]+(?:['\u2019.-]+[^\W\d_]+)*\.?")
_FIRM = re.compile(r"\b(gmbh|ag|kg|ohg|gbr|ug|eg|e\.? ?k|e\.? ?v|mbh|inc|ltd|llc|corp|co)\b", re.IGNORECASE)


@dataclass
class Cast:
    """Who plays whom. The same `seed` and the same people give the same cast."""

    seed: str
    parts: dict[str, str] = field(default_factory=dict)
    """What is replaced, in whatever case it is written, and by what."""
    words: dict[str, str] = field(default_factory=dict)
    """The same for the names that a whole one is made of."""
    phones: dict[str, Callable[[str], str]] = field(default_factory=dict)
    """Telephone numbers, each by its digits, and what writes another one in the same way."""

    def __post_init__(self) -> None:
        draw = random.Random(self.seed)  # noqa: S311 - it is to be repeatable, and hides nothing
        self._names = {kind: draw.sample(names, len(names)) for kind, names in (("first", _FIRST), ("last", _LAST))}
        self._streets = draw.sample(_STREET, len(_STREET))
        self._start = draw.randrange(1000)
        self._played: dict[str, str] = {}
        self._counted: dict[str, int] = {}

    def meet(self, value: Any, holder: str = "") -> None:
        """Gives a part to every person in a value; whole names first, for others are made of them.

        `holder` is what the value is about, if it is known: lead.
        """
        for kind, text in sorted(_people(holder, "", value), key=_turn):
            self._engage(kind, text)

    def _engage(self, kind: str, text: str) -> None:
        known = fold(text)
        if not known or known in self.parts or HIDDEN in text or known in self.parts.values():
            return
        if kind in ("first", "last", "full") and len(known) <= 2:
            return
        invented = self._invented(kind, text)
        if fold(invented) != known:
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
                return near(text)
            case _:
                return self._name(kind, text)

    def _number(self, kind: str) -> int:
        self._counted[kind] = self._counted.get(kind, -1) + 1
        return self._counted[kind]

    def _name(self, kind: str, text: str) -> str:
        words = re.findall(r"[^\s,]+", text)
        kind = kind if len(words) == 1 or kind != "full" else ""
        firm = _FIRM.search(text) is not None
        return " ".join(self._word(kind, word, place == len(words) - 1, firm) for place, word in enumerate(words))

    def _word(self, kind: str, word: str, last: bool, firm: bool) -> str:
        known = fold(word)
        if known.rstrip(".") in _TITLES:
            return word
        if known not in self._played:
            which = "last" if kind == "last" or (not kind and last) else "first"
            number = self._number(which)
            names = self._names[which]
            again = number // len(names)
            self._played[known] = names[number % len(names)] + (f"-{names[again]}" if again else "")
        if len(known) > 2 and not firm:
            self.words[known] = self._played[known]
        return self._played[known]

    def _email(self, text: str) -> str:
        local, at, _ = text.partition("@")
        if not at:
            return text if text in ("me", "self") else f"user{self._number('login') + 1}"
        words = [self._played.get(fold(word)) for word in re.split(r"[._+-]", local)]
        known = ".".join(word.lower() for word in words if word)
        name = known or f"person{self._number('email') + 1}"
        taken = set(self.parts.values())
        free = (f"{name}{number or ''}@example.com" for number in range(len(taken) + 1))
        return next(one for one in free if one not in taken)

    def _phone(self, text: str) -> str:
        core = core_of(text)
        if core not in self.phones:
            number = f"3023125{(self._start + self._number('phone')) % 1000:03}"
            self.phones[core] = lambda text: f"{_trunk(text)}{number}"
        return self.phones[core](text)

    def _street(self, text: str) -> str:
        number = self._number("street")
        name = self._streets[number % len(self._streets)]
        house = f" {number + 1}" if re.search(r"\d", text) else ""
        return name + house if number < len(self._streets) else f"{name} {number + 1}"

    def _iban(self, text: str) -> str:
        account = f"500105170{self._start + self._number('iban'):09}"
        check = 98 - int(f"{account}131400") % 97
        return f"DE{check:02}{account}"


def _trunk(phone: str) -> str:
    """What a number begins with, so that another one begins in the same way."""
    return next(
        (form for form in ("+49", "0049", "0") if phone.strip().startswith(form)), "+49" if "+" in phone else "49"
    )


def near(text: str) -> str:
    """Coordinates that tell the town and not the house."""
    return re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.1f}", text)


def _turn(person: tuple[str, str]) -> int:
    kind, text = person
    return 2 if kind == "email" else 1 if kind == "full" and not re.search(r"\S\s+\S", text) else 0


def _people(key: str, holder: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each text that tells of a person, with what it is."""
    if isinstance(value, dict):
        named = _PERSONS.fullmatch(plain_key(key)) is not None
        personal = named or any(_PERSONAL.fullmatch(str(name)) for name in value)
        for name, inner in value.items():
            if named and looks_like_name(str(name)):
                yield "full", str(name)
            yield from _people(str(name), "person" if personal else "", inner)
    elif isinstance(value, list):
        if not is_position(key, value):
            for inner in value:
                yield from _people(key, holder, inner)
    elif isinstance(value, str):
        yield from _in_text(key, holder, value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        kind = kind_of(key, holder)
        if kind == "phone" or (kind == "place" and isinstance(value, float)):
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
    kind = kind_of(key, holder)
    if kind and not (kind == "birth" and len(text) < 10):
        yield kind, text
    elif looks_like_name(text) and _PERSONS.fullmatch(plain_key(key)):
        yield "full", text
    for one, form in (("email", _EMAIL), ("phone", _PHONE), ("phone", _PHONE_HERE), ("iban", _IBAN)):
        yield from ((one, found) for found in form.findall(text))


def kind_of(key: str, holder: str) -> str | None:
    """What of a person stands under such a key; `holder` says that a person holds it."""
    plain = plain_key(key)
    if holder and plain in _THEIRS:
        return "full"
    return next((kind for kind, form in _KINDS if form.fullmatch(plain)), None)


def plain_key(key: str) -> str:
    """The key without what sets words apart."""
    return re.sub(r"[\s_-]", "", key).lower()


def is_position(key: str, value: list[Any]) -> bool:
    """Whether these are numbers of a place on Earth, whichever comes first."""
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in value)
    return numbers and 2 <= len(value) <= 3 and _POSITIONS.fullmatch(plain_key(key)) is not None


def looks_like_name(text: str) -> bool:
    """Whether it could be the name of a person: a few words, each with a capital letter."""
    words = _names_in(text)
    capitals = all(_NAME.fullmatch(word) and word[0].isupper() for word in words)
    return 2 <= len(words) <= 4 and capitals and not _FIRM.search(text)


def is_invented(text: str) -> bool:
    """Whether all names in it are those that we give."""
    return all(name in _GIVEN for word in _names_in(text) for name in word.split("-"))


def _names_in(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", text.strip()) if fold(word).rstrip(".") not in _TITLES]

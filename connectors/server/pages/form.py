"""The form in which an account is entered: one for each way to sign in, made from the connection's fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.components.auth import Auth, OAuth2
from connectors.components.fields import Field, parse_text
from connectors.components.http import dump_json
from connectors.errors import FieldProblem
from connectors.manifest.model import Connector
from connectors.server.pages.words import Language, say
from connectors.service.oauth_apps import app_fields

_TYPES = {"email": "email", "uri": "url", "date": "date"}


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a dropdown: what the browser sends for it, what a person reads, what it means."""

    text: str
    title: str
    value: Any


@dataclass(slots=True)
class Box:
    """One field with what was typed into it and what is wrong with that."""

    name: str
    id: str
    field: Field
    needed: bool
    options: list[Option]
    value: str = ""
    typed: bool = False
    error: str | None = None
    error_lang: Language | None = None

    @property
    def title(self) -> str:
        """What stands above it."""
        return self.field.title or self.name

    @property
    def help(self) -> str | None:
        """What stands below the title."""
        return self.field.description

    @property
    def example(self) -> str | None:
        """What could be typed."""
        return None if self.secret or not self.field.examples else _text(self.field.examples[0])

    @property
    def secret(self) -> bool:
        """Whether nobody may see it, not even who has typed it."""
        return self.field.secret

    @property
    def multiline(self) -> bool:
        """Whether it takes several lines."""
        return self.field.multiline

    @property
    def maximum(self) -> int | None:
        """The most characters."""
        return self.field.maxLength

    @property
    def type(self) -> str:
        """As `input` has it."""
        return "password" if self.secret else _TYPES.get(self.field.format or "", "text")

    @property
    def described_by(self) -> str:
        """The ids of what a reader should hear with it."""
        parts = {"error": self.error, "help": self.help, "example": self.example}
        return " ".join(f"{self.id}-{part}" for part, there in parts.items() if there)

    def read(self, text: str) -> Any:
        """What was typed, as the field means it; None if nothing was. It is kept to be shown again, unless secret."""
        text = text.replace("\r\n", "\n").strip()  # keys are copied, and blanks come along
        self.value, self.typed = "" if self.secret else text, bool(text)
        if not text:
            return None
        return next((option.value for option in self.options if option.text == text), parse_text(self.field, text))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why it was not connected: which of the page's own words say it, and what the vendor or the program says."""

    key: str
    vendor_message: str | None = None
    details: str | None = None


@dataclass(slots=True)
class Form:
    """One way to sign in. `auth` is its name where there are several."""

    id: str
    title: str
    auth: str | None
    in_browser: bool
    boxes: list[Box]
    trouble: Trouble | None = field(default=None)

    @property
    def secret(self) -> bool:
        """Whether something has to be typed again after an error."""
        return any(box.secret and box.typed for box in self.boxes)

    def read(self, posted: Mapping[str, str], language: Language) -> dict[str, Any]:
        """The connection's values; a box that should not be empty says so."""
        values = {box.name: box.read(posted.get(box.name, "")) for box in self.boxes}
        for box in self.boxes:
            if box.needed and values[box.name] is None:
                box.error = say(language, "missing")
        chosen = {"auth": self.auth} if self.auth else {}
        return {name: value for name, value in values.items() if value is not None} | chosen

    def blame(self, problems: Sequence[FieldProblem]) -> None:
        """Puts each problem where it belongs; what belongs to no box stands above."""
        boxes, rest = {box.name: box for box in self.boxes}, list[str]()
        for problem in problems:
            box = boxes.get((problem.field or "").partition(".")[0])
            if box is None:
                rest.append(problem.message)
            elif box.error is None:
                box.error, box.error_lang = problem.message, "en"
        self.trouble = Trouble("check_input", details="; ".join(rest) or None)


def forms_of(connector: Connector, known: Mapping[str, Any], language: Language) -> list[Form]:
    """A form for each way to sign in, that in the browser first.

    `known` are the values of the OAuth app: nobody is asked for them, and without them none is for the browser.
    """
    ways = connector.connection.auth.one_of or {"": connector.connection.auth}
    app = app_fields(connector)
    found = [
        _form(connector, name, way, language)
        for name, way in ways.items()
        if not _in_browser(way) or app.keys() <= known.keys()
    ]
    for form in found:
        if form.in_browser:
            form.boxes = [box for box in form.boxes if box.name not in app]
    seen = Counter[str]()
    for form in found:
        seen[form.title] += 1
        if (number := seen[form.title]) > 1:  # only what becomes of the same fields differs
            form.title = say(language, "another_way", title=form.title, number=str(number))
    return sorted(found, key=lambda form: not form.in_browser)


def chosen_of(forms: list[Form], posted: Mapping[str, str]) -> Form:
    """The form that was sent: the one that `auth` names, otherwise the first whose boxes are all filled."""
    named = [form for form in forms if form.auth and form.auth == posted.get("auth")]
    filled = [form for form in forms if form.boxes and all(posted.get(box.name) for box in form.boxes if box.needed)]
    return (named or filled or forms)[0]


def _form(connector: Connector, name: str, way: Auth, language: Language) -> Form:
    fields, in_browser = connector.connection.fields, _in_browser(way)
    own = {hole.path[0] for _, hole in way.holes()}
    needed = {hole.path[0] for _, kind in way.ways() for place, hole in kind.holes() if place[0] != "authorize"}
    others = {hole.path[0] for _, hole in connector.connection.auth.holes()} - own
    boxes = [
        _box(f"{name or 'way'}-{key}", key, each, key in needed, language)
        for key, each in fields.items()
        if key not in others
    ]
    if way.title is not None:
        title = way.title
    elif in_browser:
        title = say(language, "sign_in", vendor=connector.title)
    else:
        titles = [box.title for box in boxes if box.name in own]
        [kind, *_] = [place[-1] for place, _ in way.ways()]
        title = say(language, "with_fields", fields=", ".join(titles)) if titles else say(language, f"with_{kind}")
    return Form(f"{name or 'way'}-title", title, name or None, in_browser, boxes)


def _in_browser(way: Auth) -> bool:
    return any(isinstance(kind, OAuth2) and kind.in_browser for _, kind in way.ways())


def _box(id: str, name: str, field: Field, needed: bool, language: Language) -> Box:
    needed = (needed or field.required) and "default" not in field.model_fields_set
    box = Box(name, id, field, needed, list(_options(field, language)))
    if not field.secret and field.default is not None:
        box.value = _text(field.default)
    return box


def _options(field: Field, language: Language) -> Iterator[Option]:
    if field.choices is not None and field.choices.values and not field.choices.open:
        for text, title in field.choices.values.items():
            yield Option(text, title, parse_text(field, text))
    elif field.enum is not None:
        yield from (Option(_text(value), _text(value), value) for value in field.enum if value is not None)
    elif field.kinds == ["boolean"]:
        yield Option("true", say(language, "yes"), True)
        yield Option("false", say(language, "no"), False)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dump_json(value).decode()

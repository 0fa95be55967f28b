"""Taking secrets out of what is said, printed and handed on, in whatever form they travel."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeAlias
from urllib.parse import quote, quote_plus

from connectors.components.fields import Field, Fields
from connectors.components.filters import as_text
from connectors.components.http import Response, dump_json

HIDDEN = "•••"

Redact: TypeAlias = Callable[[str], str]

_SHORT = 4  # characters; anything shorter is part of too many innocent texts, and is hidden where it stands for itself
_LONG = 8  # characters; from here on it is no chance if they are found with line breaks or backslashes between them
_ESCAPED_SPACE = re.compile(r"\\(?:[nrtf]|u00(?:0b|1[c-f]))")  # a secret may be wrapped, in a text that JSON escapes
_NUMBERED = ("%", "\\u", "&#")  # what begins a letter that is written as its number
_LONGEST = 2**20  # characters that are looked through for such letters
_BETWEEN = re.compile(r"[\s\\]+")  # what texts are wrapped with, and what nested escapes are made of


class Redaction:
    """Takes secrets out of texts; one of less than four characters only where it is a word of its own."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [secret for secret in secrets if secret]

    @cached_property
    def _by_length(self) -> list[str]:
        return sorted({form for secret in self._secrets for form in _forms(secret) if form}, key=len, reverse=True)

    @cached_property
    def _long(self) -> list[str]:
        return [form for form in self._by_length if len(form) >= _SHORT]

    @cached_property
    def _split(self) -> set[str]:
        return {squeezed for form in self._by_length if len(squeezed := _squeezed(form)) >= _LONG}

    @cached_property
    def _words(self) -> re.Pattern[str] | None:
        words = "|".join(re.escape(form) for form in self._by_length if len(form) < _SHORT)
        return re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])") if words else None

    @cached_property
    def _plain(self) -> set[bytes]:
        """What long secrets are in a body, as they are and as JSON writes them."""
        long = [secret for secret in self._secrets if len(secret) >= _LONG]
        forms = {form for secret in long for form in (secret, *_in_json(secret))}
        return {form.encode(errors="surrogatepass") for form in forms | {form.replace("/", "\\/") for form in forms}}

    @cached_property
    def _numbered(self) -> re.Pattern[str] | None:
        """Long secrets of which each letter may be written as its number, as URLs, JSON and HTML do."""
        long = [secret for secret in self._secrets if len(secret) >= _LONG]
        spelled = ("".join(map(_ways_to_write, secret)) for secret in long)
        return re.compile("|".join(spelled), re.IGNORECASE) if long else None

    def __call__(self, text: str) -> str:
        """The text without the secrets, in the forms that they travel in."""
        for form in self._long:
            text = text.replace(form, HIDDEN)
        if len(text) <= _LONGEST and self._numbered and any(sign in text for sign in _NUMBERED):
            text = self._numbered.sub(HIDDEN, text)
        squeezed = _squeezed(text)
        if len(squeezed) != len(text):
            for form in self._split:
                if form in squeezed:
                    text = re.sub(r"[\s\\]*".join(map(re.escape, form)), HIDDEN, text)
        return self._words.sub(HIDDEN, text) if self._words else text

    def repeated_in(self, content: bytes) -> bool:
        """Whether a secret of eight characters or more stands there in its own letters; it takes microseconds."""
        return any(form in content for form in self._plain)

    def plainly(self, response: Response) -> Response:
        """The same answer; one that plainly repeats a secret, without any (see `thoroughly`)."""
        heads = "\n".join(value for _, value in response.headers).encode(errors="surrogatepass")
        told = self.repeated_in(response.body) or self.repeated_in(heads)
        return self.thoroughly(response) if told else response

    def thoroughly(self, response: Response) -> Response:
        """The same answer, every secret hidden in whatever form; one without any stays byte by byte what it was."""
        headers = tuple((name, self(value)) for name, value in response.headers)
        try:
            written = dump_json(response.json())  # the value itself would take more memory while it is looked through
        except ValueError:
            text = response.body.decode("utf-8", "surrogateescape")
            return replace(response, headers=headers, body=self(text).encode("utf-8", "surrogateescape"))
        if not self._is_in(written.decode()):
            return replace(response, headers=headers)
        value = response.json()
        shown = hidden(value, self)
        return replace(response, headers=headers, body=response.body if shown == value else dump_json(shown))

    def _is_in(self, written: str) -> bool:
        """Looked for in all of it at once: a million values one by one would take minutes."""
        return self(written) != written or self(unwrapped := _ESCAPED_SPACE.sub(" ", written)) != unwrapped


def hidden(value: Any, redact: Redact) -> Any:
    """A JSON value without secrets, which may be numbers too."""
    if isinstance(value, dict):
        return {redact(name): hidden(child, redact) for name, child in value.items()}
    if isinstance(value, list):
        return [hidden(child, redact) for child in value]
    if isinstance(value, str):
        return redact(value)
    return HIDDEN if redact(json.dumps(value)) == HIDDEN else value


def secrets_in(fields: Fields, values: Mapping[str, Any]) -> list[str]:
    """The texts and numbers in an operation's inputs that are secret, or lie in something that is."""
    return list(_secrets_in(Field(properties=dict(fields)), values, secret=False))


def masked(fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
    """An operation's inputs, hidden what is secret in them."""
    return _masked(Field(properties=dict(fields)), dict(values))


def _masked(field: Field | None, value: Any) -> Any:
    if field is not None and field.secret and value is not None:
        return HIDDEN
    if isinstance(value, Mapping):
        inner = (field.properties if field else None) or {}
        return {name: _masked(inner.get(name), child) for name, child in value.items()}
    if isinstance(value, list):
        return [_masked(field.items if field else None, child) for child in value]
    return value


def _secrets_in(field: Field | None, value: Any, *, secret: bool) -> Iterator[str]:
    secret = secret or (field is not None and field.secret)
    if isinstance(value, Mapping):
        inner = (field.properties if field else None) or {}
        for name, child in value.items():
            yield from _secrets_in(inner.get(name), child, secret=secret)
    elif isinstance(value, list):
        for child in value:
            yield from _secrets_in(field.items if field else None, child, secret=secret)
    elif secret and value is not None:
        yield as_text(value)


def _ways_to_write(letter: str) -> str:
    number = ord(letter)
    in_url = "".join(f"%{byte:02x}" for byte in letter.encode(errors="surrogatepass"))
    return rf"(?:{re.escape(letter)}|{in_url}|\\+u{number:04x}|&#0*{number};|&#x0*{number:x};)"


def _squeezed(text: str) -> str:
    return _BETWEEN.sub("", text)


def _forms(secret: str) -> list[str]:
    raw = secret.encode(errors="surrogatepass")
    in_base64 = [encode(raw).decode() for encode in (base64.b64encode, base64.urlsafe_b64encode)]
    forms = [secret, *in_base64, *(encoded.rstrip("=") for encoded in in_base64), *_inside_base64(raw)]
    plain = secret.encode(errors="replace").decode()
    in_urls = [
        escape(form, safe) for form in (plain, *forms[1:]) for escape in (quote, quote_plus) for safe in ("", "/")
    ]
    in_urls += [re.sub("%..", lambda code: code[0].lower(), form) for form in in_urls]
    in_html = [html.escape(secret), html.escape(secret, quote=False), html.escape(secret).replace("&#x27;", "&#39;")]
    slashes_escaped = [form.replace("/", "\\/") for form in (*forms, *_in_json(secret))]
    return [*forms, *in_urls, *in_html, *_in_json(secret), *slashes_escaped, *_as_python(secret)]


def _in_json(secret: str) -> list[str]:
    return [json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)]


def _inside_base64(raw: bytes) -> Iterator[str]:
    """What is left of it in the base64 of a longer text, wherever it begins there."""
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(b"\0" * before + raw).decode().rstrip("=")
            own = whole[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]
            if len(own) >= _LONG:
                yield own


def _as_python(secret: str) -> list[str]:
    """As a traceback shows it, in the words of `repr`."""
    return [repr(secret)[1:-1], ascii(secret)[1:-1], repr(secret.encode(errors="surrogatepass"))[2:-1]]

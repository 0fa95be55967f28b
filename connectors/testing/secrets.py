"""Secrets become placeholders, by value, wherever and in whatever form they stand.

`HIDDEN-apiKey` stands for the connection's `apiKey`, `HIDDEN-apiKey-base64` for its base64. A placeholder needs no
escape in a URL, a header, JSON or YAML. While a case is played, the placeholders are the values (see `placeholders`),
so that the program sends what was recorded; only what it encodes itself is masked again, in the same way.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from connectors.components.http import load_json
from connectors.engine.connection import Connection
from connectors.errors import GridwireError, InputError
from connectors.manifest.model import Connector
from connectors.testing.steps import Exchange, Message

HIDDEN = "HIDDEN-"

SHORTEST = 4
"""Characters; a shorter secret is part of too many innocent texts."""

_KEYS = re.compile(
    r"(password|passwd|passphrase|pwd|secret|token|apikey|accesskey|privatekey|secretkey|authkey|sharedkey|credentials?"
    r"|jwt|cookies?|authorization|sessionid|sessionkey|signature|sig|csrf|otp|assertion|codeverifier"
    r"|passwort|kennwort|zugangscode|zugangsschl(ue|ü)ssel|api-?schl(ue|ü)ssel|geheimnis)$"
)
"""Names, in lower case without `_` and `-`, whose texts are secrets."""
_SHORT_KEYS = re.compile(r"(.*pin|pin(code|nummer)?)|(pass|pw)")
"""Names whose texts are secrets if they look like it: a PIN is digits, a password is no plain word."""
_CODE = re.compile(r"[0-9]{4,12}")
_SAID = re.compile(
    r"(?<![\w-])([A-Za-z\u00c0-\u024f_-]{3,30})[\"']?\s*[:=]\s*[\"']?(?:(?:Bearer|Basic|Token)\s+)?([^\s\"'<>&,;]{4,})"
)
"""A name and what is said of it in a text: `password=…`, `Passwort: …`."""
_ENTERED = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(name|value)\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)
_NAMES = ("key", "name", "field", "id", "label", "type")
"""What a pair of a name and a `value` calls its name."""
_OPAQUE = 16
"""Characters; a cursor of so many says nothing to people, and may hold anything."""
_HEADERS = re.compile(r"auth|token|key|secret|cookie|session|signature|credential|password", re.IGNORECASE)
_SIGNED = re.compile(r"(x-(amz|goog|ms|oss|cos)-.*|awsaccesskeyid|key-pair-id|policy|sig|signature|code|key|auth)$")
_URL = re.compile(r"https?://[^\s\"'<>\\]+")
_SCHEME = re.compile(r"(?:[A-Za-z][\w-]*[ =])?(.+)")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_WRITTEN = re.compile(
    r"\\+u00([2-7][0-9a-fA-F])|&#x0*([2-7][0-9a-f]);|&#0*([3-9][0-9]|1[01][0-9]|12[0-6]);", re.IGNORECASE
)
"""A letter by its number, as in JSON and in pages."""
_MIXED = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_-]+")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_IS_TEXT = re.compile(r"[\t\r\n\x20-\x7e\x80-\xff]*")
_LONG = 8
"""Characters; from here on a secret is found in capitals too, and in small letters."""


class SecretTooShort(GridwireError):
    """A secret that cannot be told from other texts."""

    kind = "secret_too_short"
    exit_code = 2


class Mask:
    """Takes secrets out of texts, each under a name; called with a text."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        """`secrets` holds values by value: what each is called. Raises SecretTooShort."""
        short = next((name for secret, name in secrets.items() if len(secret) < SHORTEST), None)
        if short is not None:
            message = f"'{short}' is a secret of fewer than {SHORTEST} characters, which other texts hold by chance"
            raise SecretTooShort(message, remedy="Use an account with a longer one.")
        forms: dict[str, str] = {}
        for secret, name in secrets.items():
            for form, label in _forms(secret, name):
                forms.setdefault(form, label)
        forms = {form: label for form, label in forms.items() if form != label}
        self._forms = forms
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_found, longest_first))) if forms else None
        self._labels = {HIDDEN + name for name in secrets.values()}

    def __call__(self, text: str) -> str:
        """The text with a placeholder for each secret."""
        if self._pattern is not None:
            text = self._pattern.sub(lambda found: self._forms[found[0]], text)
            plain = _WRITTEN.sub(_letter, text)
            if plain != text and self._pattern.search(plain):
                text = self._pattern.sub(lambda found: self._forms[found[0]], plain)
        return _BASE64.sub(self._unless_it_hides, text) if len(text) >= 12 else text

    def holds(self, text: str) -> bool:
        """Whether one of the secrets is in the text."""
        return self(text) != text

    def _unless_it_hides(self, found: re.Match[str]) -> str:
        """Base64 of something that holds a secret becomes a placeholder as a whole."""
        text = found[0]
        inside = "" if text.startswith(HIDDEN) else _decoded(text).decode("utf-8", "replace")
        hidden = self._pattern.search(inside) if self._pattern is not None else None
        label = self._forms[hidden[0]] if hidden else next((one for one in self._labels if one in inside), None)
        return text if label is None else f"{label.removesuffix('-base64')}-in-base64"


def _found(form: str) -> str:
    return rf"(?<![0-9]){form}(?![0-9])" if form.isdecimal() else re.escape(form)


def _letter(found: re.Match[str]) -> str:
    return chr(int(found[1] or found[2] or "0", 16) or int(found[3]))


def _decoded(text: str) -> bytes:
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (ValueError, binascii.Error):
        return b""


def _forms(secret: str, name: str) -> Iterator[tuple[str, str]]:
    """The forms that a secret travels in, each with what it becomes; other letters, another placeholder."""
    label = HIDDEN + name
    for form in {secret, *(encode(secret) for encode in ESCAPES)}:
        yield form, label
    if len(secret) >= _LONG:
        yield from ((form, label) for form in (secret.upper(), secret.lower()))
    if len(secret) >= SHORTEST:
        plain = secret.encode().hex()
        yield from ((form, f"{label}-hex") for form in (plain, plain.upper()))
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(secret.encode()).decode()
        for form in {encoded, encoded.rstrip("=")}:
            for escape in (str, *ESCAPES):
                yield escape(form), f"{label}-base64"


def _lower_escapes(text: str) -> str:
    return re.sub("%..", lambda code: code[0].lower(), quote(text, safe=""))


ESCAPES: tuple[Callable[[str], str], ...] = (
    lambda text: quote(text, safe=""),
    quote,
    quote_plus,
    _lower_escapes,
    lambda text: quote(quote(text, safe=""), safe=""),
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: json.dumps(json.dumps(text))[3:-3],
    lambda text: json.dumps(json.dumps(text, ensure_ascii=False), ensure_ascii=False)[3:-3],
    lambda text: text.replace("/", "\\/"),
    html.escape,
)
"""How a text is written inside of others: in URLs, JSON, JSON in JSON, and pages."""


def of_connection(connection: Connection) -> dict[str, str]:
    """What the connection keeps secret, each value with its name."""
    fields = connection.connector.connection.fields
    given = connection.values.items()
    secrets = {str(value): name for name, value in given if value and name in fields and fields[name].secret}
    try:
        pairs = list(connection.auth.disguises(connection.values))
    except (InputError, TypeError):
        pairs = []
    learnt = {secret: f"session_{number}" for number, secret in enumerate(connection.signed_in.secrets, 1)}
    return learnt | secrets | {pair: "credentials" for pair in pairs if pair}


def found_in(exchanges: Iterable[Exchange], known: Mapping[str, str]) -> dict[str, str]:
    """Other secrets in what went over the wire: tokens, cookies, signatures, by the names that they stand under."""
    secrets: dict[str, str] = {}
    mask = Mask(known)
    for exchange in exchanges:
        messages = filter(None, (exchange.request, exchange.answer))
        found = [*(pair for message in messages for pair in _in_message(message)), *_in_address(exchange.request.url)]
        for name, secret in found:
            if len(secret) >= SHORTEST and not mask.holds(secret) and secret not in secrets:
                secrets[secret] = _free(re.sub(r"\W+", "_", name), {*known.values(), *secrets.values()})
    return secrets


def idempotency_keys(connector: Connector, exchanges: Iterable[Exchange]) -> dict[str, str]:
    """The keys that told the vendor of a repetition: another each time, so that a placeholder stands for them."""
    kinds = (action.idempotent for action in connector.actions.values())
    headers = {kind.header.lower() for kind in kinds if not isinstance(kind, bool)}
    seen = (exchange.request.headers.get(name) for exchange in exchanges for name in headers)
    return {value: "idempotency_key" for value in seen if value}


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(other for number in range(2, len(taken) + 3) if (other := f"{name}-{number}") not in taken)


def _in_message(message: Message) -> Iterator[tuple[str, str]]:
    for name, value in message.headers.items():
        if _HEADERS.search(name):
            yield from _in_header(name, value)
        yield from _in_text(value)
    if "json_" in message.model_fields_set:
        yield from _in_value("", message.json_)
    elif (text := words_of(message)) is not None:
        yield from _in_text(text)
        yield from _in_pairs(text)


def words_of(message: Message) -> str | None:
    """A body that is text, also if it is not UTF-8: what old programs call ISO 8859-1."""
    if message.base64 is None:
        return message.text
    text = (message.body or b"").decode("latin-1")
    return text if _IS_TEXT.fullmatch(text) else None


def _in_header(name: str, value: str) -> Iterator[tuple[str, str]]:
    """The secrets of `Bearer abc`, `Basic dXNlcjpwYXNz`, `a=b; c=d`, or the value as it is."""
    if name in ("cookie", "set-cookie"):
        for pair in value.split(";"):
            key, _, crumb = pair.strip().partition("=")
            yield f"cookie_{key}", crumb
        return
    found = _SCHEME.fullmatch(value)
    secret = found[1] if found else value
    yield name, secret
    if value.lower().startswith("basic "):
        user, colon, password = _decoded(secret).decode("utf-8", "replace").partition(":")
        yield f"{name}_password", password if colon else user


def _in_value(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _in_value(str(key), inner)
        yield from _in_value(
            next((said for key in _NAMES if isinstance(said := value.get(key), str)), ""), value.get("value")
        )
    elif isinstance(value, list):
        for inner in value:
            yield from _in_value(name, inner)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        if _is_named_secret(name, str(value)):
            yield name, str(value)
        yield from _in_text(str(value))


def _in_text(text: str) -> Iterator[tuple[str, str]]:
    """The secrets in JSON that stands in a text, and in the addresses in it."""
    for address in _URL.findall(text):
        yield from _in_address(html.unescape(address))
    if text[:1] in ("{", "["):
        try:
            yield from _in_value("", load_json(text))
        except ValueError:
            pass
        else:
            return
    said = [found.groups() for found in _SAID.finditer(text)]
    said += [(form.get("name", ""), form.get("value", "")) for form in map(_form, _ENTERED.findall(text))]
    yield from ((name, value) for name, value in said if _is_named_secret(name, value) and not _is_word(value))


def _form(tag: str) -> dict[str, str]:
    return {name.lower(): value for name, value in _ATTRIBUTE.findall(tag)}


def _is_word(text: str) -> bool:
    """Whether it is an ordinary word, such as may follow a name in a sentence."""
    return re.fullmatch(r"[^\W\d_][^\W\d_A-Z]*[.!?)]*", text) is not None


def _in_address(address: str) -> Iterator[tuple[str, str]]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    yield from _in_pairs(parts.query)
    if parts.password:
        yield "password", unquote(parts.password)
    yield from (("webhook_key", step) for step in _keys_in(f"{parts.hostname}{parts.path}"))


def _keys_in(path: str) -> Iterator[str]:
    """What in the address of a webhook is a key: who knows it may call."""
    _, hook, after = path.partition("hook")
    if hook:
        steps = (step for step in after.split("/") if len(step) >= _LONG and _MIXED.fullmatch(step))
        yield from (step for step in steps if not _ID.fullmatch(step))


def _in_pairs(text: str) -> Iterator[tuple[str, str]]:
    for name, value in parse_qsl(text) if "=" in text else ():
        if _is_named_secret(name, value) or _SIGNED.fullmatch(name.lower()):
            yield name, value


def _is_named_secret(name: str, value: str) -> bool:
    plain = re.sub(r"[\s_-]", "", name).lower()
    if short := _SHORT_KEYS.fullmatch(plain):
        return _CODE.fullmatch(value) is not None if short[1] else not _is_word(value)
    return _KEYS.search(plain) is not None or (len(value) >= _OPAQUE and plain.endswith(("cursor", "continuation")))

"""A request and a response as plain data: comparable with `==`, printable, with no client behind them."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode, urlsplit

import msgspec

from connectors.components.extract import MISSING

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

HEADER_RULE = (
    "cannot be sent in a header: it holds a control character, a line break, a space at either end,"
    " or a letter outside ASCII"
)
"""What an error says of a text that does not fit (`fits_header`)."""

_HALF = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
"""What is escaped in JSON; the group holds half of a character, such as is left where a text was cut off."""
_HALF_SAID = "it holds half of a character, a lone surrogate"
HEAVIEST = 128 * 2**20
"""Bytes of memory that an answer may take once it is read: 32 MiB of small objects would take a gigabyte."""
_LIGHT = 2**20  # bytes of a body that is not weighed
_WEIGHTS = {b"{": 176, b"[": 64, b",": 64, b":": 32}  # bytes that each stands for in memory, measured
_MOST_ESCAPES = 2**20  # mended one by one

_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\x00-\x20\x7f\\/?#]+([/?#][^\x00-\x1f\x7f]*)?", re.IGNORECASE)
_HEADER_VALUE = re.compile(r"(?![ \t])[\t -~]*(?<![ \t])")  # RFC 9110, 5.5, without what servers read differently


def dump_json(value: Any) -> bytes:
    """JSON text; integers of any size stay exact."""
    return msgspec.json.encode(value)


def load_json(text: bytes | str) -> Any:
    """The value of a JSON text; integers of any size stay exact, of two equal keys the last one counts.

    A byte order mark is passed over. Raises ValueError for anything that is not JSON (RFC 8259), so for NaN too.
    """
    try:
        return msgspec.json.decode(text.removeprefix(BOM_UTF8) if isinstance(text, bytes) else text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except UnicodeEncodeError:
        raise ValueError(_HALF_SAID) from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise ValueError(_why(str(error), text)) from None


def _why(message: str, text: bytes | str) -> str:
    """The reader's words; it says of all that it cannot read to the end that it was truncated."""
    if "out of range" in message:
        return "it holds a number that is too large"
    if "truncated" not in message:
        return message
    raw = text.encode() if isinstance(text, str) else text
    if any(one[1] for one in _HALF.finditer(raw)):
        return _HALF_SAID
    return "it ends too early" if raw.strip() else "it is empty"


def _weight(text: bytes) -> int:
    """About as many bytes as its value takes in memory, besides its texts; what stands in texts counts too."""
    return sum(weight * text.count(sign) for sign, weight in _WEIGHTS.items())


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be sent.

    `query` keeps order and repeats and is encoded by us; a query that is part of `url` (an address that a vendor gave)
    is sent as it is. `json` and `form` exclude each other.
    """

    method: str
    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = MISSING
    form: tuple[tuple[str, str], ...] | None = None

    @property
    def full_url(self) -> str:
        """The URL with its query, percent-encoded (RFC 3986)."""
        mark = "&" if "?" in self.url else "?"
        return f"{self.url}{mark}{urlencode(self.query, quote_via=quote)}" if self.query else self.url

    @property
    def origin(self) -> str:
        """Scheme, host and port (RFC 6454), the default port left out."""
        return origin_of(self.url)

    @property
    def content(self) -> bytes | None:
        """The body as bytes, or None if there is none."""
        if self.json is not MISSING:
            return dump_json(self.json)
        return urlencode(self.form).encode() if self.form is not None else None

    def with_header(self, name: str, value: str) -> Request:
        """The same request with one header set, in place of one of the same name in any case."""
        others = {key: text for key, text in self.headers.items() if key.lower() != name.lower()}
        return replace(self, headers={**others, name: value})

    def with_query(self, name: str, value: str) -> Request:
        """The same request with one query parameter set, in place of any of the same name, in `url` too."""
        others = tuple(pair for pair in self.query if pair[0] != name)
        address, mark, written = self.url.partition("?")
        kept = "&".join(part for part in written.split("&") if unquote_plus(part.partition("=")[0]) != name)
        return replace(self, url=address + mark + kept if kept else address, query=(*others, (name, value)))


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, its body decoded from any transfer coding. Header names are lower case.

    Only the status is printed: the rest may hold a token that nobody knows yet to keep secret.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """The first header of that name, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    def json(self) -> Any:
        """The body read as JSON. Raises ValueError if it is not, or would take too much memory.

        Half of a character, as of a text that the vendor cut off, becomes U+FFFD, so that it does not hide the rest.
        """
        if len(self.body) > _LIGHT and _weight(self.body) > HEAVIEST:
            raise ValueError(f"it is JSON that would take more than {HEAVIEST // 2**20} MiB of memory")
        try:
            return load_json(self.body)
        except ValueError:
            if self.body.count(b"\\") > _MOST_ESCAPES:
                raise
            whole = _HALF.sub(lambda one: rb"\ufffd" if one[1] else one[0], self.body)
            if whole == self.body:
                raise
            return load_json(whole)


def fits_header(text: str) -> bool:
    """Whether a header can carry the text: no control characters, no space at either end, nothing beyond ASCII."""
    return _HEADER_VALUE.fullmatch(text) is not None


def base_of(url: str) -> str:
    """A base URL in its usual form: `https://Host:443/v1/` → `https://host/v1`.

    Raises ValueError for what requests cannot be sent to, or would be sent to elsewhere than it seems: another scheme
    than http and https, a user, a query, a fragment, and what `origin_of` refuses.
    """
    origin, parts = origin_of(url), urlsplit(url)
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or "?" in url or "#" in url:
        raise ValueError("not a base URL")
    return origin + parts.path.rstrip("/")


def origin_of(url: str) -> str:
    """`https://Host:443/path` → `https://host`.

    Raises ValueError for a URL without scheme or host, or with what other readers of URLs understand differently:
    control characters, or a backslash before the path.
    """
    written = _URL.fullmatch(url)
    if written is None:
        raise ValueError("not an absolute URL")
    return _origin(url[: written.start(1)] if written[1] else url)


@lru_cache(maxsize=256)
def _origin(url: str) -> str:
    """That of a URL without a path, of which there are few."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("not an absolute URL")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"

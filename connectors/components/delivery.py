"""What a vendor sent to the address of a webhook: as it came, and read within limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from connectors.components.extract import MISSING
from connectors.components.http import FORM_TYPE, load_json

MAX_BODY = 2**20
"""The most bytes of a body that are read."""
MAX_DEPTH = 100
"""How deep lists and objects may lie in each other."""
MAX_FIELDS = 1_000
"""How many fields a form or a query may have."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request of a vendor, with nothing taken away: signatures are over raw bytes.

    `url` is the address that was called, as the vendor knows it.
    """

    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    url: str = ""
    method: str = "POST"

    def header(self, name: str) -> str | None:
        """The header of that name; None if there is none, or several, of which nobody knows which one counts."""
        return _only(value for key, value in self.headers if key.lower() == name.lower())

    def parameter(self, name: str) -> str | None:
        """The query parameter of that name; None if there is none, or several."""
        query = self.url.partition("#")[0].partition("?")[2]
        try:
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except ValueError:
            return None
        return _only(value for key, value in pairs if key == name)

    @property
    def last_segment(self) -> str:
        """The last part of the path."""
        return unquote(self.url.partition("#")[0].partition("?")[0].rpartition("/")[2])

    def value(self) -> Any:
        """The body read: a form by its content type, else JSON; MISSING if there is none. Raises ValueError.

        A field that a form repeats becomes a list.
        """
        if len(self.body) > MAX_BODY:
            raise ValueError(f"it has more than {MAX_BODY:,} bytes")
        if not self.body.strip():
            return MISSING
        if (self.header("content-type") or "").partition(";")[0].strip().lower() == FORM_TYPE:
            return _form(self.body)
        return read_json(self.body)


def read_json(text: bytes | str) -> Any:
    """The value of a JSON text that is not nested too deeply. Raises ValueError."""
    value = load_json(text)
    if _is_deeper(value, MAX_DEPTH):
        raise ValueError("nested too deeply")
    return value


def _only(values: Iterable[str]) -> str | None:
    found = list(values)
    return found[0] if len(found) == 1 else None


def _form(body: bytes) -> dict[str, Any]:
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"):
        fields.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _is_deeper(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth + 1):
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            return False
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return True

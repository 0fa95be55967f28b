"""Plain values as TypeScript and JavaScript, in the form that n8n's linters can read: bare keys, single quotes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

_WIDTH = 100


def literal(value: Any, *, tab: str, depth: int = 0) -> str:
    """The value as source text, short things on one line. `tab` indents once; the first line is not indented."""
    line = _line(value)
    if not isinstance(value, dict | list) or (len(line) <= _WIDTH and not _nests(value)):
        return line
    inner = tab * (depth + 1)
    parts = [f"{inner}{key}{literal(part, tab=tab, depth=depth + 1)},\n" for key, part in _parts(value)]
    opening, closing = "[]" if isinstance(value, list) else "{}"
    return f"{opening}\n{''.join(parts)}{tab * depth}{closing}"


def text(value: str) -> str:
    """A string in single quotes."""
    inner = json.dumps(value, ensure_ascii=False)[1:-1]
    return "'" + inner.replace('\\"', '"').replace("'", "\\'") + "'"


def _line(value: Any) -> str:
    if isinstance(value, str):
        return text(value)
    if not isinstance(value, dict | list):
        return json.dumps(value)
    parts = ", ".join(f"{key}{_line(part)}" for key, part in _parts(value))
    if isinstance(value, list):
        return f"[{parts}]"
    return f"{{ {parts} }}" if parts else "{}"


def _nests(value: Any) -> bool:
    """Whether it holds a list of objects, which reads better with each on lines of its own."""
    if not isinstance(value, dict | list):
        return False
    return any((isinstance(value, list) and isinstance(part, dict)) or _nests(part) for _, part in _parts(value))


def _parts(value: dict[str, Any] | list[Any]) -> Iterable[tuple[str, Any]]:
    if isinstance(value, list):
        return [("", part) for part in value]
    return [(f"{_key(name)}: ", part) for name, part in value.items()]


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_$][\w$]*", name, re.ASCII) else text(name)

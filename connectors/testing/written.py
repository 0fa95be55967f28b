"""How a case stands in its file: YAML that our own strict reader reads back as the same value."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, cast

import yaml

from connectors.components.http import load_json
from connectors.errors import ManifestError
from connectors.manifest.source import Source, parse

MAX_BYTES = 8 << 20
"""A case's file is no larger."""

_DEEPEST = 30
"""JSON that is nested deeper is written as text."""
_LINE = 100


def dump(value: Any) -> str:
    """The value as YAML for people: in the order given, texts of several lines as they are, nothing by reference."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def read(text: str | bytes, file: str) -> Source:
    """The YAML of a case. Raises ManifestError: no tags, aliases, merge keys or double keys; bounded size and depth."""
    return parse(text, file, max_bytes=MAX_BYTES)


def body_words(body: bytes | None) -> dict[str, Any]:
    """A body as a case has it: `json` where that says the same, otherwise `text` or `base64`; nothing if empty."""
    if not body:
        return {}
    try:
        value = load_json(body)
    except ValueError:
        return _other(body)
    return {"json": value} if _is_readable(value) else _other(body)


def _other(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        encoded = base64.b64encode(body).decode()
        lines = [encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]
        return {"base64": "".join(f"{line}\n" for line in lines)}
    return {"text": text}


def _is_readable(value: Any) -> bool:
    """Whether YAML, as we read it, gives back the same."""
    try:
        back = read(dump({"value": value}), "body").value["value"]
    except (ManifestError, RecursionError, yaml.YAMLError):
        return False
    return _depth(value) <= _DEEPEST and json.dumps(back) == json.dumps(value)


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


_Fastest: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_Fastest):
    """Quotes a text wherever the 1.2 core schema would read something else in it."""

    yaml_implicit_resolvers: dict[str | None, Any] = {}

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: Any, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_READ_AS = {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9][0-9_]*|0x[0-9a-fA-F]*|0o[0-7]*",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    "merge": r"<<|=",
}
for _tag, _form in _READ_AS.items():
    cast("Any", _Dumper).add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_form})$"), None)
_Dumper.add_representer(str, _text)

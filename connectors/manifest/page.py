"""The reference of the language as a page for people, made from the same model as the JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.components.filters import FILTERS
from connectors.manifest.reference import json_schema

BEGIN = "<!-- from here on written by `make docs` -->"


def reference() -> str:
    """Every block with its keys, in Markdown, in the order in which a manifest leads to them."""
    schema = json_schema()
    blocks = [_block("The manifest", schema), *(_block(name, schema["$defs"][name]) for name in _reached(schema))]
    filters = ", ".join(f"`{name}`" for name in FILTERS)
    return "\n\n".join([BEGIN, *blocks, f"### Filters\n\nWhat `{{name|filter}}` may say: {filters}.\n"])


def renew(page: Path) -> None:
    """Writes the reference anew into the page, below what people wrote."""
    written, _, _ = page.read_text().partition(BEGIN)
    page.write_text(written + reference())


def _reached(schema: dict[str, Any]) -> list[str]:
    """The names of the blocks, each where it is met first."""
    found: dict[str, None] = {}
    waiting = list(_references(schema["properties"]))
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += _references(schema["$defs"][name])
    return list(found)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _block(name: str, schema: dict[str, Any]) -> str:
    ways = schema.get("anyOf", [schema])
    described = schema.get("description") or next((way["description"] for way in ways if "description" in way), "")
    rows = [_row(key, child, way) for way in ways for key, child in way.get("properties", {}).items()]
    if not rows:
        return f"### {name}\n\n{described}"
    one = " Exactly one of these keys stands here." if schema.get("maxProperties") == 1 else ""
    return f"### {name}\n\n{described}{one}\n\n| key | value | meaning |\n|---|---|---|\n" + "\n".join(rows)


def _row(key: str, child: dict[str, Any], block: dict[str, Any]) -> str:
    needed = " (required)" if key in block.get("required", []) else ""
    meaning = " ".join(child.get("description", "").split()).replace("|", "\\|")
    return f"| `{key}`{needed} | {_kind(child)} | {meaning} |"


def _kind(schema: dict[str, Any]) -> str:
    """What may be written, in a few words: a kind of value, its choices, or the block that describes it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if ways := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(map(_kind, ways)))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    match schema.get("type"):
        case "array":
            return f"list of {_kind(schema.get('items', {}))}"
        case "object":
            inner = schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), {})
            return f"by name: {_kind(inner)}" if isinstance(inner, dict) and inner else "block"
        case list() as kinds:
            return " or ".join(kinds)
        case str() as kind:
            return kind
        case _:
            return "any"

"""The page on the language: its snippets hold, and its second half is what the model says."""

from __future__ import annotations

import hashlib
import hmac
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.manifest.check import check
from connectors.manifest.page import reference
from connectors.manifest.source import parse
from tests.engine.acme import Wire

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "manifest.md").read_text()
SNIPPETS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
[WHOLE] = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def merged(whole: Any, part: Any) -> Any:
    """`whole` with what is in `part` added or in its place."""
    if not isinstance(whole, dict) or not isinstance(part, dict):
        return part
    return {**whole, **{key: merged(whole.get(key), value) for key, value in part.items()}}


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_a_snippet_belongs_into_the_whole_example(snippet: str):
    manifest = merged(yaml.safe_load(WHOLE), yaml.safe_load(snippet))
    text = yaml.safe_dump(manifest, sort_keys=False)

    assert check(parse(text, "acme.yaml")).connector == "acme"


async def test_the_door_to_webhooks_is_as_the_page_says():
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    [snippet] = [snippet for snippet in SNIPPETS if "lead_changed" in snippet]
    connector = check(parse(yaml.safe_dump(merged(yaml.safe_load(WHOLE), yaml.safe_load(snippet))), "acme.yaml"))
    wire = Wire({"id": 5}, 204)
    body = b'{"event": "lead.updated", "data": {"id": 7, "changedAt": "2026-01-31T09:30:00Z"}}'
    signature = "sha256=" + hmac.new(b"s3cret-s3cret", body, hashlib.sha256).hexdigest()
    kept: list[Any] = []
    names: dict[str, Any] = {
        "vendor": Vendor(Exchange(Connection.open(connector, {"key": "k"}), wire)),
        "secret": "s3cret-s3cret",
        "body": body,
        "headers": (("X-Signature", signature),),
        "url": "https://hooks.example.com/t-1",
        "memory": None,
    } | dict.fromkeys(("keep", "store", "respond"), lambda *given: kept.append(given))
    exec("async def example():\n" + textwrap.indent(program, "    "), names)
    await names["example"]()

    assert kept[0] == ({"id": 5}, "s3cret-s3cret")
    assert [event.key for event in kept[1][0]] == ["7"]
    assert kept[2] == (200, (), b"")
    assert [request.method for request in wire.sent] == ["POST", "DELETE"]


def test_the_reference_is_that_of_the_model():
    assert PAGE.partition("## Every key\n\n")[2] == reference(), "`make docs` writes it anew"

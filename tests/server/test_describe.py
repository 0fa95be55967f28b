from __future__ import annotations

from pathlib import Path

from connectors.manifest.check import check
from connectors.manifest.source import parse
from connectors.server.describe import whole

ACME = Path(__file__).parent / "manifests" / "acme.yaml"


def test_an_address_that_fields_complete_is_shown_as_its_pattern():
    plain = check(parse(ACME.read_text(), "acme.yaml"))
    pattern = "https://{account}.acme.example"
    text = ACME.read_text().replace(f"base_url: {plain.base_url}", f'base_url: {{pattern: "{pattern}"}}')
    assert whole(plain)["base_url"] == plain.base_url
    assert whole(check(parse(text, "acme.yaml")))["base_url"] == pattern

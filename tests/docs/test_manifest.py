"""The page on the language: its snippets hold, and its second half is what the model says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.manifest.check import check
from connectors.manifest.page import reference
from connectors.manifest.source import parse

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


def test_the_reference_is_that_of_the_model():
    assert PAGE.partition("## Every key\n\n")[2] == reference(), "`make docs` writes it anew"

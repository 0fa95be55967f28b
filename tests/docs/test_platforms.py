"""The page on platforms is what the exports say."""

from __future__ import annotations

import re

import pytest

from connectors.export import FEATURES, PLATFORMS, platform
from tests.export.page import PAGES, connectors, page


def test_the_table_is_that_of_the_exports():
    assert (PAGES / "README.md").read_text() == page(), "`make docs` writes it anew"


@pytest.mark.parametrize("name", PLATFORMS)
def test_limits_speak_of_features_and_of_operations_that_there_are(name):
    for connector in connectors():
        for limit in platform(name).limits(connector):
            assert limit.feature in FEATURES
            assert limit.operation is None or limit.operation in connector.operations
            assert limit.instead
            assert not limit.instead.endswith(".")


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_a_key_for_a_platform_does_no_more_than_it_needs(page):
    assert too_wide(page.read_text()) == []


@pytest.mark.parametrize("name", PLATFORMS)
def test_an_export_asks_for_no_more_than_it_needs(name):
    for connector in connectors():
        files = platform(name).package(connector, None)
        assert {path: found for path, text in files.items() if (found := too_wide(text))} == {}
        assert "gridwire connect NAME" not in files["README.md"]


def too_wide(text):
    """Where a key with every scope is made."""
    return re.findall(r"keys add(?! [\w-]+ --scope use\b).{0,30}", text)


@pytest.mark.parametrize("name", PLATFORMS)
def test_what_is_exported_links_to_no_page_that_is_not_there(name):
    for connector in connectors():
        files = platform(name).package(connector, None)
        linked = {path: re.findall(r"https://gridwire\.example/\S*", text) for path, text in files.items()}
        linked.pop("package.json", None)  # of its own author and repository its README speaks
        assert not any(linked.values())

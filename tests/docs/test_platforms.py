"""The page on platforms is what the exports say."""

from __future__ import annotations

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

"""The Model Context Protocol's own tools."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.proofs.conftest import Node

PACKAGES = {"@modelcontextprotocol/inspector": "2.12.0", "@modelcontextprotocol/conformance": "0.1.16"}


@pytest.fixture(scope="session")
def node(npm: Callable[[str, dict[str, str]], Node]) -> Node:
    return npm("mcp", PACKAGES)

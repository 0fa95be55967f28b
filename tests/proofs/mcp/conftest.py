"""The Model Context Protocol's own tools, and a connection file for the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connectors.cli.sandbox import connection_at

if TYPE_CHECKING:
    from connectors.sandbox import Vendor
    from tests.proofs.conftest import Node, Server

PACKAGES = {"@modelcontextprotocol/inspector": "2.12.0", "@modelcontextprotocol/conformance": "0.1.16"}


@pytest.fixture(scope="session")
def node(npm: Callable[[str, dict[str, str]], Node]) -> Node:
    return npm("mcp", PACKAGES)


@pytest.fixture(scope="session")
def account(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Vendor], Path]:
    """Writes a connection file for a pretend vendor."""
    folder = tmp_path_factory.mktemp("accounts")

    def written(vendor: Vendor) -> Path:
        file = folder / f"{vendor.name}.json"
        file.write_text(json.dumps(connection_at(vendor, f"{server.url}/sandbox")))
        file.chmod(0o600)
        return file

    return written

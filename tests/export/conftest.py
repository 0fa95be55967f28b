from __future__ import annotations

from pathlib import Path

import pytest

from connectors.manifest.catalog import bundled, load
from connectors.manifest.model import Connector

OK = Path(__file__).parents[1] / "manifests" / "ok.yaml"
VENDORS = sorted(bundled().glob("*.yaml"))


@pytest.fixture(params=[*VENDORS, OK], ids=lambda path: path.stem, scope="session")
def connector(request) -> Connector:
    """Each bundled connector, and one with every block of the language."""
    return load(request.param)


@pytest.fixture(scope="session")
def ok() -> Connector:
    return load(OK)


@pytest.fixture(scope="session")
def odd() -> Connector:
    return load(Path(__file__).with_name("odd.yaml"))

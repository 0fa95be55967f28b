from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import select

from connectors.engine.addresses import Reach
from connectors.manifest.catalog import Catalog
from connectors.service.connections import Account
from connectors.service.service import Service, opened
from connectors.service.store import Store
from connectors.service.tables import connections
from tests.service.stepped import House, housed

SEAL = "s" * 32
NORTH = Account({"account": "north", "token": "a-secret-token"})
MANIFESTS = Path(__file__).parents[1]


class Opens(Protocol):
    def __call__(self, *keys: str, reach: Reach | None = None) -> AbstractAsyncContextManager[Service]: ...


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """Acme, which takes a key, and Desk, to which a person signs in."""
    return Catalog([MANIFESTS / "server/manifests", MANIFESTS / "manifests/ok"])


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path) as opened:
        yield opened


@pytest.fixture
def opens(tmp_path: Path, catalog: Catalog) -> Opens:
    """Opens the same data folder, with these secret keys."""

    def open_(*keys: str, reach: Reach | None = None) -> AbstractAsyncContextManager[Service]:
        return opened(tmp_path, keys or (SEAL,), catalog, reach)

    return open_


@pytest.fixture
async def service(opens: Opens) -> AsyncIterator[Service]:
    async with opens() as opened:
        yield opened


@pytest.fixture
async def workspace(service: Service) -> str:
    return await service.keys.workspace("default")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with housed(tmp_path) as one:
        yield one


def on_disk(folder: Path) -> bytes:
    """Everything in the folder's files."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def row(name: str) -> Any:
    """A question for a connection's row as it lies in the database."""
    return lambda rows: rows.execute(select(connections).where(connections.c.name == name)).one()

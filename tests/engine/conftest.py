from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import connectors.engine.exchange as exchange_module
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from tests.engine.acme import Wire, make_connection, make_connector


class Clock:
    """Time that passes only while somebody sleeps, or when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(exchange_module, "asyncio", SimpleNamespace(sleep=clock.sleep))
    monkeypatch.setattr(exchange_module, "time", SimpleNamespace(monotonic=lambda: clock.now, time=lambda: clock.now))
    return clock


@pytest.fixture(scope="session")
def connector() -> Any:
    return make_connector


@pytest.fixture(scope="session")
def connect() -> Any:
    return make_connection


@pytest.fixture
def vendor(clock: Clock) -> Any:
    """A function from answers, and blocks of the manifest, to a Vendor on a Wire."""

    def make(*answers: Any, using: Connection | None = None, **blocks: Any) -> Vendor:
        return Vendor(Exchange(using or make_connection(make_connector(**blocks)), Wire(*answers or [{}])))

    return make


@pytest.fixture
def exchange(vendor: Any) -> Any:
    """A function from answers to an Exchange on a Wire."""
    return lambda *answers, **blocks: vendor(*answers, **blocks).exchange

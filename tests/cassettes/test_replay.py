"""Every cassette is played back offline: the same input must make the same requests and give the same result."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.engine.transport import HttpTransport
from connectors.manifest.catalog import bundled, load
from connectors.testing.cassette import perform, playing, read_case

CASSETTES = Path(__file__).parents[2] / "cassettes"
CASES = sorted(CASSETTES.glob("*/*/*.yaml"))
CREDENTIALS = {"clientId": "sandbox-client", "apiKey": "any key will do"}


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("the network is closed while cassettes are played")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.relative_to(CASSETTES).with_suffix("")))
async def test_replays(path):
    case = read_case(path)
    connector = load(bundled() / f"{path.parent.parent.name}.yaml")

    async with HttpTransport() as transport:
        vendor = Vendor(Exchange(Connection.open(connector, CREDENTIALS), transport))
        with playing(path):
            assert await perform(vendor, case) == case["result"]


@pytest.mark.parametrize("connector", sorted({path.parent.parent.name for path in CASES}))
def test_every_operation_has_a_case_that_says_where_it_is_from(connector):
    cases = [read_case(path) for path in CASSETTES.glob(f"{connector}/*/*.yaml")]

    assert {case["operation"] for case in cases} == load(bundled() / f"{connector}.yaml").operations.keys()
    assert {case["evidence"] for case in cases} == {"sandbox"}

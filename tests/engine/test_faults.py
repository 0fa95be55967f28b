"""Every fault of faults.py on a read and on a write: an error that says so, in time, and no write sent twice."""

from __future__ import annotations

import asyncio
import json

import pytest

from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.engine.transport import HttpTransport
from connectors.errors import GridwireError
from connectors.manifest.check import check
from connectors.manifest.source import parse
from tests.engine.faults import ACME, DONE, FAILED, FAULTS
from tests.engine.hostile import full_backlog, serve

GIVEN: dict[str, dict[str, str]] = {"find": {"name": "Erika"}, "add": {"name": "Erika"}, "get": {}}
CONNECTOR = check(parse(json.dumps(ACME), "acme.yaml"))


async def outcome(base_url: str, operation: str, timeout: float) -> str:  # noqa: ASYNC109 - the exchange's
    """`done`, or the kind of the error, within the deadline and a little."""
    connection = Connection.open(CONNECTOR, {"apiKey": "canary-1"}, base_url=base_url)
    async with HttpTransport() as transport:
        vendor = Vendor(Exchange(connection, transport, timeout))
        try:
            async with asyncio.timeout(timeout + 5):
                await (vendor.search if operation == "find" else vendor.call)(operation, GIVEN[operation])
        except GridwireError as error:
            return error.kind
    return DONE


@pytest.mark.parametrize("operation", GIVEN)
@pytest.mark.parametrize("fault", FAULTS)
async def test_fault(clock, fault: str, operation: str):
    about = FAULTS[fault]
    async with serve(*about.script) as server:
        came_of_it = await outcome(server.url, operation, 0.3 if about.hangs else 30)
        await asyncio.wait_for(server.idle(), 5)
    assert came_of_it == (about.write if operation == "add" else about.read)
    assert len(server.heads) <= 1 or operation != "add"


@pytest.mark.parametrize("operation", GIVEN)
async def test_hang_at_connect(clock, operation: str):
    with full_backlog() as host:
        assert await outcome(f"http://{host}", operation, 0.3) == FAILED

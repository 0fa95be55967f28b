"""Records every case anew from the sandbox: `python tests/cassettes/record.py`. Review what changed with `git diff`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn

from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.engine.transport import HttpTransport
from connectors.manifest.catalog import bundled, load
from connectors.sandbox import CONNECTIONS, Reonic, create_app
from connectors.testing.cassette import perform, recording

CASSETTES = Path(__file__).parents[2] / "cassettes"
RECORDED = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OFFERS = 6
LEAD = {"firstName": "Erika", "lastName": "Beispiel", "email": "erika.beispiel@example.com", "totalDemandkWh": 4500}
ADDRESS = {"country": "Germany", "postcode": "10115", "city": "Berlin", "street": "Musterweg", "streetNumber": "12"}


def cases(reonic: Reonic) -> Iterator[tuple[str, str, dict[str, Any], Callable[[], Any]]]:
    """Each operation with the name of its case, its input, and what happens between a trigger's two polls."""
    signed = next(offer for offer in reonic.offers.values() if (offer["currentSignature"] or {}).get("signedAt"))
    unsigned = max(number for number, offer in reonic.offers.items() if offer["offerCreatedAt"])
    user = reonic.users[0]

    def nothing() -> None: ...

    yield "new_offer", "one_more", {}, lambda: reonic.create_offer("Erika Beispiel")
    yield "offer_signed", "one_signs", {}, lambda: reonic.sign_offer(unsigned)
    yield "new_user", "one_joins", {}, lambda: reonic.add_user("Max Neuling")
    yield "create_request", "with_address", {**LEAD, "addressToGeocode": ADDRESS}, nothing
    yield "add_note", "added", {"offerId": signed["id"], "text": "Call back in the morning"}, nothing
    yield "get_offer", "signed", {"id": signed["id"]}, nothing
    yield "get_contact", "known", {"contactId": signed["customer"]["id"]}, nothing
    yield "get_user", "known", {"id": user["id"]}, nothing
    yield "get_signed_pdf", "signed", {"id": signed["id"]}, nothing
    yield "find_offer", "by_customer", {"customerId": signed["customer"]["id"]}, nothing
    yield "find_user", "by_name", {"name": user["fullName"]}, nothing


@contextmanager
def serving(reonic: Reonic) -> Iterator[str]:
    """The pretend vendor on a socket of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(create_app([reonic]), lifespan="off", log_level="warning"))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield "http://{}:{}".format(*listening.getsockname())
        finally:
            server.should_exit = True
            thread.join()


def connection_to(address: str) -> Connection:
    """A connection whose every host is the pretend one."""
    given = CONNECTIONS["reonic"]
    hosts = {origin: address + path for origin, path in given["hosts"].items()}
    connector = load(bundled() / "reonic.yaml")
    return Connection.open(connector, given["values"], base_url=address + given["path"], hosts=hosts)


async def record(path: Path, connection: Connection, case: dict[str, Any], between: Callable[[], Any]) -> None:
    """Performs the case and writes what went over the wire, with what came out on top."""
    with recording(path, connection, case):
        async with HttpTransport() as transport:
            case["result"] = await perform(Vendor(Exchange(connection, transport)), case, between)


def begin_anew(reonic: Reonic) -> None:
    """Back to the start, with the first few offers only, so that a cassette can be read in review."""
    reonic.reset()
    for number in list(reonic.offers)[OFFERS:]:
        reonic.delete_offer(number)


def main() -> None:
    """Writes every case, each against a sandbox as it is at the start."""
    reonic = Reonic(now=lambda: RECORDED, page_size=4)
    begin_anew(reonic)
    with serving(reonic) as address:
        connection = connection_to(address)
        for operation, name, inputs, between in cases(reonic):
            evidence = {
                "evidence": "sandbox",
                "recorded": RECORDED.date().isoformat(),
                "manifest": f"{connection.connector.connector} {connection.connector.version}",
            }
            path = CASSETTES / "reonic" / operation / f"{name}.yaml"
            asyncio.run(record(path, connection, {**evidence, "operation": operation, "input": inputs}, between))
            print(path.relative_to(CASSETTES.parent))
            begin_anew(reonic)


if __name__ == "__main__":
    main()

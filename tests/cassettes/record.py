"""Records every case anew from the sandbox: `python tests/cassettes/record.py`. Review what changed with `git diff`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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
from connectors.sandbox import Vendor as Pretend
from connectors.sandbox.faults import read_fault
from connectors.testing.case import Case
from connectors.testing.cassette import Recording
from connectors.testing.perform import one_at_a_time, perform
from connectors.testing.record import Take, draft

CASSETTES = Path(__file__).parents[2] / "cassettes"
RECORDED = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
EXPIRING = (datetime(2026, 9, 12, 7, 59, tzinfo=UTC), datetime(2026, 9, 12, 8, 1, tzinfo=UTC))
SOME = tuple(range(1, 7))
LEAD = {"firstName": "Erika", "lastName": "Beispiel", "email": "erika.beispiel@example.com", "totalDemandkWh": 4500}
ADDRESS = {"country": "Germany", "postcode": "10115", "city": "Berlin", "street": "Musterweg", "streetNumber": "12"}
NOTE = {"offerId": "697c1246-efde-5c78-bf0d-37066fb3510f", "text": "Call back in the morning"}


def nothing() -> None:
    """Nothing happens between two polls."""


@dataclass(frozen=True)
class Plan:
    """What to record."""

    operation: str
    name: str
    input: dict[str, Any] = field(default_factory=dict)
    polls: int = 0
    times: tuple[datetime, ...] = ()
    """When it is polled, if not twice in the same moment."""
    between: Callable[[], Any] = nothing
    faults: tuple[dict[str, Any], ...] = ()
    choices: dict[str, Any] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    offers: tuple[int, ...] = SOME
    """The running numbers of the offers that are there."""


def plans(reonic: Reonic) -> Iterator[Plan]:
    """Each operation, then each way to fail."""
    signed = next(offer for offer in reonic.offers.values() if (offer["currentSignature"] or {}).get("signedAt"))
    unsigned = max(number for number, offer in reonic.offers.items() if offer["offerCreatedAt"])
    user = reonic.users[0]
    offer, lead = {"id": signed["id"]}, {**LEAD, "addressToGeocode": ADDRESS}

    yield Plan("new_offer", "one_more", polls=2, between=lambda: reonic.create_offer("Erika Beispiel"))
    yield Plan("offer_signed", "one_signs", polls=2, between=lambda: reonic.sign_offer(unsigned))
    yield Plan("new_user", "one_joins", polls=2, between=lambda: reonic.add_user("Max Neuling"))
    yield from watched(reonic)
    yield Plan("create_request", "with_address", lead)
    yield Plan("create_request", "with_position", {**LEAD, "latLng": {"lat": 52.5, "lng": 13.4}})
    yield Plan("add_note", "added", NOTE)
    yield Plan("add_note", "offer_to_choose", choices={"field": "offerId", "search": "order"})
    yield Plan("get_offer", "signed", offer)
    yield Plan("get_offer", "with_basic", offer, values={"auth": "basic"})
    yield Plan("get_contact", "known", {"contactId": signed["customer"]["id"]})
    yield Plan("get_user", "known", {"id": user["id"]})
    yield Plan("get_signed_pdf", "signed", offer)
    yield Plan("get_signed_pdf", "not_signed", {"id": reonic.offers[3]["id"]})
    yield Plan("find_offer", "by_customer", {"customerId": signed["customer"]["id"]})
    yield Plan("find_offer", "by_status", {"status": "PENDING feedback"}, offers=(2, 3))
    yield Plan("get_user", "user_to_choose", choices={"field": "id"})
    yield Plan("find_user", "by_name", {"name": user["fullName"]})
    yield Plan("find_user", "by_email_in_capitals", {"email": user["email"].upper()})
    yield from failures(offer, lead)


def watched(reonic: Reonic) -> Iterator[Plan]:
    """What else may happen: offer 1 waits for a signature, nobody was asked to sign offer 3, and 8 is a request."""
    what, how = reonic, {"polls": 2, "offers": (3,)}

    yield Plan("new_request", "one_more", between=lambda: what.take_request("Erika Beispiel"), **how)
    yield Plan("new_offer", "from_a_request", between=lambda: what.plan_offer(8), **how | {"offers": (8,)})
    yield Plan("offer_updated", "edited", between=lambda: what.edit_offer(3), **how)
    yield Plan("signature_requested", "one_is_asked", between=lambda: what.request_signature(3), **how)
    yield Plan("signature_expiring", "three_days_before", times=EXPIRING, **how | {"offers": (1,)})
    yield Plan("offer_status_changed", "any", between=lambda: what.change_status(3, "On Hold"), **how)
    chosen = {"from": "pending feedback", "to": "on hold"}
    yield Plan("offer_status_changed", "from_and_to", chosen, between=lambda: what.change_status(3, "On Hold"), **how)
    other = {"to": "Order Confirmed"}
    yield Plan("offer_status_changed", "to_another", other, between=lambda: what.change_status(3, "On Hold"), **how)
    yield Plan("offer_status_changed", "statuses_to_choose", choices={"field": "to"}, offers=(3, 4))
    yield Plan("offer_lost", "one_is_lost", between=lambda: what.lose_offer(3, "Chose another installer"), **how)
    yield Plan("offer_archived", "again", between=archived_again(what), **how | {"polls": 4})
    yield Plan("offer_assigned", "to_another", between=lambda: what.assign(3, what.users[0]["id"]), **how)
    yield Plan("new_note", "one_more", between=lambda: what.write_note(3, "Call back in the morning"), **how)


def archived_again(reonic: Reonic) -> Callable[[], Any]:
    """Archived, taken out, archived: one thing each time it is called."""
    left = [True, False, True]
    return lambda: reonic.archive(3, left.pop(0))


def failures(offer: dict[str, Any], lead: dict[str, Any]) -> Iterator[Plan]:
    """One case for each kind of error that the sandbox can be brought to."""
    unknown = {"contactId": "00000000-0000-5000-8000-000000000000"}

    yield Plan("create_request", "no_position", LEAD)
    yield Plan("add_note", "refused_as_wrong", NOTE, faults=(status(400, {"message": "text: is too long"}),))
    yield Plan("get_user", "key_no_longer_valid", {"id": "any"}, faults=(status(401, {"message": "unknown key"}),))
    yield Plan("get_offer", "forbidden", offer, faults=(status(403),))
    yield Plan("get_contact", "unknown", unknown)
    yield Plan("find_user", "busy", {"name": "any"}, faults=(status(429, headers={"Retry-After": "60"}),))
    yield Plan("get_user", "down", {"id": "any"}, faults=(status(500, times=3),))
    yield Plan("get_offer", "second_try", offer, faults=(status(502),))
    yield Plan("get_offer", "page_for_people", offer, faults=({"fault": "html"},))
    yield Plan("get_offer", "no_json", offer, faults=({"fault": "invalid_json"},))
    yield Plan("get_offer", "cut_short", offer, faults=({"fault": "truncate", "times": 3},))
    slow = {"fault": "delay", "seconds": 30, "times": 3}
    yield Plan("get_offer", "too_slow", offer, faults=(slow,), options={"timeout": 0.5})
    yield Plan("create_request", "fails_halfway", lead, faults=(status(500),))
    yield Plan("create_request", "answer_lost", lead, faults=({"fault": "drop"},))
    failing = status(503, headers={"Retry-After": "60"}, match="page=1")
    no_customer = (status(404, match="/contacts/"),)
    yield Plan(
        "offer_signed", "customer_is_gone", options={"from_start": True}, polls=1, faults=no_customer, offers=(5,)
    )
    pages = tuple(status(200, {"results": [{"id": f"o-{page}"}], "hasNextPage": True}) for page in range(50))
    yield Plan("find_offer", "more_pages_than_are_read", {"status": "Lost"}, faults=pages)
    yield Plan("new_offer", "busy_at_second_page", polls=1, faults=(failing,))


def status(code: int, body: Any = None, **more: Any) -> dict[str, Any]:
    """The fault that answers with that status."""
    return {"fault": "status", "status": code, "body": body, **more}


@contextmanager
def serving(pretend: Pretend) -> Iterator[str]:
    """The pretend vendor on a socket of its own."""
    with listening(create_app([pretend])) as address:
        yield address


@contextmanager
def listening(app: Any) -> Iterator[str]:
    """The app on a socket of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error"))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield "http://{}:{}".format(*listener.getsockname())
        finally:
            server.should_exit = True
            thread.join()


def connection_to(address: str, values: dict[str, Any]) -> Connection:
    """A connection whose every host is the pretend one."""
    given = CONNECTIONS["reonic"]
    hosts = {origin: address + path for origin, path in given["hosts"].items()}
    connector = one_at_a_time(load(bundled() / "reonic.yaml"))
    return Connection.open(connector, {**given["values"], **values}, base_url=address + given["path"], hosts=hosts)


async def record(plan: Plan, connection: Connection) -> Case:
    """Performs the case and gives what may be kept of it."""
    times = plan.times or (RECORDED,) * plan.polls
    words = {"options": plan.options, "choices": plan.choices, "times": times, "now": RECORDED}
    take = Take(
        connection, plan.operation, plan.input, "sandbox", CASSETTES, plan.name, [[]] * (plan.polls or 1), **words
    )
    case, memory, seen = take.case(), None, []
    recording = Recording(connection.connector)
    with recording.running():
        for number, step in enumerate(case.steps):
            if number:
                plan.between()
            async with HttpTransport() as transport:
                timeout = plan.options.get("timeout", 30.0)
                vendor = Vendor(Exchange(connection, recording.through(transport), timeout))
                _, memory = await perform(vendor, case, step, memory)
            seen.append(recording.taken())
    return await asyncio.to_thread(draft, replace(take, exchanges=seen))


def begin_anew(reonic: Reonic, offers: tuple[int, ...] = SOME) -> None:
    """Back to the start, with a few offers only, so that a cassette can be read in review."""
    reonic.reset()
    for number in [number for number in reonic.offers if number not in offers]:
        reonic.delete_offer(number)


def main() -> None:
    """Writes every case, each against a sandbox as it is at the start."""
    reonic = Reonic(now=lambda: RECORDED, page_size=4)
    begin_anew(reonic)
    with serving(reonic) as address:
        for plan in plans(reonic):
            begin_anew(reonic, plan.offers)
            reonic.faults += [read_fault(fault) for fault in plan.faults]
            case = asyncio.run(record(plan, connection_to(address, plan.values)))
            case.path.parent.mkdir(parents=True, exist_ok=True)
            case.path.write_text(case.dumps())
            print(case.path.relative_to(CASSETTES.parent))


if __name__ == "__main__":
    main()

"""Records the cases that show limits, dropdowns and conditions of Reonic: `python tests/cassettes/limits.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest.mock import patch

import record
from record import ADDRESS, NOTE, Plan, status

from connectors.sandbox import Reonic
from connectors.sandbox.faults import read_fault
from connectors.testing.stage import Stage

POSITION = {"lat": 52.5, "lng": 13.4}
LEAD = {"firstName": "A", "lastName": "B"}
LONG = "x" * 100
EVERYTHING = {
    "firstName": "Erika", "lastName": "Beispiel", "email": "erika.beispiel@example.com", "phone": "+493012345678",
    "addressToGeocode": ADDRESS, "totalDemandkWh": 4500.5, "energyPriceCtPerKwh": 31.5, "message": "In spring",
    "note": "Call back", "leadSourceName": "Website", "leadSourceId": "source-1", "street": "Musterweg",
    "streetNumber": "12a", "postcode": "10115", "city": "Berlin", "country": "Germany",
}  # fmt: skip


def plans(reonic: Reonic) -> Iterator[Plan]:
    """What is taken, then what is refused, then what is chosen and found."""
    signed = next(offer for offer in reonic.offers.values() if (offer["currentSignature"] or {}).get("signedAt"))
    least = {**LEAD, "phone": "1", "latLng": {"lat": -90, "lng": -180}, "totalDemandkWh": 0, "energyPriceCtPerKwh": 0}
    most = {"firstName": LONG, "lastName": LONG, "phone": LONG, "latLng": {"lat": 90, "lng": 180}}

    yield Plan("connection", "works")
    yield Plan("create_request", "everything", EVERYTHING, options={"confirmed": False})
    yield Plan("create_request", "at_the_least", least)
    yield Plan("create_request", "at_the_most", most)
    yield Plan("create_request", "little", {**LEAD, "addressToGeocode": {"city": "Berlin"}})
    yield from refused()
    yield Plan("add_note", "not_confirmed", NOTE, options={"confirmed": False})
    yield Plan("add_note", "fails_halfway", NOTE, faults=(status(500),))
    yield Plan("get_contact", "down", {"contactId": "any"}, faults=(status(500, times=3),))
    yield Plan("get_signed_pdf", "down", {"id": "any"}, faults=(status(500, times=3),))
    for operation in ("get_offer", "get_user", "get_signed_pdf"):
        yield Plan(operation, "to_choose", choices={"field": "id"})
    yield Plan("find_offer", "by_id", {"id": signed["id"]})
    yield Plan("find_offer", "by_status_in_capitals", {"status": signed["status"].upper()})
    yield Plan("find_user", "by_part_of_name", {"name": reonic.users[0]["fullName"][1:5].upper()})
    deeds = iter([lambda: reonic.create_offer("Erika Beispiel"), lambda: _sign_new(reonic)])
    yield Plan("offer_signed", "one_appears_unsigned_one_signed", polls=3, between=lambda: next(deeds)())
    yield from appearing(reonic)


def appearing(reonic: Reonic) -> Iterator[Plan]:
    """What is there all at once: plain, which is news to few, then as it could have become meanwhile."""
    deeds = {
        "signature_requested": reonic.request_signature,
        "offer_lost": lambda number: reonic.lose_offer(number, "Chose another installer"),
        "offer_archived": reonic.archive,
        "offer_assigned": lambda number: reonic.assign(number, reonic.users[0]["id"]),
    }
    for trigger in ("offer_updated", "offer_status_changed"):
        yield Plan(trigger, "one_appears", polls=2, between=lambda: reonic.create_offer("Erika Beispiel"), offers=(3,))
    for trigger, deed in deeds.items():
        steps = [lambda number: None, deed]
        yield Plan(trigger, "one_appears_plain_one_so", polls=3, between=_new_and(reonic, steps), offers=(3,))
    yield Plan("new_offer", "a_request", polls=2, between=lambda: reonic.take_request("Erika Beispiel"), offers=(3,))
    yield Plan("new_request", "an_offer", polls=2, between=lambda: reonic.create_offer("Erika Beispiel"), offers=(3,))
    yield Plan("offer_status_changed", "status_before_to_choose", choices={"field": "from"}, offers=(3, 4))


def _new_and(reonic: Reonic, steps: list[Callable[[int], Any]]) -> Callable[[], Any]:
    """A new offer each time it is called, to which the next step happens at once."""

    def happens() -> None:
        reonic.create_offer("Max Muster")
        steps.pop(0)(max(reonic.offers))

    return happens


def refused() -> Iterator[Plan]:
    """One input beyond its limit each."""
    given = {**LEAD, "latLng": POSITION}
    for name in ("firstName", "lastName", "phone"):
        yield Plan("create_request", f"{name.lower()}_empty", {**given, name: ""})
        yield Plan("create_request", f"{name.lower()}_too_long", {**given, name: f"{LONG}x"})
    for name in ("firstName", "lastName"):
        yield Plan("create_request", f"{name.lower()}_missing", {one: given[one] for one in given if one != name})
    for name, most in (("lat", 90), ("lng", 180)):
        yield Plan("create_request", f"{name}_too_low", {**given, "latLng": {**POSITION, name: -most - 0.5}})
        yield Plan("create_request", f"{name}_too_high", {**given, "latLng": {**POSITION, name: most + 0.5}})
        yield Plan(
            "create_request", f"{name}_missing", {**given, "latLng": {one: 1 for one in POSITION if one != name}}
        )
    yield Plan("create_request", "address_empty", {**LEAD, "addressToGeocode": {}})
    yield Plan("create_request", "both_places", {**given, "addressToGeocode": ADDRESS})
    yield Plan("add_note", "no_offer", {"text": "Call back"})
    yield Plan("add_note", "no_text", {"offerId": NOTE["offerId"]})
    yield Plan("add_note", "offer_is_no_uuid", {**NOTE, "offerId": "7"})


def _sign_new(reonic: Reonic) -> None:
    """An offer is made and signed before anybody looks."""
    reonic.create_offer("Max Muster")
    reonic.sign_offer(max(reonic.offers))


def as_given(plan: Plan) -> AbstractContextManager[Any]:
    """Leaves what is sent as it is: it is nobody's, and another name would have another length."""
    if plan.operation not in ("create_request", "find_user"):
        return nullcontext()
    return patch.object(Stage, "value", lambda stage, value, key="", holder="": value)


def main() -> None:
    """Writes every case, each against a sandbox as it is at the start."""
    reonic = Reonic(now=lambda: record.RECORDED, page_size=4)
    with record.serving(reonic) as address:
        for plan in plans(reonic):
            record.begin_anew(reonic, plan.offers)
            reonic.faults += [read_fault(fault) for fault in plan.faults]
            with as_given(plan):
                case = asyncio.run(record.record(plan, record.connection_to(address, plan.values)))
            case.path.parent.mkdir(parents=True, exist_ok=True)
            case.path.write_text(case.dumps())
            print(case.path.relative_to(record.CASSETTES.parent))


if __name__ == "__main__":
    main()

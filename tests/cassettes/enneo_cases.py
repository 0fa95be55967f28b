"""The cases of enneo: what to record from the sandbox, and what its document shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from record import Plan, status

from connectors.sandbox import Enneo

EXAMPLE = "746839"


def plans(enneo: Enneo) -> Iterator[Plan]:
    """Each operation, then each way to fail; once by the whole address, in place of the instance."""
    yield Plan("get_contract", "at_its_whole_address", {"contractId": EXAMPLE})
    yield from (replace(plan, values={"instance": "demo"}) for plan in at_demo(enneo))


def at_demo(enneo: Enneo) -> Iterator[Plan]:
    """What is recorded at the instance of the document."""
    one, typed = {"contractId": EXAMPLE}, {"contractId": str(sorted(enneo.erp)[2])}

    yield Plan("contract_changed", "other_payment", one, polls=2, between=enneo.change_deposit)
    yield Plan("contract_changed", "other_product", typed, polls=2, between=lambda: enneo.change_tariff(_id(typed)))
    again = typed | {"refresh": True}
    ends = lambda: enneo.end_contract(_id(typed), "2027-12-31", fetched=False)  # noqa: E731
    yield Plan("contract_changed", "seen_by_asking_the_erp", again, polls=2, between=ends)
    yield Plan("get_contract", "loosely_typed", one)
    yield Plan("get_contract", "typed_as_documented", typed)
    yield Plan("get_contract", "with_raw_data", one | {"includeRawData": True, "refresh": False})
    yield from failures(one)


def failures(one: dict[str, Any]) -> Iterator[Plan]:
    """One case for each kind of error that the sandbox can be brought to."""
    yield Plan("get_contract", "no_contract_given", {})
    yield Plan("get_contract", "wrong", one, faults=(status(400, {"message": "contractId: is too long"}),))
    yield Plan("get_contract", "token_no_longer_valid", one, faults=(status(401, {"message": "token revoked"}),))
    yield Plan("get_contract", "forbidden", one, faults=(status(403),))
    yield Plan("get_contract", "unknown", {"contractId": "1"})
    yield Plan("get_contract", "busy", one, faults=(status(429, headers={"Retry-After": "60"}),))
    yield Plan("get_contract", "down", one, faults=(status(500, times=3),))
    yield Plan("contract_changed", "gone", {"contractId": "1"}, polls=1)
    yield Plan("contract_changed", "no_json", one, polls=1, faults=({"fault": "invalid_json"},))


def _id(given: dict[str, Any]) -> int:
    return int(given["contractId"])


CONTRACT: dict[str, Any] = {
    "id": 746839,
    "orderId": 123,
    "tenant": None,
    "customerId": "123",
    "signupDate": 1661126400,
    "status": "active",
    "statusCode": 5000,
    "statusCodeTitle": "active",
    "energy": "electricity",
    "energyTypeId": 1,
    "energySubTypeId": 1,
    "email": "[email protected]",
    "firstname": "John",
    "lastname": "Doe",
    "deliveryAddress": "Hugo-Junkers-Str. 5, 82031 Grünwald",
    "iban": "DE89370400440532013000",
    "monthlyDeposit": 53,
    "startDate": 1661990400,
    "endDate": None,
    "consumption": 3477,
    "counterNumber": "1ESY1160669167",
    "productId": 1,
    "productName": "Flex 24",
    "productCode": "flx_24",
    "campaignId": 1,
    "salesChannelId": 1,
    "unpaidDebt": 109.21,
    "vatRate": 0.09,
    "basePrice": 0.09,
    "workingPrice": 0.09,
    "billingAddress": "Rechnungssstraße 24, 10587 Berlin",
    "business": False,
    "phone": 491721041689,
    "gridOperatorName": "E.ON Bayern AG",
    "gridOperatorCode": 1000000000000,
    "registers": [{}],
    "erpUrls": [{"url": "https://erp-system.com/contract/123", "logo": "powercloud"}],
    "rawData": None,
    "agentPreview": [
        {
            "label": "Tarif",
            "value": "Flex 24",
            "tooltip": "AP: 28.5 ct/kWh\nGP: 149.88 €/Jahr",
            "url": "https://erp.example.com/contract/123",
        }
    ],
    "tabPreview": {"color": "green", "icon": "electricity"},
}
READ = {
    "signupDate": "2022-08-22",
    "startDate": "2022-09-01",
    "phone": "491721041689",
    "gridOperatorCode": "1000000000000",
}
"""What becomes of the values that are not of the type that the document gives them."""


def documented() -> Iterator[dict[str, Any]]:
    """The one example of JSON in the document."""
    headers = {"accept": "application/json", "authorization": "Bearer HIDDEN-token"}
    line = f"GET https://demo.enneo.ai/api/mind/contract/{EXAMPLE}"
    answer = {"status": 200, "headers": {"content-type": "application/json"}, "json": CONTRACT}
    yield {
        "name": "documented",
        "evidence": "documented",
        "document": "Get contract by id",
        "repairs": [
            "The example leaves {contractId} open in its address; the id of its answer is filled in.",
            "The e-mail address is hidden in the document, and has a plain space in it here.",
        ],
        "date": "2026-11-21",
        "manifest": "enneo 1.0.0",
        "format": 1,
        "operation": "get_contract",
        "connection": {"instance": "demo", "token": "HIDDEN-token"},
        "input": {"contractId": EXAMPLE},
        "output": {**CONTRACT, **READ},
        "exchanges": [{"request": {"line": line, "headers": headers}, "answer": answer}],
    }

"""The packages of all four vendors in n8n's own engine, against a gridwire server with its sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from connectors.manifest.catalog import Catalog, bundled

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proofs.n8n.conftest import Api, Mailbox, Vendor

pytestmark = pytest.mark.proof

CATALOG = Catalog([bundled()])
TRIGGERS = [(name, trigger) for name in CATALOG.names for trigger in CATALOG.load(name).triggers]
CONTRACT = "746861"


class Getting(NamedTuple):
    """An action that fetches one thing by `field`, from `resource`; `known` is one, where no dropdown offers any."""

    resource: str
    field: str
    missing: str
    known: str | None = None


GETTING = {
    "autarc": Getting("project", "projectId", "6f9c61a2-9d0f-4f0e-9d1e-1f7a3f0c0000"),
    "enneo": Getting("contract", "contractId", "1", CONTRACT),
    "opensolar": Getting("project", "id", "999999"),
    "reonic": Getting("offer", "id", "6f9c61a2-9d0f-4f0e-9d1e-1f7a3f0c0000"),
}


def _value(getting: Getting, value: Any) -> Any:
    return value if getting.known else {"__rl": True, "mode": "id", "value": value}


@pytest.fixture(scope="module", params=sorted(GETTING))
def vendor(request: pytest.FixtureRequest, nodes: Callable[[str], Vendor]) -> Vendor:
    return nodes(request.param)


@pytest.fixture(scope="module")
def getting(vendor: Vendor) -> Getting:
    return GETTING[vendor.name]


def test_both_nodes_are_titled_after_the_vendor(vendor: Vendor) -> None:
    title = CATALOG.load(vendor.name).title
    assert vendor.describe(vendor.name)["displayName"] == title
    assert vendor.describe(f"{vendor.name}Trigger")["displayName"] == f"{title} Trigger"


def test_the_credential_is_tested(vendor: Vendor) -> None:
    assert vendor.test() == {"ok": {"status": "OK"}}
    assert vendor.test(apiKey="wrong")["error"]["httpCode"] == "401"


def test_the_account_is_chosen_from_a_list(vendor: Vendor) -> None:
    assert [choice["name"] for choice in vendor.search("connections")] == [f"sandbox-{vendor.name}"]


def test_what_a_dropdown_offers_is_fetched(vendor: Vendor, getting: Getting) -> None:
    chosen = {"resource": getting.resource, "operation": "get"}
    offered = [] if getting.known else vendor.search(f"get_{getting.resource}:{getting.field}", parameters=chosen)
    value = getting.known or offered[0]["value"]
    (item,) = vendor.run(**chosen, **{getting.field: _value(getting, value)})["outputs"][0]
    assert str(item["json"]["id"]) == str(value)


@pytest.mark.parametrize("vendor", ["opensolar"], indirect=True)
def test_several_are_picked_from_a_list(vendor: Vendor) -> None:
    chosen = {"resource": "project", "operation": "create"}
    offered = vendor.search("create_project:contacts", do="load", parameters=chosen)
    contacts = [choice["value"] for choice in offered[:2]]
    place = {"country_iso2": "AU", "lat": -33.9, "lon": 151.2}
    done = vendor.run(**chosen, additionalFields={"address": "1 Invented Street", "contacts": contacts, **place})
    assert sorted(done["outputs"][0][0]["json"]["contacts"]) == sorted(contacts)


def test_an_error_says_what_the_vendor_said(vendor: Vendor, getting: Getting) -> None:
    wanted = {getting.field: _value(getting, getting.missing)}
    done = vendor.run(getting.resource, "get", **wanted, onError="continueRegularOutput")["outputs"]
    details = done[0][0]["json"]["details"]
    assert (details["kind"], done[0][0]["json"]["error"]) == ("vendor_not_found", details["message"])
    assert details["vendor_message"]


@pytest.mark.parametrize(("vendor", "event"), TRIGGERS, indirect=["vendor"])
def test_every_trigger_can_be_switched_on_and_starts_a_workflow(
    vendor: Vendor, event: str, mailbox: Mailbox, api: Api
) -> None:
    trigger = vendor.trigger(event, mailbox.url, **({"contractId": CONTRACT} if vendor.name == "enneo" else {}))
    assert trigger.hook("create", mode="manual") is True
    assert trigger.hook("checkExists", mode="manual") is True
    assert api("POST", f"/v1/subscriptions/{trigger.subscription['id']}/test")["delivered"]
    letter = mailbox.letters.get(timeout=30)
    connector = CATALOG.load(vendor.name)
    sample = connector.sample_of(connector.triggers[event])
    assert trigger.receive(letter.headers, letter.body, mode="manual")["workflowData"] == [[{"json": sample}]]
    assert trigger.hook("delete", mode="manual") is True
    assert api.subscriptions(mailbox) == []

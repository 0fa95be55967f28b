"""The exported trigger node in n8n's own engine: it subscribes at a gridwire server, and takes what that one signs."""

from __future__ import annotations

import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from hmac import digest
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.proofs.n8n.conftest import Api, Mailbox, Trigger, Vendor

pytestmark = pytest.mark.proof


@pytest.fixture(scope="session")
def reonic(nodes: Callable[[str], Vendor]) -> Vendor:
    return nodes("reonic")


@pytest.fixture
def signed(reonic: Vendor, mailbox: Mailbox) -> Iterator[Trigger]:
    """A workflow that is active, and begins when an offer is signed."""
    trigger = reonic.trigger("offer_signed", mailbox.url)
    trigger.hook("create")
    yield trigger
    trigger.hook("delete")


def test_an_event_reaches_the_workflow(signed: Trigger, mailbox: Mailbox, api: Api) -> None:
    api("POST", "/sandbox/_do/reonic/sign-offer", {"id": 7})
    letter = mailbox.letters.get(timeout=30)
    received = signed.receive(letter.headers, letter.body)
    (item,) = received["workflowData"][0]
    assert item["json"]["currentSignature"]["state"] == "Signed"
    assert item["json"]["customer"]["lastName"]


def test_the_life_of_a_subscription(reonic: Vendor, mailbox: Mailbox, api: Api) -> None:
    trigger = reonic.trigger("new_offer", mailbox.url)
    assert trigger.hook("checkExists") is False
    assert trigger.hook("create") is True
    assert trigger.hook("checkExists") is True
    (made,) = api.subscriptions(mailbox)
    assert (made["id"], made["trigger"], made["format"]) == (trigger.subscription["id"], "new_offer", "plain")
    assert trigger.hook("delete") is True
    assert (trigger.subscription, api.subscriptions(mailbox)) == ({}, [])
    assert trigger.hook("delete") is True


def test_a_subscription_that_the_server_has_lost_is_made_again(signed: Trigger, api: Api) -> None:
    api("DELETE", f"/v1/subscriptions/{signed.subscription['id']}")
    assert signed.hook("checkExists") is False


def test_a_subscription_that_has_ended_is_made_again(signed: Trigger, mailbox: Mailbox, api: Api) -> None:
    mailbox.status = 410  # as a proxy says in n8n's place, while it is set up
    api("POST", "/sandbox/_do/reonic/sign-offer", {"id": 9})
    mailbox.letters.get(timeout=30)
    while api.subscriptions(mailbox)[0]["state"] != "ended":
        time.sleep(0.05)
    assert signed.hook("checkExists") is False


def test_a_node_that_was_changed_subscribes_anew(signed: Trigger, mailbox: Mailbox, api: Api) -> None:
    signed.parameters["event"] = "new_offer"
    assert signed.hook("checkExists") is False
    signed.hook("create")
    assert [one["trigger"] for one in api.subscriptions(mailbox)] == ["new_offer"]


def test_what_is_left_of_an_n8n_that_was_killed_ends(signed: Trigger, mailbox: Mailbox, api: Api) -> None:
    signed.kept = {}
    assert signed.hook("checkExists") is False
    signed.hook("create")
    assert [one["id"] for one in api.subscriptions(mailbox)] == [signed.subscription["id"]]


def test_a_test_in_the_editor_leaves_the_active_workflow_alone(signed: Trigger, mailbox: Mailbox, api: Api) -> None:
    active, signed.kept = signed.kept, {}
    assert signed.hook("create", mode="manual") is True
    assert len(api.subscriptions(mailbox)) == 2
    assert signed.hook("delete", mode="manual") is True
    signed.kept = active
    assert signed.hook("checkExists") is True


@pytest.mark.parametrize(("mode", "starts"), [("manual", True), ("webhook", False)])
def test_a_sample_starts_a_workflow_in_the_editor_alone(
    signed: Trigger, mailbox: Mailbox, api: Api, mode: str, starts: bool
) -> None:
    assert api("POST", f"/v1/subscriptions/{signed.subscription['id']}/test")["delivered"]
    letter = mailbox.letters.get(timeout=30)
    received = signed.receive(letter.headers, letter.body, mode=mode)
    assert ("workflowData" in received, received["answered"]) == (starts, {})


BODY = '{"id": "o-1", "note": "ä"}'


def headers(secret: str, *, body: str = BODY, at: float = 0.0, version: str = "v1") -> dict[str, str]:
    """Those of a delivery that was sent `at` seconds from now."""
    stamp = str(int(time.time() + at))
    key = b64decode(secret.removeprefix("whsec_"))
    signature = b64encode(digest(key, f"evt_1.{stamp}.{body}".encode(), sha256)).decode()
    return {"webhook-id": "evt_1", "webhook-timestamp": stamp, "webhook-signature": f"{version},{signature}"}


def test_one_of_several_signatures_is_enough(signed: Trigger) -> None:
    sent = headers(signed.subscription["secret"])
    sent["webhook-signature"] = f"v1,bm9uc2Vuc2U= {sent['webhook-signature']}"
    assert signed.receive(sent, BODY)["workflowData"] == [[{"json": json.loads(BODY)}]]


SPOILT: dict[str, Callable[[str], dict[str, str]]] = {
    "no headers": lambda secret: {},
    "another secret": lambda secret: headers("whsec_c29tZWJvZHkgZWxzZSdz"),
    "an empty secret": lambda secret: headers("whsec_"),
    "another body": lambda secret: headers(secret, body='{"id": "o-2"}'),
    "too old": lambda secret: headers(secret, at=-400),
    "too new": lambda secret: headers(secret, at=400),
    "another kind of signature": lambda secret: headers(secret, version="v2"),
    "no time": lambda secret: headers(secret) | {"webhook-timestamp": "now"},
    "another id": lambda secret: headers(secret) | {"webhook-id": "evt_2"},
    "an empty signature": lambda secret: headers(secret) | {"webhook-signature": "v1,"},
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_what_is_not_from_the_server_is_refused(signed: Trigger, spoilt: str) -> None:
    refused = signed.receive(SPOILT[spoilt](signed.subscription["secret"]), BODY)
    assert (refused["answered"]["status"], "workflowData" in refused) == (401, False)


def test_a_workflow_without_a_subscription_takes_nothing(reonic: Vendor, mailbox: Mailbox) -> None:
    idle = reonic.trigger("new_offer", mailbox.url)
    assert idle.receive(headers("whsec_"), BODY)["answered"]["status"] == 401


def test_a_triggers_input_is_chosen_from_a_list(reonic: Vendor, mailbox: Mailbox, api: Api) -> None:
    chosen = {"event": "offer_status_changed"}
    statuses = reonic.search("offer_status_changed:to", type="reonicTrigger", parameters=chosen)
    to = {"__rl": True, "mode": "list", "value": statuses[0]["value"]}
    trigger = reonic.trigger("offer_status_changed", mailbox.url, additionalFields={"to": to})
    trigger.hook("create")
    (made,) = api.subscriptions(mailbox)
    trigger.hook("delete")
    assert made["input"] == {"to": statuses[0]["value"]}


def test_a_refusal_says_what_the_server_said(reonic: Vendor, mailbox: Mailbox) -> None:
    trigger = reonic.trigger("new_offer", "http://10.0.0.1/webhook")
    error = trigger.hook("create")["error"]
    assert error["httpCode"] == "422"
    assert "--allow" in f"{error['message']} {error['description']}"


def test_a_server_that_is_away_is_an_error_and_not_a_missing_subscription(signed: Trigger) -> None:
    away = {"serverUrl": "http://127.0.0.1:1", "apiKey": "k"}
    error = signed.hook("checkExists", credentials=away)["error"]
    assert error["message"] == "The gridwire server at http://127.0.0.1:1 was not reached"
    assert signed.hook("checkExists") is True

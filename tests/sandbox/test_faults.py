from __future__ import annotations

import asyncio
import time
from threading import Event

import httpx
import pytest

from connectors.sandbox import create_app
from connectors.sandbox.faults import Delay

OFFERS = "/rest/v2/clients/sandbox-client/h360/offers"
USERS = "/rest/v2/clients/sandbox-client/users"
NOTES = f"{OFFERS}/notes"


@pytest.fixture
def switch_on(sandbox):
    def switch_on(fault, **more):
        answer = sandbox.post("/_faults/reonic", json={"fault": fault} | more)
        assert answer.status_code == 201, answer.text

    return switch_on


@pytest.fixture
def add_note(api, reonic):
    def add_note():
        return api.post(NOTES, json={"offerId": reonic.offers[7]["id"], "text": "noted"}, timeout=5)

    return add_note


def noted(reonic):
    return [note["message"] for note in reonic.offers[7]["notes"]]


def test_a_status_is_answered_as_often_as_asked(switch_on, api):
    switch_on("status", status=500, times=2)
    assert [api.get(USERS).status_code for _ in range(3)] == [500, 500, 200]


def test_busy_says_how_long(switch_on, api):
    switch_on("status", status=429, headers={"Retry-After": "1"}, body={"message": "slow down"})
    answer = api.get(USERS)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.json() == {"message": "slow down"}


def test_a_redirect_leads_elsewhere(switch_on, api):
    switch_on("status", status=302, headers={"Location": "https://elsewhere.example/"})
    assert api.get(USERS).headers["location"] == "https://elsewhere.example/"


def test_a_text_is_sent_as_it_is_with_the_type_given(switch_on, api):
    switch_on("status", status=200, body="<a/>", headers={"Content-Type": "application/xml"})
    answer = api.get(USERS)
    assert (answer.text, answer.headers["content-type"]) == ("<a/>", "application/xml")


def test_no_content_has_none(switch_on, api):
    switch_on("status", status=204)
    assert api.get(USERS).content == b""


def test_a_status_carries_nothing_out(switch_on, add_note, reonic):
    switch_on("status", status=401)
    assert add_note().status_code == 401
    assert noted(reonic) == []


def test_only_what_matches_is_met(switch_on, api):
    switch_on("status", status=503, match="GET /rest/v2/clients/sandbox-client/h360/offers?page=1")
    assert [api.get(OFFERS, params={"page": page}).status_code for page in range(3)] == [200, 503, 200]


def test_the_first_fault_that_matches_is_met(switch_on, api, sandbox):
    switch_on("status", status=500, match="POST")
    switch_on("status", status=502)
    switch_on("status", status=503)
    assert [api.get(USERS).status_code for _ in range(3)] == [502, 503, 200]
    assert [fault["status"] for fault in sandbox.get("/_faults/reonic").json()] == [500]


def test_a_delay_comes_after_the_deed(switch_on, add_note, reonic):
    switch_on("delay", seconds=0.1)
    start = time.monotonic()
    assert add_note().status_code == 200
    assert time.monotonic() - start >= 0.1
    assert noted(reonic) == ["noted"]


@pytest.fixture
def delay_is_over(monkeypatch):
    over, meet = Event(), Delay.meet

    async def meet_and_tell(self, call, vendor):
        await meet(self, call, vendor)
        over.set()

    monkeypatch.setattr(Delay, "meet", meet_and_tell)
    return over


def test_who_does_not_wait_gets_nothing_and_the_deed_is_done(switch_on, api, reonic, delay_is_over):
    switch_on("delay", seconds=60)
    body = {"offerId": reonic.offers[7]["id"], "text": "noted"}
    with pytest.raises(httpx.ReadTimeout):
        api.post(NOTES, json=body, timeout=0.1)
    assert delay_is_over.wait(5)
    assert noted(reonic) == ["noted"]
    assert reonic.log[-1]["status"] is None


def test_html_instead_of_json(switch_on, add_note, reonic):
    switch_on("html")
    answer = add_note()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert noted(reonic) == ["noted"]


def test_an_empty_answer(switch_on, add_note, reonic):
    switch_on("empty")
    assert (add_note().content, noted(reonic)) == (b"", ["noted"])


def test_invalid_json(switch_on, add_note, reonic):
    switch_on("invalid_json")
    with pytest.raises(ValueError, match="double quotes"):
        add_note().json()
    assert noted(reonic) == ["noted"]


def test_a_truncated_answer(switch_on, api, reonic):
    switch_on("truncate")
    with pytest.raises(httpx.RemoteProtocolError, match=r"received [1-9]\d{3,} bytes, expected [1-9]\d{4,}"):
        api.get(OFFERS)
    assert reonic.log[-1]["status"] == 200


def test_even_an_answer_without_a_body_is_truncated(switch_on, api, reonic):
    switch_on("truncate")
    lead = {"firstName": "Ada", "lastName": "Beispiel", "addressToGeocode": {}}
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        api.post("/integrations/sandbox-client/h360/request/create", json=lead)
    assert len(reonic.offers) == 58


def test_dropped_after_the_deed(switch_on, add_note, reonic):
    switch_on("drop")
    with pytest.raises(httpx.RemoteProtocolError, match="disconnected without sending a response"):
        add_note()
    assert noted(reonic) == ["noted"]
    assert reonic.log[-1]["status"] is None


def test_dropped_before_the_deed(switch_on, add_note, reonic):
    switch_on("drop_before")
    with pytest.raises(httpx.RemoteProtocolError, match="disconnected without sending a response"):
        add_note()
    assert noted(reonic) == []


def test_a_connection_used_before_is_dropped_too(switch_on, api):
    api.get(USERS)
    switch_on("drop", times=2)
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            api.get(USERS)
    assert api.get(USERS).status_code == 200


def test_only_the_caller_that_is_met_is_hung_up_on(switch_on, api, running):
    with httpx.Client(base_url=api.base_url, headers=api.headers) as neighbour:
        assert neighbour.get(USERS).status_code == 200
        kept = neighbour._transport._pool.connections[0]
        switch_on("drop")
        with pytest.raises(httpx.RemoteProtocolError):
            api.get(USERS)
        assert neighbour.get(USERS).status_code == 200
        assert neighbour._transport._pool.connections == [kept]


@pytest.mark.parametrize("fault", ["drop", "truncate"])
def test_hanging_up_works_with_the_plain_server_too(served, api, reonic, fault):
    with served(create_app([reonic]), http="h11", loop="asyncio") as address:
        api.post(f"{address}/_faults/reonic", json={"fault": fault})
        with pytest.raises(httpx.RemoteProtocolError):
            api.get(f"{address}/reonic{OFFERS}")


def test_a_caller_without_a_socket_is_told(reonic):
    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app([reonic]))) as client:
            await client.post("http://sandbox/_faults/reonic", json={"fault": "drop"})
            await client.get(f"http://sandbox/reonic{USERS}")

    with pytest.raises(ConnectionResetError):
        asyncio.run(ask())


def test_offers_appear_between_pages(switch_on, api):
    switch_on("between_pages", do="create-offer", args={"status": "Fresh"}, times=2)
    before = api.get(OFFERS).json()["results"]
    assert api.get(OFFERS, params={"page": 1}).json()["results"][0] == before[-1]
    now = api.get(OFFERS).json()["results"]
    assert now[2] == before[0]
    assert [offer["status"] for offer in now[:2]] == ["Fresh", "Fresh"]


def test_offers_vanish_between_pages(switch_on, api, reonic):
    switch_on("between_pages", do="delete-offer", args={"id": 57})
    hidden = reonic.offers[37]
    seen = [offer for page in range(3) for offer in api.get(OFFERS, params={"page": page}).json()["results"]]
    assert hidden not in seen


def test_only_pages_are_followed_by_anything(switch_on, api, reonic, add_note):
    switch_on("between_pages", do="create-offer")
    api.get(USERS)
    api.get(f"{OFFERS}/{reonic.offers[1]['id']}")
    add_note()
    assert len(reonic.offers) == 57
    api.get(OFFERS)
    assert len(reonic.offers) == 58


def test_faults_are_listed_and_cleared(switch_on, sandbox, api):
    switch_on("delay", seconds=60, times=3, match="/users")
    listed = sandbox.get("/_faults/reonic").json()
    assert listed == [{"fault": "delay", "seconds": 60.0, "times": 3, "match": "/users"}]
    assert sandbox.delete("/_faults/reonic").status_code == 204
    assert sandbox.get("/_faults/reonic").json() == []
    assert api.get(USERS).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ({}, 400, "fault: must be one of status, delay"),
        ({"fault": ["drop"]}, 400, "fault: must be one of"),
        ({"fault": "status"}, 400, "status: is required"),
        ({"fault": "status", "status": 99}, 400, "status"),
        ({"fault": "status", "status": 500, "headers": {"a": "b\r\nc: d"}}, 400, "headers.a"),
        ({"fault": "drop", "seconds": 1}, 400, "seconds: is not known here"),
        ({"fault": "drop", "times": 0}, 400, "times"),
        ({"fault": "delay", "seconds": -1}, 400, "seconds"),
        ({"fault": "between_pages"}, 400, "do: is required"),
        ({"fault": "between_pages", "do": "create-order"}, 404, "create-offer"),
        ([], 400, "fault: must be one of"),
    ],
)
def test_a_wrong_fault_is_refused(sandbox, fault, status, words):
    answer = sandbox.post("/_faults/reonic", json=fault)
    assert answer.status_code == status
    assert words in answer.json()["message"]
    assert sandbox.get("/_faults/reonic").json() == []

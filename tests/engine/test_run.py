from __future__ import annotations

import base64
from typing import Any

import pytest

from connectors.components.http import Request
from connectors.engine.run import operation_named
from connectors.errors import (
    ConfirmRequired,
    InputError,
    ReconnectError,
    UnknownOutcome,
    VendorFailed,
    VendorNotFound,
)
from connectors.manifest.model import Operation
from tests.engine.acme import API, FILES, sent

# Actions


@pytest.fixture
def acting(vendor: Any) -> Any:
    """A function from answers and the blocks of the action `act` to a Vendor."""
    return lambda *answers, **action: vendor(*answers, actions={"act": {"request": "POST /notes", **action}})


LEAD = {
    "input": {
        "firstName": {"required": True, "minLength": 1, "maxLength": 100},
        "energyPrice": {"type": "number", "minimum": 0, "maximum": 500},
        "latLng": {"properties": {"lat": {"type": "number"}, "lng": {"type": "number"}}},
        "address": {"properties": {"city": {}}},
    },
    "rules": [{"exactly_one_of": ["latLng", "address"]}],
}


async def test_an_action_gives_the_answer(acting):
    acme = acting({"id": "n-1"}, input={"text": {}})
    assert await acme.call("act", {"text": "Hi"}) == {"id": "n-1"}
    assert acme.exchange.transport.sent[0].json == {"text": "Hi"}


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        ((200, b""), {}),
        ((204, b" "), {}),
        ([1], {"result": [1]}),
        ((200, b"null"), {"result": None}),
        ("x", {"result": "x"}),
    ],
)
async def test_an_action_always_gives_one_object(acting, answer, output):
    assert await acting(answer).call("act", {}) == output


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        (
            {"firstName": "x" * 101, "latLng": {"lat": 1}},
            "firstName",
            "'firstName' must have at most 100 characters; it has 101",
        ),
        ({"firstName": "", "latLng": {"lat": 1}}, "firstName", "'firstName' must not be empty"),
        ({"latLng": {"lat": 1}}, "firstName", "'firstName' is required"),
        (
            {"firstName": "A", "energyPrice": 501, "latLng": {"lat": 1}},
            "energyPrice",
            "'energyPrice' must be at most 500, not 501",
        ),
        ({"firstName": "A"}, "latLng", "give one of 'latLng' or 'address'"),
        (
            {"firstName": "A", "latLng": {"lat": 1}, "address": {}},
            "address",
            "give only one of 'latLng' or 'address', not 'latLng' and 'address'",
        ),
        ({"firstName": "A", "latLng": {"lat": "52"}}, "latLng.lat", "'latLng.lat' must be a number, not \"52\""),
        (
            {"fristName": "A", "firstName": "A", "latLng": {"lat": 1}},
            "fristName",
            "there is no input 'fristName'; did you mean 'firstName'?",
        ),
    ],
)
async def test_wrong_input_is_refused_by_name_and_nothing_is_sent(acting, given, field, message):
    acme = acting({}, **LEAD)
    with pytest.raises(InputError) as caught:
        await acme.call("act", given)
    assert (caught.value.field, caught.value.message) == (field, message)
    assert sent(acme) == []


async def test_what_destroys_needs_to_be_confirmed(acting):
    acme = acting({}, request="DELETE /notes/{id}", input={"id": {"required": True}})
    with pytest.raises(ConfirmRequired, match=r"acme\.act destroys something at the vendor and was not confirmed"):
        await acme.call("act", {"id": "1"})
    assert sent(acme) == []
    assert await acme.call("act", {"id": "1"}, confirmed=True) == {}


async def test_wrong_input_is_told_before_confirming_is_asked_for(acting):
    with pytest.raises(InputError, match="'id' is required"):
        await acting({}, request="DELETE /notes/{id}", input={"id": {"required": True}}).call("act", {})


@pytest.mark.parametrize(
    ("action", "times"),
    [
        ({"request": "GET /notes"}, 2),
        ({"request": "POST /find", "effect": "read"}, 2),
        ({"request": "PUT /notes", "idempotent": True}, 2),
        ({"request": "PUT /notes"}, 1),
        ({"request": "GET /trigger", "effect": "write"}, 1),
    ],
)
async def test_what_reads_or_is_idempotent_is_repeated(acting, action, times):
    acme = acting(500, {}, **action)
    if times == 1:
        with pytest.raises(UnknownOutcome):
            await acme.call("act", {})
    else:
        assert await acme.call("act", {}) == {}
    assert len(sent(acme)) == times


@pytest.mark.parametrize("body", [b"<html>Oops", b'{"id": "n-1",}', b"\xff\xfe", b"[" * 100_000, b'{"n": NaN}'])
@pytest.mark.parametrize(("request_", "kind"), [("GET /x", VendorFailed), ("POST /x", UnknownOutcome)])
async def test_an_answer_that_is_no_json_is_an_error(acting, body, request_, kind):
    with pytest.raises(kind, match="the vendor answered 200, but not as documented: ") as caught:
        await acting((200, body), request=request_).call("act", {})
    assert caught.value.status == 200
    assert len(caught.value.message) < 500


@pytest.mark.parametrize("padding", [0, 75])
async def test_an_unreadable_answer_is_shown_without_secrets(acting, padding):
    with pytest.raises(VendorFailed) as caught:
        await acting((200, b"<" * padding + b"canary-1 is wrong"), request="GET /x").call("act", {})
    assert "•••" in caught.value.message
    assert "cana" not in caught.value.message


async def test_the_request_can_be_seen_before_it_is_sent(acting):
    acme = acting({}, input={"text": {}})
    request = acme.prepare(acme.connector.actions["act"], {"text": "Hi"})
    assert (request.json, "X-Authorization" in request.headers, sent(acme)) == ({"text": "Hi"}, False, [])


async def test_the_connections_test(vendor):
    acme = vendor({})
    await acme.test()
    (request,) = acme.exchange.transport.sent
    assert request == Request(
        "GET", f"{API}/accounts/a-1", headers={"Accept": "application/json", "X-Authorization": "canary-1"}
    )


async def test_a_connection_that_does_not_work(vendor):
    with pytest.raises(ReconnectError):
        await vendor(401).test()


async def test_the_sample(acting):
    assert acting(sample={"id": "n-7"}).sample("act") == {"id": "n-7"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("akt", "acme has no operation 'akt'; did you mean 'act'?"),
        ("zzz", "acme has no operation 'zzz'; there are act"),
    ],
)
def test_an_unknown_operation_gets_the_near_miss(acting, name, message):
    with pytest.raises(InputError) as caught:
        operation_named(acting().connector, name, Operation)
    assert caught.value.message == message


async def test_an_operation_of_another_kind_is_not_found(acting):
    with pytest.raises(InputError, match="acme has no search 'act'; there are none"):
        await acting().search("act", {})


# Files


@pytest.fixture
def filing(acting: Any) -> Any:
    file = {"url": "{pdf.url}", "name": "offer {id}.pdf", "media_type": "application/pdf"}
    return lambda *answers: acting(*answers, request="GET /offer", output={"file": file})


async def test_an_action_may_give_a_file(filing):
    acme = filing({"id": 7, "pdf": {"url": f"{FILES}/7?sig=1"}}, (200, b"%PDF"))
    assert await acme.call("act", {}) == {
        "name": "offer 7.pdf",
        "media_type": "application/pdf",
        "size": 4,
        "content": base64.b64encode(b"%PDF").decode(),
    }
    assert acme.exchange.transport.sent[1] == Request("GET", f"{FILES}/7?sig=1")


@pytest.mark.parametrize("pdf", [None, {}, {"url": None}, {"url": ""}, {"url": 5}, {"url": ["x"]}])
async def test_a_file_that_is_not_there_yet_is_not_found(filing, pdf):
    acme = filing({"id": 7, "pdf": pdf}, (200, b"%PDF"))
    with pytest.raises(VendorNotFound, match="there is no such file"):
        await acme.call("act", {})
    assert len(sent(acme)) == 1


async def test_a_files_address_that_cannot_be_put_together_is_no_file(acting):
    file = {"url": f"{FILES}/{{id}}", "name": "x", "media_type": "application/pdf"}
    with pytest.raises(VendorNotFound):
        await acting({"id": None}, request="GET /offer", output={"file": file}).call("act", {})


async def test_a_file_elsewhere_is_not_fetched(filing):
    acme = filing({"pdf": {"url": "https://evil.example/7"}}, (200, b"%PDF"))
    with pytest.raises(VendorFailed, match="nothing was sent there"):
        await acme.call("act", {})
    assert len(sent(acme)) == 1

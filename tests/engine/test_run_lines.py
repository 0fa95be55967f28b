"""How an action is sent: by the line that the vendor takes, with a key, as a form; and what it answers."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest

from connectors.errors import UnknownOutcome, VendorError, VendorFailed, VendorRefused
from tests.engine.acme import make_connection, make_connector, sent


@pytest.fixture
def acting(vendor: Any) -> Any:
    """A function from answers and the blocks of the action `act` to a Vendor."""
    return lambda *answers, **action: vendor(*answers, actions={"act": {"request": "POST /notes", **action}})


LINES = ["PATCH /x", "PUT /x", "POST /x"]


def methods(vendor: Any) -> list[str]:
    return [request.method for request in vendor.exchange.transport.sent]


async def test_the_next_line_is_tried_when_the_vendor_does_not_have_the_method(acting):
    acme = acting(405, 405, {"id": 1}, request=LINES)
    assert await acme.call("act", {}) == {"id": 1}
    assert methods(acme) == ["PATCH", "PUT", "POST"]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
async def test_any_other_answer_is_the_answer(acting, status):
    acme = acting(status, {}, request=LINES)
    with pytest.raises(VendorError):
        await acme.call("act", {})
    assert methods(acme) == ["PATCH"]


async def test_what_worked_is_remembered_for_the_connection(acting, vendor):
    acme = acting(405, {}, request=LINES)
    await acme.call("act", {})
    again = vendor({}, using=acme.connection)
    await again.call("act", {})
    assert methods(again) == ["PUT"]


async def test_what_worked_once_may_be_gone(acting):
    acme = acting(405, {}, 405, {}, request=LINES[:2])
    await acme.call("act", {})
    await acme.call("act", {})
    assert methods(acme) == ["PATCH", "PUT", "PUT", "PATCH"]


async def test_when_no_line_is_taken_that_is_the_error(acting):
    acme = acting(405, request=LINES)
    with pytest.raises(VendorRefused) as caught:
        await acme.call("act", {})
    assert (caught.value.status, methods(acme)) == (405, ["PATCH", "PUT", "POST"])


# Idempotency keys


async def test_a_key_is_sent_and_repeated_with_the_request(acting):
    acme = acting(500, {}, idempotent={"header": "Idempotency-Key"})
    await acme.call("act", {}, idempotency_key="k-1")
    assert [request.headers["Idempotency-Key"] for request in acme.exchange.transport.sent] == ["k-1", "k-1"]


async def test_without_a_key_each_call_makes_its_own(acting):
    acme = acting({}, idempotent={"header": "Idempotency-Key"})
    for _ in range(2):
        await acme.call("act", {})
    one, other = (uuid.UUID(request.headers["Idempotency-Key"]) for request in acme.exchange.transport.sent)
    assert one != other


async def test_where_the_vendor_takes_no_key_none_is_sent(acting):
    acme = acting(500)
    with pytest.raises(UnknownOutcome):
        await acme.call("act", {}, idempotency_key="k-1")
    assert [request.headers for request in acme.exchange.transport.sent if "Idempotency-Key" in request.headers] == []
    assert len(sent(acme)) == 1


# Forms


FIELDS = {
    "name": {},
    "tags": {"type": "array", "items": {}},
    "address": {"properties": {"city": {}, "lines": {"type": "array", "items": {}}}},
    "age": {"type": ["integer", "null"]},
    "ok": {"type": "boolean"},
}


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ({}, b""),
        ({"name": "Ada & Bo", "age": 0, "ok": True}, b"name=Ada+%26+Bo&age=0&ok=true"),
        ({"name": "", "age": None}, b"name=&age="),
        ({"tags": ["a", "b"]}, b"tags%5B%5D=a&tags%5B%5D=b"),
        ({"tags": []}, b""),
        ({"address": {"city": "Ulm", "lines": ["x"]}}, b"address%5Bcity%5D=Ulm&address%5Blines%5D%5B%5D=x"),
    ],
)
async def test_inputs_may_go_into_a_form(acting, given, body):
    acme = acting({}, send="form", input=FIELDS)
    await acme.call("act", given)
    (request,) = acme.exchange.transport.sent
    assert (request.content, request.headers["Content-Type"]) == (body, "application/x-www-form-urlencoded")


async def test_a_form_may_be_written(acting):
    acme = acting({}, form={"person[name]": "{name}", "source": "web", "age": "{age}"}, input=FIELDS_OF_FORM)
    await acme.call("act", {"name": "Ada"})
    assert acme.exchange.transport.sent[0].form == (("person[name]", "Ada"), ("source", "web"))


FIELDS_OF_FORM = {"name": {}, "age": {"type": "integer"}}


# Files that are the answer itself


async def test_the_answer_itself_may_be_the_file(acting):
    acme = acting(
        (200, b"\x00\xff", {"content-type": "image/png; charset=x"}),
        request="GET /files/{id}",
        input={"id": {"required": True}},
        output={"file": {"name": "photo {id}"}},
    )
    content = base64.b64encode(b"\x00\xff").decode()
    assert await acme.call("act", {"id": "7"}) == {
        "name": "photo 7",
        "media_type": "image/png",
        "size": 2,
        "content": content,
    }


@pytest.mark.parametrize(("said", "media_type"), [({}, "application/octet-stream"), ({"content-type": "a/b"}, "a/b")])
async def test_a_file_is_of_the_type_that_the_vendor_says(acting, said, media_type):
    acme = acting((200, b"", said), request="GET /file", output={"file": {"name": "x"}})
    assert (await acme.call("act", {}))["media_type"] == media_type


# Answers that say that they are errors, and answers of loose types


async def test_a_success_may_say_that_it_failed(vendor):
    errors = {"when": [{"match": {"ok": False}, "kind": "failed"}], "message": ["error"]}
    acme = vendor({"ok": False, "error": "no such channel"}, errors=errors, actions={"act": {"request": "GET /x"}})
    with pytest.raises(VendorFailed, match="no such channel"):
        await acme.call("act", {})


async def test_loose_types_become_one(acting):
    output = {"properties": {"at": {"read": "epoch_or_iso_datetime"}, "nr": {"read": "text"}}}
    acme = acting({"at": 1730208261, "nr": 9007199254740993, "more": 1}, output=output, sample={"at": "x", "nr": "1"})
    assert await acme.call("act", {}) == {"at": "2024-10-29T13:24:21Z", "nr": "9007199254740993", "more": 1}


def test_connections_do_not_share_what_worked():
    connector = make_connector()
    assert make_connection(connector).worked is not make_connection(connector).worked

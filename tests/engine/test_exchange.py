from __future__ import annotations

import base64
import json
import logging
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from connectors.components.http import Request
from connectors.engine.exchange import Exchange
from connectors.errors import (
    GridwireError,
    NotReached,
    ResponseLost,
    UnknownOutcome,
    VendorBusy,
    VendorFailed,
    VendorTimeout,
    VendorUnreachable,
)
from tests.engine.acme import API, FILES

READ = Request("GET", f"{API}/items", (("page", "0"),))
WRITE = Request("POST", f"{API}/notes", json={"text": "Hi"})
DROPPED = ResponseLost("api.example.com closed the connection before answering")
NO_ROUTE = NotReached("could not connect to api.example.com: connection refused")
KEY = "X-Authorization"


async def read(exchange: Exchange, request: Request = READ) -> Any:
    return (await exchange.send(request, effect="read", repeatable=True)).json()


async def write(exchange: Exchange, *, repeatable: bool = False) -> Any:
    return (await exchange.send(WRITE, effect="write", repeatable=repeatable)).json()


async def test_a_request_is_signed_and_its_answer_comes_back(exchange):
    ok = exchange({"ok": True})
    assert await read(ok) == {"ok": True}
    assert ok.transport.sent == [READ.with_header(KEY, "canary-1")]
    assert ok.transport.timeouts == [30.0]


# Again, or not


@pytest.mark.parametrize("first", [500, 502, 503, 504, 408, 429, DROPPED, NO_ROUTE, ResponseLost("x", timed_out=True)])
async def test_a_read_is_asked_again_after_what_may_pass(exchange, clock, first):
    later = exchange(first, {"ok": True})
    assert await read(later) == {"ok": True}
    assert later.transport.sent == [READ.with_header(KEY, "canary-1")] * 2
    assert 0.5 <= clock.slept[0] <= 1.0


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 409, 422])
async def test_a_read_is_not_asked_again_after_a_plain_no(exchange, clock, status):
    no = exchange(status)
    with pytest.raises(GridwireError) as caught:
        await read(no)
    assert caught.value.status == status
    assert (len(no.transport.sent), clock.slept) == (1, [])


async def test_there_are_three_attempts(exchange, clock):
    broken = exchange(500)
    with pytest.raises(VendorFailed, match=r"the vendor failed \(500\)"):
        await read(broken)
    assert len(broken.transport.sent) == 3
    assert 1.0 <= clock.slept[1] <= 2.0


async def test_a_read_waits_as_long_as_the_vendor_asks(exchange, clock):
    assert await read(exchange((429, {}, {"retry-after": "7"}), {"ok": 1})) == {"ok": 1}
    assert clock.slept == [7.0]


async def test_a_date_to_come_back_at_is_understood(exchange, clock):
    at = {"retry-after": "Thu, 01 Jan 1970 00:16:45 GMT"}
    assert await read(exchange((503, {}, at), {"ok": 1})) == {"ok": 1}
    assert clock.slept == [5.0]


@pytest.mark.parametrize(("asked", "seconds"), [("11", 11.0), ("86400", 86400.0), ("9" * 500, 86400.0)])
async def test_a_longer_wait_is_left_to_the_caller(exchange, clock, asked, seconds):
    busy = exchange((429, {"message": "slow down"}, {"retry-after": asked}))
    with pytest.raises(VendorBusy) as caught:
        await read(busy)
    assert caught.value.as_dict()["retry_after"] == seconds
    assert (len(busy.transport.sent), clock.slept) == (1, [])


async def test_the_deadline_bounds_it_all(exchange, clock):
    def slow(_: Request) -> Any:
        clock.now += 14.6
        return 500

    late = exchange(slow)
    with pytest.raises(VendorFailed):
        await read(late)
    first, second, *more = late.transport.timeouts
    assert (first, more) == (30.0, [])
    assert second == pytest.approx(30.0 - 14.6 - clock.slept[0])


async def test_a_wait_beyond_the_deadline_is_not_begun(exchange, clock):
    brief = replace(exchange((503, {}, {"retry-after": "5"})), timeout=5.0)
    with pytest.raises(VendorBusy):
        await read(brief)
    assert clock.slept == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_write_that_was_answered_is_never_repeated(exchange, clock, status):
    broken = exchange(status, {"ok": 1})
    with pytest.raises((UnknownOutcome, VendorBusy)):
        await write(broken)
    assert (len(broken.transport.sent), clock.slept) == (1, [])


async def test_a_write_that_surely_was_not_received_is_repeated(exchange):
    later = exchange(NO_ROUTE, NO_ROUTE, {"ok": 1})
    assert await write(later) == {"ok": 1}
    assert len(later.transport.sent) == 3


async def test_a_write_that_never_got_through_was_not_sent(exchange):
    nowhere = exchange(NO_ROUTE)
    with pytest.raises(VendorUnreachable) as caught:
        await write(nowhere)
    assert caught.value.message == NO_ROUTE.message
    assert caught.value.remedy == "Check the address and the network, and try again."
    assert len(nowhere.transport.sent) == 3


async def test_a_write_after_one_that_may_have_been_received_is_not_repeated(exchange):
    lost = exchange(NO_ROUTE, DROPPED, {"ok": 1})
    with pytest.raises(UnknownOutcome):
        await write(lost)
    assert len(lost.transport.sent) == 2


@pytest.mark.parametrize("timed_out", [True, False])
async def test_the_outcome_of_a_write_without_an_answer_is_unknown(exchange, timed_out):
    with pytest.raises(UnknownOutcome) as caught:
        await write(exchange(ResponseLost("no answer came", timed_out=timed_out)))
    assert caught.value.message == "the request was sent, but no answer came: it may or may not have been done"
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("first", [DROPPED, 500])
async def test_an_idempotent_write_is_repeated(exchange, first):
    assert await write(exchange(first, {"ok": 1}), repeatable=True) == {"ok": 1}


@pytest.mark.parametrize(("timed_out", "kind"), [(True, VendorTimeout), (False, VendorFailed)])
async def test_a_read_without_an_answer_failed(exchange, timed_out, kind):
    with pytest.raises(VendorFailed) as caught:
        await read(exchange(ResponseLost("no answer came", timed_out=timed_out)))
    assert (type(caught.value), caught.value.message) == (kind, "no answer came")


# Secrets

SECRET = 'canary/+"\\ ='
ENCODED = base64.b64encode(SECRET.encode()).decode()


@pytest.mark.parametrize("form", [SECRET, ENCODED, quote(SECRET, safe=""), json.dumps(SECRET)[1:-1]])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
async def test_a_secret_that_the_vendor_echoes_is_taken_out(vendor, connect, caplog, status, form):
    caplog.set_level(logging.DEBUG)
    for body in ({"message": f"bad key {form}"}, f"bad key {form}".encode()):
        with pytest.raises(GridwireError, match="bad key •••") as caught:
            await read(vendor((status, body), using=connect(values={"apiKey": SECRET})).exchange)
        told = f"{caught.value!r} {caught.value} {caught.value.as_dict()} {caplog.text}"
        assert form not in told
        assert "canary" not in told


async def test_the_log_names_no_secret_no_query_and_no_path_of_another_host(vendor, connect, caplog):
    caplog.set_level(logging.DEBUG)
    exchange = vendor({}, using=connect(values={"account": "canary-1"})).exchange
    await read(exchange, Request("GET", f"{API}/of/canary-1?sig=secret", (("q", "secret"),)))
    await exchange.fetch(f"{FILES}/secret/a.pdf?sig=secret")
    assert "GET https://api.example.com/of/••• → 200" in caplog.text
    assert "GET https://private-static.example.com → 200" in caplog.text
    assert "secret" not in caplog.text
    assert "canary" not in caplog.text


async def test_a_failure_to_send_is_logged(exchange, caplog):
    caplog.set_level(logging.INFO)
    await read(exchange(NO_ROUTE, {}))
    assert f"GET {API}/items: {NO_ROUTE.message}" in caplog.text
    assert f"{NO_ROUTE.message}; asking again in " in caplog.text


def test_an_exchange_prints_without_secrets(exchange):
    assert "canary" not in repr(exchange())


async def test_the_first_words_of_what_cannot_be_read_hide_a_secret_of_any_length(vendor, connect, connector):
    acme = connector(actions={"get": {"request": "GET /x"}})
    with pytest.raises(VendorFailed, match="It begins: '<p>•••</p>'"):
        await vendor((200, b"<p>ab-1</p>"), using=connect(acme, values={"apiKey": "ab-1"})).call("get", {})

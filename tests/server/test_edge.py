from __future__ import annotations

import asyncio
import logging
import re

import pytest

from connectors.components.http import Response
from connectors.server.problems import TITLES, Refusal

SOURCES = ["/healthz", "/v1/connectors", "/v1/nothing", "/v1/connections/acme-3"]


@pytest.mark.parametrize("path", SOURCES)
def test_every_answer_has_safe_headers(client, path):
    headers = client.get(path).headers

    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
    assert headers["content-type"] in ("application/json", "application/problem+json")


def test_a_request_id_comes_back(client):
    answer = client.get("/v1/nothing", headers={"X-Request-Id": "run-17.a_B"})

    assert answer.headers["x-request-id"] == answer.json()["correlation_id"] == "run-17.a_B"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a/b", "<script>", "é"])
def test_a_request_id_that_does_not_look_like_one_is_replaced(client, given):
    answer = client.get("/healthz", headers={"X-Request-Id": given.encode()})

    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_a_request_is_one_line_in_the_log_without_secrets(post, caplog):
    caplog.set_level(logging.DEBUG)

    answer = post("actions/get_order", input={"id": "1"})

    [line] = [record for record in caplog.records if record.name == "gridwire.server"]
    assert (line.method, line.path, line.status) == ("POST", "/v1/connections/{id}/actions/{action}", 200)
    assert line.correlation_id == answer.headers["x-request-id"]
    assert line.ms >= 0
    assert "acme-secret-token" not in caplog.text
    assert "gw_test" not in caplog.text


def test_a_path_that_does_not_exist_is_not_logged(client, caplog):
    caplog.set_level(logging.INFO)

    client.get("/v1/%0Aforged")

    [line] = [record for record in caplog.records if record.name == "gridwire.server"]
    assert (line.path, line.status) == ("-", 404)


def test_a_problem_carries_everything_that_a_client_may_look_for(client):
    problem = client.get("/v1/connectors/acmee").json()

    assert problem == {
        "type": "urn:gridwire:problem:not_found",
        "title": "There is no such thing here",
        "status": 404,
        "detail": "there is no connector 'acmee'; did you mean 'acme'?",
        "message": "there is no connector 'acmee'; did you mean 'acme'?",
        "kind": "not_found",
        "remedy": "GET /v1/connectors lists them.",
        "field": None,
        "vendor_message": None,
        "vendor_status": None,
        "correlation_id": problem["correlation_id"],
    }


def test_every_kind_of_error_has_a_title():
    from connectors import errors
    from connectors.service.idempotency import KeyConflictError
    from connectors.service.store import StoreError

    def kinds(branch):
        return {branch.kind}.union(*map(kinds, branch.__subclasses__()))

    branches = (errors.InputError, errors.ReconnectError, errors.VendorError, Refusal, StoreError, KeyConflictError)
    ours = set().union(*map(kinds, branches))
    assert ours - {"error"} == set(TITLES)


def scope(path, method="POST"):
    headers = [(b"authorization", b"Bearer gw_test"), (b"content-type", b"application/json")]
    return {
        "type": "http", "method": method, "path": path, "query_string": b"", "headers": headers,
    }  # fmt: skip


class Peer:
    """The other side of an ASGI application."""

    def __init__(self, *received):
        self.received = list(received)
        self.sent = []

    async def receive(self):
        if not self.received:
            await asyncio.Event().wait()  # it is there, and has nothing more to say
        return self.received.pop(0)

    async def send(self, message):
        self.sent.append(message)


WHOLE = {"type": "http.request", "body": b'{"input": {"article": "lamp"}}'}


@pytest.mark.anyio
async def test_a_client_that_leaves_while_sending_is_logged_and_nothing_is_done(app, acme, caplog):
    caplog.set_level(logging.INFO)
    peer = Peer({"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"})

    await app(scope("/v1/connections/acme-1/actions/place_order"), peer.receive, peer.send)

    assert (peer.sent, acme.asked) == ([], [])
    assert caplog.records[-1].status == 499


@pytest.mark.anyio
async def test_a_write_that_the_server_cuts_off_is_an_unknown_outcome(app, acme, monkeypatch):
    asked = asyncio.Event()

    async def hang(request, **options):
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(acme, "send", hang)
    peer = Peer(WHOLE)
    task = asyncio.create_task(app(scope("/v1/connections/acme-1/actions/place_order"), peer.receive, peer.send))
    await asked.wait()
    task.cancel()
    await task

    assert peer.sent[0]["status"] == 409
    assert b"unknown_outcome" in peer.sent[1]["body"]


@pytest.mark.anyio
async def test_what_breaks_after_the_answer_has_begun_is_not_answered_again(app, acme):
    peer = Peer(WHOLE)

    async def fails(message):
        peer.sent.append(message)
        raise OSError("the socket is gone")

    with pytest.raises(OSError, match="the socket is gone"):
        await app(scope("/healthz", "GET"), peer.receive, fails)

    assert len(peer.sent) == 1


def test_an_answer_of_the_vendor_is_not_mistaken_for_ours(post, acme):
    acme.answer = lambda request: Response(200, (("x-request-id", "theirs"), ("set-cookie", "a=b")), b"{}")

    headers = post("actions/get_order", input={"id": "1"}).headers

    assert headers["x-request-id"] != "theirs"
    assert "set-cookie" not in headers

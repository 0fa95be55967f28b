"""Several inputs in one call, and requests in the vendor's own words."""

from __future__ import annotations

import asyncio
import base64

import httpx
import pytest

from connectors.components.http import Response
from connectors.server import shapes

LAMP, TABLE = {"article": "lamp"}, {"article": "table"}


def kinds(answer):
    return [result["error"]["kind"] if "error" in result else "ok" for result in answer.json()["results"]]


def test_several_inputs_have_a_result_each_in_their_order(post, acme):
    answer = post("actions/place_order", inputs=[LAMP, {}, TABLE])

    assert kinds(answer) == ["ok", "invalid_input", "ok"]
    assert answer.json()["results"][1]["error"]["field"] == "article"
    assert [request.json["article"] for request in acme.asked] == ["lamp", "table"]


def test_what_the_vendor_refuses_stops_no_other(post, acme):
    acme.answer = lambda request: Response(403 if request.json["article"] == "lamp" else 200, (), b'{"id": 7}')

    assert kinds(post("actions/place_order", inputs=[LAMP, TABLE])) == ["vendor_refused", "ok"]


@pytest.mark.parametrize(("status", "kind"), [(401, "reconnect"), (429, "busy")])
def test_after_what_no_other_would_get_past_the_rest_is_not_sent(post, acme, status, kind):
    acme.answers(status)

    answer = post("actions/place_order", inputs=[LAMP, TABLE, LAMP])

    assert kinds(answer) == [kind] * 3
    assert answer.json()["results"][2]["error"]["message"].startswith("nothing was sent, because of")
    assert len(acme.asked) == 1


def test_several_under_a_key_are_each_done_once(client, acme):
    ask = {"json": {"inputs": [LAMP, TABLE]}, "headers": {"Idempotency-Key": "several"}}
    path = "/v1/connections/acme-1/actions/place_order"
    acme.answer = lambda request: Response(429 if request.json["article"] == "table" else 200, (), b'{"id": 7}')
    first = client.post(path, **ask)
    acme.answer = acme.usual
    second, third = (client.post(path, **ask) for _ in range(2))

    assert (kinds(first), kinds(second)) == (["ok", "busy"], ["ok", "ok"])
    assert [request.json["article"] for request in acme.asked] == ["lamp", "table", "table"]
    assert ["idempotent-replayed" in answer.headers for answer in (first, second, third)] == [False, False, True]


def test_another_list_under_the_same_key_is_a_conflict(client, acme):
    path, headers = "/v1/connections/acme-1/actions/place_order", {"Idempotency-Key": "a list"}
    client.post(path, json={"inputs": [LAMP]}, headers=headers)

    assert client.post(path, json={"inputs": [LAMP, TABLE]}, headers=headers).json()["kind"] == "conflict"
    assert len(acme.asked) == 1


def test_several_can_be_shown_and_have_to_be_confirmed(post, acme):
    shown = post("actions/place_order", inputs=[LAMP, {}], dry_run=True).json()["results"]
    unconfirmed = post("actions/cancel_order", inputs=[{"id": 1}, {"id": 2}])

    assert (shown[0]["request"]["method"], shown[1]["error"]["kind"]) == ("POST", "invalid_input")
    assert kinds(unconfirmed) == ["confirm_required"] * 2
    assert not acme.asked
    assert kinds(post("actions/cancel_order", inputs=[{"id": 1}, {"id": 2}], confirm=True)) == ["ok", "ok"]


@pytest.mark.parametrize(
    "body", [{"input": LAMP, "inputs": [LAMP]}, {"inputs": LAMP}, {"inputs": [LAMP] * (shapes.MOST_INPUTS + 1)}]
)
def test_inputs_that_cannot_be_used_are_refused(post, acme, body):
    answer = post("actions/place_order", **body)

    assert (answer.status_code, answer.json()["field"].partition(".")[0]) == (422, "inputs")
    assert not acme.asked


def test_no_inputs_have_no_results(post):
    assert post("actions/place_order", inputs=[]).json() == {"results": []}


def test_once_the_time_is_over_the_rest_is_not_sent(make_app, served, client, acme, monkeypatch):
    app = make_app(longest_reading=0.0)
    with served(app) as address:
        url = f"{address}/v1/connections/acme-1/actions/place_order"
        answer = httpx.post(url, json={"inputs": [LAMP]}, headers=client.headers)

    assert kinds(answer) == ["busy"]
    assert not acme.asked


def test_any_request_can_be_made(post, acme):
    acme.answers(200, b'{"secret": "acme-secret-token", "n": 12345678901234567890123}', x_page="2", set_cookie="a=b")

    answer = post("request", method="post", path="/{account}/things?a=1", query={"b": [2, True]}, body=[None])

    [sent] = acme.asked
    assert (sent.method, sent.full_url) == ("POST", "https://api.acme.example/north/things?a=1&b=2&b=true")
    assert (sent.json, sent.headers["X-Token"]) == ([None], "acme-secret-token")
    assert answer.text.endswith('"body":{"secret":"•••","n":12345678901234567890123}}')
    assert answer.json()["headers"] == {"x-page": "2"}


@pytest.mark.parametrize(
    ("body", "shown"),
    [(b"", {"body": None}), (b"text", {"body": "text"}), (b"\xff", {"content": base64.b64encode(b"\xff").decode()})],
)
def test_an_answer_that_is_not_json(post, acme, body, shown):
    acme.answers(200, body)

    assert post("request", method="GET", path="/x").json() == {"status": 200, "headers": {}, **shown}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"method": "GET", "path": "//evil.example"}, "path"),
        ({"method": "GET", "path": "/{token}"}, "path"),
        ({"method": "FETCH", "path": "/"}, "method"),
        ({"method": "GET", "path": "/", "query": {"a": {}}}, "query.a"),
        ({"path": "/"}, "method"),
    ],
)
def test_a_request_that_cannot_be_made_is_not_sent(post, acme, asked, field):
    answer = post("request", **asked)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not acme.asked


def test_a_request_that_destroys_has_to_be_confirmed(post, acme):
    asked = {"method": "DELETE", "path": "/things/1"}

    assert post("request", **asked).json()["kind"] == "confirm_required"
    assert post("request", **asked, dry_run=True).json()["request"]["headers"]["X-Token"] == "•••"
    assert not acme.asked
    assert post("request", **asked, confirm=True).status_code == 200


def test_a_request_that_writes_may_have_an_unknown_outcome_and_a_key(client, acme):
    acme.answers(500)
    ask = {"json": {"method": "POST", "path": "/things"}, "headers": {"Idempotency-Key": "raw"}}

    answers = [client.post("/v1/connections/acme-1/request", **ask) for _ in range(2)]

    assert [answer.json()["kind"] for answer in answers] == ["unknown_outcome"] * 2
    assert len(acme.asked) == 1


def test_a_file_comes_with_its_name_and_in_base64(post, acme):
    content = bytes(range(256)) * 2**13  # 2 MiB
    acme.answers(200, content, content_type="application/pdf", content_disposition='attachment; filename="a/b.pdf"')

    output = post("actions/print_order", input={"id": "1"}).json()["output"]

    assert (output["name"], output["media_type"], output["size"]) == ("b.pdf", "application/pdf", len(content))
    assert base64.b64decode(output["content"]) == content


@pytest.fixture
def hanging(acme, monkeypatch):
    """A vendor that never answers: whether it was asked, and whether nobody waits for it any more."""
    asked, ended = asyncio.Event(), asyncio.Event()

    async def send(request, **_):
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr(acme, "send", send)
    return asked, ended


@pytest.fixture
async def hasty(app, monkeypatch):
    """Asks a server that waits no longer than it must."""
    server = app.routes[0].app._server
    monkeypatch.setattr(server, "longest_reading", 0.2)
    monkeypatch.setattr(server, "timeout", 0.0)
    headers = {"Authorization": "Bearer gw_test"}
    base = "http://here/v1/connections/acme-1/"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base, headers=headers) as client:
        yield client


@pytest.mark.anyio
async def test_what_reads_for_too_long_is_given_up(hasty, hanging):
    answer = await hasty.post("actions/get_order", json={"input": {"id": "1"}})

    assert (answer.status_code, answer.json()["kind"]) == (504, "vendor_failed")
    assert hanging[1].is_set()


@pytest.mark.anyio
async def test_what_writes_for_too_long_goes_on_and_its_outcome_is_unknown(hasty, hanging):
    answer = await hasty.post("actions/place_order", json={"input": LAMP})

    assert (answer.status_code, answer.json()["kind"]) == (409, "unknown_outcome")
    assert not hanging[1].is_set()


@pytest.mark.anyio
async def test_of_several_that_take_too_long_the_rest_is_not_sent(hasty, hanging):
    answer = await hasty.post("actions/place_order", json={"inputs": [LAMP, TABLE]})

    assert (answer.status_code, kinds(answer)) == (200, ["unknown_outcome", "busy"])


@pytest.mark.anyio
async def test_a_client_that_leaves_ends_what_only_reads(app, hanging):
    asked, ended = hanging
    parts = [{"type": "http.request", "body": b'{"input": {"id": "1"}}'}]

    async def receive():
        if parts:
            return parts.pop()
        await asked.wait()
        return {"type": "http.disconnect"}

    sent = []
    headers = [(b"authorization", b"Bearer gw_test"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/v1/connections/acme-1/actions/get_order", "headers": headers}
    await app(scope | {"query_string": b""}, receive, sent.append)

    assert (ended.is_set(), sent) == (True, [])

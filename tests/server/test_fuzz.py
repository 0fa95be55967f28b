"""Whatever is sent and whatever the vendor answers, the server gives JSON, and never a 500."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.components.http import Response
from connectors.server.routes import ROUTES

PATHS = sorted(
    {
        route.path.format(id="acme-1", action=action, search="find_order", trigger="new_order")
        for route in ROUTES
        for action in ("get_order", "place_order", "cancel_order")
        if route.takes is not None and route.method == "POST"
    }
)
NAMES = st.sampled_from(
    ["input", "article", "id", "city", "position", "lat", "tags", "until", "link", "cursor", "next"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(), inner, max_size=4),
    max_leaves=8,
)
ORDER = st.fixed_dictionaries(
    {"article": st.text(min_size=1, max_size=20) | VALUES},
    optional={
        name: VALUES | st.text() for name in ("amount", "note", "speed", "until", "contact", "key", "link", "tags")
    },
)
ID = st.fixed_dictionaries({"id": st.text() | st.integers() | VALUES})
INPUT = ORDER | ID | st.fixed_dictionaries({"city": VALUES}) | VALUES
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "input": INPUT,
        "confirm": st.booleans() | VALUES,
        "dry_run": st.booleans() | VALUES,
        "limit": st.integers(1) | st.floats(1, 1e300) | VALUES,
        "operation": st.sampled_from(["get_order", "find_order", "new_order"]) | VALUES,
        "field": st.sampled_from(["id", "speed", "city"]) | VALUES,
        "search": st.text() | VALUES,
        "next": st.text() | VALUES,
        "cursor": st.text() | VALUES,
        "from_start": st.booleans() | VALUES,
    },
)
SENT = (BODIES | VALUES).map(lambda value: json.dumps(value).encode()) | st.binary()
ANSWERS = st.builds(
    Response,
    st.sampled_from([200, 201, 204, 301, 302, 400, 401, 403, 404, 408, 422, 429, 500, 503, 599]),
    st.tuples(st.tuples(st.sampled_from(["retry-after", "location", "content-type"]), st.text(max_size=40))),
    st.fixed_dictionaries({"orders": st.lists(VALUES | ORDER, max_size=3), "more": VALUES}).map(
        lambda value: json.dumps(value).encode()
    )
    | SENT,
)


@pytest.fixture(autouse=True, scope="module")
def no_second_try():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connectors.components.retry.ATTEMPTS", 1)
        yield


def ask(app, path: str, content: bytes, content_type: bytes = b"application/json") -> tuple[int, bytes]:
    received = [{"type": "http.request", "body": content}]
    sent: list = []
    headers = [(b"authorization", b"Bearer gw_test"), (b"content-type", content_type)]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}

    async def receive():
        return received.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


@pytest.mark.parametrize("path", PATHS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=SENT, answer=ANSWERS)
def test_no_request_and_no_answer_of_the_vendor_makes_the_server_fail(app, acme, path, content, answer):
    acme.answer = lambda request: answer

    status, body = ask(app, path, content)

    assert status != 500, body
    assert b"gridwire broke off" not in body
    assert isinstance(json.loads(body), dict)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(min_size=1), content_type=st.binary())
def test_no_name_and_no_type_makes_the_server_fail(app, acme, name, content_type):
    for path in (f"/v1/connections/{name}/test", f"/v1/connections/acme-1/actions/{name}", f"/{name}"):
        assert ask(app, path, b"{}", content_type)[0] in (404, 415)

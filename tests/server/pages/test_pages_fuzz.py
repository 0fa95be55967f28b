"""No input to a page makes the server fail, and none comes out of it as anything but text."""

from __future__ import annotations

import asyncio
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.components.http import Response
from tests.server.conftest import APP

NASTY = st.sampled_from(['"><script>alert(1)</script>', "<b>", "{{ 7 * 7 }}", "{vendor}", "%00", "'", "\0", "é", "=;"])
TEXT = st.text(max_size=30) | NASTY
FORMS = st.dictionaries(
    st.sampled_from(["auth", "account", "token", "city", "plan", "member", "password", "clubId", "base_url"]) | TEXT,
    st.sampled_from(["browser", "password", "kiel", "2", "a@b.de", "north"]) | TEXT,
    max_size=7,
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from([b"accept-language", b"cookie", b"origin", b"sec-fetch-site", b"content-type"]),
        st.binary(max_size=40) | st.just(b"de;q=nan,en;q=-1,*"),
    ),
    max_size=4,
)
SENT = FORMS.map(lambda values: urlencode(values).encode()) | st.binary(max_size=200)
QUERY = st.dictionaries(st.sampled_from(["state", "code", "error", "error_description"]) | TEXT, TEXT, max_size=4)
ANSWERS = st.builds(
    Response,
    st.sampled_from([200, 302, 400, 401, 403, 404, 422, 429, 500]),
    st.just(()),
    TEXT.map(lambda text: b'{"message": "%s"}' % text.encode()) | st.binary(max_size=60),
)


@pytest.fixture(autouse=True, scope="module")
def patient():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connectors.components.retry.ATTEMPTS", 1)
        patch.setattr("connectors.server.pages.connect._TRIES", 10**6)
        yield


@pytest.fixture
def paths(client):
    """A link for each connector, the way to a sign-in that is used up at once, and what is no ticket."""
    client.put("/v1/oauth-apps/club", json=APP)
    links = [
        client.post("/v1/connect-links", json={"connector": connector, "name": f"fuzz-{connector}"}).json()["url"]
        for connector in ("acme", "club")
    ]
    return [url.removeprefix("http://127.0.0.1:8710") for url in links]


def ask(app, method, path, content=b"", headers=(), query=b""):
    received = [{"type": "http.request", "body": content}]
    sent = []
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": list(headers)}

    async def receive():
        return received.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], sent[1]["body"].decode()


FORM_TYPE = (b"content-type", b"application/x-www-form-urlencoded")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=SENT, headers=HEADERS, answer=ANSWERS)
def test_no_form_makes_a_page_fail(app, acme, paths, content, headers, answer):
    acme.answer = lambda request: answer
    for path in paths:
        status, page = ask(app, "POST", path, content, [*headers, FORM_TYPE])

        assert status < 500, page
        assert "<script" not in page
        assert "49" not in page or "{{ 7 * 7 }}" not in str(content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=QUERY, headers=HEADERS, name=TEXT.map(lambda text: text.replace("/", "")))
def test_no_address_makes_a_page_fail(app, client, query, headers, name):
    text = urlencode(query).encode()
    for path in ("/oauth/callback", f"/oauth/start/{name}", f"/connect/{quote(name)}", f"/connect/{name}"):
        status, page = ask(app, "GET", path, headers=headers, query=text)

        assert status in (400, 404), page
        assert "<script" not in page


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(answer=ANSWERS, said=TEXT)
def test_no_answer_at_the_end_of_a_sign_in_makes_a_page_fail(app, acme, client, answer, said):
    acme.answer = lambda request: answer
    start = client.post("/v1/connections/club-1/authorize").json()["url"].removeprefix("http://127.0.0.1:8710")
    away = client.get(start)
    state = dict(pair.split("=") for pair in away.headers["location"].partition("?")[2].split("&"))["state"]
    cookie = away.headers["set-cookie"].partition(";")[0].encode()
    query = urlencode({"state": state, "code": said, "error": said}).encode()

    status, page = ask(app, "GET", "/oauth/callback", headers=[(b"cookie", cookie)], query=query)

    assert status in (200, 424), page
    assert "<script" not in page

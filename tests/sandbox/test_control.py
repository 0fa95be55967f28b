from __future__ import annotations

import shlex

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from connectors.sandbox import Reonic, create_app

USERS = "/rest/v2/clients/sandbox-client/users"


@pytest.fixture
def lines_to_copy(sandbox):
    def lines_to_copy(address):
        return [line.strip() for line in sandbox.get(f"{address}/").text.splitlines() if line.startswith("  curl")]

    return lines_to_copy


@pytest.fixture
def run_curl(sandbox):
    return lambda line: sandbox.send(request_of_curl(sandbox, line))


def request_of_curl(client, line):
    """What this line of curl would do, without needing curl."""
    words = iter(shlex.split(line)[1:])
    method, headers, data, url = None, {}, None, ""
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-X":
            method = next(words)
        elif word == "-d":
            data = next(words)
        else:
            url = word
    return client.build_request(method or ("POST" if data else "GET"), url, headers=headers, content=data)


def test_every_line_of_the_landing_page_works(sandbox, lines_to_copy, run_curl):
    lines = lines_to_copy(str(sandbox.base_url).rstrip("/"))
    assert len(lines) == 7
    for line in lines:
        answer = run_curl(line)
        assert answer.is_success, (line, answer.text)


def test_under_a_path_every_line_still_works(served, sandbox, lines_to_copy, run_curl):
    app = Starlette(routes=[Mount("/try/sandbox", create_app())])
    with served(app) as address:
        lines = lines_to_copy(f"{address}/try/sandbox")
        assert all(f"{address}/try/sandbox/" in line for line in lines)
        assert all(run_curl(line).is_success for line in lines)
        log = sandbox.get(f"{address}/try/sandbox/_log/reonic").json()
        assert log[0]["path"] == "/rest/v2/clients/sandbox-client/h360/offers"


def test_behind_a_root_path_addresses_have_it(served, sandbox):
    with served(create_app(), root_path="/outside") as address:
        assert f"POST {address}/outside/_do/reonic/reset {{}}" in sandbox.get(f"{address}/_do/").text


def test_deeds_are_listed_one_a_line_with_what_they_take(sandbox):
    lines = sandbox.get("/_do/").text.splitlines()
    here = str(sandbox.base_url).rstrip("/")
    assert len(lines) == 14
    start = f"POST {here}/_do/reonic/change-status {{id, status}}: A user moves an offer"
    assert any(line.startswith(start) for line in lines)
    assert any("create-offer {[name], [status]}: " in line for line in lines)


def test_the_log_tells_what_was_received(api, sandbox):
    api.get("/rest/v2/clients/sandbox%2Dclient/users?a=%20b", headers=[("x-two", "1"), ("x-two", "2")])
    (entry,) = sandbox.get("/_log/reonic").json()
    headers = entry.pop("headers")
    assert (headers["x-authorization"], headers["x-two"]) == ("sandbox-reonic-key", "1, 2")
    assert entry == {
        "time": "2026-11-21T09:00:00+00:00",
        "method": "GET",
        "path": "/rest/v2/clients/sandbox%2Dclient/users",
        "query": "a=%20b",
        "body": "",
        "status": 400,
    }


def test_the_log_keeps_bodies_and_what_is_refused(api, sandbox):
    api.post("/nowhere", content="für wen?".encode())
    (entry,) = sandbox.get("/_log/reonic").json()
    assert (entry["body"], entry["status"]) == ("für wen?", 404)


def test_the_log_can_be_forgotten(api, sandbox):
    api.get(USERS)
    assert sandbox.delete("/_log/reonic").status_code == 204
    assert sandbox.get("/_log/reonic").json() == []


def test_the_log_keeps_the_last_thousand(reonic):
    reonic.log.extend({"n": n} for n in range(1001))
    assert (len(reonic.log), reonic.log[0]) == (1000, {"n": 1})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/_log/x"),
        ("DELETE", "/_log/x"),
        ("GET", "/_faults/x"),
        ("POST", "/_faults/x"),
        ("POST", "/_do/x/reset"),
    ],
)
def test_an_unknown_vendor_is_answered_with_the_known(sandbox, method, path):
    answer = sandbox.request(method, path)
    assert answer.status_code == 404
    assert answer.json() == {"message": "no pretend vendor is called 'x'; there is: reonic"}


def test_an_unknown_deed_is_answered_with_the_known(sandbox):
    answer = sandbox.post("/_do/reonic/sign_offer")
    assert answer.status_code == 404
    assert "no deed is called 'sign_offer'; there is: add-user, archive, assign, " in answer.json()["message"]


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"id=7"])
def test_a_deed_takes_an_object(sandbox, body):
    answer = sandbox.post("/_do/reonic/sign-offer", content=body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("body: ")


def test_two_sandboxes_share_nothing():
    one, other = Reonic(), Reonic()
    one.create_offer()
    assert (len(one.offers), len(other.offers)) == (58, 57)

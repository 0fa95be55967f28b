from __future__ import annotations

from tests.engine.acme import make_connection, make_connector

HEADERS = {"Accept": "application/vnd.acme+json", "X-Account": "{account}", "X-Version": "1"}


async def test_the_connectors_headers_go_along_with_every_request(vendor):
    acme = vendor(headers=HEADERS, actions={"get": {"request": "GET /x", "headers": {"x-version": "2"}}})
    await acme.test()
    await acme.call("get", {})
    tested, called = (request.headers for request in acme.exchange.transport.sent)
    common = {"Accept": "application/vnd.acme+json", "X-Account": "a-1", "X-Authorization": "canary-1"}
    assert (tested, called) == (common | {"X-Version": "1"}, common | {"x-version": "2"})


async def test_they_do_not_go_to_another_host(vendor):
    file = {"file": {"url": "{url}", "name": "a"}}
    action = {
        "request": "GET /x",
        "output": file,
        "sample": {"name": "a", "size": 1, "content": "", "media_type": "a/b"},
    }
    acme = vendor({"url": "https://private-static.example.com/a"}, {}, headers=HEADERS, actions={"get": action})
    await acme.call("get", {})
    assert acme.exchange.transport.sent[1].headers == {}


def test_a_name_and_a_password_in_base64_are_redacted():
    auth = {"basic": {"username": "{account}", "password": "{apiKey}"}}
    connection = make_connection(make_connector(connection={"auth": auth}))
    assert connection.redact("you sent YS0xOmNhbmFyeS0x") == "you sent •••"

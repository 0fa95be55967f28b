from __future__ import annotations

import socket

import httpx
import pytest

from connectors.server import body, heads

PLACE = "/v1/connections/acme-1/actions/place_order"
KEY = {"Authorization": "Bearer gw_test"}
GOOD = b'{"input": {"article": "lamp"}}'


def send(client, content=GOOD, content_type="application/json", **headers):
    return client.post(PLACE, content=content, headers={"Content-Type": content_type, **headers})


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=UTF-8"])
def test_json_is_read(client, content_type):
    assert send(client, content_type=content_type).status_code == 200


def test_json_is_read_in_chunks_of_unknown_number(client):
    assert send(client, iter([GOOD[:7], b"", GOOD[7:]])).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        ";",
        "json",
        "é/\t;=;",
    ],
)
def test_what_is_not_sent_as_json_is_refused(client, acme, content_type):
    answer = send(client, content_type=content_type.encode("latin-1"))

    assert (answer.status_code, answer.json()["kind"]) == (415, "unsupported_media_type")
    assert not acme.asked


def test_a_compressed_body_is_refused(client):
    assert send(client, **{"Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize(
    "content",
    [
        *(b"{", b"nope", b"[]", b'"text"', b"1", b"null", b"\xff", b"\xef\xbb\xbf{}", b'{"input": "\xed\xa0\x80"}'),
        *(b'{"input": NaN}', b'{"input": 1e999}', b'{"input": "\\ud800"}', b"[" * 900_000, b'{"input":' * 90_000),
    ],
)
def test_what_is_no_json_object_is_refused(client, acme, content):
    answer = send(client, content)

    assert (answer.status_code, answer.json()["kind"]) == (422, "invalid_input")
    assert not acme.asked


def test_depth_is_bounded(client):
    deep = b'{"input":' + b"[" * 70 + b"]" * 70 + b"}"

    assert send(client, deep).json()["detail"] == "the body is nested more than 64 deep"


def test_an_unknown_key_is_refused_with_a_near_miss(client, acme):
    problem = send(client, b'{"input": {"article": "lamp"}, "dryrun": true}').json()

    assert problem["field"] == "dryrun"
    assert "did you mean 'dry_run'?" in problem["detail"]
    assert not acme.asked


@pytest.mark.parametrize("content", [b'{"input": []}', b'{"dry_run": "yes"}', b'{"confirm": 1}', b'{"input": null}'])
def test_a_key_of_the_wrong_type_is_refused(client, content):
    assert send(client, content).json()["kind"] == "invalid_input"


def test_no_body_is_an_empty_object(client):
    problem = client.post(PLACE).json()

    assert problem["detail"] == "'article' is required"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused(client, acme, chunked):
    content = b'{"input": {"note": "' + b"x" * body.MAX_BYTES + b'"}}'

    answer = send(client, iter([content]) if chunked else content)

    assert (answer.status_code, answer.json()["kind"]) == (413, "too_large")
    assert not acme.asked


def raw(client, *lines: str) -> bytes:
    """What the server answers to these lines, until it closes the connection."""
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


HEAD = [f"POST {PLACE} HTTP/1.1", "Host: localhost", "Authorization: Bearer gw_test", "Content-Type: application/json"]


def test_a_body_that_drips_is_given_up(client, monkeypatch):
    monkeypatch.setattr(body, "SECONDS", 0.2)

    answer = raw(client, *HEAD, "Content-Length: 100", "", "{")

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()


def test_a_body_that_is_said_to_be_too_long_is_not_waited_for(client):
    answer = raw(client, *HEAD, "Connection: close", f"Content-Length: {body.MAX_BYTES + 1}", "", "{")

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_many_unknown_names_are_told_in_short(client):
    content = b'{"input": {%s}}' % b",".join(b'"artikel%d": 1' % number for number in range(50_000))

    problem = send(client, content).json()

    assert problem["detail"].endswith("; and 49,981 more")
    assert len(problem["problems"]) == 21


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize(
    "framing",
    [
        ["Content-Length: 30", "Transfer-Encoding: chunked", "", "1e", GOOD.decode(), "0", "", ""],
        ["Transfer-Encoding: chunked", "Content-Length: 30", "", "1e", GOOD.decode(), "0", "", ""],
        ["Content-Length: 30", "Content-Length: 31", "", GOOD.decode() + " "],
        ["Content-Length: +30", "", GOOD.decode()],
        ["Transfer-Encoding: chunked, identity", "", "1e", GOOD.decode(), "0", "", ""],
    ],
)
def test_a_body_of_doubtful_length_never_reaches_the_vendor(make_app, served, acme, http, framing):
    with served(make_app(), http=http) as address, httpx.Client(base_url=address) as client:
        answer = raw(client, *HEAD, "Connection: close", *framing)

    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 "))
    assert not acme.asked


def test_sockets_that_drip_keep_nobody_waiting_and_are_closed(make_app, served, acme, monkeypatch):
    monkeypatch.setattr(body, "SECONDS", 0.5)
    monkeypatch.setattr(heads, "SECONDS", 0.5)
    halves = ["\r\n".join([*HEAD, "X-Long: "]), "\r\n".join([*HEAD, "Content-Length: 100", "", "{"])]
    with served(make_app(), http=heads.BoundedHeads) as address, httpx.Client(base_url=address) as client:
        there = (client.base_url.host, client.base_url.port)
        drips = [socket.create_connection(there, timeout=10) for _ in range(40)]
        for number, drip in enumerate(drips):
            drip.sendall(halves[number % 2].encode())

        assert client.post(PLACE, json={"input": {"article": "lamp"}}, headers=KEY).status_code == 200
        for drip in drips:
            with drip:
                assert b"".join(iter(lambda: drip.recv(65536), b"")).startswith(b"HTTP/1.1 408 ")  # noqa: B023


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'{"input": {"article": "lamp"}, "input": {}}', "input"),
        (b'{"input": {"article": "lamp", "amount": 1, "amount": 2}}', "amount"),
        (b'{"inputs": [{"article": "lamp", "\\u0061rticle": "table"}]}', "article"),
        (b'\xef\xbb\xbf{"dry_run": true, "input": {"article": "lamp"}, "dry_run": false}', "dry_run"),
    ],
)
def test_a_name_that_comes_twice_is_refused_by_name(client, acme, content, name):
    problem = send(client, content)

    assert (problem.status_code, problem.json()["field"]) == (422, name)
    assert f"'{name}' twice in the same object" in problem.json()["detail"]
    assert not acme.asked


def test_names_that_differ_and_numbers_of_any_length_are_read(client):
    assert send(client, b'{"input": {"article": "lamp", "amount": %b}}' % (b"9" * 5000)).status_code in (200, 422)
    assert send(client, b'{"inputs": [{"article": "lamp"}, {"article": "lamp"}]}').status_code == 200

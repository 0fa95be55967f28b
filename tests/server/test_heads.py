from __future__ import annotations

import asyncio
import socket
import threading

import httpx
import pytest
from starlette.responses import PlainTextResponse

from connectors.cli import sockets
from connectors.server import heads
from connectors.server.heads import BoundedHeads

START = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def address(served):
    """Says "hello", without a look at the request's body."""
    with served(PlainTextResponse("hello"), http=BoundedHeads, lifespan="off") as address:
        yield httpx.URL(address)


@pytest.fixture
def connected(address):
    with socket.create_connection((address.host, address.port), timeout=10) as connection:
        yield connection


def rest(connection):
    """All that comes until the server closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("piece", [b"x" * 65536, b"x\r\nX-Some: header" * 4096])
def test_a_head_without_end_is_cut_off(connected, piece):
    connected.sendall(START + b"X-Long: ")

    with pytest.raises(ConnectionError):
        connected.sendall(piece * 1000)


def test_a_head_that_is_too_long_is_told_so(connected):
    connected.sendall((START + b"X-Long: ").ljust(heads.MAX_BYTES + 1, b"x"))

    assert rest(connected).startswith(b"HTTP/1.1 431 ")


def test_trailers_without_end_are_cut_off(connected):
    connected.sendall(START + b"Transfer-Encoding: chunked\r\n\r\n0\r\n")

    with pytest.raises(ConnectionError):
        connected.sendall(b"X-Some: trailer\r\n" * 4_000_000)


def test_a_long_head_and_a_long_body_are_read(address):
    headers = {"X-Long": "x" * 60_000}

    assert httpx.post(address, headers=headers, content=b"x" * 1_000_000, trust_env=False).text == "hello"


@pytest.mark.parametrize("half", [b"", b"G", START, START + b"X-Long: x"])
def test_half_a_head_is_given_up(address, monkeypatch, half):
    monkeypatch.setattr(heads, "SECONDS", 0.1)
    with socket.create_connection((address.host, address.port), timeout=10) as connection:
        connection.sendall(half)

        assert rest(connection).startswith(b"HTTP/1.1 408 ")


def test_half_a_second_head_is_given_up(connected, monkeypatch):
    monkeypatch.setattr(heads, "SECONDS", 0.1)
    connected.sendall(START + b"\r\n")
    assert connected.recv(65536).endswith(b"hello")

    connected.sendall(START)

    assert rest(connected).startswith(b"HTTP/1.1 408 ")


def test_an_answer_may_take_longer_than_a_head(served, monkeypatch):
    monkeypatch.setattr(heads, "SECONDS", 0.1)

    async def slow(scope, receive, send):
        await asyncio.sleep(0.3)
        await PlainTextResponse("hello")(scope, receive, send)

    with served(slow, http=BoundedHeads, lifespan="off") as address:
        assert httpx.get(address, trust_env=False).text == "hello"


def test_every_socket_of_the_command_line_has_the_limits(monkeypatch):
    servers = []
    monkeypatch.setattr("uvicorn.Server.run", lambda server, sockets: servers.append(server))

    with pytest.raises(RuntimeError, match="did not start"):
        sockets.serve_on(None, None)

    assert servers[0].config.http is BoundedHeads


def test_there_are_only_so_many_connections(address, monkeypatch):
    monkeypatch.setattr(heads, "most_open", lambda: 2)
    there = (address.host, address.port)
    with socket.create_connection(there, timeout=10), socket.create_connection(there, timeout=10) as second:
        second.sendall(START)
        with socket.create_connection(there, timeout=10) as third:
            assert rest(third).startswith(b"HTTP/1.1 503 ")
        second.sendall(b"\r\n")

        assert second.recv(65536).endswith(b"hello")


def test_there_are_fewer_connections_than_files(monkeypatch):
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1000, 1000))

    assert heads.most_open.__wrapped__() == 500


def test_an_answer_that_nobody_takes_is_given_up(served, monkeypatch):
    monkeypatch.setattr(heads, "SECONDS_TO_TAKE", 0.1)
    given_up = threading.Event()

    async def long(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 2**26, "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        given_up.set()

    with served(long, http=BoundedHeads, lifespan="off") as address:
        url = httpx.URL(address)
        with socket.create_connection((url.host, url.port), timeout=10) as connection:
            connection.sendall(START + b"\r\n")

            assert given_up.wait(10)


ODD = {
    "HTTP/1.0": [b"GET / HTTP/1.0\r\n\r\n"],
    "pipelining": [START + b"\r\n" + START + b"\r\n" + START + b"Connection: close\r\n\r\n"],
    "many parameters": [b"GET /?%b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % b"&".join([b"a=1"] * 15_000)],
    "no reason to wait": [
        b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", b"x"
    ],
}  # fmt: skip


@pytest.mark.parametrize("pieces", ODD.values(), ids=ODD)
def test_odd_clients_are_answered(connected, pieces):
    for piece in pieces:
        connected.sendall(piece)

    answer = rest(connected)
    assert answer.count(b"hello") == b"".join(pieces).count(b" HTTP/1.")

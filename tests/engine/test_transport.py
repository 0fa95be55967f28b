from __future__ import annotations

import asyncio
import gzip
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import vcr

from connectors import __version__
from connectors.components.http import Request, Response
from connectors.engine.transport import HttpTransport
from connectors.errors import NotReached
from tests.engine.calls import failure, send
from tests.engine.hostile import OK, answer, hang, request, request_and_body, serve

GZIP = "Content-Encoding: gzip"
TEXT = b"Dachneigung 35 Grad. " * 50


# What goes out


async def test_request_arrives_as_it_is():
    async with serve(request, answer()) as server:
        sent = Request(
            "POST",
            server.url + "a%2Fb/%C3%BC%7E?sig=a%2Fb%7E",
            (("q", "a&b c"), ("q", "")),
            {"X-Key": "k~y"},
            json={"n": 1},
        )
        async with HttpTransport() as transport:
            await transport.send(sent, timeout=5)
    line, *headers = server.heads[0].split(b"\r\n")
    assert line == b"POST /a%2Fb/%C3%BC%7E?sig=a%2Fb%7E&q=a%26b%20c&q= HTTP/1.1"
    assert b"X-Key: k~y" in headers
    assert b"Content-Length: 7" in headers


async def test_large_request_arrives_whole():
    async with serve(request_and_body, answer(b"ok")) as server:
        response = await send(server.url, method="POST", json="x" * 3_000_000)
    head, _, body = server.heads[0].partition(b"\r\n\r\n")
    assert (response.body, len(body)) == (b"ok", 3_000_002)
    assert b"Content-Length: 3000002" in head


async def test_answer_may_come_before_the_request_was_read():
    async with serve(request, answer(b"too large", status="413 Content Too Large"), hang) as server:
        response = await send(server.url, method="POST", json="x" * 30_000_000)
        await asyncio.wait_for(server.idle(), 5)
    assert (response.status, response.body) == (413, b"too large")


async def test_default_headers():
    async with serve(request, answer()) as server:
        await send(server.url)
    headers = server.heads[0].decode().split("\r\n")[1:]
    defaults = [f"Host: {server.host}", "Accept: */*", "Accept-Encoding: gzip, deflate"]
    assert headers == [*defaults, f"User-Agent: gridwire/{__version__}", "", ""]


async def test_own_headers_win():
    own = {"user-agent": "mine", "ACCEPT": "text/csv", "host": "example.test", "accept-encoding": "identity"}
    async with serve(request, answer()) as server:
        await send(server.url, headers=own)
    assert sorted(server.heads[0].decode().split("\r\n")[1:-2]) == sorted(f"{name}: {own[name]}" for name in own)


async def test_user_in_url_is_no_credential():
    async with serve(request, answer()) as server:
        await send(f"http://ada:pass@{server.host}/", headers={"Authorization": "Bearer key"})
    assert re.findall(b"(?i)authorization: .*?\r", server.heads[0]) == [b"Authorization: Bearer key\r"]


@pytest.mark.parametrize(
    "value", ["a\r\nX-Admin: 1", "a\nb", "a\0b", "a\x7fb", "a\x85b", "\xe9", "łódź", " padded", "padded\t"], ids=ascii
)
async def test_header_value_that_breaks_out_is_refused(value: str):
    async with serve(request, answer()) as server:
        error = await failure(server.url, headers={"X-Key": value})
    assert isinstance(error, NotReached)
    assert error.message.startswith(
        f"nothing was sent to {server.host}: the value of X-Key cannot be sent in a header: "
    )
    assert value not in error.message
    assert server.heads == []


@pytest.mark.parametrize(
    ("about", "complaint"),
    [
        ({"headers": {"X Key": "1"}}, "'X Key' is not a header name"),
        ({"headers": {"X-Key\r\nX": "1"}}, r"'X-Key\r\nX' is not a header name"),
        ({"headers": {"content-length": "1"}}, "the header content-length follows from the body and cannot be set"),
        (
            {"headers": {"Transfer-Encoding": "x"}},
            "the header Transfer-Encoding follows from the body and cannot be set",
        ),
        ({"method": "GE T"}, "'GE T' is not a method"),
        ({"query": (("q", "\ud800"),)}, "the URL or the body cannot be sent"),
    ],
)
async def test_request_that_http_cannot_carry_is_refused(about: dict[str, Any], complaint: str):
    error = await failure("http://127.0.0.1:1/", **about)
    assert isinstance(error, NotReached)
    assert error.message == f"nothing was sent to 127.0.0.1:1: {complaint}"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("/path", "nothing was sent: the URL is not valid"),
        ("http://a.test:99999/", "nothing was sent: the URL is not valid"),
        ("http://a.test/" + "a" * 70_000, "nothing was sent to a.test: the URL or the body cannot be sent"),
        ("ftp://a.test/", "nothing was sent to a.test: the URL is neither http nor https"),
    ],
)
async def test_url_that_cannot_be_called_is_refused(url: str, message: str):
    error = await failure(url)
    assert isinstance(error, NotReached)
    assert error.message == message


@pytest.mark.parametrize(
    "host",
    ["a" * 64 + ".invalid", "a..invalid", ".invalid", "xn--.invalid", "127.1", "0", "☃" * 64],
)
async def test_host_that_is_no_name_is_not_reached(host: str):
    assert isinstance(await failure(f"http://{host}/"), NotReached)


async def test_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    netrc, keys = tmp_path / "netrc", tmp_path / "keys"
    netrc.write_text("machine 127.0.0.1 login ada password invented")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("SSL_CERT_FILE", os.devnull)
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    async with serve(request, answer()) as server:
        assert (await send(server.url)).status == 200
    assert server.heads[0].startswith(b"GET / HTTP/1.1")
    assert b"uthorization" not in server.heads[0]
    assert not keys.exists()


# What comes back


async def test_response_is_plain_data():
    headers = ("X-One: 1", "Set-Cookie: a", "X-One: 2", "Content-Type: text/plain")
    async with serve(request, answer(b"Moin", *headers)) as server:
        response = await send(server.url)
    pairs = (
        ("x-one", "1"),
        ("set-cookie", "a"),
        ("x-one", "2"),
        ("content-type", "text/plain"),
        ("connection", "close"),
    )
    assert response == Response(200, pairs, b"Moin")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_redirect_is_not_followed(code: int):
    async with serve(request, answer(b"", "Location: /elsewhere", status=f"{code} Moved")) as server:
        response = await send(server.url)
    assert (response.status, response.header("Location")) == (code, "/elsewhere")
    assert len(server.heads) == 1


async def test_no_cookie_is_kept():
    async with serve(request, answer(b"", "Set-Cookie: session=s; Path=/")) as server, HttpTransport() as transport:
        for _ in range(2):
            await transport.send(Request("GET", server.url), timeout=5)
    assert b"ookie" not in server.heads[1]


@pytest.mark.parametrize(
    ("method", "raw"),
    [
        ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9999999999\r\n\r\n"),
        ("HEAD", OK + b"Content-Length: 9999999999\r\nContent-Encoding: br\r\n\r\n"),
        ("GET", answer(b"", GZIP)),
        ("GET", OK + b"\r\n"),
    ],
    ids=["204", "304", "HEAD", "gzip of nothing", "closed"],
)
async def test_no_body_is_an_empty_body(method: str, raw: bytes):
    async with serve(request, raw) as server:
        response = await send(server.url, method=method)
    assert response.body == b""


async def test_connection_is_used_again():
    kept = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with serve(request, kept, request, kept) as server, HttpTransport() as transport:
        for _ in range(2):
            await transport.send(Request("GET", server.url), timeout=5)
    assert server.opened == 1


async def test_debug_log_holds_no_url_and_no_header(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    async with serve(request, answer(b"body-canary", "Set-Cookie: canary")) as server:
        await send(server.url + "canary", query=(("key", "canary"),), headers={"X-Key": "canary"})
    assert "canary" not in caplog.text


# Recorded by vcrpy


@pytest.mark.parametrize("raw", [answer(TEXT), answer(gzip.compress(TEXT), GZIP)], ids=["plain", "gzip"])
async def test_recording_plays_without_the_server(raw: bytes, tmp_path: Path):
    cassette = str(tmp_path / "case.yaml")
    async with serve(request, raw) as server:
        with vcr.use_cassette(cassette, record_mode="once"):
            recorded = await send(server.url, method="POST", json={"n": 1})
    with vcr.use_cassette(cassette, record_mode="none") as played:
        assert await send(server.url, method="POST", json={"n": 1}) == recorded
        assert played.all_played
    assert recorded.body == TEXT


# The price of importing it


def test_import_does_not_pay_for_the_http_client():
    script = "import sys, connectors.engine.transport; sys.exit('httpx' in sys.modules or 'asyncio' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)

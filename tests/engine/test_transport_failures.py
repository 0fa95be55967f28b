from __future__ import annotations

import asyncio
import gzip
import random
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.components.http import Request
from connectors.engine import wire
from connectors.engine.transport import HttpTransport
from connectors.errors import NotReached, ResponseLost, TransportError
from tests.engine.calls import failure, send
from tests.engine.hostile import CHUNKED, OK, Step, answer, drip, full_backlog, hang, request, reset, self_signed, serve

# Broken connections


async def test_nobody_listens():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = "127.0.0.1:{1}".format(*closed.getsockname())
        error = await failure(f"http://{host}/secret?secret=1")
    assert isinstance(error, NotReached)
    assert not error.timed_out
    assert error.message == f"could not connect to {host}: connection refused"


async def test_name_is_unknown(monkeypatch: pytest.MonkeyPatch):
    def unknown(*_: object, **__: object):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = await failure("https://vendor.invalid/")
    assert isinstance(error, NotReached)
    assert error.message == "could not connect to vendor.invalid: the name could not be resolved"


async def test_untrusted_certificate(tmp_path: Path):
    async with serve(request, answer(), tls=self_signed(tmp_path)) as server:
        error = await failure(f"https://{server.host}/")
    assert isinstance(error, NotReached)
    assert error.message.startswith(f"could not connect to {server.host}: its certificate is not trusted (")
    assert server.heads == []


async def test_trusted_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tls = self_signed(tmp_path)
    monkeypatch.setattr(wire.certifi, "where", lambda: str(tmp_path / "invented.pem"))
    async with serve(request, answer(b"ok"), tls=tls) as server:
        assert (await send(f"https://{server.host}/")).body == b"ok"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ([b"Not TLS at all."], "TLS failed (wrong version number)"),
        ([], "the connection was closed"),
        ([reset], "connection reset by peer"),
    ],
)
async def test_tls_that_fails(script: list[Any], reason: str):
    async def hello(_: object, reader: asyncio.StreamReader, __: object) -> None:
        await reader.read(9999)

    async with serve(hello, *script) as server:
        error = await failure(f"https://{server.host}/")
    assert isinstance(error, NotReached)
    assert error.message == f"could not connect to {server.host}: {reason}"


async def pause(_: object, __: object, ___: object) -> None:
    await asyncio.sleep(0.002)


KEPT = OK + b"Content-Length: 2\r\n\r\nok"
EARLY = "closed the connection before answering"
LATE = "broke off in the middle of its answer"


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ([reset], EARLY),
        ([request, reset], EARLY),
        ([request], EARLY),
        ([request, OK + b"X-Half"], EARLY),
        ([request, OK + b"Content-Length: 10\r\n\r\nhalf"], LATE),
        ([request, OK + b"Content-Length: 10\r\n\r\nhalf", reset], LATE),
        ([request, CHUNKED + b"4\r\nhalf\r\n"], LATE),
        ([request, CHUNKED + b"4\r\nhalf\r\n", pause, b"not a length\r\n", hang], LATE),
        ([request, CHUNKED + b"not a length"], "did not answer in HTTP/1.1"),
        ([request, b"SSH-2.0-OpenSSH_9.9\r\n\r\n"], "did not answer in HTTP/1.1"),
        ([request, OK + b"Transfer-Encoding: gzip\r\n\r\n"], "did not answer in HTTP/1.1"),
        ([request, OK + b"Content-Length: secret\r\n\r\n"], "did not answer in HTTP/1.1"),
    ],
)
async def test_answer_is_lost(script: list[Any], complaint: str):
    async with serve(*script) as server:
        error = await failure(server.url + "secret", query=(("secret", "1"),), headers={"X-Secret": "secret"})
    assert isinstance(error, ResponseLost)
    assert not error.timed_out
    assert error.message == f"{server.host} {complaint}"
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
@pytest.mark.parametrize("end", [[reset], []], ids=["reset", "closed"])
async def test_a_request_into_a_connection_that_ends_is_not_sent_again(method: str, end: list[Any]):
    async with serve(request, KEPT, request, *end) as server, HttpTransport() as transport:
        await transport.send(Request("GET", server.url), timeout=5)
        with pytest.raises(ResponseLost, match=EARLY):
            await transport.send(Request(method, server.url, json={"n": 1}), timeout=5)
    assert (len(server.heads), server.opened) == (2, 1)


async def test_a_connection_that_the_server_has_closed_is_not_used_again():
    async with serve(request, KEPT) as server, HttpTransport() as transport:
        for _ in range(3):
            assert (await transport.send(Request("PUT", server.url), timeout=5)).body == b"ok"
            await server.idle()
            await asyncio.sleep(0.02)  # until that has come through
    assert (len(server.heads), server.opened) == (3, 3)


# Deadlines


async def never_read(_: object, __: object, writer: asyncio.StreamWriter) -> None:
    """Lets what the client sends pile up until it has gone."""
    cast("asyncio.ReadTransport", writer.transport).pause_reading()
    await writer.wait_closed()


def meeting(everyone: asyncio.Barrier) -> Step:
    """Goes on once as many as the barrier counts are here at the same time."""

    async def step(_: object, __: object, ___: object) -> None:
        await everyone.wait()

    return step


async def test_connection_is_not_accepted():
    with full_backlog() as host:
        error = await failure(f"http://{host}/", timeout=0.1)
    assert isinstance(error, NotReached)
    assert error.timed_out
    assert error.message == f"could not connect to {host} within 0.1 s"


async def test_tls_is_not_answered():
    async with serve(hang) as server:
        error = await failure(f"https://{server.host}/", timeout=0.1)
        await asyncio.wait_for(server.idle(), 5)
    assert isinstance(error, NotReached)
    assert error.timed_out


@pytest.mark.parametrize(
    ("script", "complete"),
    [
        ([hang], ""),
        ([request, hang], ""),
        ([request, OK, drip(b"X-More: 1\r\n")], ""),
        ([request, drip(b"HTTP/1.1 100 Continue\r\n\r\n")], ""),
        ([request, OK + b"Content-Length: 100\r\n\r\nhalf", hang], "complete "),
        ([request, CHUNKED, drip(b"1\r\na\r\n")], "complete "),
        ([request, OK + b"Content-Encoding: gzip\r\n\r\n", drip(gzip.compress(b""))], "complete "),
    ],
    ids=[
        "request unread",
        "no byte",
        "headers drip",
        "100 for ever",
        "half a body",
        "body drips",
        "empty gzip for ever",
    ],
)
async def test_deadline_is_over_everything(script: list[Any], complete: str):
    async with serve(*script) as server:
        error = await failure(server.url, timeout=0.3)
        await asyncio.wait_for(server.idle(), 5)
    assert isinstance(error, ResponseLost)
    assert error.timed_out
    assert error.message == f"no {complete}answer from {server.host} within 0.3 s"


async def test_header_of_which_a_part_was_sent_may_have_been_received():
    async with serve(never_read) as server:
        error = await failure(server.url, timeout=0.3, headers={"X-Long": "a" * 2**21})
    assert isinstance(error, ResponseLost)
    assert error.timed_out


async def test_wait_for_a_free_connection_counts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire, "_CONNECTIONS", 1)
    async with serve(request, hang) as server, HttpTransport() as transport:
        hanging = asyncio.create_task(transport.send(Request("GET", server.url), timeout=5))
        await server.asked.wait()
        with pytest.raises(NotReached) as caught:
            await transport.send(Request("GET", server.url), timeout=0.1)
        hanging.cancel()
    assert caught.value.timed_out
    assert server.opened == 1


async def test_timeouts_leave_nothing_behind():
    async with serve(request, hang) as server, HttpTransport() as transport:
        tasks = asyncio.all_tasks()
        hanging = (transport.send(Request("GET", server.url), timeout=0.2) for _ in range(50))
        errors = await asyncio.gather(*hanging, return_exceptions=True)
        assert {type(error) for error in errors} <= {ResponseLost, NotReached}
        await asyncio.wait_for(server.idle(), 5)
        assert asyncio.all_tasks() == tasks
        async with serve(request, answer()) as other:
            assert (await transport.send(Request("GET", other.url), timeout=5)).status == 200


async def test_whenever_calls_are_cancelled_the_pool_stays_whole(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire, "_CONNECTIONS", 4)
    chance = random.Random(7)
    script = [request, OK + b"Content-Length: 2\r\n\r\no", pause, b"k"] * 10
    async with serve(*script) as server, HttpTransport() as transport:

        async def cancelled() -> None:
            with suppress(TimeoutError, TransportError):
                async with asyncio.timeout(chance.random() * 0.02):
                    await transport.send(Request("GET", server.url), timeout=5)

        for _ in range(60):
            await asyncio.gather(*(cancelled() for _ in range(30)))
        everyone = asyncio.Barrier(4)
        async with serve(request, meeting(everyone), answer(b"ok")) as other:
            sent = (transport.send(Request("GET", other.url), timeout=5) for _ in range(4))
            assert [response.body for response in await asyncio.gather(*sent)] == [b"ok"] * 4


async def test_no_moment_of_a_deadline_loses_a_connection():
    async with serve(request, answer(b"ok")) as server, HttpTransport() as transport:
        for step in range(100):
            with suppress(TransportError):
                await transport.send(Request("GET", server.url), timeout=step * 0.00005)
        await asyncio.wait_for(server.idle(), 5)


async def test_no_moment_of_cancelling_loses_a_connection():
    async with serve(request, answer(b"ok")) as server, HttpTransport() as transport:
        for steps in range(100):
            sending = asyncio.create_task(transport.send(Request("GET", server.url), timeout=5))
            for _ in range(steps):
                await asyncio.sleep(0)
            sending.cancel()
            await asyncio.wait([sending])
        await asyncio.wait_for(server.idle(), 5)

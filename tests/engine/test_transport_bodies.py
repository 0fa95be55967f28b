from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from typing import Any

import pytest

from connectors.components.http import Request
from connectors.engine.transport import HttpTransport
from connectors.errors import ResponseLost
from tests.engine.calls import failure, send
from tests.engine.hostile import CHUNKED, OK, answer, flood, hang, request, serve

GZIP = "Content-Encoding: gzip"
DEFLATE = "Content-Encoding: deflate"
TEXT = b"Dachneigung 35 Grad. " * 50
QUARTER = 2**18  # bytes: a ceiling of 0.25 MiB


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


# Compressed bodies


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (GZIP, gzip.compress(TEXT)),
        ("Content-Encoding: X-GZIP", gzip.compress(TEXT)),
        (GZIP, gzip.compress(TEXT[:100]) + gzip.compress(b"") + gzip.compress(TEXT[100:])),
        (DEFLATE, zlib.compress(TEXT)),
        (DEFLATE, raw_deflate(TEXT)),
        ("Content-Encoding: identity", TEXT),
    ],
    ids=["gzip", "x-gzip", "members", "zlib", "raw", "identity"],
)
@pytest.mark.parametrize("step", [1, 10_000], ids=["byte by byte", "at once"])
async def test_body_is_decoded(coding: str, body: bytes, step: int):
    parts = [body[at : at + step] for at in range(0, len(body), step)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    raw = OK + coding.encode() + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    async with serve(request, raw) as server:
        response = await send(server.url)
    assert response.body == TEXT
    assert response.header("Content-Encoding") is None


async def test_no_decoded_byte_is_held_back():
    size = 64 * 1024 + 1  # zlib, asked for 64 KiB at a time, has read all of the body before it gives the last byte out
    async with serve(request, answer(raw_deflate(b"a" * size), DEFLATE)) as server:
        assert len((await send(server.url)).body) == size


@pytest.mark.parametrize(
    ("coding", "body", "complaint"),
    [
        (GZIP, gzip.compress(TEXT)[:-4], "broke off in the middle of its answer"),
        (GZIP, gzip.compress(TEXT) + gzip.compress(TEXT)[:9], "broke off in the middle of its answer"),
        (DEFLATE, raw_deflate(TEXT)[:-4], "broke off in the middle of its answer"),
        (GZIP, TEXT, "sent a compressed body that is damaged"),
        (GZIP, gzip.compress(TEXT)[:-8] + b"\0" * 8, "sent a compressed body that is damaged"),
        (DEFLATE, TEXT, "sent a compressed body that is damaged"),
        ("Content-Encoding: br", b"\x0b\x00", "encoded its answer as 'br'; only gzip and deflate can be read"),
        (
            "Content-Encoding: gzip, gzip",
            gzip.compress(gzip.compress(TEXT)),
            "encoded its answer as 'gzip, gzip'; only gzip and deflate can be read",
        ),
    ],
    ids=["short", "short member", "short deflate", "not gzip", "wrong sum", "not deflate", "br", "twice"],
)
async def test_body_that_cannot_be_decoded_is_lost(coding: str, body: bytes, complaint: str):
    async with serve(request, answer(body, coding)) as server:
        error = await failure(server.url)
    assert isinstance(error, ResponseLost)
    assert error.message == f"{server.host} {complaint}"


@pytest.mark.parametrize("coding", [GZIP, DEFLATE])
async def test_bomb_costs_no_more_memory_than_the_ceiling(coding: str):
    stream = zlib.compressobj(9, wbits=31 if coding == GZIP else -15)
    head = stream.compress(bytes(2**20)) + stream.flush(zlib.Z_FULL_FLUSH)
    block = stream.compress(bytes(2**20)) + stream.flush(zlib.Z_FULL_FLUSH)  # 1 MiB in 1 kB; a thousand make 1 GiB
    start = OK + coding.encode() + b"\r\n\r\n" + head
    async with serve(request, start, flood(block * 64, 16)) as server, HttpTransport(max_body=2**20) as transport:
        tracemalloc.start()
        with pytest.raises(ResponseLost, match=r"sent more than 1 MiB"):
            await transport.send(Request("GET", server.url), timeout=5)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2 * 2**20


# Ceilings


async def test_body_of_just_the_ceiling_is_read():
    async with serve(request, answer(bytes(QUARTER))) as server:
        assert len((await send(server.url, max_body=QUARTER)).body) == QUARTER


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ([OK + b"Content-Length: 999999999999999999\r\n\r\n", hang], "sent more than 0.25 MiB"),
        ([CHUNKED, flood(b"100\r\n" + bytes(256) + b"\r\n", 9999)], "sent more than 0.25 MiB"),
        ([OK + b"\r\n", flood(bytes(2**16), 9999)], "sent more than 0.25 MiB"),
        ([OK, flood(b"X-More: " + b"a" * 1000 + b"\r\n", 9999)], "sent too many or too long headers"),
        ([OK + b"X-Long: ", flood(b"a" * 1000, 9999)], "sent too many or too long headers"),
    ],
    ids=["declared", "chunked", "until closed", "endless headers", "endless header"],
)
async def test_too_much_is_not_read(script: list[Any], complaint: str):
    async with serve(request, *script) as server:
        error = await failure(server.url, max_body=QUARTER)
    assert isinstance(error, ResponseLost)
    assert error.message == f"{server.host} {complaint}"


async def test_answer_that_is_given_up_gives_its_connection_back():
    too_long = OK + b"Content-Length: 999999999\r\n\r\n"
    async with serve(request, too_long, hang) as server, HttpTransport() as transport:
        with pytest.raises(ResponseLost):
            await transport.send(Request("GET", server.url), timeout=5)
        await asyncio.wait_for(server.idle(), 5)

"""Webhooks on their way, to receivers that are slow, broken or hostile."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

from connectors.sandbox.posting import Post, Postbox

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture
def told():
    """What became of the posts: status and error by name, as they are told."""
    return asyncio.Queue()


@pytest.fixture
def post(told):
    def post(url, name="it", **headers):
        return Post(url, headers, b"{}", lambda status, error: told.put_nowait((name, status, error)))

    return post


@asynccontextmanager
async def receiving(*, parts=(OK,), pause=0.0, seen=None):
    """The address of a receiver that sends these parts, waiting before each, and keeps what it saw."""
    tasks = set()

    async def answer(reader, writer):
        tasks.add(asyncio.current_task())
        with suppress(ConnectionError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            if seen is not None:
                seen.append(head)
            for part in parts:
                await asyncio.sleep(pause)
                writer.write(part)
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks)


async def test_a_post_arrives_once_with_its_headers(told, post):
    seen = []
    async with receiving(seen=seen) as url:
        Postbox().put(1, post(url + "hook?x=1", **{"x-secret": "s"}))
        assert await told.get() == ("it", 200, None)
    assert seen[0].startswith(b"POST /hook?x=1 HTTP/1.1\r\n")
    assert b"x-secret: s\r\n" in seen[0]


async def test_whoever_does_not_answer_is_not_waited_for(told, post):
    async with receiving(pause=60) as url:
        Postbox(seconds=0.05).put(1, post(url))
        name, status, error = await told.get()
    assert (name, status) == ("it", None)
    assert "Timeout" in error


async def test_whoever_drips_is_not_waited_for(told, post):
    async with receiving(parts=[bytes([each]) for each in OK], pause=0.02) as url:
        Postbox(seconds=0.2).put(1, post(url))
        assert await told.get() == ("it", None, "TimeoutError")


async def test_the_body_of_an_answer_is_not_read(told, post):
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n"
    async with receiving(parts=[head, *[b"x" * 65536] * 9], pause=0.01) as url:
        Postbox(seconds=5).put(1, post(url))
        assert await told.get() == ("it", 200, None)


async def test_a_redirect_is_not_followed(told, post):
    seen = []
    async with receiving(seen=seen) as elsewhere:
        moved = f"HTTP/1.1 307 Moved\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n".encode()
        async with receiving(parts=[moved]) as url:
            Postbox().put(1, post(url))
            assert await told.get() == ("it", 307, None)
    assert seen == []


@pytest.mark.parametrize("parts", [(b"",), (b"what?\r\n\r\n",), (b"HTTP/1.1 200 OK\r\nbad\r\n\r\n",)])
async def test_nonsense_is_an_error_and_the_next_post_goes_out(told, post, parts):
    async with receiving(parts=parts) as url, receiving() as right:
        box = Postbox()
        box.put(1, post(url, "first"))
        box.put(1, post(right, "second"))
        name, status, error = await told.get()
        assert (name, status) == ("first", None)
        assert "Error" in error
        assert await told.get() == ("second", 200, None)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://" + "a" * 64 + ".b/", "http://:x"])
async def test_an_address_that_leads_nowhere_is_an_error(told, post, url):
    Postbox().put(1, post(url))
    name, status, error = await told.get()
    assert (name, status) == ("it", None)
    assert error


async def test_a_header_that_http_cannot_carry_is_an_error(told, post):
    Postbox().put(1, post("http://127.0.0.1:1/", **{"x-secret": "a\r\nb"}))
    _, status, error = await told.get()
    assert status is None
    assert error


async def test_one_lane_does_not_wait_for_another_and_keeps_its_order(told, post):
    async with receiving(pause=60) as stuck, receiving() as url:
        box = Postbox(seconds=30)
        box.put("slow", post(stuck, "stuck"))
        for name in ("one", "two", "three"):
            box.put("fast", post(url, name))
        assert [(await told.get())[0] for _ in range(3)] == ["one", "two", "three"]
    assert (await told.get())[:2] == ("stuck", None)


async def test_no_more_wait_than_are_allowed(told, post):
    async with receiving() as url:
        box = Postbox(most=2)
        for name in "abc":
            box.put(name, post(url, name))
        assert told.get_nowait() == ("c", None, "not sent: 2 others are waiting")
        assert {(await told.get())[:2] for _ in range(2)} == {("a", 200), ("b", 200)}
        box.put("d", post(url, "d"))
        assert (await told.get())[:2] == ("d", 200)


async def test_what_waits_can_be_forgotten(told, post):
    async with receiving() as url:
        box = Postbox()
        box.put(1, post(url, "forgotten"))
        box.forget()
        box.put(1, post(url, "sent"))
        assert (await told.get())[0] == "sent"
    assert told.empty()


def test_without_an_event_loop_posts_wait_for_one():
    told = []
    box = Postbox()
    box.put(1, Post("http://127.0.0.1:1/", {}, b"", lambda status, error: told.append(error)))
    assert told == []

    async def send():
        arrived = asyncio.Event()
        box.put(1, Post("http://127.0.0.1:1/", {}, b"", lambda *_: arrived.set()))
        await asyncio.wait_for(arrived.wait(), 5)

    asyncio.run(send())
    assert len(told) == 1

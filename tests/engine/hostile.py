"""Servers on a real socket that do to a client what servers should not do. Each follows a script, once a connection:

async with serve(request, OK, hang) as server: ...
"""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

Step = bytes | Callable[["Server", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """`url` ends in a slash; `host` is as messages should name it; `heads` are the requests' heads, as they came;
    `asked` is set once there is one; `opened` counts the connections that there ever were.
    """

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}/"
        self.heads: list[bytes] = []
        self.asked = asyncio.Event()
        self.opened = 0
        self.connections: set[asyncio.Task[None]] = set()

    async def idle(self) -> None:
        """Waits until no connection is open any more."""
        while self.connections:
            await asyncio.wait(self.connections)


async def request(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads the head of one request."""
    server.heads.append(await reader.readuntil(b"\r\n\r\n"))
    server.asked.set()


async def request_and_body(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads one request whole; it counts as a head."""
    await request(server, reader, writer)
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", server.heads[-1])
    server.heads[-1] += await reader.readexactly(int(length[1]) if length else 0)


async def hang(_: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says nothing until the client has gone."""
    await reader.read()


async def reset(_: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ends the connection with a RST."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def drip(data: bytes) -> Step:
    """Sends `data` again and again, slowly."""

    async def step(_: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(data)
            await writer.drain()
            await asyncio.sleep(0.005)

    return step


def flood(data: bytes, times: int) -> Step:
    """Sends `data` again and again, as fast as it is taken."""

    async def step(_: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _time in range(times):
            writer.write(data)
            await writer.drain()

    return step


def answer(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """A well-formed response, after which the connection is over."""
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", "")
    return "\r\n".join(lines).encode() + body


@asynccontextmanager
async def serve(*script: Step, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Server]:
    writers: set[asyncio.StreamWriter] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        server.opened += 1
        server.connections.add(task)
        writers.add(writer)
        try:
            for step in script:
                if isinstance(step, bytes):
                    writer.write(step)
                    await writer.drain()
                else:
                    await step(server, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.close()
            writers.discard(writer)
            server.connections.discard(task)

    async with await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls, backlog=200) as listener:
        server = Server(listener.sockets[0].getsockname()[1])
        yield server
        for writer in writers:
            writer.transport.abort()
        await server.idle()


@contextmanager
def full_backlog() -> Generator[str]:
    """The host of a port where a connection is neither accepted nor refused, because too many wait for it."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield "127.0.0.1:{1}".format(*listener.getsockname())


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate for 127.0.0.1 that nobody has signed."""
    pem = folder / "invented.pem"
    kind = "EC PRIVATE KEY"
    pem.write_text(f"-----BEGIN {kind}-----\n{_KEY}\n-----END {kind}-----\n" + ssl.DER_cert_to_PEM_cert(_CERTIFICATE))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


# Made for these tests, and used nowhere else.
_KEY = """\
MHcCAQEEIFvX2aeRJVk+UyQhEVNurRBXimMbEbPpwa3O0800hGz3oAoGCCqGSM49AwEHoUQDQgAE8REZPf0UrCEm6UZra3QOVKfp
Y3lCwb2v2IQSOETYtpZ15rsEF6c/CyLdqbKttONJlxHwX2zzR5CArrA5XZ0cQA=="""
_CERTIFICATE = base64.b64decode("""\
MIIBkDCCATagAwIBAgIUR+PoczZD6lO8TqHitO7xinWt9D0wCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2
MTEyMTIyMjMzMVoYDzIxMjYxMDI4MjIyMzMxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AATxERk9/RSsISbpRmtrdA5Up+ljeULBva/YhBI4RNi2lnXmuwQXpz8LIt2psq2040mXEfBfbPNHkICusDldnRxAo2QwYjAdBgNV
HQ4EFgQUQxi5oqGWci5vrAQTtuEELGNxP3kwHwYDVR0jBBgwFoAUQxi5oqGWci5vrAQTtuEELGNxP3kwDwYDVR0TAQH/BAUwAwEB
/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUCIAOKgeMMhBHEoLtoXxaSGrgvhWGUipPkbbW04vrXIMy0AiEAleHI
/puENTRjcYFcRiny4kCLR5qTdhSyL7T/px6Em4Q=""")

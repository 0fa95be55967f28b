"""One request over the network, with httpx's types and aiohttp's connections: the only module that imports either.

httpx's own pool costs several times the processor time (benchmarks/README.md). The `httpx-aiohttp` package would do the
same as `Wire`, but has addresses rewritten on their way (`%2F` in a query becomes `/`, and a signed address of a file
another one), and waits past any deadline for an upload that nobody reads.
"""

from __future__ import annotations

import asyncio
import enum
import io
import os
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

import aiohttp
import certifi
import httpx
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from multidict import CIMultiDict
from yarl import URL

from connectors.components.http import Request, Response
from connectors.engine.addresses import Reach
from connectors.engine.inflate import CODINGS, Inflate
from connectors.errors import NotAllowed, NotReached, ResponseLost, TransportError

_CONNECTIONS = 256
# Seconds; shorter than servers' own (gunicorn 2, Node and Apache 5), for a write sent into a connection that is just
# being closed is a write of unknown outcome.
_KEEP_ALIVE = 1.5
_LONGEST_HEADER = 16 * 1024  # bytes; long cookies and policies of content have some 8 KiB
_MOST_HEADERS = 128
_AT_ONCE = 2**20  # bytes of a request's body; aiohttp warns of more in one piece

_ABOUT_THE_WIRE = frozenset({"content-encoding", "content-length"})  # untrue of a decoded body
_SET_BY_US = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")  # or left out: aiohttp adds none of its own
_NO_DEADLINE_BUT_OURS = aiohttp.ClientTimeout(total=None, sock_connect=None)


class Stage(enum.Enum):
    """How far a request has come."""

    CONNECTING = enum.auto()
    SENT = enum.auto()
    ANSWERED = enum.auto()


class Passage:
    """One request on its way. How far it came decides what an error means."""

    def __init__(self, host: str, origin: str = "", reach: Reach | None = None) -> None:
        self.host = host
        self.origin = origin
        self.reach = reach
        self.stage = Stage.CONNECTING
        self.forbidden: str | None = None

    def enter(self, address: str) -> None:
        """Told the address that a connection is about to be opened to. Raises PermissionError if it may not be."""
        if self.reach is not None and (reason := self.reach.forbids(self.origin, address)):
            self.forbidden = reason
            raise PermissionError(reason)

    def expired(self, seconds: float) -> TransportError:
        """The error of a deadline that ran out."""
        within = f"{self.host} within {seconds:.3g} s"
        if self.stage is Stage.CONNECTING:
            return NotReached(f"could not connect to {within}", timed_out=True)
        complete = "complete " if self.stage is Stage.ANSWERED else ""
        return ResponseLost(f"no {complete}answer from {within}", timed_out=True)

    def failed(self, error: httpx.TransportError) -> TransportError:
        """What an error of the HTTP client's means."""
        if self.forbidden is not None and self.reach is not None:
            return self.refused(self.forbidden, self.reach.remedy(self.origin))
        if self.stage is Stage.CONNECTING:
            return NotReached(f"could not connect to {self.host}: {_reason(error)}")
        if self.stage is Stage.ANSWERED:
            return self.broken_off()
        return self.lost(_complaint(error))

    def refused(self, why: str, remedy: str | None = None) -> NotAllowed:
        """The error of a request that we do not send."""
        return NotAllowed(f"nothing was sent to {self.host}: {why}", remedy=remedy)

    def broken_off(self) -> ResponseLost:
        """The error of a body that ends too early or whose framing is wrong."""
        return self.lost("broke off in the middle of its answer")

    def lost(self, what: str) -> ResponseLost:
        """The error that the host did `what`."""
        return ResponseLost(f"{self.host} {what}")


_passage: ContextVar[Passage] = ContextVar("passage")


class Wire(httpx.AsyncBaseTransport):
    """aiohttp's pool of connections as a transport of httpx's. It knows nothing of the environment and keeps no cookie.

    An extension `passage` of the request is told how far it comes.
    """

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._tls = _tls()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response, its body not yet read and not decoded. Raises httpx.TransportError."""
        passage: Passage = request.extensions.get("passage") or Passage(request.url.host)
        _passage.set(passage)
        try:
            answer = await self._open().request(
                request.method,
                _as_it_is(request.url),
                headers=CIMultiDict((name.decode("ascii"), text.decode("ascii")) for name, text in request.headers.raw),
                data=_in_pieces(content) if len(content := request.content) > _AT_ONCE else content or None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, ValueError) as error:  # ValueError, UnicodeError: a host that is no name
            connecting = passage.stage is Stage.CONNECTING
            raise (httpx.ConnectError if connecting else httpx.ReadError)(type(error).__name__) from error
        passage.stage = Stage.ANSWERED
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer))

    async def aclose(self) -> None:
        """Closes every connection."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        """The session, made by the first request, because it belongs to a running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=_Connector(
                    limit=_CONNECTIONS,
                    keepalive_timeout=_KEEP_ALIVE,
                    ssl=self._tls,
                    socket_factory=_socket,
                    use_dns_cache=False,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_SET_BY_US,
                timeout=_NO_DEADLINE_BUT_OURS,
                auto_decompress=False,
                max_line_size=_LONGEST_HEADER,
                max_field_size=_LONGEST_HEADER,
                max_headers=_MOST_HEADERS,
            )
        return self._session


class _Connector(aiohttp.TCPConnector):
    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:  # noqa: ASYNC109 - as aiohttp calls it
        passage = _passage.get()
        if passage.stage is not Stage.CONNECTING:
            # By itself aiohttp sends a request again, even a PUT, if its connection turns out to be closed.
            raise aiohttp.ClientConnectionError("a request is sent once")
        connection = await super().connect(req, traces, timeout)
        passage.stage = Stage.SENT  # from here on a first byte may leave, and be received
        return connection


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._end_with_the_connection()
        try:
            async for chunk in self._answer.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, OSError) as error:
            raise httpx.ReadError(type(error).__name__) from error

    def _end_with_the_connection(self) -> None:
        """By itself aiohttp waits for ever for the rest of a body whose framing is wrong; it only hangs up."""
        content, connection = self._answer.content, self._answer.connection
        if connection is None or connection.protocol is None:
            return  # all of it has come

        def ended(lost: asyncio.Future[None] | None = None) -> None:
            if lost is not None and not lost.cancelled():
                lost.exception()  # seen, or asyncio reports it as an error that nobody has seen
            if not content.is_eof():
                content.set_exception(aiohttp.ClientPayloadError())

        closed = connection.protocol.closed
        closed.add_done_callback(ended) if closed else ended()

    async def aclose(self) -> None:
        """Gives a connection back whose body was read to its end, and closes any other."""
        self._answer.close()


async def answer(wire: Wire, request: Request, headers: Mapping[str, str], passage: Passage, ceiling: int) -> Response:
    """The response, its body decoded and at most `ceiling` bytes long. Raises TransportError."""
    outgoing = _outgoing(request, headers, passage)
    try:
        answered = await wire.handle_async_request(outgoing)
        try:
            body = await _body(outgoing, answered, passage, ceiling)
        finally:
            await answered.aclose()
    except zlib.error:
        raise passage.lost("sent a compressed body that is damaged") from None
    except httpx.TransportError as error:
        # From None: the client's own words may quote what the other side sent.
        raise passage.failed(error) from None
    pairs = tuple(pair for pair in answered.headers.multi_items() if pair[0] not in _ABOUT_THE_WIRE)
    return Response(answered.status_code, pairs, body)


def _outgoing(request: Request, headers: Mapping[str, str], passage: Passage) -> httpx.Request:
    try:
        return httpx.Request(
            request.method,
            request.full_url,
            headers=headers,
            content=request.content,
            extensions={"passage": passage},
        )
    except (httpx.InvalidURL, UnicodeError):
        raise passage.refused("the URL or the body cannot be sent") from None


async def _body(outgoing: httpx.Request, answered: httpx.Response, passage: Passage, ceiling: int) -> bytes:
    def check(length: int) -> None:
        if length > ceiling:
            raise passage.lost(f"sent more than {ceiling / 2**20:.3g} MiB")

    if answered.headers.get("transfer-encoding", "chunked").lower() != "chunked":  # RFC 9112, 6.1
        raise passage.lost("did not answer in HTTP/1.1")
    bodiless = outgoing.method == "HEAD" or answered.status_code in (204, 304)
    check(0 if bodiless else int(answered.headers.get("content-length", 0)))
    coding = answered.headers.get("content-encoding", "identity").strip().lower()
    body = io.BytesIO()
    inflate: Inflate | None = None
    async for chunk in answered.stream:  # pyright: ignore[reportGeneralTypeIssues] - ours, and asynchronous
        if coding != "identity" and inflate is None:
            if coding not in CODINGS:
                raise passage.lost(f"encoded its answer as '{coding[:20]}'; only gzip and deflate can be read")
            inflate = Inflate(coding, chunk[0])
        for piece in inflate.pieces(chunk) if inflate else (chunk,):
            check(body.tell() + len(piece))
            body.write(piece)
    if inflate and not inflate.complete:
        raise passage.broken_off()
    return body.getvalue()


def _as_it_is(url: httpx.URL) -> URL:
    """The URL letter by letter, for aiohttp would write it anew; without a user, who would become a credential."""
    return URL(str(url.copy_with(userinfo=b"") if url.userinfo else url), encoded=True)


async def _in_pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _AT_ONCE):
        yield content[start : start + _AT_ONCE]


def _socket(about: tuple[Any, ...]) -> socket.socket:
    """The socket that is connected next. What may not be reached is refused here, where no other address can follow."""
    family, kind, protocol, _, sockaddr = about
    _passage.get().enter(sockaddr[0])
    return socket.socket(family, kind, protocol)


def _reason(error: Exception) -> str:
    """Why there is no connection, in the operating system's words where it has any."""
    for cause in reversed([*_causes(error)]):  # aiohttp's own errors, around it, pass for the system's
        match cause:
            case socket.gaierror() | UnicodeError():
                return "the name could not be resolved"
            case ssl.SSLCertVerificationError():
                return f"its certificate is not trusted ({cause.verify_message})"
            case ssl.SSLError():
                return f"TLS failed ({(cause.reason or 'unknown reason').replace('_', ' ').lower()})"
            case aiohttp.InvalidURL():
                return "the address is not written in its usual form"
            case OSError(errno=int(code)):
                return os.strerror(code).lower()
            case _:
                pass
    return "the connection was closed"


def _complaint(error: Exception) -> str:
    """What is wrong with an answer of which not even the headers could be read."""
    malformed = next((cause for cause in _causes(error) if isinstance(cause, HttpProcessingError)), None)
    if malformed is None:
        return "closed the connection before answering"
    too_much = isinstance(malformed.__cause__, LineTooLong) or "Too many headers" in malformed.message
    return "sent too many or too long headers" if too_much else "did not answer in HTTP/1.1"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _tls() -> ssl.SSLContext:
    """TLS that checks certificate and host name, and unlike `ssl.create_default_context` ignores SSLKEYLOGFILE."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certifi.where())
    return context

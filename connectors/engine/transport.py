"""Request → Response over the network: the only module that imports an HTTP client.

It stands on httpx's pool of connections (`AsyncHTTPTransport`), a step below `httpx.AsyncClient`. What the client adds
is what must not happen here: redirects, cookies, `.netrc`, proxies from the environment, credentials read from a URL,
a log line with the whole URL.
"""

from __future__ import annotations

import enum
import io
import logging
import os
import re
import socket
import ssl
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from connectors import __version__
from connectors.components.http import HEADER_RULE, Request, Response, fits_header
from connectors.errors import NotReached, ResponseLost, TransportError

if TYPE_CHECKING:
    import httpx

MAX_BODY = 64 * 2**20
"""Bytes of a decoded body that are read before the answer is given up."""

_CONNECTIONS = 100
# Seconds; shorter than servers' own (gunicorn 2, Node and Apache 5), for a write sent into a connection that is just
# being closed is a write of unknown outcome.
_KEEP_ALIVE = 1.5
_PIECE = 64 * 1024  # decoded bytes at a time: what a compressed body may cost beyond the ceiling

_DEFAULT_HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": f"gridwire/{__version__}"}
_ABOUT_THE_WIRE = frozenset({"content-encoding", "content-length"})  # untrue of a decoded body
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # a method or a header name: RFC 9110, 5.6.2


class Transport(Protocol):
    """Sends one request and brings back its response. A test's stand-in is a class with this one method."""

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109 - one deadline over all of it
        """The response, whatever its status; redirects are not followed.

        `timeout`, in seconds, covers everything from waiting for a connection to the last byte of the body.
        Raises NotReached if the request surely was not received, ResponseLost if it may have been.
        """
        ...


class HttpTransport:
    """HTTP/1.1 over pooled connections. It knows nothing of the environment and remembers nothing between requests.

    `max_body`, in bytes, is the ceiling on a decoded body. TLS is verified against certifi's list of authorities.
    """

    def __init__(self, *, max_body: int = MAX_BODY) -> None:
        import httpx  # here, because it takes longer to import than `gridwire --help` should

        # At debug level httpcore logs the headers that come back, session cookies among them.
        logging.getLogger("httpcore").setLevel(logging.INFO)
        limits = httpx.Limits(max_connections=_CONNECTIONS, keepalive_expiry=_KEEP_ALIVE)
        self._pool = httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False, limits=limits)
        self._max_body = max_body

    async def __aenter__(self) -> HttpTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._pool.aclose()

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        """See Transport."""
        import anyio
        import httpx

        exchange = _Exchange(_host(request))
        outgoing = _outgoing(request, exchange)
        try:
            with anyio.fail_after(timeout):
                return await self._in_a_task_of_its_own(outgoing, exchange)
        except TimeoutError:
            raise exchange.expired(timeout) from None
        except zlib.error:
            raise exchange.lost("sent a compressed body that is damaged") from None
        except httpx.TransportError as error:
            # From None: the client's own words may quote what the other side sent.
            raise exchange.failed(error) from None

    async def _in_a_task_of_its_own(self, outgoing: httpx.Request, exchange: _Exchange) -> Response:
        """So that whoever cancels us, and when, the connection goes back to the pool.

        httpcore cleans up under anyio's shield. `Task.cancel`, and with it `asyncio.timeout`, breaks through that, and
        a hundred connections lost so are all there are; a task group turns it into a cancellation that does not.
        """
        import anyio

        ends: list[Response | Exception] = []

        async def run() -> None:
            try:
                ends.append(await self._answer(outgoing, exchange))
            except Exception as error:  # noqa: BLE001 - raised again below, out of reach of the group, which would wrap it
                ends.append(error)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
        if isinstance(ends[0], Exception):
            raise ends[0]
        return ends[0]

    async def _answer(self, outgoing: httpx.Request, exchange: _Exchange) -> Response:
        answer = await self._pool.handle_async_request(outgoing)
        exchange.stage = _Stage.ANSWERED
        try:
            bodiless = outgoing.method == "HEAD" or answer.status_code in (204, 304)
            self._check_length(0 if bodiless else int(answer.headers.get("content-length", 0)), exchange)
            body = await self._body(answer, exchange)
        finally:
            await answer.aclose()
        headers = tuple(pair for pair in answer.headers.multi_items() if pair[0] not in _ABOUT_THE_WIRE)
        return Response(answer.status_code, headers, body)

    async def _body(self, answer: httpx.Response, exchange: _Exchange) -> bytes:
        coding = answer.headers.get("content-encoding", "identity").strip().lower()
        body = io.BytesIO()
        inflate: _Inflate | None = None
        async for chunk in answer.aiter_raw():
            if coding != "identity":
                inflate = inflate or exchange.inflate(coding, chunk[0])
            for piece in inflate.pieces(chunk) if inflate else (chunk,):
                self._check_length(body.tell() + len(piece), exchange)
                body.write(piece)
        if inflate and not inflate.complete:
            raise exchange.broken_off()
        return body.getvalue()

    def _check_length(self, length: int, exchange: _Exchange) -> None:
        if length > self._max_body:
            raise exchange.lost(f"sent more than {self._max_body / 2**20:.3g} MiB")


class _Stage(enum.Enum):
    CONNECTING = enum.auto()
    SENT = enum.auto()
    ANSWERED = enum.auto()


class _Exchange:
    """One request on its way. How far it came decides what an error means."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.stage = _Stage.CONNECTING
        self._socket: Any = None

    async def trace(self, event: str, about: dict[str, Any]) -> None:
        """Told by httpcore what happens. Once a first byte may have left, the request may have been received."""
        import anyio

        match event:
            case "connection.connect_tcp.complete":
                self._socket = about["return_value"]
            case "connection.start_tls.failed":  # httpcore leaves the socket open if a deadline was the reason
                with anyio.CancelScope(shield=True):
                    await self._socket.aclose()
            case "http11.send_request_headers.started":
                self.stage = _Stage.SENT
            case _:
                pass

    def expired(self, seconds: float) -> TransportError:
        """The error of a deadline that ran out."""
        within = f"{self.host} within {seconds:.3g} s"
        if self.stage is _Stage.CONNECTING:
            return NotReached(f"could not connect to {within}", timed_out=True)
        complete = "complete " if self.stage is _Stage.ANSWERED else ""
        return ResponseLost(f"no {complete}answer from {within}", timed_out=True)

    def failed(self, error: httpx.TransportError) -> TransportError:
        """What an error of the HTTP client's means."""
        if self.stage is _Stage.CONNECTING:
            return NotReached(f"could not connect to {self.host}: {_reason(error)}")
        if self.stage is _Stage.ANSWERED:
            return self.broken_off()
        return self.lost(_complaint(error))

    def refused(self, why: str) -> NotReached:
        """The error of a request that we do not send."""
        return NotReached(f"nothing was sent to {self.host}: {why}")

    def broken_off(self) -> ResponseLost:
        """The error of a body that ends too early or whose framing is wrong."""
        return self.lost("broke off in the middle of its answer")

    def lost(self, what: str) -> ResponseLost:
        """The error that the host did `what`."""
        return ResponseLost(f"{self.host} {what}")

    def inflate(self, coding: str, first: int) -> _Inflate:
        """What undoes a content coding (RFC 9110, 8.4.1). `first` is the body's first byte."""
        if coding not in ("gzip", "x-gzip", "deflate"):
            raise self.lost(f"encoded its answer as '{coding[:20]}'; only gzip and deflate can be read")
        if coding == "deflate":
            # Some servers leave out the zlib wrapper, whose first byte always ends in 8.
            return _Inflate(zlib.MAX_WBITS if first & 0x0F == 8 else -zlib.MAX_WBITS)
        return _Inflate(zlib.MAX_WBITS | 16)


class _Inflate:
    """Undoes gzip and deflate a bounded piece at a time, because 200 kB of them can hold 200 MB."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._stream = zlib.decompressobj(window)

    @property
    def complete(self) -> bool:
        """Whether the body may end here."""
        return self._stream.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What `data` decodes to. Raises zlib.error if it is damaged."""
        more = True
        while more:
            if self._stream.eof:  # gzip may consist of several members (RFC 1952, 2.2)
                self._stream = zlib.decompressobj(self._window)
            piece = self._stream.decompress(data, _PIECE)
            yield piece
            data = self._stream.unconsumed_tail or self._stream.unused_data
            # zlib may have taken all of its input and still hold output back.
            more = bool(data) or (len(piece) == _PIECE and not self._stream.eof)


def _outgoing(request: Request, exchange: _Exchange) -> httpx.Request:
    import httpx

    if not _TOKEN.fullmatch(request.method):
        raise exchange.refused(f"{request.method!r} is not a method")
    for name, value in request.headers.items():
        if complaint := _header_complaint(name, value):
            raise exchange.refused(complaint)
    own = {name.lower() for name in request.headers}
    headers = {name: value for name, value in _DEFAULT_HEADERS.items() if name.lower() not in own} | request.headers
    raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
    try:
        url, content = httpx.URL(request.full_url), request.content
    except (httpx.InvalidURL, UnicodeError):
        raise exchange.refused("the URL or the body cannot be sent") from None
    return httpx.Request(request.method, url, headers=raw, content=content, extensions={"trace": exchange.trace})


def _header_complaint(name: str, value: str) -> str | None:
    """What is wrong with a header. The value stays unsaid, for it may be a secret."""
    if not _TOKEN.fullmatch(name):
        return f"{name!r} is not a header name"
    if name.lower() in _FRAMING:
        return f"the header {name} follows from the body and cannot be set"
    if not fits_header(value):
        return f"the value of {name} {HEADER_RULE}"
    return None


def _host(request: Request) -> str:
    """The host, with its port where that is not the default one."""
    try:
        scheme, host = request.origin.split("://")
    except ValueError:
        raise NotReached("nothing was sent: the URL is not valid") from None
    if scheme not in ("http", "https"):
        raise NotReached(f"nothing was sent to {host}: the URL is neither http nor https")
    return host


def _reason(error: Exception) -> str:
    """Why there is no connection, in the operating system's words where it has any."""
    for cause in _causes(error):
        match cause:
            case socket.gaierror():
                return "the name could not be resolved"
            case ssl.SSLCertVerificationError():
                return f"its certificate is not trusted ({cause.verify_message})"
            case ssl.SSLError():
                return f"TLS failed ({(cause.reason or 'unknown reason').replace('_', ' ').lower()})"
            case OSError(errno=int(code)):
                return os.strerror(code).lower()
            case _:
                pass
    return "the connection was closed"


def _complaint(error: Exception) -> str:
    """What is wrong with an answer of which not even the headers could be read."""
    # h11 puts a status on what it cannot read: 431 (RFC 6585) past its 100 KiB. Other errors are the network's.
    hints = {getattr(cause, "error_status_hint", None) for cause in _causes(error)} - {None}
    if not hints:
        return "closed the connection before answering"
    return "sent more than 100 KiB of headers" if 431 in hints else "did not answer in HTTP/1.1"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what led to it. A group stands for the first in it: one address of several, tried side by side."""
    while error is not None:
        yield error
        grouped = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else None
        error = grouped or error.__cause__ or error.__context__


def _tls() -> ssl.SSLContext:
    """TLS that checks certificate and host name, and unlike `ssl.create_default_context` ignores SSLKEYLOGFILE."""
    import certifi

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certifi.where())
    return context

"""Request → Response over the network. `wire.py` does it; here is what may be asked of it.

It stands a step below `httpx.AsyncClient`. What the client adds is what must not happen here: redirects, cookies,
`.netrc`, proxies from the environment, credentials read from a URL, a log line with the whole URL.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from connectors import __version__
from connectors.components.http import HEADER_RULE, Request, Response, fits_header
from connectors.errors import NotAllowed

if TYPE_CHECKING:
    from connectors.engine.addresses import Reach

MAX_BODY = 32 * 2**20
"""Bytes of a decoded body that are read before the answer is given up."""

_DEFAULT_HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": f"gridwire/{__version__}"}
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

    `max_body`, in bytes, is the ceiling on a decoded body. `reach` says which addresses may be asked; without it, any.
    TLS is verified against certifi's list of authorities.
    """

    def __init__(self, *, max_body: int = MAX_BODY, reach: Reach | None = None) -> None:
        from connectors.engine.wire import Wire  # here, because it takes longer to import than `gridwire --help` should

        self._wire = Wire()
        self._max_body = max_body
        self._reach = reach

    async def __aenter__(self) -> HttpTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._wire.aclose()

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        """See Transport."""
        import asyncio

        from connectors.engine.wire import Passage, answer

        origin, host = _origin(request)
        passage = Passage(host, origin, self._reach)
        if complaint := _complaint(request):
            raise passage.refused(complaint)
        if self._reach is not None and (complaint := self._reach.complaint(origin)):
            raise passage.refused(complaint, self._reach.remedy(origin))
        own = {name.lower() for name in request.headers}
        headers = {name: value for name, value in _DEFAULT_HEADERS.items() if name.lower() not in own} | request.headers
        try:
            async with asyncio.timeout(timeout):
                return await answer(self._wire, request, headers, passage, self._max_body)
        except TimeoutError:
            raise passage.expired(timeout) from None


def _complaint(request: Request) -> str | None:
    """Why HTTP cannot carry the request."""
    if not _TOKEN.fullmatch(request.method):
        return f"{request.method!r} is not a method"
    return next(filter(None, (_header_complaint(*header) for header in request.headers.items())), None)


def _header_complaint(name: str, value: str) -> str | None:
    """What is wrong with a header. The value stays unsaid, for it may be a secret."""
    if not _TOKEN.fullmatch(name):
        return f"{name!r} is not a header name"
    if name.lower() in _FRAMING:
        return f"the header {name} follows from the body and cannot be set"
    if not fits_header(value):
        return f"the value of {name} {HEADER_RULE}"
    return None


def _origin(request: Request) -> tuple[str, str]:
    """The origin, and the host alone, with its port where that is not the default one."""
    try:
        origin = request.origin
        scheme, host = origin.split("://")
    except ValueError:
        raise NotAllowed("nothing was sent: the URL is not valid") from None
    if scheme not in ("http", "https"):
        raise NotAllowed(f"nothing was sent to {host}: the URL is neither http nor https")
    return origin, host

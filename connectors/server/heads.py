"""Limits on connections and on what comes before a request's body: nobody may send a head without end, keep a
connection with half of one or with an answer that is not taken, or open any number of them. Proxies in front usually
have such limits; the server has its own, because nobody is told to use a proxy."""

from __future__ import annotations

import asyncio
from functools import cache

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

MAX_BYTES = 2**16
"""How long a head may be, give or take one read from the socket; the trailers of a chunked body likewise."""
SECONDS = 15.0
"""How long a head may take to arrive."""
SECONDS_TO_TAKE = 60.0
"""How long a client may take no more of its answer."""
MOST_OPEN = 4096
"""Connections; fewer where the process may open fewer files."""


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol for HTTP/1.1, with the limits that its parser does not have."""

    _unread: int = 0
    """The bytes that the parser took since it last had something to hand on."""
    _deadline: asyncio.TimerHandle | None = None
    _untaken: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self._start_clock()
        if len(self.connections) > most_open():
            self._refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._stop_clock()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """See asyncio.BaseProtocol."""
        super().pause_writing()
        self._untaken = self.loop.call_later(SECONDS_TO_TAKE, self.transport.abort)

    def resume_writing(self) -> None:
        """See asyncio.BaseProtocol."""
        super().resume_writing()
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._deadline is None and not self._answering:
            self._start_clock()
        self._unread += len(data)
        super().data_received(data)
        if self._unread > MAX_BYTES:
            self._refuse(431)

    def on_headers_complete(self) -> None:
        """See httptools."""
        self._unread = 0
        self._stop_clock()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """See httptools."""
        self._unread = 0
        super().on_message_complete()

    @property
    def _answering(self) -> bool:
        return bool(self.cycle) and not self.cycle.response_complete

    def _start_clock(self) -> None:
        self._deadline = self.loop.call_later(SECONDS, self._refuse, 408)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: int) -> None:
        """End the connection; with an answer, unless that would land in the middle of another one."""
        if not self._answering:
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()


@cache
def most_open() -> int:
    """How many connections there may be: half of the files that the process may open, for it needs others too."""
    try:
        import resource
    except ImportError:  # not on Windows, which has no such limit
        return MOST_OPEN
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_OPEN if files == resource.RLIM_INFINITY else min(MOST_OPEN, files // 2)

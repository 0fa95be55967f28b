"""Compressed bodies, undone a bounded piece at a time: 200 kB of gzip can hold 200 MB."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

CODINGS = ("gzip", "x-gzip", "deflate")
"""The content codings (RFC 9110, 8.4.1) that can be undone; zlib.error says that a body is damaged."""

_PIECE = 64 * 1024  # decoded bytes at a time: what a compressed body may cost beyond the ceiling


class Inflate:
    """Undoes one of CODINGS for one body, whose first byte is `first`."""

    def __init__(self, coding: str, first: int) -> None:
        self._window = zlib.MAX_WBITS | 16
        if coding == "deflate":
            # Some servers leave out the zlib wrapper, whose first byte always ends in 8.
            self._window = zlib.MAX_WBITS if first & 0x0F == 8 else -zlib.MAX_WBITS
        self._stream = zlib.decompressobj(self._window)

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

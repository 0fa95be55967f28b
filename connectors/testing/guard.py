"""Closes the network for as long as a case is played, below every HTTP client: what would leave the process raises.

It listens to Python's own audit events (PEP 578), which the socket module raises whoever calls it. Not covered: other
processes, and extensions that open sockets of their own in C (such as uvloop; cases are played on asyncio's loop).
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from connectors.errors import GridwireError

_EVENTS = frozenset(
    "socket.connect socket.sendto socket.sendmsg socket.getaddrinfo socket.gethostbyname socket.gethostbyaddr"
    " socket.getnameinfo".split()
)


class NetworkClosed(GridwireError):
    """Something wanted to use the network while a case was played."""

    kind = "network_closed"


class _Guard:
    """Whether the network is closed, and what wanted to use it. An audit hook stays for ever, so there is one."""

    def __init__(self) -> None:
        self.depth: int = 0
        self.attempts: list[str] = []
        self._listening: bool = False

    def listen(self) -> None:
        if not self._listening:
            self._listening = True
            sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.depth and event in _EVENTS:
            where = next((str(part) for part in arguments if isinstance(part, tuple | str | bytes)), "")
            self.attempts.append(f"{event} {where}".rstrip())
            raise NetworkClosed(
                f"the network is closed while a case is played, and something wanted to use it ({event} {where})",
                remedy="Everything that a case needs is in its file; record it anew if it needs more.",
            )


_GUARD = _Guard()


@contextmanager
def network_closed() -> Generator[list[str]]:
    """Nothing in this process can reach the network; gives the list of what tried, also of what was caught there."""
    _GUARD.listen()
    if not _GUARD.depth:
        _GUARD.attempts = []
    _GUARD.depth += 1
    try:
        yield _GUARD.attempts
    finally:
        _GUARD.depth -= 1

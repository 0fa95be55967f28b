"""Webhooks of a pretend vendor on their way: sent in the background, once, whatever the other end does.

Whoever registers an endpoint may be slow, broken or hostile. So a request waits for no delivery; posts of one lane go
out one after another, those of other lanes beside them; no answer is waited for longer than `SECONDS`, none of its body
is read, no redirect is followed, and no more than `MAX_WAITING` posts wait at a time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import httpx

SECONDS = 5.0
MAX_WAITING = 1000

Done = Callable[[int | None, str | None], None]
"""Told what came of a post: the status, or None and why there is none."""


@dataclass(frozen=True)
class Post:
    """What is sent, and who wants to know what became of it."""

    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    done: Done


class Postbox:
    """Posts on their way. They leave as soon as an event loop runs where `put` or `send` is called."""

    def __init__(self, seconds: float = SECONDS, most: int = MAX_WAITING) -> None:
        self.seconds = seconds
        self.most = most
        self._lanes: defaultdict[object, deque[Post]] = defaultdict(deque)
        self._tasks: dict[object, asyncio.Task[None]] = {}

    def put(self, lane: object, post: Post) -> None:
        """Send it after those of the same lane; a post too many is given up at once."""
        if sum(map(len, self._lanes.values())) >= self.most:
            post.done(None, f"not sent: {self.most} others are waiting")
            return
        self._lanes[lane].append(post)
        self.send()

    def send(self) -> None:
        """Start to send what waits; without an event loop it goes on waiting."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        for lane, posts in self._lanes.items():
            if posts and (lane not in self._tasks or self._tasks[lane].done()):
                self._tasks[lane] = loop.create_task(self._empty(posts))

    def forget(self) -> None:
        """Give up what waits; what is under way arrives."""
        for posts in self._lanes.values():
            posts.clear()

    async def _empty(self, posts: deque[Post]) -> None:
        async with httpx.AsyncClient(verify=_trusted(), trust_env=False, timeout=self.seconds) as client:
            while posts:
                post = posts.popleft()
                post.done(*await self._sent(client, post))

    async def _sent(self, client: httpx.AsyncClient, post: Post) -> tuple[int | None, str | None]:
        try:
            async with (
                asyncio.timeout(self.seconds),
                client.stream("POST", post.url, content=post.body, headers=post.headers) as answer,
            ):
                return answer.status_code, None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            return None, f"{type(error).__name__}: {error}".removesuffix(": ")


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()

"""What is around the server while it is killed: the sandbox's vendors, one that repeats what is not taken, targets that
misbehave.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue
import random
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from connectors.sandbox import OpenSolar, Reonic, create_app


class Log:
    """What was caused at the vendor, and what came to the target: by item, the ids of what it took and how often."""

    def __init__(self) -> None:
        self.caused: list[str] = []
        self.took = defaultdict[str, Counter[str]](Counter)
        self.came = Counter[str]()
        self.secrets: dict[str, str] = {}
        """What deliveries are signed with, by the path that they go to. Items are known by that path and their id."""
        self.forged = 0
        self.lock = threading.Lock()

    @property
    def missing(self) -> set[str]:
        with self.lock:
            return set(self.caused) - set(self.took)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever is killed leaves broken connections."""

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.server_address)

    def __enter__(self) -> Server:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def sandbox() -> Generator[str]:
    """The address of the sandbox's vendors, of whom OpenSolar calls once, whether it is heard or not."""
    vendors = [Reonic(page_size=500), OpenSolar()]
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        server = uvicorn.Server(uvicorn.Config(create_app(vendors), log_level="critical", lifespan="off", ws="none"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        running.start()
        try:
            yield "http://{}:{}".format(*listening.getsockname())
        finally:
            server.should_exit = True
            running.join()


def asked(address: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """What is answered. Raises OSError, RuntimeError for anything but a success."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        connection.request(method, path, json.dumps(body), {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        said = json.loads(answer.read())
        if answer.status >= 300:
            raise RuntimeError(said)
        return said
    finally:
        connection.close()


def caller_of(hooks: list[dict[str, str]]) -> Server:
    """A vendor with webhooks; what it is asked to call comes into the list."""

    class Handler(Answers):
        def do_POST(self) -> None:
            hooks.append(json.loads(self.body()))
            self.answer(200, b"{}")

    return Server(("127.0.0.1", 0), Handler)


def signature(secret: str, name: str, stamp: str, body: bytes) -> str:
    """By hand, as Standard Webhooks says: an implementation that is not the one that signs."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, b".".join([name.encode(), stamp.encode(), body]), hashlib.sha256).digest()
    return "v1," + base64.b64encode(made).decode()


def target_of(log: Log, chance: random.Random) -> Server:
    """Takes four of five deliveries; else it fails, breaks off, is slow, or never answers, having taken it or not."""

    class Handler(Answers):
        def do_POST(self) -> None:
            body, name = self.body(), self.headers["webhook-id"]
            item = f"{self.path}/{json.loads(body)['data']['id']}"
            stamp = self.headers["webhook-timestamp"]
            if self.headers["webhook-signature"] != signature(log.secrets[self.path], name, stamp, body):
                log.forged += 1
            way = chance.choices(["take", "fail", "reset", "slow", "hang", "lie"], [40, 3, 2, 2, 1, 2])[0]
            with log.lock:
                log.came[way] += 1
                if way in ("take", "slow", "lie"):
                    log.took[item][name] += 1
            if way in ("reset", "lie"):
                self.close_connection = True
                return
            time.sleep({"slow": 0.1, "hang": 0.4}.get(way, 0.0))
            self.answer(200 if way in ("take", "slow") else 500)

    return Server(("127.0.0.1", 0), Handler)


class Pushes:
    """Calls the server for each item until it is taken, several at a time."""

    def __init__(self, hook: dict[str, str], threads: int = 6) -> None:
        self.hook = hook
        self.items: queue.Queue[str] = queue.Queue()
        self.repeats = 0
        for _ in range(threads):
            threading.Thread(target=self._push_all, daemon=True).start()

    def _push_all(self) -> None:
        address = urlsplit(self.hook["url"])
        headers = {"X-Dispatch-Secret": self.hook["secret"], "Content-Type": "application/json"}
        while True:
            item = self.items.get()
            body = json.dumps({"id": item, "at": 1, "title": "Roof"})
            while not self._pushed(address.netloc, address.path, body, headers):
                self.repeats += 1
                time.sleep(0.02)

    def _pushed(self, netloc: str, path: str, body: str, headers: dict[str, str]) -> bool:
        connection = HTTPConnection(netloc, timeout=3)
        try:
            connection.request("POST", path, body, headers)
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

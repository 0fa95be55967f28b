"""Servers that keep or give back what they were sent."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any, NamedTuple

PROBLEM = {"message": "the vendor failed", "remedy": "Look there first.", "vendor_message": "disk full"}
SLY = '={{ 1 + 1 }} "x" {'


CONNECTIONS = [
    {"id": "c-1", "name": "Ours", "connector": "kinds"},
    {"id": "c-2", "name": "Theirs", "connector": "other"},
]


class Echo(BaseHTTPRequestHandler):
    """Answers every action with what it was sent; what is called `unlucky` fails."""

    def do_GET(self) -> None:
        self.answer(200, {"items": CONNECTIONS})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        failed = body["input"].get("id") == "unlucky"
        self.answer(409 if failed else 200, PROBLEM if failed else {"output": body, "choices": [{"value": SLY}]})

    def answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/problem+json" if status >= 400 else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


class Letter(NamedTuple):
    """What arrived at n8n's address."""

    path: str
    headers: dict[str, str]
    body: str


class Mailbox:
    """The place where n8n would be called, with what arrived there; `status` is what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.letters = Queue[Letter]()
        mailbox = self

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                mailbox.letters.put(
                    Letter(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                )
                self.send_response(mailbox.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhook"
        Thread(target=self.server.serve_forever, daemon=True).start()

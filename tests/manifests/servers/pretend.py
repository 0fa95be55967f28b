"""What the pretend APIs share: the log, the route table, strict reading, rows that tests may change, a socket.

Each API is written from its public documentation, by someone who has not seen the manifest that will talk to it, so
that the two can disagree. Whatever the documentation does not name is refused. So is what it names but is not played
here; the API's own docstring lists that. People, keys and data are invented.

`app.state` is what tests use:
- `log`: every request received, as a Call, in order;
- `data`: the rows, in Tables (`add`, `edit`, `remove`; a row is a plain dict);
- `before`: a function that is given each Call before it is answered, to change rows in the middle of a reading;
- `busy`: how many of the next requests are turned away as too many, with `retry_after` seconds, or without if None;
- `reset()`: everything as at the start.
"""

from __future__ import annotations

import json
from base64 import b64decode
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from socket import create_server
from threading import Thread
from urllib.parse import parse_qsl, quote, unquote, urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import strict as be


@dataclass
class Call:
    """A received request. `path` is as sent, percent-encoded; names of headers are in lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes
    address: str
    """The server's own address, as the caller wrote it: the start of every URL that it gives out."""
    status: int = 0

    @property
    def media_type(self):
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def bearer(self):
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else None

    @property
    def basic(self):
        """`user:password` as it was before base64, or None."""
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        try:
            return b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else None
        except ValueError:
            return None

    def url(self, path=None, **changes):
        """An absolute URL of this server: this request's own with some parameters changed; None takes one out."""
        query = [pair for pair in self.query if pair[0] not in changes]
        query += [pair for pair in changes.items() if pair[1] is not None]
        return (
            self.address + (path or self.path) + ("?" + urlencode(query, quote_via=quote, safe="[]") if query else "")
        )

    def read_query(self, checks, *required):
        """The query's values; a name given several times has a list."""
        given = {}
        for name, text in self.query:
            given[name] = text if name not in given else [*be.as_list(given[name]), text]
        return be.read("query", be.fields(checks, *required), given)

    def read_json(self, checks, *required):
        if self.media_type != "application/json":
            raise be.Wrong("media_type", "is not application/json", value=self.media_type)
        try:
            body = json.loads(self.body)
        except ValueError as error:
            raise be.Wrong("json", str(error)) from None
        return be.read("body", be.fields(checks, *required), body)


class Refused(Exception):
    """An answer that says no, in the API's own words."""

    def __init__(self, status, body, **headers):
        names = {name.replace("_", "-"): str(value) for name, value in headers.items() if value is not None}
        self.response = JSONResponse(body, status, names)


def iso(epoch):
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Clock:
    """The data's own time: it goes on by `step` seconds whenever a row is made or changed, and never else."""

    def __init__(self, start, step):
        self.now, self.step = int(datetime.fromisoformat(start).timestamp()), step

    def __call__(self):
        self.now += self.step
        return self.now


class Table:
    """Rows in the order in which they were made, each under the value of its `key`.

    `make` is given a number and a time and returns a row; `touch` is given a row and a time when that row changes.
    """

    def __init__(self, key, clock, make, touch=lambda row, now: None, rows=0):
        self.key, self._clock, self._make, self._touch = key, clock, make, touch
        self._rows = {}
        self._made = 0
        for _ in range(rows):
            self.add()

    def add(self, **values):
        self._made += 1
        row = self._make(self._made, self._clock()) | values
        self._rows[row[self.key]] = row
        return row

    def edit(self, key, **changes):
        """What is given wins over the time of the change, so that a row may change without showing it."""
        row = self._rows[key]
        self._touch(row, self._clock())
        row.update(changes)
        return row

    def remove(self, key):
        return self._rows.pop(key)

    def keys(self):
        return self._rows.keys()

    def get(self, key):
        return self._rows.get(key)

    def __getitem__(self, key):
        return self._rows[key]

    def __contains__(self, key):
        return key in self._rows

    def __iter__(self):
        return iter([*self._rows.values()])

    def __len__(self):
        return len(self._rows)


class Tables(dict):
    """A Table for each parent, made by `make` when it is first asked for; those of the first parents at once."""

    def __init__(self, make, parents):
        self._make = make
        for parent in parents:
            self[parent]

    def __missing__(self, parent):
        self[parent] = self._make(parent)
        return self[parent]


class Api:
    """One pretend API: a subclass has the routes, who is let in, and the API's own words for no.

    A handler is given the Call and the path's values, decoded, and returns a Response or what is to be sent as JSON.
    """

    data = object

    def __init__(self):
        self.app = Starlette(routes=[Route("/{path:path}", self)])
        self.state = self.app.state
        self.state.log = []
        self.state.reset = self.reset
        self.reset()

    def reset(self):
        self.state.log.clear()
        self.state.data = self.data()
        self.state.before = lambda call: None
        self.state.busy, self.state.retry_after = 0, "1"

    async def __call__(self, scope, receive, send):
        request = Request(scope, receive)
        call = Call(
            request.method,
            scope["raw_path"].partition(b"?")[0].decode("latin-1"),
            tuple(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            {name: ", ".join(request.headers.getlist(name)) for name in request.headers},
            await request.body(),
            f"{request.url.scheme}://{request.headers['host']}",
        )
        self.state.log.append(call)
        response = self.answer(call)
        call.status = response.status_code
        await response(scope, receive, send)

    def answer(self, call):
        self.state.before(call)
        try:
            handler, values = self.find(call)
            self.admit(call)
            if self.state.busy:
                self.state.busy -= 1
                raise self.too_many()
            found = handler(call, **values)
            return found if isinstance(found, Response) else JSONResponse(found)
        except Refused as refused:
            return refused.response
        except be.Wrong as wrong:
            return self.wrong(call, wrong).response

    def place(self, call):
        """The path to look for in the table of routes."""
        return call.path

    def find(self, call):
        """The handler for the path and the path's values. One that differs only in method says 405."""
        sent = self.place(call).split("/")
        there = False
        for method, template, handler in self.routes():
            parts = template.split("/")
            if len(parts) == len(sent) and all(
                p == s or (p[:1] == "{" and s) for p, s in zip(parts, sent, strict=True)
            ):
                there = True
                if method == call.method:
                    return handler, {p[1:-1]: unquote(s) for p, s in zip(parts, sent, strict=True) if p[:1] == "{"}
        raise self.wrong_method(call) if there else self.no_route(call)


@contextmanager
def serving(app):
    """The address of `app` on a real socket: it listens before the server runs, so that nobody has to wait."""
    with create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, ws="none", lifespan="off", log_level="warning"))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield "http://{}:{}".format(*listening.getsockname())
        finally:
            server.should_exit = True
            thread.join()

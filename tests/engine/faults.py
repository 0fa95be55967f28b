"""What a vendor can do to an answer, and what must come of it: one table for the engine and for the command line."""

from __future__ import annotations

import zlib
from typing import Any, NamedTuple

from tests.engine.hostile import CHUNKED, OK, Step, answer, drip, flood, hang, request_and_body, reset

ACME: dict[str, Any] = {
    "connector": "acme",
    "language": 1,
    "version": "1.0.0",
    "title": "Acme",
    "description": "Sells everything.",
    "base_url": "https://api.example.com",
    "connection": {
        "fields": {"apiKey": {"secret": True}},
        "auth": {"api_key": {"header": "X-Api-Key", "value": "{apiKey}"}},
        "test": "GET /items",
    },
    "lists": {"items": {"request": "GET /items", "items": "results"}},
    "searches": {
        "find": {
            "title": "Find item",
            "description": "Finds items by name.",
            "input": {"name": {"title": "Name"}},
            "list": "items",
            "match": {"name": {"contains": "{name}"}},
            "sample": {"id": 1, "name": "Erika"},
        }
    },
    "actions": {
        "add": {
            "title": "Add item",
            "description": "Adds an item.",
            "input": {"name": {"title": "Name", "required": True}},
            "request": "POST /items",
            "sample": {"id": 1},
        },
        "get": {
            "title": "Get items",
            "description": "Gets all items.",
            "request": "GET /items",
            "sample": {"results": []},
        },
    },
}

DONE, FAILED, UNKNOWN = "done", "vendor_failed", "unknown_outcome"
EXIT = {DONE: 0, FAILED: 1, UNKNOWN: 5}


class Fault(NamedTuple):
    """`script` is what the server does, `read` and `write` what comes of it; `hangs`: until a deadline ends it."""

    script: tuple[Step, ...]
    read: str = FAILED
    write: str = UNKNOWN
    hangs: bool = False


def body(content: bytes, *headers: str) -> tuple[Step, ...]:
    return (request_and_body, answer(content, *(headers or ("Content-Type: application/json",))))


def bomb() -> tuple[Step, ...]:
    """A gzip of a gigabyte of spaces, which JSON may begin with."""
    stream = zlib.compressobj(9, wbits=31)
    head = stream.compress(b" " * 2**20) + stream.flush(zlib.Z_FULL_FLUSH)
    block = stream.compress(b" " * 2**20) + stream.flush(zlib.Z_FULL_FLUSH)
    return (request_and_body, OK + b"Content-Encoding: gzip\r\n\r\n" + head, flood(block * 64, 16))


def many(items: bytes, length: int) -> tuple[Step, ...]:
    """A list of the same items again and again, of about so many bytes."""
    block = items * (2**18 // len(items))
    head = OK + b'Content-Type: application/json\r\n\r\n{"results": ['
    return (request_and_body, head, flood(block, length // len(block)), b"null]}")


RECORD = b"""{"id": 123456, "status": "Pending", "tags": ["a", "b"], "price": {"net": 12345.67, "currency": "EUR"},
"customer": {"firstName": "Erika", "lastName": "Beispiel", "street": "Musterweg", "city": "Musterstadt"}},"""
ITEM = '{"results": [{"id": 1, "name": "Erika é"}]}'
FAULTS: dict[str, Fault] = {
    "hang at first byte": Fault((request_and_body, hang), hangs=True),
    "hang in the headers": Fault((request_and_body, OK + b"X-Half", hang), hangs=True),
    "hang mid-body": Fault((request_and_body, OK + b'Content-Length: 99\r\n\r\n{"results": [', hang), hangs=True),
    "body drips": Fault((request_and_body, CHUNKED, drip(b"1\r\n \r\n")), hangs=True),
    "reset before the request": Fault((reset,)),
    "reset after the request": Fault((request_and_body, reset)),
    "reset mid-body": Fault((request_and_body, OK + b'Content-Length: 99\r\n\r\n{"results"', reset)),
    "closed without an answer": Fault((request_and_body,)),
    "truncated": Fault((request_and_body, OK + b'Content-Length: 99\r\n\r\n{"results": [')),
    "truncated chunks": Fault((request_and_body, CHUNKED + b'd\r\n{"results": [\r\n')),
    "malformed chunk mid-body": Fault(
        (request_and_body, CHUNKED + b'd\r\n{"results": [\r\n' + b'zz\r\n{"id": 1}]}\r\n0\r\n\r\n')
    ),
    "chunk longer than it says": Fault((request_and_body, CHUNKED + b'2\r\n{"results": []}\r\n0\r\n\r\n')),
    "truncated, and said to be whole": Fault(body(ITEM.encode()[:20])),
    "not HTTP": Fault((request_and_body, b"SSH-2.0-OpenSSH_9.9\r\n\r\n")),
    "endless headers": Fault((request_and_body, OK, flood(b"X-More: " + b"a" * 1000 + b"\r\n", 9999))),
    "UTF-16": Fault(body(ITEM.encode("utf-16"))),
    "Latin-1": Fault(body(ITEM.encode("latin-1"), "Content-Type: application/json; charset=iso-8859-1")),
    "HTML": Fault(body(b"<!doctype html><title>Sign in</title>", "Content-Type: text/html")),
    "empty": Fault(body(b""), write=DONE),  # many vendors answer a write so
    "gzip of a gigabyte": Fault(bomb()),
    "32 MiB of numbers": Fault(many(b"123456,", 2**25)),
    "32 MiB of small objects": Fault(many(b'{"a":1},', 2**25)),
    "16 MiB of records": Fault(many(RECORD, 2**24), DONE, DONE),
    "broken gzip": Fault(body(b"\x1f\x8b\x08 no", "Content-Encoding: gzip")),
    "100,000 levels": Fault(body(b'{"results": ' + b"[" * 100_000)),
    "100,000 closed levels": Fault(body(b'{"a": ' * 100_000 + b"1" + b"}" * 100_000)),
    "5,000 digits": Fault(body(b'{"results": [{"id": ' + b"9" * 5000 + b"}]}")),
    "1e999": Fault(body(b'{"results": [{"id": 1e999}]}')),
    "NaN": Fault(body(b'{"results": [{"id": NaN}]}')),
    "duplicate keys": Fault(body(b'{"results": 1, "results": [{"id": 1, "id": 2, "name": "Erika"}]}'), DONE, DONE),
}

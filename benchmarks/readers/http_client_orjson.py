"""http.client + orjson, page after page, written as JSON lines: ADDRESS OUT."""

from __future__ import annotations

import http.client
import sys
from pathlib import Path
from urllib.parse import urlsplit

import orjson

address, out = sys.argv[1:]
connection = http.client.HTTPConnection(urlsplit(address).netloc)
with Path(out).open("wb") as lines:
    page, more = 0, True
    while more:
        connection.request("GET", f"/offers?page={page}")
        body = orjson.loads(connection.getresponse().read())
        lines.writelines(orjson.dumps(offer) + b"\n" for offer in body["results"])
        page, more = page + 1, body["hasNextPage"]

"""httpx + orjson, page after page, written as JSON lines: ADDRESS OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import orjson

address, out = sys.argv[1:]
with httpx.Client(base_url=address) as client, Path(out).open("wb") as lines:
    page, more = 0, True
    while more:
        body = orjson.loads(client.get("/offers", params={"page": page}).content)
        lines.writelines(orjson.dumps(offer) + b"\n" for offer in body["results"])
        page, more = page + 1, body["hasNextPage"]

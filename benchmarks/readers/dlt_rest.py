"""dlt's REST client, page after page, written as JSON lines: ADDRESS OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator

address, out = sys.argv[1:]
paginator = PageNumberPaginator(base_page=0, total_path=None, has_more_path="hasNextPage")
with Path(out).open("wb") as lines:
    for page in RESTClient(address, paginator=paginator, data_selector="results").paginate("/offers"):
        lines.writelines(orjson.dumps(offer) + b"\n" for offer in page)

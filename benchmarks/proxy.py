"""The least that could stand in gridwire's place: a key is checked, JSON read, a credential put on, JSON sent on.

    python benchmarks/proxy.py VENDOR_PORT

Starlette on the same uvicorn with the same parser and loop, httpx over the same connections. Prints its port.
"""

from __future__ import annotations

import hmac
import json
import sys

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.cli.sockets import listening
from connectors.engine.wire import Wire

_client = httpx.AsyncClient(transport=Wire(), trust_env=False)
_vendor = f"http://127.0.0.1:{sys.argv[1]}/orders"


async def _place(request: Request) -> Response:
    if not hmac.compare_digest(request.headers.get("authorization", ""), "Bearer gw_benchmark_key_1"):
        return Response(status_code=401)
    order = json.loads(await request.body())["input"]
    answer = await _client.post(_vendor, json=order, headers={"X-Api-Key": "vendor-key"})
    return Response(json.dumps({"output": answer.json()}), media_type="application/json")


if __name__ == "__main__":
    app = Starlette(routes=[Route("/{path:path}", _place, methods=["POST"])])
    config = uvicorn.Config(app, ws="none", log_config=None, log_level="warning", access_log=False)
    with listening("127.0.0.1", 0) as listener:
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(config).run(sockets=[listener])

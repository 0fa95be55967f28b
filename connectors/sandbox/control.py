"""What people and tests do to the sandbox itself: `/`, `/_do`, `/_faults`, `/_log`. No vendor has these."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from .faults import BetweenPages, read_fault
from .strict import read_body, read_json, unknown

if TYPE_CHECKING:
    from starlette.requests import Request

    from .vendor import Vendor

LANDING = """\
Pretend vendors, written from the vendors' documents alone. Everybody in here is invented.

{vendors}
What happens in a vendor's app, not in its API; {address}/_do/ lists it all.
What can be made to go wrong: POST to /_faults/VENDOR one of
  {{"fault": "status", "status": 429, "headers": {{"Retry-After": "1"}}, "body": …}}
  {{"fault": "delay", "seconds": 5}}    {{"fault": "between_pages", "do": "create-offer"}}
  {{"fault": "html" | "truncate" | "empty" | "invalid_json" | "drop" | "drop_before"}}
each with "times" (default 1) and "match" (a part of "GET /path?query"). GET lists them, DELETE clears them.
What a vendor received, the last 1000 requests: GET /_log/VENDOR; DELETE forgets them.
"""


class Control:
    """The sandbox's own routes."""

    def __init__(self, vendors: dict[str, Vendor]) -> None:
        self.vendors = vendors

    def routes(self) -> list[BaseRoute]:
        """`/`, `/_do`, `/_faults` and `/_log`."""
        return [
            Route("/", self.landing),
            Route("/_do/", self.deeds),
            Route("/_do/{vendor}/{deed}", self.do, methods=["POST"]),
            Route("/_faults/{vendor}", self.list_faults),
            Route("/_faults/{vendor}", self.add_fault, methods=["POST"]),
            Route("/_faults/{vendor}", self.clear_faults, methods=["DELETE"]),
            Route("/_log/{vendor}", self.read_log),
            Route("/_log/{vendor}", self.clear_log, methods=["DELETE"]),
        ]

    async def landing(self, request: Request) -> Response:
        address = address_of(request)
        vendors = "\n".join(vendor.tries(address) for vendor in self.vendors.values())
        return PlainTextResponse(LANDING.format(vendors=vendors, address=address))

    async def deeds(self, request: Request) -> Response:
        address = address_of(request)
        lines = [
            f"POST {address}/_do/{vendor.name}/{name} {_arguments(deed)}: {inspect.getdoc(deed)}"
            for vendor in self.vendors.values()
            for name, deed in vendor.deeds().items()
        ]
        return PlainTextResponse("\n".join(lines) + "\n")

    async def do(self, request: Request) -> Response:
        args = await _json(request)
        if not isinstance(args, dict):
            raise HTTPException(400, "body: must be a JSON object, or nothing")
        return JSONResponse(self._vendor(request).do(request.path_params["deed"], args))

    async def list_faults(self, request: Request) -> Response:
        return JSONResponse([fault.model_dump() for fault in self._vendor(request).faults])

    async def add_fault(self, request: Request) -> Response:
        vendor = self._vendor(request)
        fault = read_fault(await _json(request))
        if isinstance(fault, BetweenPages):
            vendor.check_deed(fault.do, fault.args)
        vendor.faults.append(fault)
        return JSONResponse(fault.model_dump(), 201)

    async def clear_faults(self, request: Request) -> Response:
        self._vendor(request).faults.clear()
        return Response(status_code=204)

    async def read_log(self, request: Request) -> Response:
        return JSONResponse(list(self._vendor(request).log))

    async def clear_log(self, request: Request) -> Response:
        self._vendor(request).log.clear()
        return Response(status_code=204)

    def _vendor(self, request: Request) -> Vendor:
        name = request.path_params["vendor"]
        if name not in self.vendors:
            raise unknown("pretend vendor", name, self.vendors)
        return self.vendors[name]


def address_of(request: Request) -> str:
    """Where the caller reached the sandbox, also when another application mounts it under a path."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"


async def _json(request: Request) -> Any:
    """The body as JSON whatever its content type says, so that plain `curl -d` works; nothing is {}."""
    value = read_json(await read_body(request) or b"{}")
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:  # Python reads what it could not show again: a lone surrogate, 1e999
        raise HTTPException(400, "body: holds half a character, or a number that is too large") from None
    return value


def _arguments(deed: Any) -> str:
    parameters = inspect.signature(deed).parameters.values()
    names = [each.name if each.default is each.empty else f"[{each.name}]" for each in parameters]
    return "{" + ", ".join(names) + "}"

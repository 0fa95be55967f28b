"""What can be made to go wrong on purpose: one class per kind, its attributes its JSON, `meet` its behaviour.

Every fault meets `times` requests whose line (`GET /rest/v2/…?page=2`) contains `match`, then it is spent. A request
is met by the first fault that matches it.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from .strict import Strict, checked

if TYPE_CHECKING:
    from .call import Call
    from .vendor import Vendor

HeaderText = Annotated[str, Field(pattern=r"^[\x20-\x7e]*$")]


class Fault(Strict, ABC):
    """Meets the next `times` requests whose line contains `match`."""

    fault: str
    times: int = Field(default=1, ge=1)
    match: str = ""

    def meets(self, line: str, vendor: Vendor) -> bool:
        """Whether the request with this line is one it waits for."""
        return self.match in line

    @abstractmethod
    async def meet(self, call: Call, vendor: Vendor) -> None:
        """Do to the call what this fault does."""


class Status(Fault):
    """Answer `status` with `headers` and `body` (text as it is, anything else as JSON), carrying nothing out."""

    status: int = Field(ge=200, le=599)
    headers: dict[HeaderText, HeaderText] = {}
    body: Any = None

    async def meet(self, call: Call, vendor: Vendor) -> None:
        await call.answer(self._response())

    def _response(self) -> Response:
        if self.body is None or isinstance(self.body, str):
            return Response(self.body, self.status, {"content-type": "text/plain"} | self._lower_headers())
        return JSONResponse(self.body, self.status, self._lower_headers())

    def _lower_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}


class Delay(Fault):
    """Carry the request out at once, answer after `seconds`; not at all if the caller left meanwhile."""

    seconds: float = Field(ge=0, le=600)

    async def meet(self, call: Call, vendor: Vendor) -> None:
        response = await call.carry_out()
        if await call.still_there_after(self.seconds):
            await call.answer(response)


class Html(Fault):
    """Carry the request out and answer 200 with a page for people."""

    async def meet(self, call: Call, vendor: Vendor) -> None:
        await call.carry_out()
        await call.answer(HTMLResponse("<!doctype html><title>Back soon</title><h1>We are down for maintenance</h1>\n"))


class Truncate(Fault):
    """Carry the request out, declare the whole length, send half of the answer and hang up."""

    async def meet(self, call: Call, vendor: Vendor) -> None:
        await call.cut_short(await call.carry_out())


class Empty(Fault):
    """Carry the request out and answer 200 with nothing."""

    async def meet(self, call: Call, vendor: Vendor) -> None:
        await call.carry_out()
        await call.answer(Response(headers={"content-type": "application/json"}))


class InvalidJson(Fault):
    """Carry the request out and answer 200 with JSON that has a comma too many."""

    async def meet(self, call: Call, vendor: Vendor) -> None:
        await call.carry_out()
        await call.answer(Response('{"results": [],}', headers={"content-type": "application/json"}))


class Drop(Fault):
    """Carry the request out and hang up without an answer: the caller cannot know that it was done."""

    async def meet(self, call: Call, vendor: Vendor) -> None:
        await call.carry_out()
        await call.hang_up()


class DropBefore(Fault):
    """Hang up without carrying the request out."""

    async def meet(self, call: Call, vendor: Vendor) -> None:
        await call.hang_up()


class BetweenPages(Fault):
    """Serve the page, then do a thing of /_do with `args`, so that the pages behind it shift while they are read."""

    do: str
    args: dict[str, Any] = {}

    def meets(self, line: str, vendor: Vendor) -> bool:
        return super().meets(line, vendor) and re.match(vendor.pages, line) is not None

    async def meet(self, call: Call, vendor: Vendor) -> None:
        response = await call.carry_out()
        vendor.do(self.do, self.args)
        await call.answer(response)


KINDS: dict[str, type[Fault]] = {
    "status": Status,
    "delay": Delay,
    "html": Html,
    "truncate": Truncate,
    "empty": Empty,
    "invalid_json": InvalidJson,
    "drop": Drop,
    "drop_before": DropBefore,
    "between_pages": BetweenPages,
}


def read_fault(data: object) -> Fault:
    """A fault from its JSON, or a refusal (400) that names what is wrong."""
    kind = data.get("fault") if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise HTTPException(400, f"fault: must be one of {', '.join(KINDS)}")
    return checked(KINDS[kind], data)

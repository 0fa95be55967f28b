"""A pretend enneo: the one endpoint of its document, for one customer of theirs.

Every customer of enneo has a host of their own; this is `demo`, the one in the document. Chosen where it is silent:
a refusal is `{"message": …}`: 400 for a query it does not know and for a boolean that is neither `true` nor `false`,
401 for a wrong or revoked token, 404 for an unknown contract; `rawData` is null unless asked for, never left out.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, ClassVar

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from . import enneo_data as data
from .enneo_app import EnneoApp
from .strict import only_query, route
from .vendor import Connection

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from .strict import Json

CONTRACT = "/api/mind/contract"
FLAGS = {"true": True, "false": False}


def _part(value: Json) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


TOKEN = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part({'sub': 'sandbox-enneo'})}.sandbox-not-a-signature"
"""Looks like the JWT that the document speaks of; nobody signed it."""


class Enneo(EnneoApp):
    """A pretend enneo, as the customer `demo` has it."""

    name = "enneo"
    connection: ClassVar[Connection] = {
        "path": "/enneo",
        "values": {"token": TOKEN, "testContractId": "746839"},
        "hosts": {},
    }
    pages = rf"GET {CONTRACT}/"
    """It has no list; whoever watches contracts reads them one by one, and that is what shifts."""

    def sites(self) -> dict[str, list[BaseRoute]]:
        return {"": [route("GET", f"{CONTRACT}/{{id}}", self.get_contract)]}

    async def get_contract(self, request: Request) -> Response:
        self._check(request)
        only_query(request, "includeRawData", "refresh")
        raw, refresh = _flag(request, "includeRawData"), _flag(request, "refresh")
        if await request.body():
            raise HTTPException(400, "body: GET takes none")
        number = _number(request.path_params["id"])
        if number not in self.kept:
            raise HTTPException(404, f"there is no contract {request.path_params['id']!r}")
        if refresh:
            self.fetch(number)
        contract = self.kept[number]
        return JSONResponse(contract | {"rawData": data.raw(contract) if raw else None})

    def _check(self, request: Request) -> None:
        if self.revoked or request.headers.getlist("authorization") != [f"Bearer {TOKEN}"]:
            message = "header authorization: the token is missing, wrong or revoked"
            raise HTTPException(401, message, {"www-authenticate": "Bearer"})

    def tries(self, address: str) -> str:
        get, here = f"curl -H 'Authorization: Bearer {TOKEN}'", f"{address}{self.connection['path']}{CONTRACT}"
        fault = f'{{"fault": "delay", "seconds": 5, "match": "{CONTRACT}/{data.EXAMPLE}?refresh=true"}}'
        return f"""\
enneo at {address}{self.connection["path"]} with token {TOKEN}
  {get} {here}/{data.EXAMPLE}
  {get} '{here}/{data.EXAMPLE}?includeRawData=true&refresh=true'
  curl -X POST {address}/_do/enneo/change-deposit
  curl -X POST {address}/_do/enneo/end-contract -d '{{"id": {data.EXAMPLE + 11}, "date": "2027-12-31"}}'
  curl -X POST {address}/_faults/enneo -d '{fault}'
  curl {address}/_log/enneo
"""


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "false")
    if text not in FLAGS:
        raise HTTPException(400, f"query parameter {name}: must be true or false, not {text!r}")
    return FLAGS[text]


def _number(text: str) -> int | None:
    """The document calls it a string, and every id a whole number."""
    return int(text) if text.isdecimal() and len(text) < 20 and str(int(text)) == text else None

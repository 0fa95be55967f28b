"""What the endpoints of the pretend OpenSolar share: who may come in, how often, and how a body or a row is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from . import opensolar_data as data
from .django import Answer, Place, Refused, no_body, read_fields, routes, wrong
from .opensolar_app import OpenSolarApp
from .opensolar_records import LIFETIME, Rows
from .strict import Json, Strict, only_query

ORG = "/api/orgs/{org:int}"

Reads = Callable[[Request], Any]
Writes = Callable[[Request, Json], Any]


class OpenSolarRest(OpenSolarApp):
    """Endpoints are built from `reads` and `writes`, and put at an address by `at`."""

    def at(
        self,
        path: str,
        methods: dict[str, Answer],
        *,
        update: Answer | None = None,
        bare: bool = False,
        open: bool = False,
    ) -> list[BaseRoute]:
        """The routes to an address, with its last slash and, if `bare`, without; `open` to everybody, or to users.

        `update` has the method that the document names, POST, unless a deed has changed that.
        """

        def now() -> dict[str, Answer]:
            return methods | ({self.update_method: update} if update else {})

        admit: Callable[[Request], None] = (lambda _: None) if open else self._admit
        return routes(path, Place(now, admit, self.notice), bare=bare)

    def reads(self, answer: Reads, *query: str, limit: str = "") -> Answer:
        """A GET that takes these query parameters; `limit` names what it counts as."""

        async def endpoint(request: Request) -> Response:
            self._count(request, limit)
            only_query(request, *query)
            await no_body(request)
            found = answer(request)
            return found if isinstance(found, Response) else JSONResponse(found)

        return endpoint

    def writes(
        self,
        model: type[Strict],
        answer: Writes,
        read_only: Collection[str] = (),
        *,
        status: int = 200,
        limit: str = "",
    ) -> Answer:
        """What takes a body; its answer is shown with this status."""

        async def endpoint(request: Request) -> Response:
            self._count(request, limit)
            return JSONResponse(answer(request, await read_fields(request, model, read_only)), status)

        return endpoint

    def deletes(self, answer: Callable[[Request], None]) -> Answer:
        """A DELETE, answered by nothing."""

        async def endpoint(request: Request) -> Response:
            only_query(request)
            await no_body(request)
            answer(request)
            return Response(status_code=204)

        return endpoint

    def row(self, rows: Rows, request: Request) -> Json:
        """The row that the path names, or 404."""
        if request.path_params["id"] not in rows:
            raise HTTPException(404, "Not found.")
        return rows[request.path_params["id"]]

    def linked(self, field: str, address: str, rows: Mapping[int, Any], prefix: str) -> str:
        """The whole address of a thing that a body names by its address; both forms of the document are taken."""
        path = address.removeprefix(data.ORIGIN)
        number = path.removeprefix(prefix).removesuffix("/")
        if path != f"{prefix}{number}/" or not re.fullmatch("[0-9]{1,18}", number):
            raise wrong(field, "Invalid hyperlink - No URL match.")
        if int(number) not in rows:
            raise wrong(field, "Invalid hyperlink - Object does not exist.")
        return f"{data.ORIGIN}{prefix}{int(number)}/"

    def _admit(self, request: Request) -> None:
        """Let a user with a live token into their organisation."""
        headers = request.headers.getlist("authorization")
        if not headers:
            raise _unauthorized("Authentication credentials were not provided.")
        users = [user for user in self.users.values() if headers == [f"Bearer {user['token']}"]]
        if not users:
            raise _unauthorized("Invalid token.")
        if self.expired(users[0]):
            raise _unauthorized("Token has expired.")
        if request.path_params.get("org", data.ORG_ID) != data.ORG_ID:
            raise Refused(403, {"detail": "You do not have permission to perform this action."})
        request.state.user = users[0]

    def expired(self, user: Json) -> bool:
        """Whether a user's token has lived its 7 days; a machine user's lives on."""
        return not user["is_machine_user"] and self.now() >= user["token_since"] + LIFETIME

    def _count(self, request: Request, limit: str) -> None:
        if limit not in self.limits:
            return
        wait = self.throttle.take((request.state.user["id"], limit), self.now(), self.limits[limit])
        if wait:
            said = f"Request was throttled. Expected available in {wait} second{'s' if wait > 1 else ''}."
            raise Refused(429, {"detail": said}, {"Retry-After": str(wait)})


def _unauthorized(detail: str) -> Refused:
    return Refused(401, {"detail": detail}, {"WWW-Authenticate": "Bearer"})

"""All routes of one path, as an ASGI application: who may, which method, the body, the handler, the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as Connection

from connectors.components.fields import Checker, Field, Fields, parse_text
from connectors.components.http import JSON_TYPE, dump_json
from connectors.errors import InputError
from connectors.server.attention import in_time
from connectors.server.body import read_body
from connectors.server.call import Call, Server
from connectors.server.edge import CORRELATION_ID, PATH
from connectors.server.logs import note
from connectors.server.problems import Forbidden, MethodNotAllowed, Unauthorized
from connectors.server.routes import Route
from connectors.service.keys import Caller


class Resource:
    """The routes of one path by method."""

    def __init__(self, path: str, routes: Sequence[Route], server: Server) -> None:
        self.path: str = path
        self._routes = {route.method: route for route in routes}
        self._checkers = {route.method: Checker(route.takes, []) for route in routes if isinstance(route.takes, dict)}
        self._questions = {route.method: Checker(route.asks, []) for route in routes}
        self._public = all(route.scope == "public" for route in routes)
        self._server = server

    @property
    def allowed(self) -> str:
        """The methods, as the header Allow lists them."""
        heads = ["HEAD"] if "GET" in self._routes else []
        return ", ".join([*self._routes, *heads, "OPTIONS"])

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        scope[PATH] = self.path
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        route = self._routes.get("GET" if request.method == "HEAD" else request.method)
        public = route.scope == "public" if route else self._public
        caller = None if public else await self._caller(request)
        if caller and route and route.scopes and caller.scopes.isdisjoint(route.scopes):
            named = " or ".join(f"'{scope}'" for scope in route.scopes)
            remedy = f"Use a key with the scope {named}: `gridwire keys add NAME --scope {route.scopes[0]}`."
            raise Forbidden(f"the key lacks the scope {named}", remedy=remedy)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": self.allowed})
        if route is None:
            raise MethodNotAllowed(request.method, self.allowed)
        if caller is None:
            return await self._answer(request, route, None)
        with self._server.places.taken(caller.workspace):
            return await self._answer(request, route, caller)

    async def _answer(self, request: Request, route: Route, caller: Caller | None) -> Response:
        try:
            call = await self._call(request, route, caller)
        except InputError as error:
            if route.refuse is None:
                raise
            return route.refuse(error)
        async with in_time(self._server.longest):
            answer = await route.handler(call)
        return answer if isinstance(answer, Response) else Response(dump_json(answer), media_type=JSON_TYPE)

    async def _call(self, request: Request, route: Route, caller: Caller | None) -> Call:
        correlation_id, params = request.scope[CORRELATION_ID], request.path_params
        query = self._questions[route.method].check(_asked(request, route.asks)) if route.asks else {}
        call = Call(self._server, correlation_id, params, query, {}, request.headers, caller, request)
        if route.takes is None:
            return call
        checker = Checker(route.takes(call.connector), []) if callable(route.takes) else self._checkers[route.method]
        return replace(call, body=await read_body(request, checker))

    async def _caller(self, request: Request) -> Caller:
        """Whoever brings the key. Raises Unauthorized."""
        given = request.headers.getlist("authorization")
        scheme, _, key = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        caller = await self._server.service.keys.caller(key.strip()) if scheme.lower() == "bearer" else None
        if caller is None:
            said = "the key is wrong" if given else "there is no key"
            raise Unauthorized(said, remedy="Send the header Authorization: Bearer, followed by the server's key.")
        note(workspace=caller.workspace)
        return caller


def _asked(request: Request, fields: Fields) -> dict[str, Any]:
    """The query's parameters as values; `input.name=x` is the `name` of the object `input`. Raises InputError."""
    found, parts = dict[str, Any](), dict[str, dict[str, str]]()
    for name, text in request.query_params.multi_items():
        whole, _, part = name.partition(".")
        inside = part and "object" in fields.get(whole, Field()).kinds
        if name in found or name in parts or (inside and (whole in found or part in parts.get(whole, {}))):
            raise InputError(f"'{name}' stands in the query more than once", field=name, remedy="Send one.")
        if inside:
            parts.setdefault(whole, {})[part] = text
        else:
            found[name] = parse_text(fields.get(name, Field()), text)
    return {**parts, **found}

"""A pretend autarc: the ten endpoints of its document, and the two addresses of its OAuth 2.0.

Its document folds up methods, paths, status codes, errors and limits. Chosen here: the paths below the one it shows
(`GET /api/v1/projects`); PATCH for updates, since "you only need to provide the fields you want to update", and 405
to PUT, or the other way round by a deed; 201 for what is created, 200 for all else; a refusal is `{"message": …}`:
400 for a wrong body or query, 401 for a wrong credential, 403 for another company's `companyId`, 404 for an unknown
id; lists are oldest first; a customer that is named must exist, and one that is deleted leaves its projects without
a customer. There is no limit to the rate until a deed sets one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from .autarc_app import AutarcApp
from .autarc_auth import AUTH, AuthHost
from .autarc_bodies import CustomerChange, NewCustomer, NewProject, ProjectChange
from .autarc_oauth import CLIENT
from .strict import Strict, checked, media_type, only_query, read_json, route
from .vendor import Connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute, Route

    from .strict import Json, Model

API_KEY = "sandbox-autarc-key"
JSON = "application/json"
PROJECTS = "/api/v1/projects"
CUSTOMERS = "/api/v1/customers"


class Autarc(AutarcApp):
    """A pretend autarc with one company in it."""

    name = "autarc"
    connection: ClassVar[Connection] = {
        "path": "/autarc",
        "values": {"apiKey": API_KEY},
        "hosts": {AUTH: "/autarc-auth"},
    }
    oauth_client: ClassVar[dict[str, str]] = CLIENT
    """The application as autarc registered it, for whoever signs in instead of using the key."""
    pages = r"GET /api/v1/(projects|customers)(\?|$)"

    def sites(self) -> dict[str, list[BaseRoute]]:
        project, customer = f"{PROJECTS}/{{id}}", f"{CUSTOMERS}/{{id}}"
        api: list[BaseRoute] = [
            self._route("GET", PROJECTS, lambda _: list(self.projects.values())),
            self._write("POST", PROJECTS, NewProject, self.post_project, 201),
            self._route("GET", project, lambda request: self.projects[_number(self.projects, request)]),
            *self._updates(project, ProjectChange, self.update_project),
            self._route("DELETE", project, self.drop_project),
            self._route("GET", CUSTOMERS, lambda _: list(self.customers.values())),
            self._write("POST", CUSTOMERS, NewCustomer, self.post_customer, 201),
            self._route("GET", customer, lambda request: self.customers[_number(self.customers, request)]),
            *self._updates(customer, CustomerChange, self.update_customer),
            self._route("DELETE", customer, self.drop_customer),
        ]
        return {"": api, AUTH: AuthHost(lambda: self.grants).routes()}

    def post_project(self, request: Request, body: NewProject) -> Json:
        given = self._own(body)
        return self.projects[self.add_project(given, self.now())]

    def update_project(self, request: Request, body: ProjectChange) -> Json:
        row = self.projects[_number(self.projects, request)]
        self.change(row, self._own(body))
        return row

    def drop_project(self, request: Request) -> Json:
        gone = self.projects.pop(_number(self.projects, request))
        return {"message": f"project {gone['id']} was deleted"}

    def post_customer(self, request: Request, body: NewCustomer) -> Json:
        return self.customers[self.add_customer(self._own(body), self.now())]

    def update_customer(self, request: Request, body: CustomerChange) -> Json:
        row = self.customers[_number(self.customers, request)]
        self.change(row, self._own(body))
        return row

    def drop_customer(self, request: Request) -> Json:
        return {"message": f"customer {self.remove_customer(_number(self.customers, request))} was deleted"}

    def _own(self, body: Strict) -> Json:
        """What the body says, refused if it names what is not this company's."""
        given = body.model_dump(exclude_unset=True)
        if given.get("companyId", self.company) != self.company:
            raise HTTPException(403, "companyId: is not the company of this key")
        customer = given.get("customerId")
        if customer is not None and all(customer != row["id"] for row in self.customers.values()):
            raise HTTPException(400, "customerId: there is no such customer")
        return given

    def _check(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or len(request.headers.getlist("authorization")) > 1:
            challenge = {"www-authenticate": "Bearer"}
            raise HTTPException(401, "header authorization: must be Bearer and a key or access token", challenge)
        if token != API_KEY and not self.grants.holds(token):
            challenge = {"www-authenticate": 'Bearer error="invalid_token"'}
            raise HTTPException(
                401, "header authorization: the key or access token is wrong, or has expired", challenge
            )
        self.count_request()
        only_query(request)

    def _route(self, method: str, path: str, answer: Callable[[Request], Json | list[Json]]) -> Route:
        async def endpoint(request: Request) -> Response:
            self._check(request)
            if await request.body():
                raise HTTPException(400, f"body: {method} takes none")
            return JSONResponse(answer(request))

        return route(method, path, endpoint)

    def _write(
        self, method: str, path: str, model: type[Model], answer: Callable[[Request, Model], Json], status: int = 200
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            if method != "POST" and method != self.update_method:
                raise HTTPException(405, "Method Not Allowed", {"allow": f"GET, {self.update_method}, DELETE"})
            self._check(request)
            if media_type(request.headers.get("content-type")) != JSON:
                raise HTTPException(400, f"header content-type: must be {JSON}")
            return JSONResponse(answer(request, checked(model, read_json(await request.body()))), status)

        return route(method, path, endpoint)

    def _updates(self, path: str, model: type[Model], answer: Callable[[Request, Model], Json]) -> list[Route]:
        return [self._write(method, path, model, answer) for method in ("PATCH", "PUT")]

    def tries(self, address: str) -> str:
        get = f"curl -H 'Authorization: Bearer {API_KEY}'"
        here, auth = f"{address}{self.connection['path']}", f"{address}{self.connection['hosts'][AUTH]}"
        project = f'{{"name": "Wärmepumpe Beispiel", "companyId": "{self.company}", "address": null}}'
        fault = f'{{"fault": "status", "status": 500, "times": 2, "match": "GET {PROJECTS}"}}'
        return f"""\
autarc at {here} with apiKey {API_KEY}
  or, to sign in, OAuth 2.0 at {auth}/oauth2/auth and {auth}/oauth2/token
  with client_id {CLIENT["client_id"]} and client_secret {CLIENT["client_secret"]};
  who has no browser sends the first address as POST with decision=allow and reads the location of the answer
  {get} {here}{PROJECTS}
  {get} {here}{CUSTOMERS}
  {get} -H 'content-type: {JSON}' {here}{PROJECTS} -d '{project}'
  curl -X POST {address}/_do/autarc/create-project
  curl -X POST {address}/_do/autarc/change-status -d '{{"id": 7, "status": "completed"}}'
  curl -X POST {address}/_do/autarc/limit-rate -d '{{"requests": 100, "seconds": 60}}'
  curl -X POST {address}/_faults/autarc -d '{fault}'
  curl {address}/_log/autarc
"""


def _number(rows: dict[int, Json], request: Request) -> int:
    wanted = request.path_params["id"]
    for number, row in rows.items():
        if row["id"] == wanted:
            return number
    raise HTTPException(404, f"there is nothing with the id {wanted!r}")

"""A pretend OpenSolar: every endpoint of its document, and its webhooks.

Chosen where the document is silent or contradicts itself, by what its users report or as Django REST framework does
it: a refusal is `{"detail": …}` or `{field: [what is wrong, …]}`; a wrong password is 400, an organisation or a user
that is not one's own 403; a login answers the same token as long as that lives and does not prolong it, and says the
`org_id` too; what is deleted is answered by 204. Lists begin with page 1 and have 20 things to a page, at most 100
whatever `limit` asks for; projects and contacts are newest first; a page behind the last is empty, but of the webhook
logs a 500. An update changes what it names and nothing else, whatever its method. Where the table of endpoints leaves
the last slash away (`…/:id`) it may be missing, elsewhere not. The paging of roles is documented at `/:id/` and
belongs to their list: it is taken at both. A picture is answered by a redirect to a signed address on a host of
files, which no credential may reach, and is from then on a private file of its project. Events, private files, actions
and the lists of event and roof types have no endpoint. A webhook is sent once; null fields become the defaults; its
two logs are one list.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, ClassVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from . import opensolar_bodies as bodies
from . import opensolar_data as data
from .django import Refused, body_of, wrong
from .opensolar_customers import OpenSolarCustomers
from .opensolar_hooks import DEFAULTS
from .opensolar_query import choice, holding, matching, ordered, page, positive, ranged
from .opensolar_records import FILES, MACHINE_TOKEN, PASSWORD
from .opensolar_rest import ORG
from .opensolar_settings import SETTINGS, Setting
from .opensolar_shapes import NAMES
from .strict import Json, route
from .vendor import Connection

if TYPE_CHECKING:
    from .django import Answer

USERNAME = "robin.palmwood@example.com"
ROLE_QUERY = ("fieldset", "range", "page", "limit", "ordering")
LOG_COLUMNS = ("id", "webhook", "endpoint", "status", "response_status", "error", "created_date", "processed_date")


class OpenSolar(OpenSolarCustomers):
    """A pretend OpenSolar, with as many `limits` (requests a minute) as its users report."""

    name = "opensolar"
    connection: ClassVar[Connection] = {
        "path": "/opensolar",
        "values": {"org_id": str(data.ORG_ID), "username": USERNAME, "password": PASSWORD},
        "hosts": {FILES: "/opensolar-files"},
    }
    pages = (
        r"GET /api/orgs/[^/?]+/(projects|contacts|systems|roles|pricing_schemes|payment_options|costings"
        r"|component_(module|inverter|battery|other)_activations|webhook_process_logs)/(\?|$)"
    )

    def refusal(self, error: HTTPException) -> Json:
        return body_of(error)

    def sites(self) -> dict[str, list[BaseRoute]]:
        user = {"PATCH": self.writes(bodies.User, self.update_user, ("id", "url", "email"))}
        update_org = self.writes(bodies.Org, self.update_org, ("id", "url", "projects"))
        api = [
            *self.at("/api-token-auth/", {"POST": self.writes(bodies.Login, self.log_in)}, open=True),
            *self.at("/auth/users/{id:int}/", user),
            *self.at(f"{ORG}/", {"GET": self.reads(lambda _: self.org)}, update=update_org),
            *self.customer_routes(),
            *self.at(f"{ORG}/roles/", {"GET": self.reads(self.list_roles, *ROLE_QUERY)}),
            *self.at(f"{ORG}/roles/{{id:int}}/", {"GET": self.reads(self.get_role, *ROLE_QUERY)}),
            *(each for kind, setting in SETTINGS.items() for each in self._setting_routes(kind, setting)),
            *self._webhook_routes(),
        ]
        return {"": api, FILES: [route("GET", "/private/{id:int}/{title}", self.private_file)]}

    def log_in(self, request: Request, given: Json) -> Json:
        for user in self.users.values():
            if (user["email"], PASSWORD) == (given["username"], given["password"]):
                if self.expired(user):
                    self.new_token(user)
                return {"token": user["token"], "user": _shown(user), "org_id": data.ORG_ID}
        raise wrong("non_field_errors", "Unable to log in with provided credentials.")

    def update_user(self, request: Request, given: Json) -> Json:
        user = self.row(self.users, request)
        if user is not request.state.user:
            raise Refused(403, {"detail": "You do not have permission to perform this action."})
        user |= given
        return _shown(user)

    def update_org(self, request: Request, given: Json) -> Json:
        self.org |= given
        return self.org

    def list_roles(self, request: Request) -> list[Json]:
        query = request.query_params
        choice(query, "fieldset", ("list",))
        return page(ranged(ordered(list(self.roles.values()), query, ("id", "is_admin")), query), query)

    def get_role(self, request: Request) -> Json:
        self.list_roles(request)
        return self.row(self.roles, request)

    def _setting_routes(self, kind: str, setting: Setting) -> list[BaseRoute]:
        rows = self.settings[kind]
        read_only = {name for row in rows.values() for name in row} - set(setting.body.model_fields)

        def update(request: Request, given: Json) -> Json:
            row = self.row(self.settings[kind], request)
            for name in [name for name in given if name.endswith("_roof_type") and given[name] is not None]:
                given[name] = self.linked(name, given[name], dict.fromkeys(data.ROOF_TYPES), "/api/roof_types/")
            row |= given | ({"modified_date": data.stamp(self.now())} if "modified_date" in row else {})
            return row

        def listed(request: Request) -> list[Json]:
            found = matching(list(self.settings[kind].values()), request.query_params, setting.filters)
            return page(found, request.query_params)

        def remove(request: Request) -> None:
            del self.settings[kind][self.row(self.settings[kind], request)["id"]]

        one = {
            "GET": self.reads(lambda request: self.row(self.settings[kind], request)),
            "DELETE": self.deletes(remove),
        }
        return [
            *self.at(f"{ORG}/{kind}/", {"GET": self.reads(listed, "page", "limit", *setting.filters)}),
            *self.at(f"{ORG}/{kind}/{{id:int}}/", one, update=self.writes(setting.body, update, read_only), bare=True),
        ]

    def _webhook_routes(self) -> list[BaseRoute]:
        every = {
            "GET": self.reads(lambda _: list(self.webhooks.values())),
            "POST": self.writes(bodies.NewWebhook, self.create_webhook, ("id", "url", "org"), status=201),
        }
        one = {"PATCH": self.writes(bodies.WebhookChange, self.update_webhook, ("id", "url", "org"))}
        logs: dict[str, Answer] = {"GET": self.reads(self.webhook_logs, "page", "limit", "search", "format")}
        return [
            *self.at(f"{ORG}/webhooks/", every),
            *self.at(f"{ORG}/webhooks/{{id:int}}/", one, bare=True),
            *self.at(f"{ORG}/webhook_process_logs/", logs),
        ]

    def create_webhook(self, request: Request, given: Json) -> Json:
        return self.add_webhook(_with_known_fields({"headers": None, **dict.fromkeys(DEFAULTS), **given}))

    def update_webhook(self, request: Request, given: Json) -> Json:
        webhook = self.row(self.webhooks, request)
        webhook |= _with_known_fields(given)
        return webhook

    def webhook_logs(self, request: Request) -> Response | list[Json]:
        query = request.query_params
        as_csv = choice(query, "format", ("csv", "json")) == "csv"
        rows = page(holding(list(reversed(self.process_logs)), query.get("search", "")), query)
        if not rows and positive(query, "page", 1) > 1:
            raise HTTPException(500, "Internal Server Error")
        return Response(_csv(rows), media_type="text/csv") if as_csv else rows

    def tries(self, address: str) -> str:
        here = f"{address}{self.connection['path']}"
        org = f"{here}/api/orgs/{data.ORG_ID}"
        json_type = "-H 'content-type: application/json'"
        curl = f"curl -H 'Authorization: Bearer {MACHINE_TOKEN}'"
        login = json.dumps({"username": USERNAME, "password": PASSWORD})
        project = '{"address": "1 Wattle Street", "contacts_new": [{"first_name": "Ada", "family_name": "Beispiel"}]}'
        endpoint = '"endpoint": "http://127.0.0.1:9000/hook", "headers": "{\\"X-Secret\\": \\"s\\"}"'
        webhook = f'{{{endpoint}, "enabled": true, "debug": false, "trigger_fields": ["project.stage"]}}'
        return f"""\
opensolar at {here} with org_id {data.ORG_ID}, username {USERNAME} and password {PASSWORD}
  curl {json_type} {here}/api-token-auth/ -d '{login}'
  {curl} '{org}/projects/?page=1&limit=5&fieldset=list'
  {curl} {json_type} {org}/projects/ -d '{project}'
  {curl} {json_type} {org}/webhooks/ -d '{webhook}'
  curl -X POST {address}/_do/opensolar/create-project
  curl -X POST {address}/_do/opensolar/change-stage -d '{{"id": 7, "stage": 3}}'
  {curl} '{org}/webhook_process_logs/'
  curl {address}/_log/opensolar
"""


def _shown(user: Json) -> Json:
    return {name: user[name] for name in ("id", "url", "email", "is_machine_user")}


def _with_known_fields(given: Json) -> Json:
    """The same with the defaults in place of null; a field that no model has is refused."""
    for kind, default in DEFAULTS.items():
        if kind in given:
            given[kind] = list(default) if given[kind] is None else given[kind]
            for field in given[kind]:
                model, name = field.split(".")[:2]
                if name != "*" and name not in NAMES[model]:
                    raise wrong(kind, f"{field!r} is not a field.")
    return given


def _csv(rows: list[Json]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*LOG_COLUMNS, "payload"])
    writer.writerows([*(row[name] for name in LOG_COLUMNS), json.dumps(row["payload"])] for row in rows)
    return text.getvalue()

"""The endpoints of the pretend OpenSolar for projects, contacts and systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from . import opensolar_bodies as bodies
from . import opensolar_data as data
from . import opensolar_shapes as shapes
from .jpeg import grey
from .opensolar_query import choice, page, positive
from .opensolar_records import FILES
from .opensolar_rest import ORG, OpenSolarRest
from .opensolar_systems import details
from .strict import Json, only_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from .django import Answer

LARGEST = 4096  # pixels; the document names no bound
LINKS = {
    **dict.fromkeys(shapes.ROLE_FIELDS, "roles"),
    "system_sold": "systems",
    "system_installed": "systems",
    "payment_option_sold": "payment_options",
}
"""The fields of a project that hold the address of a thing, and where it is found."""


class OpenSolarCustomers(OpenSolarRest):
    """Projects, contacts and systems."""

    def customer_routes(self) -> list[BaseRoute]:
        """Their addresses."""
        projects, writes = f"{ORG}/projects/", "project writes"

        def write(answer: Callable[[Request, Json], Json], status: int) -> Answer:
            return self.writes(bodies.Project, answer, shapes.READ_ONLY, status=status, limit=writes)

        one_project = {
            "GET": self.reads(self.get_project, limit="project reads"),
            "PATCH": write(self.update_project, 200),
            "DELETE": self.deletes(lambda request: self.remove_project(self.row(self.projects, request)["id"])),
        }
        all_projects = {
            "GET": self.reads(self.list_projects, "page", "limit", "fieldset"),
            "POST": write(lambda _, given: self._with_links(self._project(None, given)), 201),
        }
        in_detail = {"GET": self.reads(self.system_details, limit="system details")}
        image = {"GET": self.reads(self.system_image, "width", "height", limit="system images")}
        return [
            *self.at(projects, all_projects),
            *self.at(f"{projects}{{id:int}}/", one_project),
            *self.at(f"{projects}{{id:int}}/systems/details/", in_detail),
            *self.at(f"{projects}{{id:int}}/systems/{{uuid}}/image/", image),
            *self._contact_routes(),
            *self.at(f"{ORG}/systems/", {"GET": self.reads(self.list_systems, "fieldset", "page", "limit", "project")}),
            *self.at(f"{ORG}/systems/{{id:int}}/", {"GET": self.reads(self.get_system, "fieldset")}),
        ]

    def _contact_routes(self) -> list[BaseRoute]:
        def write(answer: Callable[[Request, Json], Json], status: int) -> Answer:
            return self.writes(bodies.Contact, answer, shapes.CONTACT_READ_ONLY, status=status)

        one = {
            "GET": self.reads(lambda request: shapes.contact(self, self.row(self.contacts, request))),
            "PUT": write(self.update_contact, 200),
            "DELETE": self.deletes(lambda request: self.remove_contact(self.row(self.contacts, request)["id"])),
        }
        every = {
            "GET": self.reads(self.list_contacts, "page", "limit"),
            "POST": write(lambda _, given: shapes.contact(self, self.add_contact(given)), 201),
        }
        return [*self.at(f"{ORG}/contacts/", every), *self.at(f"{ORG}/contacts/{{id:int}}/", one)]

    def list_projects(self, request: Request) -> list[Json]:
        fieldset = choice(request.query_params, "fieldset", ("list", "studio"))
        rows = page(list(reversed(self.projects.values())), request.query_params)
        left_out = shapes.HEAVY if fieldset == "list" else set[str]()
        whole = [self._with_links(row) for row in rows]
        return [{name: value for name, value in each.items() if name not in left_out} for each in whole]

    def get_project(self, request: Request) -> Json:
        return self._with_links(self.row(self.projects, request))

    def update_project(self, request: Request, given: Json) -> Json:
        return self._with_links(self._project(self.row(self.projects, request), given))

    def list_contacts(self, request: Request) -> list[Json]:
        rows = page(list(reversed(self.contacts.values())), request.query_params)
        return [shapes.contact(self, row) for row in rows]

    def update_contact(self, request: Request, given: Json) -> Json:
        row = self.row(self.contacts, request)
        row |= given
        return shapes.contact(self, row)

    def list_systems(self, request: Request) -> list[Json]:
        query = request.query_params
        choice(query, "fieldset", ("list",), required=True)
        rows = list(self.systems.values())
        if "project" in query:
            project = data.url("projects", positive(query, "project"))
            rows = [row for row in rows if row["project"] == project]
        return page(rows, query)

    def get_system(self, request: Request) -> Json:
        choice(request.query_params, "fieldset", ("list",), required=True)
        return self.row(self.systems, request)

    def system_details(self, request: Request) -> Json:
        here = data.url("projects", self.row(self.projects, request)["id"])
        return {"systems": [details(row) for row in self.systems.values() if row["project"] == here]}

    def system_image(self, request: Request) -> Response:
        here = data.url("projects", self.row(self.projects, request)["id"])
        wanted = request.path_params["uuid"].upper()
        width, height = (positive(request.query_params, name, most=LARGEST) for name in ("width", "height"))
        for system in self.systems.values():
            if (system["project"], system["uuid"]) == (here, wanted):
                title = f"{wanted}-{width}x{height}.jpg"
                file = self.add_picture(system, request.state.user, title, len(grey(width, height)))
                return RedirectResponse(self.signed(file["file_contents"]), 302)
        raise HTTPException(404, "Not found.")

    async def private_file(self, request: Request) -> Response:
        """The host of files: it knows what is in the address alone, and a credential sent here has leaked."""
        if "authorization" in request.headers:
            raise HTTPException(400, f"header authorization: a credential must not be sent to {FILES}")
        only_query(request, "Expires", "Signature")
        expires, signature = (request.query_params.get(name, "") for name in ("Expires", "Signature"))
        address = self.row(self.files, request)["file_contents"]
        if not expires.isdigit() or signature != self.signature(address, int(expires)):
            raise HTTPException(403, "Signature: is missing or wrong")
        if int(expires) <= self.now().timestamp():
            raise HTTPException(403, "Expires: this address could be read for an hour")
        width, height = address.rpartition("-")[2].removesuffix(".jpg").split("x")
        return Response(grey(int(width), int(height)), media_type="image/jpeg")

    def _project(self, row: Json | None, given: Json) -> Json:
        """Keep what a body says of a project, a new one if there is none yet. `contacts` replaces the set of them."""
        new = given.pop("contacts_new", [])
        for name, kind in LINKS.items():
            if given.get(name) is not None:
                rows = self.settings[kind] if kind in self.settings else getattr(self, kind)
                given[name] = self.linked(name, given[name], rows, f"/api/orgs/{data.ORG_ID}/{kind}/")
        if given.get("roof_type") is not None:
            known = dict.fromkeys(data.ROOF_TYPES)
            given["roof_type"] = self.linked("roof_type", given["roof_type"], known, "/api/roof_types/")
        if "contacts" in given:
            place = f"/api/orgs/{data.ORG_ID}/contacts/"
            wanted = [self.linked("contacts", each, self.contacts, place) for each in given["contacts"]]
            given["contacts"] = list(dict.fromkeys(wanted))
        if new:
            there = given.get("contacts", row["contacts"] if row else [])
            given["contacts"] = [*there, *(self.add_contact(each)["url"] for each in new)]
        if row is None:
            return self.add_project(self.now(), given)
        self.save(row, given)
        return row

    def _with_links(self, row: Json) -> Json:
        return self.with_links(shapes.project(self, row))

"""The pretend autarc as its users see it: what it holds, and what they do there.

Projects and customers are named by id or by running number, 1 being the oldest; numbers are not given again.
"""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime, timedelta
from random import Random
from typing import Annotated, Literal

from pydantic import Field
from starlette.exceptions import HTTPException

from . import autarc_data as data
from .autarc_bodies import Status
from .autarc_oauth import Grants
from .people import somebody
from .strict import Day, Json
from .vendor import Vendor, deed


class AutarcApp(Vendor):
    """Customers and projects of one installer's company, and who may read them."""

    company: str
    customers: dict[int, Json]
    projects: dict[int, Json]
    """By running number, oldest first."""
    grants: Grants
    update_method: Literal["PATCH", "PUT"]
    limit: tuple[int, timedelta] | None
    """How many requests in how long a time; None as a rule, since the document states no limit."""

    def sow(self) -> None:
        self.rng: Random = Random(self.seed)
        self.company = self.fixed_id("company", "Wärmepumpen Wiesengrund GmbH")
        self.grants = Grants(self.new_id, self.now)
        self.update_method = "PATCH"
        self.limit = None
        self._asked: deque[datetime] = deque()
        self.customers, self.projects = {}, {}
        for place in range(data.PROJECTS):
            at = data.FIRST + place * data.BETWEEN
            if place < data.CUSTOMERS:
                self.add_customer(data.invented_customer(somebody(place + 1, self.rng), self.company, self.rng), at)
            self._project_of(self.rng.choice(list(self.customers.values())), at)

    def add_customer(self, given: Json, at: datetime) -> int:
        """Keep a customer; the running number."""
        number = self.new_number("customer")
        self.customers[number] = data.customer(self.fixed_id("customer", number), at, given)
        return number

    def add_project(self, given: Json, at: datetime) -> int:
        """Keep a project; the running number."""
        number = self.new_number("project")
        self.projects[number] = data.project(self.fixed_id("project", number), at, given)
        return number

    def change(self, row: Json, changes: Json) -> None:
        """Write the changes into a customer or project; `updatedAt` moves, even if nothing else does."""
        row |= changes
        row["updatedAt"] = data.moment(self.now())

    def remove_customer(self, number: int) -> str:
        """Forget a customer for ever and return the id; their projects stay, without a customer."""
        gone = self.customers.pop(number)["id"]
        for project in self.projects.values():
            if project["customerId"] == gone:
                self.change(project, {"customerId": None})
        return gone

    def count_request(self) -> None:
        """Refuse (429) a request that is one too many for the limit set."""
        if self.limit is None:
            return
        most, period = self.limit
        while self._asked and self._asked[0] <= self.now() - period:
            self._asked.popleft()
        if len(self._asked) >= most:
            wait = (self._asked[0] + period - self.now()).total_seconds()
            raise HTTPException(429, "too many requests", {"retry-after": str(math.ceil(wait))})
        self._asked.append(self.now())

    @deed
    def create_project(self, name: str | None = None, is_lead: bool = False) -> Json:
        """A user starts a project for one of the customers, called `name` if given."""
        if not self.customers:
            raise HTTPException(409, "there is no customer left to start a project for: create-customer first")
        number = self._project_of(self.rng.choice(list(self.customers.values())), self.now())
        named = {} if name is None else {"name": name}
        self.projects[number] |= named | {"isLead": is_lead, "status": "inProgress"}
        return self._project_changed(number)

    @deed
    def create_customer(self, name: str, email: str | None = None) -> Json:
        """A user enters a customer; the last word of `name` is the last name."""
        first, _, last = name.rpartition(" ")
        given = {"companyId": self.company, "firstName": first, "lastName": last, "email": email}
        number = self.add_customer(given, self.now())
        return self._customer_changed(number)

    @deed
    def rename_project(self, id: int | str, name: str) -> Json:
        """A user gives a project another name."""
        return self._change_project(id, {"name": name})

    @deed
    def change_status(self, id: int | str, status: Status) -> Json:
        """A user moves a project to another status."""
        return self._change_project(id, {"status": status})

    @deed
    def convert_lead(self, id: int | str) -> Json:
        """A user turns a lead into a project; 409 if it is none."""
        number = number_of(self.projects, "project", id)
        if not self.projects[number]["isLead"]:
            raise HTTPException(409, f"project {number} is not a lead")
        return self._change_project(number, {"isLead": False})

    @deed
    def schedule_installation(self, id: int | str, date: Day | None) -> Json:
        """A user sets the day of the installation (YYYY-MM-DD); null takes it away."""
        return self._change_project(id, {"installationDate": date})

    @deed
    def delete_project(self, id: int | str) -> Json:
        """A user deletes a project for ever."""
        number = number_of(self.projects, "project", id)
        return {"number": number, "deleted": self.projects.pop(number)["id"]}

    @deed
    def change_phone_number(self, id: int | str, phone_number: str | None) -> Json:
        """A user writes down another telephone number of a customer; null takes it away."""
        number = number_of(self.customers, "customer", id)
        self.change(self.customers[number], {"phoneNumber": phone_number})
        return self._customer_changed(number)

    @deed
    def delete_customer(self, id: int | str) -> Json:
        """A user deletes a customer for ever; their projects stay, without a customer."""
        number = number_of(self.customers, "customer", id)
        return {"number": number, "deleted": self.remove_customer(number)}

    @deed
    def take_updates_by(self, method: Literal["PATCH", "PUT"]) -> Json:
        """The vendor takes updates by this method and answers 405 to the other; the document names neither."""
        self.update_method = method
        return {"update_method": method}

    @deed
    def limit_rate(
        self,
        requests: Annotated[int, Field(ge=1)] | None,
        seconds: Annotated[int, Field(ge=1, le=86_400)] = 60,
    ) -> Json:
        """The vendor takes so many requests in so many seconds and answers 429 to more; null takes any number."""
        self.limit = None if requests is None else (requests, timedelta(seconds=seconds))
        self._asked.clear()
        return {"requests": requests, "seconds": seconds}

    @deed
    def expire_tokens(self, kind: Literal["access", "refresh", "both"] = "access") -> Json:
        """All OAuth tokens of this kind end now, as if their time had come."""
        return {"expired": self.grants.expire(kind)}

    @deed
    def revoke_grant(self) -> Json:
        """The installer withdraws the consent: every code and token given so far is dead."""
        return {"revoked": self.grants.revoke_all()}

    @deed
    def register_redirect_uri(self, uri: str) -> Json:
        """The vendor registers this address for the application, as `redirect_uri` must be."""
        self.grants.register(uri)
        return {"registered": sorted(self.grants.registered)}

    @deed
    def require_pkce(self, required: bool) -> Json:
        """The vendor insists on PKCE, as it does at the start, or takes a request without, as the document shows."""
        self.grants.pkce_required = required
        return {"required": required}

    def _project_of(self, owner: Json, at: datetime) -> int:
        place = self._counted["project"] + 1
        return self.add_project(data.invented_project(owner, place, self.rng), at)

    def _change_project(self, id: int | str, changes: Json) -> Json:
        number = number_of(self.projects, "project", id)
        self.change(self.projects[number], changes)
        return self._project_changed(number)

    def _project_changed(self, number: int) -> Json:
        return {"number": number, "project": self.projects[number]}

    def _customer_changed(self, number: int) -> Json:
        return {"number": number, "customer": self.customers[number]}


def number_of(rows: dict[int, Json], kind: str, id: int | str) -> int:
    """The running number of the row with this id or number, or a refusal (404) that says which there are."""
    for number, row in rows.items():
        if id in (number, row["id"]):
            return number
    known = f"{min(rows)} to {max(rows)}" if rows else "none"
    raise HTTPException(404, f"id: no {kind} has the id or running number {id!r}; there are {known}")

"""The cases of autarc: what to record from the sandbox, and what its document shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from record import Plan, nothing, status

from connectors.sandbox import Autarc

ROWS = 5
CLIENT = {"client_id": "sandbox-autarc-client"}
ADDRESS = {"street": "Musterweg", "houseNumber": "12", "postalCode": "10115", "city": "Berlin", "country": "DE"}
NOBODY = "00000000-0000-5000-8000-000000000000"


def begin_anew(autarc: Autarc) -> None:
    """Back to the start, with the first few rows only, so that a cassette can be read in review."""
    autarc.reset()
    autarc.projects = {number: autarc.projects[number] for number in list(autarc.projects)[:ROWS]}
    autarc.customers = {number: autarc.customers[number] for number in list(autarc.customers)[:ROWS]}


def plans(autarc: Autarc) -> Iterator[Plan]:
    """Each operation, then each way to fail."""
    yield from polls(autarc)
    yield from projects(autarc)
    yield from customers(autarc)
    yield from failures(autarc)
    yield from nearly(autarc)


def nearly(autarc: Autarc) -> Iterator[Plan]:
    """What is new is no change, what is no lead is none, and a part of a name is enough to find."""
    for trigger in ("project_status_changed", "installation_date_changed", "project_updated", "new_lead"):
        yield Plan(trigger, "a_project_appears", polls=2, between=lambda: autarc.create_project("Solar Beispiel"))
    appears = lambda: autarc.create_customer("Erika Beispiel", "erika@example.com")  # noqa: E731
    yield Plan("customer_updated", "a_customer_appears", polls=2, between=appears)
    project, customer = autarc.projects[1], autarc.customers[1]
    yield Plan("find_project", "by_part_of_name", {"name": project["name"][1:6].upper()})
    yield Plan("find_project", "by_id", {"id": project["id"]})
    for name in ("firstName", "lastName"):
        yield Plan("find_customer", f"by_part_of_{name.lower()}", {name: customer[name][1:4].upper()})
    yield Plan("find_customer", "by_part_of_number", {"phoneNumber": customer["phoneNumber"][2:9]})
    yield Plan("find_customer", "by_id", {"id": customer["id"]})


def polls(autarc: Autarc) -> Iterator[Plan]:
    """Each trigger's first and second poll; what is gone is said at the third."""
    lead = next(number for number, row in autarc.projects.items() if row["isLead"])

    def watch(trigger: str, name: str, happens: Callable[[], Any], given: dict[str, Any] | None = None) -> Plan:
        return Plan(trigger, name, given or {}, polls=2, between=happens)

    yield watch("new_project", "one_more", lambda: autarc.create_project("Wärmepumpe Beispiel"))
    yield watch("new_lead", "one_more", lambda: autarc.create_project("Wärmepumpe Beispiel", is_lead=True))
    yield watch("lead_converted", "one_converted", lambda: autarc.convert_lead(lead))
    chosen = {"from": "inProgress", "to": "completed"}
    autarc.change_status(lead, "inProgress")
    yield watch("project_status_changed", "to_completed", lambda: autarc.change_status(lead, "completed"), chosen)
    yield watch("installation_date_changed", "set", lambda: autarc.schedule_installation(lead, "2027-03-01"))
    yield watch("project_updated", "renamed", lambda: autarc.rename_project(lead, "Wärmepumpe, zweiter Versuch"))
    yield watch("new_customer", "one_more", lambda: autarc.create_customer("Erika Beispiel", "erika@example.com"))
    yield watch("customer_updated", "other_phone", lambda: autarc.change_phone_number(1, "+4930230125117"))
    yield Plan("project_deleted", "one_gone", polls=3, between=first(lambda: autarc.delete_project(1)))
    yield Plan("customer_deleted", "one_gone", polls=3, between=first(lambda: autarc.delete_customer(1)))


def first(happens: Callable[[], Any]) -> Callable[[], Any]:
    """What happens the first time, and then nothing more."""
    steps = iter([happens])
    return lambda: next(steps, nothing)()


def projects(autarc: Autarc) -> Iterator[Plan]:
    """What can be done with projects."""
    row = autarc.projects[1]
    one, whole = {"projectId": row["id"]}, {"name": "Wärmepumpe Beispiel", "companyId": autarc.company}
    details = {
        "customerId": row["customerId"],
        "address": ADDRESS,
        "isLead": True,
        "status": "inProgress",
        "installationDate": "2027-06-15",
        "projectValue": 31500.5,
        "humanId": "P-117",
        "buildingType": "terracedHouse",
        "buildingAge": "before1918",
        "isMonumentProtected": True,
        "heatedLivingAreaM2": 148.5,
        "numberOfFloors": 2.5,
        "numberOfResidents": 4,
    }

    yield Plan("create_project", "as_little_as_goes", whole)
    yield Plan("create_project", "everything", whole | details)
    yield Plan("create_project", "company_to_choose", choices={"field": "companyId", "search": ""})
    yield Plan("create_project", "customer_to_choose", choices={"field": "customerId", "search": ""})
    yield Plan("get_project", "known", one)
    yield Plan("update_project", "one_field", one | {"status": "completed"})
    yield Plan("update_project", "emptied", one | {"customerId": None, "address": None, "installationDate": None})
    autarc.take_updates_by("PUT")
    yield Plan("update_project", "by_put", one | {"status": "completed"})
    yield Plan("delete_project", "gone", one)
    yield Plan("find_project", "by_number", {"humanId": row["humanId"].lower()})
    yield Plan("find_project", "by_customer", {"customerId": row["customerId"]})


def customers(autarc: Autarc) -> Iterator[Plan]:
    """What can be done with customers."""
    row = autarc.customers[1]
    one = {"customerId": row["id"]}
    whole = {"firstName": "Erika", "lastName": "Beispiel", "companyId": autarc.company}
    details = {
        "email": "erika.beispiel@example.com",
        "phoneNumber": "+4930230125117",
        "address": ADDRESS,
        "isCompany": True,
        "companyName": "Beispiel Immobilien GmbH",
        "invoiceEmail": "rechnung@example.com",
    }

    yield Plan("create_customer", "as_little_as_goes", whole)
    yield Plan("create_customer", "everything", whole | details)
    yield Plan("get_customer", "known", one)
    yield Plan("update_customer", "one_field", one | {"phoneNumber": "+4930230125117"})
    autarc.take_updates_by("PUT")
    yield Plan("update_customer", "by_put", one | {"phoneNumber": None})
    yield Plan("delete_customer", "gone", one)
    yield Plan("find_customer", "by_email_in_capitals", {"email": row["email"].upper()})
    yield Plan("find_customer", "nobody", {"email": "nobody@example.com"})


def failures(autarc: Autarc) -> Iterator[Plan]:
    """One case for each kind of error that the sandbox can be brought to."""
    one, whole = {"projectId": autarc.projects[1]["id"]}, {"name": "Beispiel", "companyId": autarc.company}

    yield Plan("create_project", "no_company", {"name": "Beispiel"})
    yield Plan("create_project", "customer_unknown", whole | {"customerId": NOBODY})
    yield Plan("create_project", "company_of_others", whole | {"companyId": NOBODY})
    yield Plan("get_project", "key_no_longer_valid", one, faults=(status(401, {"message": "unknown key"}),))
    yield Plan("get_project", "unknown", {"projectId": NOBODY})
    busy = status(429, {"message": "too many requests"}, headers={"Retry-After": "60"})
    yield Plan("find_project", "busy", {"name": "any"}, faults=(busy,))
    yield Plan("get_project", "down", one, faults=(status(500, times=3),))
    yield Plan("get_project", "no_json", one, faults=({"fault": "invalid_json"},))
    yield Plan("create_project", "fails_halfway", whole, faults=(status(500),))
    yield Plan("create_project", "answer_lost", whole, faults=({"fault": "drop"},))
    yield Plan(
        "update_project", "answer_lost_and_sent_again", one | {"status": "archived"}, faults=({"fault": "drop"},)
    )
    yield Plan("delete_project", "answer_lost", one, faults=({"fault": "drop"},))
    yield Plan("project_deleted", "page_for_people", polls=1, faults=({"fault": "html"},))


PROJECT = {
    "name": "string",
    "companyId": "8bb73d03-06b4-47c7-80c7-59301f770eda",
    "customerId": "87d8e330-2878-4742-a86f-dbbb3bf522ac",
    "status": "inProgress",
    "isLead": False,
    "humanId": "string",
    "projectValue": 0,
    "installationDate": "2019-08-24",
    "buildingType": "singleOrDoubleFamilyHouse",
    "buildingAge": "from2002",
    "isMonumentProtected": False,
    "numberOfResidents": 0,
    "numberOfFloors": 0,
    "heatedLivingAreaM2": 0,
    "address": {},
}
CUSTOMER = {
    "companyId": "8bb73d03-06b4-47c7-80c7-59301f770eda",
    "firstName": "string",
    "lastName": "string",
    "email": "user@example.com",
    "invoiceEmail": "user@example.com",
    "phoneNumber": "string",
    "isCompany": True,
    "companyName": "string",
    "address": {},
}
ID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
MADE = {"createdAt": "2019-08-24T14:15:22Z", "updatedAt": "2019-08-24T14:15:22Z"}
FOLDED = "Method, path and status are folded away in the document; these are the usual ones."
ITEM = "What the list holds is folded away; the example of reading one stands in its place."


def documented() -> Iterator[dict[str, Any]]:
    """Every example of JSON in the document."""
    for kind, body, titles in (
        ("project", PROJECT, ("Creates a project", "Get project by id", "Update a project", "Delete a project")),
        ("customer", CUSTOMER, ("Create a customer", "Get a customer by id", "Update a customer", "Delete a customer")),
    ):
        create, get, update, delete = (f"{kind.capitalize()}s, {title}" for title in titles)
        path, row, one = f"/api/v1/{kind}s", {"id": ID, **body, **MADE}, {f"{kind}Id": ID}
        gone = {"message": "string"}
        yield shown(f"create_{kind}", create, f"POST {path}", body, body, row)
        yield shown(f"get_{kind}", get, f"GET {path}/{ID}", one, None, row)
        yield shown(f"update_{kind}", update, f"PATCH {path}/{ID}", one | body, body, row)
        yield shown(f"delete_{kind}", delete, f"DELETE {path}/{ID}", one, None, gone)
    yield listed("find_project", "Projects, Gets all projects", "projects", {"name": "string"}, PROJECT)
    yield listed("find_customer", "Customers, Get all customers", "customers", {"lastName": "string"}, CUSTOMER)


def shown(operation: str, place: str, line: str, given: dict[str, Any], sent: Any, answer: Any) -> dict[str, Any]:
    """A case of one request and its answer."""
    method, _, path = line.partition(" ")
    headers = {"accept": "application/json", "authorization": "Bearer HIDDEN-apiKey"}
    body = {} if sent is None else {"json": sent}
    headers |= {"content-type": "application/json"} if body else {}
    return {
        "name": "documented",
        "evidence": "documented",
        "document": place,
        "repairs": [FOLDED],
        "date": "2026-11-21",
        "manifest": "autarc 1.0.0",
        "format": 1,
        "operation": operation,
        "connection": {"apiKey": "HIDDEN-apiKey"},
        "input": given,
        "output": answer,
        "exchanges": [
            {
                "request": {"line": f"{method} https://api2.autarc.energy{path}", "headers": headers, **body},
                "answer": {"status": 200, "headers": {"content-type": "application/json"}, "json": answer},
            }
        ],
    }


def listed(operation: str, place: str, path: str, given: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """A case of a list with one item."""
    rows = [{"id": ID, **body, **MADE}]
    return {**shown(operation, place, f"GET /api/v1/{path}", given, None, rows), "repairs": [FOLDED, ITEM]}

"""How the pretend OpenSolar shows its projects, contacts, events, systems and files: key for key as in the document.

A project has the keys of the payload's sample and of the answer to a create. Addresses in it are whole, those in the
payloads of contacts and events begin with /api; of an event inside a project two moments have another form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .opensolar_data import COUNTRIES, ORG_ID, ORIGIN, OWN_FIELDS, id_in, relative, spaced, url
from .opensolar_settings import AMOUNTS

if TYPE_CHECKING:
    from .opensolar_records import OpenSolarRecords
    from .strict import Json

ROLE_FIELDS = ("assigned_installer_role", "assigned_role", "assigned_site_inspector_role")
ORG_URL = f"{ORIGIN}/api/orgs/{ORG_ID}/"

CONFIGURATION: Json = {
    "apply_tilt_racks_below_slope": 10,
    "created_date": None,
    "discount_rate": 6.75,
    "feed_in_tariff_inflation_annual": 0,
    "id": None,
    "inverter_modelling_automation": 0,
    "modified_date": None,
    "org_id": None,
    "performance_adjustment": 100,
    "performance_calculator": 0,
    "priority": 1,
    "proposed_usage_adjustment": 0,
    "setbacks_default": 0.3,
    **{
        f"setbacks_{edge}": 0.3
        for edge in "dormer flat_gutter gutter hip objects rake ridge shared skylight valley".split()
    },
    "tilt_rack_default_tilt": 13,
    "utility_inflation_annual": 3,
    "years_to_simulate": 0,
}
COSTING: Json = {
    **AMOUNTS,
    **{f"roof_type_adder_{number}_roof_type_id": None for number in range(1, 6)},
    "created_date": None,
    "id": None,
    "modified_date": None,
    "org_id": None,
    "priority": 1,
}
CONSTANT: Json = {
    "access": 0,
    "available_customer_actions": [],
    "configuration": CONFIGURATION,
    "configuration_override": None,
    "contract": None,
    "contract_date": None,
    "costing": COSTING,
    "costing_override": None,
    "customer_proposal_data": {
        "has_contacts_active": False,
        "has_contacts_active_with_login": False,
        "has_customer_view": False,
        "has_customer_view_system": False,
        "ready": False,
    },
    "natron": None,
    "org": ORG_URL,
    "org_id": ORG_ID,
    "proposal_template": None,
    "stars": [],
    "tags": [],
    "tags_data": [],
    "testimonials": [],
    "testimonials_data": [],
    "timezone_offset": 11,
    "transactions_data": [],
    "usage": None,
    "usage_annual_or_guess": 10766,
    "utility_tariff_current": None,
    "utility_tariff_current_custom": None,
    "utility_tariff_current_data": None,
    "utility_tariff_or_guess": None,
    "utility_tariff_proposed": None,
    "utility_tariff_proposed_custom": None,
    "utility_tariff_proposed_data": None,
    "utility_tariff_proposed_or_guess": None,
}
HEAVY = {"actions", "configuration", "costing", "private_files_data", "systems", "transactions_data"}
"""What `fieldset=list` leaves out of a project. The document does not say what it does."""

READ_ONLY = {
    *CONSTANT,
    *("actions", "contacts_data", "country", "created_date", "events", "events_data", "id", "modified_date"),
    *("private_files", "private_files_data", "systems", "title", "url"),
    *(f"{role}_data" for role in ROLE_FIELDS),
    *(f"assigned_role_{part}" for part in ("accreditation", "email", "id", "name", "phone")),
}
PROJECT_NAMES = {*OWN_FIELDS, "contacts", *READ_ONLY}
CONTACT_READ_ONLY = {"display", "id", "org", "projects", "url", "user"}


def title(row: Json) -> str:
    """What a project is called: the business, else the address."""
    return row["business_name"] or row["address"] or ""


def project(app: OpenSolarRecords, row: Json) -> Json:
    """A project, whole."""
    own = {name: row[name] for name in (*OWN_FIELDS, "contacts", "created_date", "id", "modified_date")}
    here = url("projects", row["id"])
    events = [event for event in app.events.values() if event["project"] == here]
    files = [file for file in app.files.values() if file["project"] == here]
    return {
        **CONSTANT,
        **own,
        **_assigned(app, row),
        "actions": [action(each, events) for each in app.actions.values()],
        "contacts_data": [contact_data(app.contacts[id_in(address)]) for address in row["contacts"]],
        "country": COUNTRIES.get(row["country_iso2"], row["country_iso2"]),
        "events": [event["url"] for event in events],
        "events_data": [event_data(event) for event in events],
        "private_files": [file["url"] for file in files],
        "private_files_data": files,
        "systems": [system for system in app.systems.values() if system["project"] == here],
        "title": title(row),
        "url": here,
    }


def _assigned(app: OpenSolarRecords, row: Json) -> Json:
    data = {name: row[name] and app.roles[id_in(row[name])] for name in ROLE_FIELDS}
    seller = data["assigned_role"] or {}
    return {
        **{f"{name}_data": role for name, role in data.items()},
        "assigned_role_id": seller.get("id"),
        "assigned_role_email": seller.get("email"),
        "assigned_role_name": seller.get("display"),
        "assigned_role_phone": seller.get("phone"),
        "assigned_role_accreditation": seller.get("accreditation"),
    }


def contact(app: OpenSolarRecords, row: Json) -> Json:
    """A contact."""
    here = row["url"]
    return {
        **row,
        "display": f"{row['first_name']} {row['family_name']}".strip(),
        "org": ORG_URL,
        "projects": [url("projects", each["id"]) for each in app.projects.values() if here in each["contacts"]],
        "user": None,
    }


def contact_data(row: Json) -> Json:
    """A contact inside a project."""
    return dict(row)


def contact_fields(app: OpenSolarRecords, row: Json) -> Json:
    """A contact in a webhook."""
    shown = contact(app, row)
    here = {name: relative(shown[name]) for name in ("org", "url")}
    return {**shown, **here, "projects": [relative(address) for address in shown["projects"]]}


def event_fields(row: Json) -> Json:
    """An event in a webhook."""
    places = ("action", "contact", "org", "project", "url", "user")
    return {**row, **{name: row[name] and relative(row[name]) for name in places}}


def event_data(row: Json) -> Json:
    """An event inside a project."""
    same = "created_date duration end event_type_id id is_archived is_complete modified_date notes project_name".split()
    return {
        **{name: row[name] for name in (*same, "task_status", "title", "who")},
        "action_id": row["action"] and id_in(row["action"]),
        "completion_date": spaced(row["completion_date"]),
        "is_planned": not row["is_complete"],
        "project_id": id_in(row["project"]),
        "start": spaced(row["start"]),
    }


def action(row: Json, events: list[Json]) -> Json:
    """A step that the organisation takes with every project, and what happened of it in one."""
    return {**row, "events": [event_data(event) for event in events if event["action"] == row["url"]]}


def new_action(id: int, title: str, stage: int, created: str) -> Json:
    """A step, without its events."""
    return {
        "created_date": created,
        "id": id,
        "modified_date": created,
        "order": 10 * id,
        "org": ORG_URL,
        "stage": stage,
        "title": title,
        "url": url("actions", id),
    }


def new_event(id: int, kind: int, title: str, at: str, **more: object) -> Json:
    """An event that is over."""
    return {
        "action": None,
        "archive_for": None,
        "completion_date": at,
        "contact": None,
        "created_date": at,
        "duration": 0,
        "end": at,
        "event_type_id": kind,
        "id": id,
        "is_archived": False,
        "is_complete": True,
        "location_override": "",
        "modified_date": at,
        "notes": None,
        "org": ORG_URL,
        "project": None,
        "project_name": "",
        "repeat": 0,
        "start": at,
        "task_status": 0,
        "team_members": [],
        "title": title,
        "url": url("events", id),
        "user": None,
        "who": None,
        **more,
    }


EVENT_NAMES = set(new_event(0, 0, "", ""))
CONTACT_NAMES = {*CONTACT_READ_ONLY, "first_name", "family_name", "email", "phone", "date_of_birth", "gender"}
NAMES = {"project": PROJECT_NAMES, "contact": CONTACT_NAMES, "event": EVENT_NAMES}
"""The names that a webhook's fields may begin with, by model."""


def new_file(id: int, project: str, user: str, system_uuid: str, title: str, at: str, **more: object) -> Json:
    """A private file of a project; the address of its contents is added when it is handed out."""
    return {
        "url": url("private_files", id),
        "org": ORG_URL,
        "project": project,
        "user": user.replace("/auth/users/", "/api/global_users/"),
        "file_tags": [],
        "file_tags_data": [],
        "title": title,
        "system_uuid": system_uuid,
        "input_data": None,
        "status": "created",
        "status_message": "",
        "show_customer": False,
        "created_date": at,
        "modified_date": at,
        "temporary": False,
        "id": id,
        **more,
    }

"""Records every case of OpenSolar anew from the sandbox: `python tests/cassettes/opensolar.py [OPERATION…]`.

Review what changed with `git diff`. What comes by webhook is recorded by `opensolar_hooks.py`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

from record import CASSETTES, RECORDED, Plan, record, serving, status

from connectors.engine.connection import Connection
from connectors.manifest.catalog import bundled, load
from connectors.sandbox import CONNECTIONS, OpenSolar
from connectors.sandbox.faults import read_fault
from connectors.sandbox.opensolar_records import MACHINE_TOKEN
from connectors.testing.perform import one_at_a_time
from connectors.testing.replay import as_fast_as_it_can

KEPT = (6, 7)
"""The projects that are left, so that a cassette can be read in review: one installed, one not sold."""
ORG, ROOF = "https://api.opensolar.com/api/orgs/1", "https://api.opensolar.com/api/roof_types/19/"
SITE = {"address": "1 Wattle Street", "locality": "Sydney", "zip": "2000", "state": "NSW", "country_iso2": "AU"}
CUSTOMER = {"first_name": "Erika", "family_name": "Beispiel", "email": "erika.beispiel@example.com", "gender": 1}
NEW: dict[str, Any] = {
    **SITE,
    "lat": -33.87,
    "lon": 151.21,
    "is_residential": True,
    "number_of_phases": 1,
    "roof_type": ROOF,
    "contacts_new": [CUSTOMER],
    "identifier": "crm-1",
    "assigned_role": f"{ORG}/roles/1/",
}
SIZE = {"width": 8, "height": 8}
NARROW = {"debug": False, "trigger_fields": ["project.stage"], "payload_fields": ["project.id", "project.stage"]}
LOGIN = {name: CONNECTIONS["opensolar"]["values"][name] for name in ("username", "password")}
SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "pricing_scheme": ({"priority": 2}, {"title": "By the watt", "configuration_json": {"price_per_watt": 1.5}}),
    "payment_option": ({"payment_type": "loan"}, {"title": "Loan", "configuration_json": {"final_term": 24}}),
    "costing": ({"title": "steep"}, {"racking_per_panel": 12.5, "roof_type_adder_1_roof_type": ROOF}),
    "module_activation": ({"code": "PLW"}, {"cost": 99.5, "data": {"kw_stc": 0.33}, "is_default": True}),
    "inverter_activation": ({"code": "wmb-5k"}, {"cost": 990, "additional_parts_warranty": 5}),
    "battery_activation": ({"manufacturer_name": "solarworks"}, {"price_adjustment": 10, "quantity": 2}),
    "other_activation": ({"code": "isolator"}, {"cost": 20, "is_archived": True}),
}


def plans(solar: OpenSolar) -> Iterator[Plan]:
    """Each operation, then each way to fail."""
    yield from polls(solar)
    yield from customers(solar)
    for name, (wanted, changes) in SETTINGS.items():
        yield Plan(f"get_{name}", "known", {"id": 1})
        yield Plan(f"update_{name}", "changed", {"id": 1, **changes})
        yield Plan(f"delete_{name}", "deleted", {"id": 1})
        yield Plan(f"find_{name}", "found", wanted)
    yield from failures(solar)


def polls(solar: OpenSolar) -> Iterator[Plan]:
    """A first and a second poll of each trigger that can be polled."""

    def trigger(trigger: str, what: str, deed: str, /, **given: Any) -> Plan:
        return Plan(trigger, what, given.pop("input", {}), polls=2, between=lambda: solar.do(deed, given))

    yield trigger("project_created", "one_more", "create-project", name="Erika Beispiel")
    yield trigger("project_updated", "notes_written", "write-notes", id=7, notes="Has a pool")
    yield trigger("project_stage_changed", "to_three", "change-stage", id=7, stage=3, input={"to": 3})
    yield trigger("project_stage_changed", "to_another_one", "change-stage", id=7, stage=2, input={"to": 3})
    yield trigger("project_stage_changed", "from_zero", "change-stage", id=7, stage=3, input={"from": 0})
    yield trigger("project_sold", "one_is_sold", "sell-project", id=7)
    yield trigger("project_installed", "one_is_installed", "install-project", id=7)
    yield trigger("installation_date_set", "a_day_is_set", "set-installation-date", id=7, date="2026-12-24")
    for name in ("project_sold", "project_installed", "installation_date_set"):
        yield trigger(name, "not_yet", "create-project", name="Erika Beispiel")
    for name in ("project_updated", "project_stage_changed", "assigned_role_changed"):
        yield trigger(name, "one_appears", "create-project", name="Erika Beispiel")
    yield from appearing(solar)
    yield Plan("project_updated", "fields_of_ones_own", {"fields": ["project.custom"]}, polls=1)
    yield trigger("assigned_role_changed", "to_a_colleague", "assign-role", id=7, role=4)
    yield trigger("contact_created", "one_more", "create-contact", name="Erika Beispiel")


def appearing(solar: OpenSolar) -> Iterator[Plan]:
    """A project that is what a trigger waits for when it is first seen."""
    deeds: dict[str, tuple[str, dict[str, Any]]] = {
        "project_sold": ("sell-project", {}),
        "project_installed": ("install-project", {}),
        "installation_date_set": ("set-installation-date", {"date": "2026-12-24"}),
    }

    def happens(deed: str, given: dict[str, Any]) -> None:
        solar.do("create-project", {"name": "Erika Beispiel"})
        solar.do(deed, {"id": max(solar.projects), **given})

    for name, what in deeds.items():
        yield Plan(name, "one_appears_so", polls=2, between=partial(happens, *what))


def customers(solar: OpenSolar) -> Iterator[Plan]:
    """Organisation, projects, contacts, systems and team members."""
    contact, system = solar.contacts[7], solar.systems[7]
    of_system = {"project_id": 7, "uuid": system["uuid"]}

    yield Plan("set_machine_user", "switched_on", {"user_id": 101, "is_machine_user": True}, values=LOGIN)
    yield Plan("set_machine_user", "somebody_else", {"user_id": 101, "is_machine_user": True})
    yield Plan("get_org", "own", {})
    yield Plan("get_org", "with_password", {}, values=LOGIN)
    yield Plan("update_org", "renamed", {"name": "Banksia Solar"})
    yield Plan("get_project", "known", {"id": 7})
    yield Plan("create_project", "with_customer", NEW)
    for operation, given in (("create_project", {}), ("update_project", {"id": 7})):
        yield Plan(operation, "known_contacts", {**given, "contacts": [contact["url"]]})
        yield Plan(operation, "contacts_are_no_addresses", {**given, "contacts": ["Erika Beispiel"]})
    yield Plan("create_project", "smallest", {"address": "1 Wattle Street"})
    yield Plan("update_project", "stage_and_note", {"id": 7, "stage": 3, "notes": "Has a pool", "lat": None})
    yield Plan("update_project", "other_contacts", {"id": 7, "contacts": [solar.contacts[6]["url"]]})
    yield Plan("update_project", "project_to_choose", choices={"field": "id"})
    yield Plan("delete_project", "deleted", {"id": 7})
    yield Plan("get_contact", "known", {"id": 7})
    yield Plan("create_contact", "created", {**CUSTOMER, "phone": "+61255501234", "date_of_birth": "1990-01-01"})
    yield Plan("update_contact", "email", {"id": 7, "email": "max.neuling@example.com"})
    yield Plan("delete_contact", "deleted", {"id": 7})
    yield Plan("get_system", "known", {"id": 7})
    yield Plan("get_system_details", "known", {"project_id": 7})
    yield Plan("get_system_image", "drawn", {**of_system, **SIZE})
    yield Plan("get_system_image", "system_to_choose", {"project_id": 7}, choices={"field": "uuid"})
    yield Plan("get_role", "known", {"id": 1})
    yield Plan("find_project", "by_identifier", {"identifier": solar.projects[7]["identifier"]})
    yield Plan("find_contact", "by_email_in_capitals", {"email": contact["email"].upper()})
    yield Plan("find_system", "of_project", {"project": 7})
    yield from unfiltered()
    solar.add_webhook({"endpoint": "https://hooks.example.com/in/1", "headers": None, "enabled": True, **NARROW})
    solar.do("change-stage", {"id": 7, "stage": 3})
    yield Plan("find_webhook_log", "of_an_endpoint", {"search": "hooks.example.com"})
    yield Plan("find_webhook_log", "none_yet", {"search": "stage"})
    solar.add_webhook({"endpoint": "https://hooks.example.com/in/1", "headers": None, "enabled": True, **NARROW})
    solar.do("change-stage", {"id": 7, "stage": 3})
    yield Plan("find_webhook_log", "by_id", {"id": solar.process_logs[0]["id"]})
    for kind, verb in product(("pricing_scheme", "payment_option"), ("get", "update")):
        for row in solar.settings[f"{kind}s"].values():
            row["priority"] += 10
        yield Plan(f"{verb}_{kind}", "priorities_are_no_ids", choices={"field": "id"})
    yield Plan("event_created", "type_to_choose", choices={"field": "event_type", "search": "docusign contract"})


def unfiltered() -> Iterator[Plan]:
    """What is found where OpenSolar gives more than it is asked for, or what no sample has."""
    cash, loan = {"title": "Cash", "payment_type": "cash"}, {"title": "Loan", "payment_type": "loan"}
    watt, fixed = {"title": "a", "pricing_formula": "Price Per Watt"}, {"title": "b", "pricing_formula": "Fixed Price"}
    made = {"code": "isolator", "manufacturer_name": "Hardware Co."}
    asked = {
        "find_payment_option": ({"payment_type": "loan", "priority": 1}, (loan, cash)),
        "find_pricing_scheme": ({"pricing_formula": "Price Per Watt", "priority": 1}, (watt, fixed)),
        "find_other_activation": ({"manufacturer_name": "ARDWARE"}, (made,)),
    }
    for name, (wanted, kinds) in asked.items():
        rows = [{"id": 10 * priority + number, "priority": priority, **kind}
                for priority in (1, 2) for number, kind in enumerate(kinds)]  # fmt: skip
        answers = (status(200, rows, match="page=1"), status(200, [], match="page=2"))
        yield Plan(name, "more_than_asked_for", wanted, faults=answers)


def failures(solar: OpenSolar) -> Iterator[Plan]:
    """One case for each kind of error, and what the vendor's document is at odds with itself about."""
    one, unknown = {"id": 7}, {"id": 999}
    title = {"id": 1, "title": "By the watt"}

    yield Plan("update_project", "nothing_to_change", one)
    yield Plan("create_project", "refused_as_wrong", {"address": "x", "roof_type": "https://roofs.example.com/1/"})
    yield Plan("get_org", "token_ended", {}, values={"token": "sandbox-token-that-has-ended"})
    yield Plan("get_org", "wrong_password", {}, values={**LOGIN, "password": "not-the-password"})
    yield Plan("get_org", "session_ended", {}, values=LOGIN, faults=(status(401, {"detail": "x"}, match="orgs"),))
    yield Plan("get_org", "not_in_the_plan", {}, faults=(status(402, {"detail": "Your plan has no API access."}),))
    yield Plan("get_project", "forbidden", one, faults=(status(403, {"detail": "Not permitted."}),))
    yield Plan("get_project", "unknown", unknown)
    yield Plan("get_contact", "unknown", unknown)
    yield Plan("get_project", "busy", one, faults=(status(429, headers={"Retry-After": "60"}),))
    yield Plan("get_project", "second_try", one, faults=(status(503),))
    yield Plan("get_system_details", "too_large", {"project_id": 7}, faults=(status(504, times=3),))
    yield Plan("get_project", "down", one, faults=(status(500, times=3),))
    yield Plan("create_project", "fails_halfway", {"address": "x"}, faults=(status(500),))
    yield Plan("create_contact", "answer_lost", {"first_name": "Erika"}, faults=({"fault": "drop"},))
    yield Plan("project_created", "busy", polls=1, faults=(status(503, headers={"Retry-After": "3600"}),))
    for method in ("PATCH", "PUT"):
        solar.do("update-settings-by", {"method": method})
        yield Plan("update_pricing_scheme", f"takes_{method.lower()}", title)
        solar.do("update-settings-by", {"method": method})
        yield Plan("update_org", f"takes_{method.lower()}", {"name": "Banksia Solar"})
    yield Plan("update_costing", "takes_nothing", {"id": 1, "title": "x"}, faults=(status(405, times=3),))


def connection_to(address: str, values: dict[str, Any]) -> Connection:
    """A connection whose every host is the pretend one; by token unless other values say how to sign in."""
    given = CONNECTIONS["opensolar"]
    hosts = {origin: address + path for origin, path in given["hosts"].items()}
    signing = values or {"token": MACHINE_TOKEN}
    connector = as_fast_as_it_can(one_at_a_time(load(bundled() / "opensolar.yaml")))
    values = {"org_id": given["values"]["org_id"], **signing}
    return Connection.open(connector, values, base_url=address + given["path"], hosts=hosts)


def begin_anew(solar: OpenSolar) -> None:
    """Back to the start, with two projects and two contacts."""
    solar.reset()
    for number in [number for number in solar.projects if number not in KEPT]:
        solar.remove_project(number)
        solar.remove_contact(number)


def main() -> None:
    """Writes every case, or those of the operations that are named, each against a sandbox as it is at the start."""
    solar = OpenSolar(now=lambda: RECORDED, limits={})
    begin_anew(solar)
    with serving(solar) as address:
        for plan in plans(solar):
            if sys.argv[1:] and plan.operation not in sys.argv[1:]:
                continue
            solar.faults += [read_fault(fault) for fault in plan.faults]
            case = asyncio.run(record(plan, connection_to(address, plan.values)))
            case.path.parent.mkdir(parents=True, exist_ok=True)
            case.path.write_text(case.dumps())
            print(case.path.relative_to(CASSETTES.parent))
            begin_anew(solar)


if __name__ == "__main__":
    main()

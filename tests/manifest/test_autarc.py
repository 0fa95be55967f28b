"""What autarc's document says beyond what its cases show: limits, what is sent and what is not, when triggers fire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.request import build
from connectors.engine.run import Vendor
from connectors.errors import InputError
from connectors.manifest.catalog import load
from tests.engine.acme import Wire

AUTARC = load(Path(__file__).parents[2] / "manifests" / "autarc.yaml")
BY_KEY = Connection.open(AUTARC, {"apiKey": "k-1"})
API = "https://api2.autarc.energy/api/v1"
ID = "5c0b7f64-2f1d-4a83-9e57-61d0c8a4b7f2"
PROJECT = {"name": "Wärmepumpe Feldkamp", "companyId": ID}
CUSTOMER = {"firstName": "Jonas", "lastName": "Feldkamp", "companyId": ID}
NULLABLE = {
    "project": "customerId address isLead installationDate projectValue humanId buildingType buildingAge"
    " heatedLivingAreaM2 numberOfFloors numberOfResidents".split(),
    "customer": "email phoneNumber address companyName invoiceEmail".split(),
}
NEVER_NULL = {
    "project": ["name", "companyId", "status", "isMonumentProtected"],
    "customer": ["firstName", "lastName", "companyId", "isCompany"],
}
LEAST = {
    "create_project": PROJECT,
    "create_customer": CUSTOMER,
    "update_project": {"projectId": ID},
    "update_customer": {"customerId": ID},
}


def refused(name: str, /, **inputs: Any) -> list[str | None]:
    """The inputs that the action names when it refuses these, with as little else as goes."""
    try:
        AUTARC.actions[name].checker.check(LEAST[name] | inputs)
    except InputError as error:
        return [problem.field for problem in error.problems]
    return []


def sent(name: str, /, **inputs: Any) -> Any:
    action = AUTARC.actions[name]
    return build(BY_KEY, action, action.checker.check(LEAST[name] | inputs), action.input).json


async def events(trigger: str, *readings: list[dict[str, Any]], **inputs: Any) -> list[list[str]]:
    """The ids that each reading after the first emits."""

    vendor, memory, found = Vendor(Exchange(BY_KEY, Wire(*readings))), None, list[list[str]]()
    for _ in readings:
        polled = await vendor.poll(trigger, inputs, memory)
        memory = polled.memory
        found.append([event.item["id"] for event in polled.events])
    return found[1:]


def project(id_: str = "p", **values: Any) -> dict[str, Any]:
    return {"id": id_, "status": "inProgress", "isLead": False, "installationDate": None, **values}


# What is sent


@pytest.mark.parametrize("name", ["create_project", "create_customer"])
def test_the_address_is_always_sent_for_it_is_required_and_may_be_null(name: str):
    assert sent(name) == {**LEAST[name], "address": None}
    assert sent(name, address={"city": "Berlin"})["address"] == {"city": "Berlin"}


@pytest.mark.parametrize("kind", ["project", "customer"])
def test_a_change_sends_what_is_given_and_null_where_that_is_given(kind: str):
    for name in NULLABLE[kind]:
        assert sent(f"update_{kind}", **{name: None}) == {name: None}


@pytest.mark.parametrize("kind", ["project", "customer"])
def test_a_change_of_nothing_is_refused(kind: str):
    assert refused(f"update_{kind}") == [[*AUTARC.actions[f"update_{kind}"].input][1]]


def test_what_may_be_changed_is_what_a_creation_takes():
    for kind in ("project", "customer"):
        create, update = (AUTARC.actions[f"{verb}_{kind}"].input for verb in ("create", "update"))
        assert update.keys() - {f"{kind}Id"} == create.keys() - ({f"{kind}Id"} - update.keys())
        assert set(AUTARC.actions[f"update_{kind}"].rules[0].names) == update.keys() - {f"{kind}Id"}


def test_patch_goes_first_and_put_is_the_other():
    for name in ("update_project", "update_customer"):
        assert [line.method for line in AUTARC.actions[name].lines] == ["PATCH", "PUT"]


def test_only_deleting_destroys_and_only_changing_may_be_repeated():
    destroy = {name for name, action in AUTARC.actions.items() if action.effective == "destroy"}
    assert destroy == {"delete_project", "delete_customer"}
    repeated = {name for name, action in AUTARC.actions.items() if action.idempotent}
    assert repeated == {"update_project", "update_customer"}


# Limits


@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.parametrize("kind", ["project", "customer"])
def test_null_is_taken_where_the_document_says_so_and_nowhere_else(verb: str, kind: str):
    assert [refused(f"{verb}_{kind}", **{name: None}) for name in NULLABLE[kind]] == [[]] * len(NULLABLE[kind])
    for name in NEVER_NULL[kind]:
        assert set(refused(f"{verb}_{kind}", **{name: None})) == {name}


@pytest.mark.parametrize("name", ["create_project", "update_project"])
@pytest.mark.parametrize(("field", "number"), [("status", 3), ("buildingType", 6), ("buildingAge", 9)])
def test_a_choice_is_one_of_those_in_the_document(name: str, field: str, number: int):
    choices = AUTARC.actions[name].input[field].choices
    assert choices is not None
    assert choices.values is not None
    assert len(choices.values) == number
    assert [refused(name, **{field: value}) for value in choices.values] == [[]] * number
    assert [refused(name, **{field: value}) for value in ("", "other")] == [[field]] * 2


@pytest.mark.parametrize("field", ["projectValue", "heatedLivingAreaM2", "numberOfFloors", "numberOfResidents"])
def test_a_number_has_no_limit_and_need_not_be_whole(field: str):
    assert [refused("create_project", **{field: value}) for value in (0, 2.5, -1, 10**9)] == [[]] * 4
    assert [refused("create_project", **{field: value}) for value in ("10.000EUR", True)] == [[field]] * 2


@pytest.mark.parametrize(
    ("name", "field", "right", "wrong"),
    [
        ("create_project", "companyId", ID, "the company"),
        ("create_project", "customerId", ID, ID[:-1]),
        ("create_project", "installationDate", "2028-02-29", "2027-02-29"),
        ("create_project", "installationDate", "2026-06-15", "15.06.2026"),
        ("create_project", "isLead", True, "yes"),
        ("create_project", "isMonumentProtected", False, "false"),
        ("create_project", "address", {}, "Ahornweg 7"),
        ("create_project", "name", "", 7),
        ("create_customer", "email", "jonas@example.com", "jonas"),
        ("create_customer", "invoiceEmail", "jonas@example.com", "rechnung"),
        ("create_customer", "isCompany", False, 0),
        ("create_customer", "phoneNumber", "", 4930),
    ],
)
def test_a_value_is_of_its_form(name: str, field: str, right: Any, wrong: Any):
    assert (refused(name, **{field: right}), refused(name, **{field: wrong})) == ([], [field])


@pytest.mark.parametrize("name", ["create_project", "create_customer"])
def test_what_is_required_is(name: str):
    for field in LEAST[name]:
        given = {other: value for other, value in LEAST[name].items() if other != field}
        with pytest.raises(InputError) as caught:
            AUTARC.actions[name].checker.check(given)
        assert caught.value.field == field


# When triggers fire


async def test_a_status_is_told_of_each_time_it_comes_back():
    at = [[project(status=status)] for status in ("inProgress", "completed", "inProgress", "inProgress", "completed")]
    assert await events("project_status_changed", *at) == [["p"], ["p"], [], ["p"]]
    assert await events("project_status_changed", *at, to="completed") == [["p"], [], [], ["p"]]
    both = {"from": "inProgress", "to": "archived"}
    assert await events("project_status_changed", *at, [project(status="archived")], **both) == [[], [], [], [], []]


async def test_a_lead_is_converted_once_it_is_none_any_more():
    at = [[project(isLead=lead)] for lead in (True, None, True, False, None, False)]
    assert await events("lead_converted", *at) == [["p"], [], ["p"], [], []]


async def test_a_lead_is_new_when_it_appears_or_becomes_one():
    at = [[project(isLead=False)], [project(isLead=True)], [project(isLead=True), project("q", isLead=True)]]
    assert await events("new_lead", *at, [*at[2], project("r", isLead=None)]) == [["p"], ["q"], []]
    assert await events("new_project", *at) == [[], ["q"]]


async def test_an_installation_is_dated_moved_and_taken_back():
    days = (None, "2026-06-15", "2026-07-01", "2026-07-01", None)
    assert await events("installation_date_changed", *([project(installationDate=day)] for day in days)) == [
        *(["p"], ["p"], [], ["p"])
    ]


async def test_a_change_is_seen_even_where_the_edit_date_stays():
    before = {"updatedAt": "2026-03-02T08:15:00Z"}
    at = [[project(**before, name=name)] for name in ("A", "B", "B", "A")]
    assert await events("project_updated", *at) == [["p"], [], ["p"]]
    assert await events("customer_updated", [{"id": "c", **before}], [{"id": "c", **before, "email": None}]) == [[]]
    assert await events("customer_updated", [{"id": "c", **before}], [{"id": "c", **before, "email": "a"}]) == [["c"]]


@pytest.mark.parametrize("name", ["project_updated", "customer_updated"])
def test_every_field_of_the_document_is_watched_for_changes(name: str):
    trigger = AUTARC.triggers[name]
    watched = {path[0] for path in trigger.identity.version_hash}
    type_ = AUTARC.types["Project" if name == "project_updated" else "Customer"]
    assert watched == (type_.properties or {}).keys() - {"id", "createdAt"}


@pytest.mark.parametrize("name", ["project_deleted", "customer_deleted"])
async def test_what_two_readings_do_not_show_is_deleted_but_an_empty_list_says_nothing(name: str):
    one, two = {"id": "1", "name": "A"}, {"id": "2"}
    assert await events(name, [one, two], [two], [two], [two]) == [[], ["1"], []]
    assert await events(name, [one, two], [], [], [two], [one, two]) == [[], [], [], []]


# Signing in


def test_the_key_is_used_where_both_are_given():
    both = {"apiKey": "k-1", "client_id": "c", "client_secret": "s"}
    ways = AUTARC.connection.auth
    assert [ways.name_for(values) for values in (both, {"client_id": "c", "client_secret": "s"}, {})] == [
        *("key", "oauth", "key")
    ]

"""What the pretend OpenSolar answers to those who ask rightly."""

from __future__ import annotations

import json

import pytest

from connectors.sandbox import CONNECTIONS, OpenSolar, opensolar_shapes
from connectors.sandbox.opensolar_bodies import Project

API = "https://api.opensolar.com/api"
ORG = f"{API}/orgs/1"
LISTS = {
    "projects/": 45,
    "contacts/": 45,
    "systems/?fieldset=list": 45,
    "roles/": 4,
    "pricing_schemes/": 3,
    "payment_options/": 6,
    "costings/": 2,
    "component_module_activations/": 3,
    "component_inverter_activations/": 2,
    "component_battery_activations/": 2,
    "component_other_activations/": 1,
    "webhooks/": 0,
    "webhook_process_logs/": 0,
}
SETTINGS = [path for path in LISTS if path.startswith(("pricing", "payment", "costings", "component"))]


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


def test_the_connection_says_how_to_log_in(solar):
    values = CONNECTIONS["opensolar"]["values"]
    login = {"username": values["username"], "password": values["password"]}
    answer = solar("POST", "/api-token-auth/", at="/opensolar", json=login, headers={"authorization": ""}).json()
    assert len(answer["token"]) == 40
    assert answer["user"]["url"] == "https://api.opensolar.com/auth/users/101/"
    assert answer["org_id"] == int(values["org_id"])
    assert solar("GET", "", headers={"authorization": f"Bearer {answer['token']}"}).json() == {
        "id": 1,
        "url": f"{ORG}/",
        "name": "Banksia & Holunder Solar",
        "projects": f"{ORG}/projects/",
    }


@pytest.mark.parametrize(("path", "number"), LISTS.items())
def test_a_list_is_a_bare_array_of_at_most_twenty(solar, path, number):
    assert len(ids(solar("GET", path))) == min(number, 20)


@pytest.mark.parametrize("path", [path for path in LISTS if path != "webhooks/"])
def test_pages_begin_with_one_and_lose_nothing(solar, path):
    def page(number):
        return ids(solar("GET", path, params={"page": number, "limit": 2, **fieldset}))

    fieldset = {"fieldset": "list"} if "systems" in path else {}
    pages = [page(number) for number in range(1, min(LISTS[path], 6) // 2 + 1)]
    assert [each for page in pages for each in page] == ids(solar("GET", path))[: len(pages) * 2]
    assert not pages or page(1) == pages[0]


@pytest.mark.parametrize("path", ["projects/", "contacts/"])
def test_the_newest_is_first_and_behind_the_last_page_is_nothing(solar, path):
    assert ids(solar("GET", path, params={"page": 3})) == [5, 4, 3, 2, 1]
    assert ids(solar("GET", path, params={"page": 4})) == []


def test_no_page_has_more_than_a_hundred(opensolar, solar):
    for _ in range(60):
        opensolar.create_project()
    assert len(ids(solar("GET", "contacts/", params={"limit": 500}))) == 100


def test_a_project_has_the_keys_that_are_said_of_it(opensolar, solar):
    project = solar("GET", "projects/6/").json()
    assert set(project) == opensolar_shapes.PROJECT_NAMES
    assert set(Project.model_fields) - set(opensolar_shapes.OWN_FIELDS) == {"contacts", "contacts_new"}
    assert (project["url"], project["org"], project["org_id"]) == (f"{ORG}/projects/6/", f"{ORG}/", 1)
    assert project["contacts"] == [f"{ORG}/contacts/6/"] == [project["contacts_data"][0]["url"]]
    assert project["assigned_role_data"]["display"] == project["assigned_role_name"]
    assert project["systems"][0]["url"] == project["system_sold"] == project["system_installed"]
    assert project["stage"] == 6


def test_moments_of_an_event_inside_a_project_have_two_forms(solar):
    [event] = solar("GET", "projects/1/").json()["events_data"]
    assert event["start"] == event["completion_date"] == "2026-09-01 08:00:00.000000+00:00"
    assert event["created_date"] == event["end"] == "2026-09-01T08:00:00.000000Z"


def test_fieldset_list_leaves_out_the_large_parts(solar):
    whole, studio, short = (solar("GET", "projects/", params=each).json()[0] for each in PARAMS)
    assert whole == studio
    assert set(whole) - set(short) == opensolar_shapes.HEAVY
    assert all(short[name] == whole[name] for name in short)


PARAMS = ({}, {"fieldset": "studio"}, {"fieldset": "list"})


def test_a_contact_knows_its_projects(solar):
    contact = solar("GET", "contacts/7/").json()
    assert contact["projects"] == [f"{ORG}/projects/7/"]
    assert contact["display"] == f"{contact['first_name']} {contact['family_name']}"
    assert contact["url"] == f"{ORG}/contacts/7/"


def test_systems_are_found_by_project(solar):
    params = {"fieldset": "list", "project": 7}
    [system] = solar("GET", "systems/", params=params).json()
    assert system["project"] == f"{ORG}/projects/7/"
    assert solar("GET", "systems/7/", params={"fieldset": "list"}).json() == system
    assert ids(solar("GET", "systems/", params=params | {"project": 999})) == []


def test_systems_in_detail_are_an_object(solar):
    [system] = solar("GET", "projects/7/systems/details/").json()["systems"]
    listed = solar("GET", "systems/7/", params={"fieldset": "list"}).json()
    assert system["uuid"] == listed["uuid"]
    assert system["total_module_quantity"] == listed["module_quantity"] == system["modules"][0]["quantity"]


def test_a_role_is_no_user(solar):
    role = solar("GET", "roles/3/").json()
    assert (role["id"], role["user"]) == (3, "https://api.opensolar.com/auth/users/103/")


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"ordering": "-id"}, [4, 3, 2, 1]),
        ({"ordering": "is_admin"}, [3, 4, 1, 2]),
        ({"ordering": "-is_admin"}, [2, 1, 4, 3]),
        ({"range": "[1, 2]"}, [2, 3]),
        ({"range": "[9,9]"}, []),
        ({"fieldset": "list", "page": 2, "limit": 3}, [4]),
    ],
)
def test_roles_can_be_ordered_and_cut(solar, params, found):
    assert ids(solar("GET", "roles/", params=params)) == found
    assert solar("GET", "roles/2/", params=params).json()["id"] == 2


@pytest.mark.parametrize(
    ("path", "params", "found"),
    [
        ("pricing_schemes/", {"priority": 2}, [2]),
        ("pricing_schemes/", {"auto_apply_enabled": "true"}, [1]),
        ("pricing_schemes/", {"pricing_formula": "Price Per Watt"}, [2]),
        ("pricing_schemes/", {"pricing_formula": "Price Per Watt", "priority": 1}, []),
        ("payment_options/", {"payment_type": "loan_advanced"}, [3]),
        ("payment_options/", {"auto_apply_enabled": "false", "limit": 1}, [3]),
        ("costings/", {"priority": "true"}, [1]),
        ("costings/", {"priority": "false"}, [2]),
    ],
)
def test_settings_can_be_filtered(solar, path, params, found):
    assert ids(solar("GET", path, params=params)) == found


@pytest.mark.parametrize("path", SETTINGS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_setting_is_found_with_and_without_the_last_slash(solar, path, slash):
    first = solar("GET", path).json()[0]
    assert solar("GET", f"{path}1{slash}").json() == first
    assert first["url"] == f"{ORG}/{path}1/"


@pytest.mark.parametrize("path", SETTINGS)
def test_json_is_in_a_text(solar, path):
    for row in solar("GET", path).json():
        text = row.get("configuration_json", row.get("data", "{}"))
        assert isinstance(text, str)
        assert isinstance(json.loads(text), dict)


def test_a_seed_decides_ids_and_people():
    one, same, other = OpenSolar(seed=1), OpenSolar(seed=1), OpenSolar(seed=2)
    assert one.contacts == same.contacts != other.contacts
    assert [each["uuid"] for each in one.systems.values()] == [each["uuid"] for each in same.systems.values()]
    assert one.systems[1]["uuid"] != other.systems[1]["uuid"]

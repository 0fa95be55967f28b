"""What the pretend OpenSolar keeps of what it is told."""

from __future__ import annotations

import json

import pytest

ORG = "https://api.opensolar.com/api/orgs/1"
DOCUMENTED = {
    "identifier": "123456",
    "is_residential": "1",
    "lead_source": "Door Knockers",
    "notes": "Has a pool, needs LG panel.",
    "lat": "35.12364",
    "lon": "128.23216",
    "address": "123 Fake st",
    "locality": "Fakesville",
    "state": "NSW",
    "country_iso2": "AU",
    "zip": "2020",
    "number_of_phases": "1",
    "roof_type": "https://api.opensolar.com/api/roof_types/6/",
    "assigned_role": f"{ORG}/roles/3/",
    "contacts_new": [
        {
            "first_name": "George",
            "family_name": "Beispiel",
            "email": "george@example.com",
            "phone": "0400000000",
            "date_of_birth": "1990-01-01",
            "gender": "2",
        }
    ],
}


def done(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_documented_project_is_created(solar):
    made = done(solar("POST", "projects/", json=DOCUMENTED), 201)
    numbers = {"lat": 35.12364, "lon": 128.23216, "number_of_phases": 1, "is_residential": True}
    for name, value in (DOCUMENTED | numbers).items():
        assert name == "contacts_new" or made[name] == value
    assert (made["id"], made["url"]) == (46, f"{ORG}/projects/46/")
    assert made["created_date"] == made["modified_date"] == "2026-11-21T09:00:00.000000Z"
    assert made["assigned_role_email"] == "tess.wallaroo@example.com"
    [contact] = made["contacts_data"]
    assert contact == DOCUMENTED["contacts_new"][0] | {"gender": 2, "id": 46, "url": f"{ORG}/contacts/46/"}
    assert solar("GET", "projects/46/").json() == made
    assert solar("GET", "projects/").json()[0]["id"] == 46


def test_a_project_needs_nothing_and_is_given_an_identifier(solar):
    made = done(solar("POST", "projects/", json={}), 201)
    assert len(made["identifier"]) == 36
    assert made["contacts"] == made["systems"] == made["events"] == []


def test_an_update_changes_what_it_names(solar, clock):
    before = solar("GET", "projects/7/").json()
    clock.forward(minutes=1)
    after = done(solar("PATCH", "projects/7/", json={"notes": "Call first", "assigned_role": None}))
    changed = {name for name in after if after[name] != before[name]}
    assert {name for name in changed if not name.startswith("assigned_role")} == {"notes", "modified_date"}
    assert after["assigned_role"] is after["assigned_role_data"] is after["assigned_role_id"] is None
    assert after["modified_date"] == "2026-11-21T09:01:00.000000Z"


def test_contacts_replace_and_new_ones_join(solar):
    given = {"contacts": [f"{ORG}/contacts/8/", "/api/orgs/1/contacts/9/"], "contacts_new": [{"first_name": "Ada"}]}
    after = done(solar("PATCH", "projects/7/", json=given))
    assert after["contacts"] == [f"{ORG}/contacts/{number}/" for number in (8, 9, 46)]
    after = done(solar("PATCH", "projects/7/", json={"contacts_new": [{"first_name": "Ben"}]}))
    assert [contact["id"] for contact in after["contacts_data"]] == [8, 9, 46, 47]
    assert done(solar("PATCH", "projects/7/", json={"contacts": []}))["contacts"] == []


@pytest.mark.parametrize(
    ("given", "kept"), [("2026-12-01", "2026-12-01T00:00"), ("2026-12-01T10:00+11:00", "2026-11-30T23:00")]
)
def test_days_and_moments_are_kept_in_one_form(solar, given, kept):
    assert done(solar("PATCH", "projects/7/", json={"installation_date": given}))["installation_date"].startswith(kept)


def test_a_project_is_deleted_with_what_is_its_own(solar):
    answer = solar("DELETE", "projects/7/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert solar("GET", "projects/7/").status_code == 404
    assert solar("GET", "systems/7/", params={"fieldset": "list"}).status_code == 404
    assert solar("GET", "contacts/7/").json()["projects"] == []


def test_a_contact_is_created_changed_and_deleted(solar):
    made = done(solar("POST", "contacts/", json={"first_name": "Ada", "email": None, "gender": "1"}), 201)
    assert (made["id"], made["display"], made["gender"], made["projects"]) == (46, "Ada", 1, [])
    after = done(solar("PUT", "contacts/46/", json={"family_name": "Beispiel"}))
    assert after == made | {"family_name": "Beispiel", "display": "Ada Beispiel"}
    assert solar("DELETE", "contacts/46/").status_code == 204
    assert solar("GET", "contacts/46/").status_code == 404


def test_a_deleted_contact_leaves_its_project(solar):
    solar("DELETE", "contacts/7/")
    project = solar("GET", "projects/7/").json()
    assert project["contacts"] == project["contacts_data"] == []


UPDATES = {
    "pricing_schemes/1": {"title": "New", "configuration_json": '{"markup_percentage":30}', "priority": "7"},
    "payment_options/1": {"payment_type": "lease", "auto_discount": False, "contract_template": "Text"},
    "costings/1": {"racking_per_panel": "12.5", "priority": False, "roof_type_adder_1_roof_type": "/api/roof_types/6/"},
    "component_module_activations/1": {"cost": 99, "is_default": True, "performance_warranty": 25},
    "component_inverter_activations/1": {"additional_parts_warranty": 10, "quantity": 3},
    "component_battery_activations/1": {"data": json.dumps({"kwh_optimal": 5}), "is_archived": True},
    "component_other_activations/1": {"price_adjustment": -1.5, "code": "x", "product_warranty": None},
}


@pytest.mark.parametrize(("path", "given"), UPDATES.items())
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_setting_is_updated_by_post_as_documented(solar, clock, path, given, slash):
    clock.forward(days=1)
    before = solar("GET", path).json()
    after = done(solar("POST", path + slash, json=given))
    changed = {name for name in after if after[name] != before[name]}
    assert changed - {"modified_date"} == {name for name in given if before[name] != given[name]}
    assert solar("GET", path).json() == after


def test_texts_become_numbers_and_short_addresses_long(solar):
    after = done(solar("POST", "costings/1", json=UPDATES["costings/1"]))
    assert after["racking_per_panel"] == 12.5
    assert after["roof_type_adder_1_roof_type"] == "https://api.opensolar.com/api/roof_types/6/"
    assert after["modified_date"] == "2026-11-21T09:00:00.000000Z"


@pytest.mark.parametrize("path", UPDATES)
def test_a_setting_is_deleted(solar, path):
    assert solar("DELETE", path).status_code == 204
    assert solar("GET", f"{path}/").status_code == 404
    assert solar("POST", path, json={}).status_code == 404


def test_the_organisation_is_renamed(solar):
    assert done(solar("POST", "", json={"name": "Wattle Solar"}))["name"] == "Wattle Solar"
    assert solar("GET", "").json()["name"] == "Wattle Solar"


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("path", ["", "costings/1"])
def test_another_method_for_settings_can_be_switched_on(solar, solar_do, method, path):
    given = {"name": "Wattle"} if not path else {"title": "Wattle"}
    refused = solar(method, path, json=given)
    assert (refused.status_code, "POST" in refused.headers["allow"]) == (405, True)
    assert solar_do("update-settings-by", method=method).json() == {"updated_by": method}
    assert done(solar(method, path, json=given))
    assert solar("POST", path, json=given).status_code == 405

"""What the pretend OpenSolar refuses, and in which words."""

from __future__ import annotations

import pytest

from connectors.sandbox import OpenSolar, create_app
from connectors.sandbox.opensolar_records import MACHINE_TOKEN, PASSWORD

ORG = "/api/orgs/1"
ROBIN = {"username": "robin.palmwood@example.com", "password": PASSWORD}
WEBHOOK = {"endpoint": "http://127.0.0.1:9/x", "enabled": True, "debug": False}
SETTINGS = ["pricing_schemes", "payment_options", "costings"] + [
    f"component_{kind}_activations" for kind in ("module", "inverter", "battery", "other")
]
ENDPOINTS = {
    "/": ("GET", "POST"),
    "/projects/": ("GET", "POST"),
    "/projects/1/": ("GET", "PATCH", "DELETE"),
    "/projects/1/systems/details/": ("GET",),
    "/projects/1/systems/x/image/": ("GET",),
    "/contacts/": ("GET", "POST"),
    "/contacts/1/": ("GET", "PUT", "DELETE"),
    "/systems/": ("GET",),
    "/systems/1/": ("GET",),
    "/roles/": ("GET",),
    "/roles/1/": ("GET",),
    **{f"/{kind}/": ("GET",) for kind in SETTINGS},
    **{f"/{kind}/1": ("GET", "POST", "DELETE") for kind in SETTINGS},
    "/webhooks/": ("GET", "POST"),
    "/webhooks/1/": ("PATCH",),
    "/webhook_process_logs/": ("GET",),
}


def detail(answer, status, *words):
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["detail"]
    for word in words:
        assert word in answer.json()["detail"]


def field(answer, name, *words):
    assert answer.status_code == 400, answer.text
    [said] = answer.json()[name]
    for word in words:
        assert word in said


@pytest.fixture
def log_in(solar):
    def log_in(**given):
        return solar("POST", "/api-token-auth/", at="/opensolar", json=ROBIN | given, headers={"authorization": ""})

    return log_in


@pytest.mark.parametrize(
    ("header", "said"),
    [("", "Invalid"), ("Bearer wrong", "Invalid"), (MACHINE_TOKEN, "Invalid"), (f"Token {MACHINE_TOKEN}", "Invalid")],
)
@pytest.mark.parametrize("path", ["", "projects/", "projects/1/", "webhooks/", "costings/1"])
def test_a_wrong_token_is_refused(solar, path, header, said):
    answer = solar("GET", path, headers={"authorization": header})
    detail(answer, 401, said)
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ENDPOINTS)
def test_nobody_gets_in_without_a_token(solar_sandbox, path):
    for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
        detail(solar_sandbox.request(method, f"/opensolar{ORG}{path}"), 401, "not provided")


@pytest.mark.parametrize(("path", "methods"), ENDPOINTS.items())
def test_another_method_is_not_allowed(solar, path, methods):
    for method in {"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"} - {*methods}:
        answer = solar(method, path[1:], json={})
        assert answer.status_code == 405
        assert {*answer.headers["allow"].split(", ")} == {*methods}


@pytest.mark.parametrize("path", ["projects/", "contacts/1/", "webhooks/", "costings/1"])
def test_another_organisation_is_forbidden(solar, path):
    detail(solar("GET", f"{ORG[:-1]}2/{path}", at="/opensolar"), 403, "permission")


@pytest.mark.parametrize(
    "path",
    [
        *("projects", "projects/1", "projects/1/systems/details", "contacts", "contacts/1", "systems/1?fieldset=list"),
        *("roles", "roles/1", "webhooks", "webhook_process_logs?page=1", "costings", "component_module_activations"),
    ],
)
def test_an_address_ends_with_its_slash(solar, path):
    detail(solar("GET", path), 404, "ends with a slash")
    detail(solar("POST", path, json={}), 404, "ends with a slash")


@pytest.mark.parametrize(
    "path", ["events/", "roof_types/", "private_files/", "projects/x/", "nowhere/", "costings/1/2"]
)
def test_what_is_not_documented_is_not_found(solar, path):
    detail(solar("GET", path), 404)


@pytest.mark.parametrize("path", [path for path in ENDPOINTS if "/1" in path and "webhooks" not in path])
def test_what_is_not_there_is_not_found(solar, path):
    params = {"fieldset": "list"} if path.startswith("/systems") else {}
    params |= {"width": 5, "height": 5} if "image" in path else {}
    detail(solar("GET", path[1:].replace("1", "999"), params=params), 404, "Not found")


@pytest.mark.parametrize("number", ["0", "-1", "x", "", "1.0", "٣"])
@pytest.mark.parametrize("name", ["page", "limit"])
def test_pages_and_limits_are_whole_numbers_from_one(solar, name, number):
    field(solar("GET", "contacts/", params={name: number}), name, "whole number")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("projects/?fieldset=full", "fieldset"),
        ("systems/", "fieldset"),
        ("systems/1/", "fieldset"),
        ("systems/?fieldset=studio", "fieldset"),
        ("systems/?fieldset=list&project=x", "project"),
        ("roles/?ordering=name", "ordering"),
        ("roles/?range=1-2", "range"),
        ("costings/?priority=1", "priority"),
        ("pricing_schemes/?priority=true", "priority"),
        ("pricing_schemes/?auto_apply_enabled=True", "auto_apply_enabled"),
        ("pricing_schemes/?pricing_formula=Price Per Module/Inverter/Battery", "pricing_formula"),
        ("payment_options/?payment_type=barter", "payment_type"),
        ("webhook_process_logs/?format=xml", "format"),
    ],
)
def test_a_filter_takes_what_is_documented(solar, path, name):
    assert list(solar("GET", path).json()) == [name]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "?x=1",
            "projects/?search=a",
            "projects/1/?fieldset=list",
            "contacts/?ordering=-id",
            "contacts/?page=1&page=1",
        ),
        *("webhooks/?page=1", "costings/?title=x", "costings/1?x=1", "webhook_process_logs/?include_cats=true"),
    ],
)
def test_an_unknown_query_parameter_is_refused(solar, path):
    detail(solar("GET", path), 400, "query parameter")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_write_takes_no_query(solar, method):
    path = {"POST": "projects/?page=1", "PATCH": "projects/1/?page=1"}[method]
    detail(solar(method, path, json={}), 400, "query parameter page")


def test_only_json_is_taken(solar):
    detail(solar("POST", "projects/", content=b"{}"), 400, "content-type")
    for body in (b"{", b"", b'{"lat": NaN}', b'{"notes": "\\ud800"}', b'{"lat": 1e999}'):
        detail(solar("POST", "contacts/", content=body, headers={"content-type": "application/json"}), 400, "body")
    field(solar("POST", "contacts/", json=[]), "non_field_errors", "dictionary")
    detail(solar("GET", "contacts/", content=b"{}"), 400, "takes none")
    detail(solar("DELETE", "contacts/1/", content=b"{}"), 400, "takes none")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"adress": "x"}, "Unknown field."),
        ({"contacts_data": []}, "read-only"),
        ({"assigned_role_data": {}}, "read-only"),
        ({"id": 7}, "read-only"),
        ({"lat": "north"}, "valid number"),
        ({"notes": 7}, "valid string"),
        ({"notes": None}, "valid string"),
        ({"is_residential": "yes"}, "valid boolean"),
        ({"number_of_phases": "1.5"}, "valid integer"),
        ({"number_of_phases": True}, "valid integer"),
        ({"country_iso2": "Australia"}, "pattern"),
        ({"stage": -1}, "greater than"),
        ({"roof_type": "https://api.opensolar.com/api/roof_types/25/"}, "does not exist"),
        ({"roof_type": 6}, "valid string"),
        ({"assigned_role": "3"}, "No URL match"),
        ({"assigned_role": "https://evil.example/api/orgs/1/roles/3/"}, "No URL match"),
        ({"assigned_role": f"https://api.opensolar.com{ORG}/roles/99/"}, "does not exist"),
        ({"payment_option_sold": f"{ORG}/costings/1/"}, "No URL match"),
        ({"contacts": [f"{ORG}/contacts/99/"]}, "does not exist"),
        ({"contacts": "x"}, "list of items"),
        ({"contacts_new": [{"email": "x"}]}, "0.email: "),
        ({"contacts_new": [{"name": "x"}]}, "0.name: Unknown field."),
        ({"sold_date": "yesterday"}, "wrong format"),
        ({"installation_date": "2026-12-01T10:00"}, "wrong format"),
    ],
)
def test_a_field_of_a_project_is_named_when_it_is_wrong(solar, given, words):
    before = solar("GET", "projects/1/").json()
    for method, path in (("POST", "projects/"), ("PATCH", "projects/1/")):
        field(solar(method, path, json=given), next(iter(given)), words)
    assert solar("GET", "projects/1/").json() == before
    assert solar("GET", "contacts/").json()[0]["id"] == 45


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"first_name": None}, "string"),
        ({"email": "nobody"}, "pattern"),
        ({"date_of_birth": "1.1.1990"}, "YYYY-MM-DD"),
        ({"gender": 3}, "less than"),
        ({"gender": True}, "valid integer"),
        ({"display": "x"}, "read-only"),
        ({"name": "x"}, "Unknown field."),
    ],
)
def test_a_field_of_a_contact_is_named_when_it_is_wrong(solar, given, words):
    field(solar("POST", "contacts/", json=given), next(iter(given)), words)
    field(solar("PUT", "contacts/1/", json=given), next(iter(given)), words)


@pytest.mark.parametrize(
    ("path", "given", "words"),
    [
        ("pricing_schemes/1", {"configuration_json": {}}, "valid string"),
        ("pricing_schemes/1", {"configuration_json": "[1]"}, "holds a JSON object"),
        ("pricing_schemes/1", {"pricing_formula": "By mood"}, "Input should be"),
        ("pricing_schemes/1", {"priority": True}, "valid integer"),
        ("payment_options/1", {"payment_type": "barter"}, "Input should be"),
        ("payment_options/1", {"created_date": "x"}, "read-only"),
        ("costings/1", {"priority": 1}, "valid boolean"),
        ("costings/1", {"racking_per_panel": "much"}, "valid number"),
        ("costings/1", {"roof_type_adder_1_roof_type": "/api/roof_types/5/"}, "does not exist"),
        ("component_module_activations/1", {"data": "{"}, "holds a JSON object"),
        ("component_module_activations/1", {"_sku": "x"}, "read-only"),
        ("component_battery_activations/1", {"is_default": True}, "Unknown field."),
        ("component_other_activations/1", {"other": "x"}, "read-only"),
        ("", {"projects": "x"}, "read-only"),
        ("", {"name": ""}, "at least 1"),
    ],
)
def test_a_field_of_a_setting_is_named_when_it_is_wrong(solar, path, given, words):
    field(solar("POST", path, json=given), next(iter(given)), words)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"endpoint": "example.com"}, "valid URL"),
        ({"endpoint": "ftp://example.com"}, "valid URL"),
        ({"endpoint": "http://[x"}, "valid URL"),
        ({"endpoint": "http://a b/"}, "valid URL"),
        ({"headers": {"X-Secret": "s"}}, "valid string"),
        ({"headers": "X-Secret: s"}, "holds a JSON object"),
        ({"headers": '{"X-Secret": 1}'}, "HTTP can carry"),
        ({"headers": '{"X Secret": "s"}'}, "HTTP can carry"),
        ({"headers": '{"X-Secret": "s\\r\\nX-Other: t"}'}, "HTTP can carry"),
        ({"enabled": "true"}, "valid boolean"),
        ({"debug": None}, "valid boolean"),
        ({"trigger_fields": "project.*"}, "list of items"),
        ({"trigger_fields": ["invoice.*"]}, "pattern"),
        ({"trigger_fields": ["project"]}, "pattern"),
        ({"trigger_fields": ["project.colour"]}, "'project.colour' is not a field"),
        ({"payload_fields": ["event.kind"]}, "'event.kind' is not a field"),
        ({"id": 1}, "read-only"),
        ({"url_": "x"}, "Unknown field."),
    ],
)
def test_a_field_of_a_webhook_is_named_when_it_is_wrong(solar, given, words):
    solar("POST", "webhooks/", json=WEBHOOK)
    field(solar("POST", "webhooks/", json=WEBHOOK | given), next(iter(given)), words)
    field(solar("PATCH", "webhooks/1/", json=given), next(iter(given)), words)
    assert len(solar("GET", "webhooks/").json()) == 1


@pytest.mark.parametrize("name", WEBHOOK)
def test_what_a_webhook_requires_is_named(solar, name):
    given = {key: value for key, value in WEBHOOK.items() if key != name}
    field(solar("POST", "webhooks/", json=given), name, "required")


def test_a_webhook_that_is_not_there_is_not_found(solar):
    detail(solar("PATCH", "webhooks/1/", json={}), 404)


@pytest.mark.parametrize("given", [{"password": "wrong"}, {"username": "nobody@example.com"}])
def test_a_wrong_password_is_no_field(log_in, given):
    field(log_in(**given), "non_field_errors", "Unable to log in")


def test_a_login_needs_both_and_nothing_else(log_in, solar):
    field(log_in(token="1234"), "token", "Unknown field.")
    field(log_in(password=7), "password", "valid string")
    answer = solar("POST", "/api-token-auth/", at="/opensolar", json={})
    assert answer.json() == {name: ["This field is required."] for name in ROBIN}


def test_a_token_lives_seven_days_whoever_asks_for_it_again(log_in, solar, clock):
    token = log_in().json()["token"]
    header = {"authorization": f"Bearer {token}"}
    clock.forward(days=6, hours=23, minutes=59)
    assert log_in().json()["token"] == token
    assert solar("GET", "", headers=header).status_code == 200
    clock.forward(minutes=1)
    detail(solar("GET", "", headers=header), 401, "expired")
    other = log_in().json()["token"]
    assert other != token
    assert solar("GET", "", headers={"authorization": f"Bearer {other}"}).status_code == 200
    detail(solar("GET", "", headers=header), 401, "Invalid")
    assert solar("GET", "").status_code == 200


def test_a_machine_user_keeps_the_token(log_in, solar, clock):
    header = {"authorization": f"Bearer {log_in().json()['token']}"}
    machine = {"at": "/opensolar", "headers": header}
    answer = solar("PATCH", "/auth/users/101/", json={"is_machine_user": True}, **machine)
    assert answer.json()["is_machine_user"] is True
    assert answer.json()["url"] == "https://api.opensolar.com/auth/users/101/"
    clock.forward(days=30)
    assert solar("GET", "", headers=header).status_code == 200
    solar("PATCH", "/auth/users/101/", json={"is_machine_user": False}, **machine)
    detail(solar("GET", "", headers=header), 401, "expired")


@pytest.mark.parametrize(
    ("user", "given", "status"),
    [
        (101, {"is_machine_user": True}, 403),
        (9, {"is_machine_user": True}, 404),
        (102, {"is_machine_user": "true"}, 400),
        (102, {}, 400),
        (102, {"is_machine_user": True, "email": "x"}, 400),
    ],
)
def test_users_change_nothing_but_whether_they_are_machines(solar, user, given, status):
    assert solar("PATCH", f"/auth/users/{user}/", at="/opensolar", json=given).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("POST", "projects/", 10),
        ("PATCH", "projects/1/", 10),
        ("GET", "projects/1/", 100),
        ("GET", "projects/1/systems/details/", 60),
        ("GET", "projects/1/systems/x/image/", 10),
    ],
)
def test_too_many_requests_a_minute_are_throttled(solar, clock, method, path, most):
    json = {"json": {}} if method != "GET" else {}
    for _ in range(most):
        assert solar(method, path, **json).status_code != 429
    clock.forward(seconds=15)
    answer = solar(method, path, **json)
    detail(answer, 429, "Request was throttled. Expected available in 45 seconds.")
    assert answer.headers["retry-after"] == "45"
    clock.forward(seconds=45)
    assert solar(method, path, **json).status_code != 429


def test_limits_can_be_other_ones(served, solar):
    with served(create_app([OpenSolar(limits={"project reads": 1})])) as address:
        statuses = [solar("GET", "projects/1/", at=f"{address}/opensolar{ORG}/").status_code for _ in range(2)]
        statuses += [solar("PATCH", "projects/1/", at=f"{address}/opensolar{ORG}/", json={}).status_code] * 20
    assert statuses == [200, 429] + [200] * 20

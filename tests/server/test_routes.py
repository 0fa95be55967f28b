from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from connectors.manifest.catalog import Catalog
from connectors.server.routes import ROUTES, Route
from tests.server.conftest import APP

API = [route for route in ROUTES if "contentMediaType" not in route.gives]
"""All but the pages, which tickets open."""
FILLED = {"{connector}": "acme", "{id}": "acme-1", "{action}": "get_order", "{search}": "find_order"}
FILLED["{trigger}"] = "new_order"
BODIES = {"run_action": {"input": {"id": "1"}}, "run_search": {"input": {"city": "Ulm"}}}
BODIES["make_link"] = {"connector": "acme", "name": "acme-1"}
BODIES["put_oauth_app"] = APP
BODIES["create_connection"] = {"connector": "acme", "name": "made", "values": {"account": "a", "token": "t" * 9}}
BODIES["send_request"] = {"method": "GET", "path": "/{account}/orders"}
BODIES["offer_choices"] = {"operation": "get_order", "field": "id"}

INSTEAD = {name: {"{connector}": "club"} for name in ("show_oauth_app", "put_oauth_app", "remove_oauth_app")}
CLUB = Catalog([Path(__file__).parent / "manifests"]).load("club")
INSTEAD["authorize"] = {"{id}": "club-1"}


def ids(value: object) -> str:
    return f"{value.method} {value.path}" if isinstance(value, Route) else str(value)


def ask(client: httpx.Client, route, **options) -> httpx.Response:
    spare = route.handler.__name__ == "remove_connection"
    path = route.path.replace("{id}", "spare") if spare else route.path
    for hole, value in {**FILLED, **INSTEAD.get(route.handler.__name__, {})}.items():
        path = path.replace(hole, value)
    assert "{" not in path
    body = BODIES.get(route.handler.__name__, {}) if route.takes is not None else None
    return client.request(route.method, path, json=body, **options)


@pytest.mark.parametrize("route", API, ids=ids)
def test_the_key_opens(client, route):
    assert ask(client, route).status_code == route.status


@pytest.mark.parametrize(
    "key", ["", "Bearer", "Bearer wrong", "Bearer gw_test2", "Basic gw_test", "gw_test", "Bearer é"]
)
@pytest.mark.parametrize("route", API, ids=ids)
def test_nothing_else_opens_what_is_not_public(client, acme, route, key):
    answer = ask(client, route, headers={"Authorization": key.encode()})

    assert answer.status_code == (200 if route.scope == "public" else 401)
    assert not acme.asked
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["kind"] == "unauthorized"


@pytest.mark.parametrize("route", API, ids=ids)
def test_no_key_is_like_a_wrong_one(nobody, route):
    answer = ask(nobody, route)

    assert answer.status_code == (200 if route.scope == "public" else 401)


def test_two_keys_are_none(client):
    both = [("Authorization", "Bearer gw_test"), ("Authorization", "Bearer gw_other")]

    assert client.get("/v1/connections", headers=both).status_code == 401


def test_only_what_has_no_secret_is_public():
    known = ("/healthz", "/readyz", "/hooks/", "/oauth/", "/connect/")

    public = [route.path for route in ROUTES if route.scope == "public"]
    assert [path for path in public if not path.startswith(known)] == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_another_method_is_a_problem_that_names_the_possible_ones(client, method):
    answer = client.request(method, "/v1/connections/acme-1/choices")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert answer.json()["kind"] == "method_not_allowed"


def test_another_method_needs_the_key_too(client):
    assert client.delete("/v1/connections", headers={"Authorization": "no"}).status_code == 401


def test_options_lists_the_methods(client):
    answer = client.options("/v1/connectors")

    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, "GET, HEAD, OPTIONS", b"")


def test_head_is_get_without_the_body(client):
    head, get = client.head("/v1/connectors"), client.get("/v1/connectors")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/connectors/", "/v1/connectors/a%2Fb", "/healthz/x", "//healthz"])
def test_another_path_is_a_problem(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", ["acmee", "../acme", "tests/server/manifests/acme.yaml", "acme.yaml", "%00", "é"])
def test_a_connector_is_found_by_its_name_alone(client, name):
    answer = client.get("/v1/connectors/" + name.replace("/", "%2F"))

    assert (answer.status_code, answer.json()["kind"]) == (404, "not_found")

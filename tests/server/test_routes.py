from __future__ import annotations

import pytest

from connectors.server.routes import ROUTES


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


def test_whoever_asks_often_whether_it_is_ready_does_not_make_it_write_each_time(client):
    def written():
        lines = client.get("/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("gridwire_database_changes_total"))

    client.get("/readyz")
    before = written()

    assert {client.get("/readyz").json()["status"] for _ in range(30)} == {"ready"}
    assert written() - before < 10

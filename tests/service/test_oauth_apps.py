"""To whom a workspace lends its client at a vendor: to the vendor, by whichever way the account signs in."""

from __future__ import annotations

import pytest

from connectors.engine.addresses import Reach
from connectors.engine.connection import Connection
from connectors.errors import InputError
from connectors.manifest.model import Connector
from connectors.service.oauth_apps import check_lent
from tests.server.conftest import APP

OAUTH = {
    "authorization_url": "https://login.acme.example/authorize",
    "token_url": "https://login.acme.example/token",
    "client_id": "{clubId}",
    "client_secret": "{clubSecret}",
}
SENDS = OAUTH | {"send": {"header": "X-Client", "value": "{clubSecret} {session_token}"}}
BASIC = {"basic": {"username": "{clubId}", "password": "{clubSecret}"}}
LOGIN, API = "https://login.acme.example", "https://api.acme.example"
ELSEWHERE = "https://elsewhere.example"


def connected(auth, **where) -> Connection:
    fields = {"clubId": {"title": "ID"}, "clubSecret": {"title": "Secret", "secret": True}}
    connection = {"fields": fields, "auth": auth, "test": "GET /me"}
    head = {"connector": "acme", "language": 1, "version": "1.0.0", "title": "A", "description": "A.", "base_url": API}
    return Connection.open(Connector.model_validate(head | {"connection": connection}), APP, **where)


@pytest.mark.parametrize(
    ("auth", "where", "field"),
    [
        ({"oauth2": OAUTH}, {"hosts": {LOGIN: ELSEWHERE}}, "hosts"),
        ({"oauth2": SENDS}, {"base_url": ELSEWHERE}, "base_url"),
        (BASIC, {"base_url": ELSEWHERE}, "base_url"),
        (BASIC, {"hosts": {API: ELSEWHERE}}, "base_url"),
    ],
)
def test_it_is_lent_to_nobody_else(auth, where, field):
    for reach in (Reach(), Reach(private=True), Reach(loopback=True), Reach(frozenset({f"{ELSEWHERE}:8443"}))):
        with pytest.raises(InputError, match=f"has it at {ELSEWHERE}") as refused:
            check_lent(connected(auth, **where), set(APP), reach)
        assert refused.value.field == field
    check_lent(connected(auth, **where), set(APP), Reach(frozenset({ELSEWHERE})))
    check_lent(connected(auth, **where), (), Reach())


@pytest.mark.parametrize(
    ("auth", "where"),
    [({"oauth2": OAUTH}, {"base_url": ELSEWHERE}), ({"oauth2": OAUTH}, {}), (BASIC, {}), (BASIC, {"base_url": API})],
)
def test_the_vendor_has_it_as_before(auth, where):
    check_lent(connected(auth, **where), set(APP), Reach())


@pytest.mark.parametrize(
    ("there", "lent"),
    [("http://127.0.0.1:1", True), ("http://localhost:1", True), ("http://[::1]:1", True), ("http://n8n:5678", False)],
)
def test_a_sandbox_on_this_machine_may_have_it(there, lent):
    assert Reach(loopback=True).entrusts(there) is lent

"""A vendor with an address per account."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import InputError
from tests.engine.acme import page, read

FIELDS = {"account": {"required": True}, "apiKey": {"secret": True}, "shop": {"title": "Shop", "required": True}}
PATTERN = {"base_url": {"pattern": "https://{shop}.acme.example/v1"}, "connection": {"fields": FIELDS}}


@pytest.fixture
def opened(connector: Any, connect: Any) -> Any:
    """A function from what a user gives to a connection; blocks come in place of the manifest's own."""
    return lambda values=None, given=None, **blocks: connect(
        connector(**{**PATTERN, **blocks}), values=values or {}, **(given or {})
    )


def test_fields_complete_the_address(opened):
    connection = opened({"shop": "roof"})
    assert (connection.base_url, connection.trusted) == ("https://roof.acme.example/v1", "https://roof.acme.example")
    assert connection.own_url == connection.base_url


def test_a_connection_may_have_an_address_of_its_own(opened):
    connection = opened(given={"base_url": "http://127.0.0.1:1"})
    assert (connection.base_url, connection.own_url) == ("http://127.0.0.1:1", None)
    assert opened({"shop": "x"}, {"base_url": "http://127.0.0.1:1"}).own_url == "https://x.acme.example/v1"


def test_its_host_may_be_another(opened):
    hosts = {"https://roof.acme.example": "http://127.0.0.1:1"}
    assert opened({"shop": "roof"}, {"hosts": hosts}).base_url == "http://127.0.0.1:1/v1"
    with pytest.raises(InputError, match=r"'hosts' names https://roof\.acme\.example, which the manifest does not"):
        opened({"shop": "wall"}, {"hosts": hosts})


@pytest.mark.parametrize("shop", [{"required": True}, {}])
def test_without_field_and_address_there_is_no_connection(opened, shop):
    with pytest.raises(InputError, match="'shop' is required") as caught:
        opened(connection={"fields": {**FIELDS, "shop": shop}})
    assert caught.value.field == "shop"


def test_an_address_of_its_own_is_offered_as_the_remedy(opened):
    with pytest.raises(InputError) as caught:
        opened(connection={"fields": {**FIELDS, "shop": {}}})
    assert caught.value.remedy.startswith("Give it, or the whole address as base_url")


@pytest.mark.parametrize("shop", ["evil.com/", "a@b", "x.evil.com#", ""])
def test_a_field_cannot_lead_elsewhere(opened, shop):
    with pytest.raises(InputError, match=r"^'shop' ") as caught:
        opened({"shop": shop})
    assert caught.value.field == "shop"


def test_a_default_completes_the_address(opened):
    assert opened(connection={"fields": {**FIELDS, "shop": {"default": "demo"}}}).trusted == "https://demo.acme.example"


ROBOT = {
    "grant": "client_credentials",
    "token_url": {"pattern": "https://{shop}.login.example/t/{account}/token"},
    "client_id": "{account}",
    "client_secret": "{apiKey}",
}
SIGNING_IN = {"base_url": "https://api.acme.example", "connection": {"fields": FIELDS, "auth": {"oauth2": ROBOT}}}


async def test_tokens_come_from_the_accounts_own_host_and_credentials_go_to_no_other(vendor, opened):
    there = opened({"shop": "roof", "account": "a/1"}, **SIGNING_IN)
    acme = vendor({"access_token": "t"}, page(1), using=there)
    await read(acme)
    asked, listed = acme.exchange.transport.sent
    assert (asked.url, listed.origin) == ("https://roof.login.example/t/a%2F1/token", "https://api.acme.example")
    assert there.session_hosts == {"https://roof.login.example"}


@pytest.mark.parametrize("shop", ["evil.com/", "evil.com", "a@b", "x.evil.com#", "a:80", "-a", "ä", "a\n", ""])
def test_a_field_cannot_lead_signing_in_elsewhere(opened, shop):
    with pytest.raises(InputError, match=r"^'shop' ") as caught:
        opened({"shop": shop}, **SIGNING_IN)
    assert caught.value.field == "shop"


def test_a_field_of_where_tokens_come_from_is_needed(opened):
    fields = {**FIELDS, "shop": {"title": "Shop"}}
    with pytest.raises(InputError, match="'shop' is required: it is needed to sign in"):
        opened(**{**SIGNING_IN, "connection": {**SIGNING_IN["connection"], "fields": fields}})


def test_another_may_stand_in_for_where_tokens_come_from(opened):
    hosts = {"https://roof.login.example": "http://127.0.0.1:1"}
    there = opened({"shop": "roof"}, {"hosts": hosts}, **SIGNING_IN)
    assert there.moved("https://roof.login.example/token") == "http://127.0.0.1:1/token"
    with pytest.raises(InputError, match="which the manifest does not"):
        opened({"shop": "wall"}, {"hosts": hosts}, **SIGNING_IN)


def test_a_session_belongs_to_the_address_that_gave_it(opened):
    marks = {opened({"shop": shop}, **SIGNING_IN).mark for shop in ("roof", "wall")}
    assert len(marks) == 2


async def test_pages_at_the_completed_address_are_read_where_the_connection_has_the_vendor(vendor, opened):
    lists = {"items": {"request": "GET /items", "items": "results", "paginate": {"next_url": {"from": "next"}}}}
    there = opened({"shop": "roof"}, {"base_url": "http://127.0.0.1:1"}, lists=lists)
    acme = vendor({**page(1), "next": "https://roof.acme.example/v1/items?p=2"}, page(2), using=there)
    assert [item["id"] for item in await read(acme)] == [1, 2]
    assert [request.url for request in acme.exchange.transport.sent] == [
        "http://127.0.0.1:1/items",
        "http://127.0.0.1:1/items?p=2",
    ]

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.components.auth import ApiKey, Auth
from connectors.components.http import Request
from connectors.errors import InputError

REQUEST = Request("GET", "https://api.example.com/items", (("page", "0"),), {"Accept": "application/json"})
RAW = {"api_key": {"header": "X-Authorization", "value": "{apiKey}"}}
BASIC = {"api_key": {"header": "Authorization", "value": "Basic {user}:{password|base64}"}}
EITHER = {"one_of": {"raw": RAW, "basic": BASIC}}


def signed(block: dict[str, Any], values: dict[str, Any]) -> Request:
    return Auth.model_validate(block).chosen_for(values).signed(REQUEST, values, {})


def test_a_key_goes_into_a_header():
    assert signed(RAW, {"apiKey": "k-1"}) == REQUEST.with_header("X-Authorization", "k-1")


def test_a_key_goes_into_the_query():
    block = {"api_key": {"query": "key", "value": "{apiKey}"}}
    assert signed(block, {"apiKey": "a&b"}).query == (("page", "0"), ("key", "a&b"))


def test_a_key_is_never_read_as_a_template():
    assert signed(RAW, {"apiKey": "{user}", "user": "leak"}).headers["X-Authorization"] == "{user}"


@pytest.mark.parametrize("key", ["k\n", "k\r\nX-Admin: 1", " k", "k\x00", "ключ"])
def test_a_key_that_no_header_can_carry_is_refused_by_name_and_not_shown(key):
    with pytest.raises(InputError) as caught:
        signed(RAW, {"apiKey": key})
    assert caught.value.field == "apiKey"
    assert caught.value.message == (
        "'apiKey' cannot be sent in a header: it holds a control character, a line break, a space at either end,"
        " or a letter outside ASCII"
    )


def test_a_fixed_key_that_no_header_can_carry_is_named_after_the_header():
    with pytest.raises(InputError) as caught:
        signed({"api_key": {"header": "X-App", "value": "a\n"}}, {})
    assert caught.value.field == "X-App"


@pytest.mark.parametrize("places", [{}, {"header": "X", "query": "x"}])
def test_a_key_goes_to_exactly_one_place(places):
    with pytest.raises(ValidationError, match="either into a 'header' or into the 'query'"):
        ApiKey.model_validate({"value": "{apiKey}", **places})


@pytest.mark.parametrize(
    ("values", "header"),
    [
        ({"apiKey": "k"}, "X-Authorization"),
        ({"user": "ada", "password": "p"}, "Authorization"),
        ({"apiKey": "k", "user": "ada", "password": "p"}, "X-Authorization"),
        ({"apiKey": "k", "user": "ada", "password": "p", "auth": "basic"}, "Authorization"),
    ],
)
def test_of_several_ways_the_user_chooses_or_the_first_whose_fields_are_given(values, header):
    assert header in signed(EITHER, values).headers


@pytest.mark.parametrize(
    ("block", "values", "field"),
    [
        (RAW, {}, "apiKey"),
        (EITHER, {"apiKey": "k", "auth": "basic"}, "user"),
    ],
)
def test_values_that_do_not_suffice_name_what_is_missing(block, values, field):
    with pytest.raises(InputError) as caught:
        Auth.model_validate(block).chosen_for(values)
    assert caught.value.field == field
    assert caught.value.message == f"'{field}' is required: it is needed to sign in"


def test_a_way_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="there is no way to sign in called 'oauth'; there are raw, basic") as caught:
        Auth.model_validate(EITHER).chosen_for({"apiKey": "k", "auth": "oauth"})
    assert caught.value.field == "auth"


def test_no_ways_at_all_are_refused():
    with pytest.raises(ValidationError):
        Auth.model_validate({"one_of": {}})


def test_holes_come_with_their_places():
    places = {".".join(path): hole.name for path, hole in Auth.model_validate(EITHER).holes()}
    assert places == {"one_of.raw.api_key.value": "apiKey", "one_of.basic.api_key.value": "password"}
    assert [path for path, _ in Auth.model_validate(RAW).holes()] == [("api_key", "value")]


def test_a_bearer_token_is_sent_as_rfc_6750_has_it():
    assert signed({"bearer": {"token": "{key}"}}, {"key": "a.b-c"}).headers["Authorization"] == "Bearer a.b-c"
    with pytest.raises(InputError, match="'key' cannot be sent in a header"):
        signed({"bearer": {"token": "{key}"}}, {"key": "a\n"})


def test_a_user_name_and_a_password_are_sent_as_rfc_7617_has_it():
    block = {"basic": {"username": "{user}/token", "password": "{key}"}}
    sent = signed(block, {"user": "Aladdin", "key": "öpen:sesame"})
    assert sent.headers["Authorization"] == "Basic QWxhZGRpbi90b2tlbjrDtnBlbjpzZXNhbWU="


def test_a_password_may_be_absent_from_the_manifest_and_not_from_the_values():
    assert signed({"basic": {"username": "{key}"}}, {"key": "sk"}).headers["Authorization"] == "Basic c2s6"
    with pytest.raises(InputError, match="'key' is required"):
        signed({"basic": {"username": "{user}", "password": "{key}"}}, {"user": "ada"})


def test_a_user_name_with_a_colon_would_be_read_as_another():
    with pytest.raises(InputError, match="'user' cannot hold a colon") as caught:
        signed({"basic": {"username": "{user}", "password": "{key}"}}, {"user": "a:b", "key": "c"})
    assert caught.value.field == "user"


@pytest.mark.parametrize("value", [None, ["a"], {"b": 1}])
@pytest.mark.parametrize("block", [RAW, {"bearer": {"token": "x{apiKey}"}}, {"basic": {"username": "{apiKey}"}}])
def test_what_cannot_be_text_signs_nobody_in(block, value):
    with pytest.raises(InputError, match="'apiKey' is needed to sign in, but") as caught:
        Auth.model_validate(block).chosen_for({"apiKey": value})
    assert caught.value.field == "apiKey"


def test_of_ways_in_ways_the_first_that_is_ready_counts():
    block = {"one_of": {"keys": {"one_of": {"raw": RAW, "basic": BASIC}}, "token": {"bearer": {"token": "{t}"}}}}
    assert "Authorization" in signed(block, {"user": "ada", "password": "p"}).headers
    assert signed(block, {"t": "9"}).headers["Authorization"] == "Bearer 9"


@pytest.mark.parametrize(("values", "field"), [({}, "apiKey"), ({"user": "ada"}, "password")])
def test_what_suffices_is_said_for_every_way(values, field):
    with pytest.raises(InputError, match="signing in needs 'apiKey', or 'user' and 'password'") as caught:
        Auth.model_validate(EITHER).chosen_for(values)
    assert caught.value.field == field

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.engine.connection import Connection
from connectors.engine.redaction import HIDDEN, Redaction
from connectors.errors import InputError
from tests.engine.acme import API, FILES


def test_values_are_checked_with_defaults(connector, connect):
    fields = {"account": {"required": True}, "apiKey": {"secret": True}, "region": {"default": "eu"}}
    acme = connector(connection={"fields": fields})
    assert connect(acme).values == {"account": "a-1", "apiKey": "canary-1", "region": "eu"}


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"account": None}, "account", "'account' must be a text, not null"),
        ({"acount": "a"}, "acount", "there is no input 'acount'; did you mean 'account'?"),
        ({"apiKey": "\ud800"}, "apiKey", "'apiKey' holds half a character (a lone surrogate); give it as valid UTF-8"),
        ({"apiKey": 5}, "apiKey", "'apiKey' must be a text, not what was given"),
    ],
)
def test_values_that_cannot_be_used_name_the_field(connect, values, field, message):
    with pytest.raises(InputError) as caught:
        connect(values=values)
    assert (caught.value.field, caught.value.message) == (field, message)


def test_a_secret_that_does_not_fit_is_not_shown(connector, connect):
    fields = {"account": {}, "apiKey": {"secret": True, "format": "uuid"}}
    with pytest.raises(InputError) as caught:
        connect(connector(connection={"test": "GET /me", "fields": fields}))
    assert "canary" not in str(caught.value)


def test_without_what_signing_in_needs_there_is_no_connection(connector):
    with pytest.raises(InputError, match="'apiKey' is required: it is needed to sign in"):
        Connection.open(connector(), {"account": "a-1"})


def test_the_user_chooses_a_way_to_sign_in(connector, connect):
    raw = {"api_key": {"header": "X-Key", "value": "{apiKey}"}}
    basic = {"api_key": {"header": "X-Key", "value": "Basic {apiKey|base64}"}}
    acme = connector(connection={"auth": {"one_of": {"raw": raw, "basic": basic}}})
    assert connect(acme).auth.value.text == "{apiKey}"
    assert connect(acme, values={"auth": "basic"}).auth.value.text == "Basic {apiKey|base64}"
    with pytest.raises(InputError, match="'auth' must be one of raw, basic; not \"basik\"") as caught:
        connect(acme, values={"auth": "basik"})
    assert caught.value.field == "auth"


def test_where_there_is_one_way_to_sign_in_there_is_no_choice(connect):
    with pytest.raises(InputError, match="there is no input 'auth'"):
        connect(values={"auth": "raw"})


def test_templates_see_all_values_but_the_secret_ones(connector, connect):
    raw = {"api_key": {"header": "X-Key", "value": "{apiKey}"}}
    acme = connector(connection={"auth": {"one_of": {"raw": raw}}})
    assert connect(acme, values={"auth": "raw"}).scope == {"account": "a-1"}


# Addresses


@pytest.mark.parametrize(
    ("given", "base_url"),
    [
        ("https://api.example.com/", "https://api.example.com"),
        ("https://API.Example.COM:443/v1/", "https://api.example.com/v1"),
        ("http://127.0.0.1:8710", "http://127.0.0.1:8710"),
        ("http://[::1]:8710", "http://[::1]:8710"),
        ("https://bücher.example", "https://bücher.example"),
        ("https://api.example.com.", "https://api.example.com."),
    ],
)
def test_a_base_url_is_read(connect, given, base_url):
    connection = connect(base_url=given)
    assert connection.base_url == base_url
    assert base_url.startswith(connection.trusted)


@pytest.mark.parametrize(
    "url",
    [
        "api.example.com",
        "ftp://api.example.com",
        "//api.example.com",
        "https://",
        "https://api.example.com@evil.example",
        "https://user:canary-2@api.example.com",
        "https://@evil.example",
        "https://:@evil.example",
        "https://api.example.com?",
        "https://api.example.com/?a=1",
        "https://api.example.com/#",
        "https://api.example.com\\@evil.example",
        "https://api.exam\nple.com",
        "https://api.example.com:port",
        "https://[::1",
    ],
)
def test_what_is_no_base_url_is_refused_and_not_repeated(connect, url):
    for more in ({"base_url": url}, {"hosts": {FILES: url}}):
        with pytest.raises(InputError, match="is not an address that requests can be sent to") as caught:
            connect(**more)
        assert caught.value.field in ("base_url", f"hosts.{FILES}")
        assert caught.value.remedy == "Write it as https://host, without user, query or fragment."
        assert "canary" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://api.example.com", "http://127.0.0.1:1", "http://localhost", "http://[::1]"])
def test_an_address_that_keeps_credentials_is_not_warned_about(connect, url):
    assert connect(base_url=url).warnings == []


@pytest.mark.parametrize("more", [{"base_url": "http://api.test/v1"}, {"hosts": {API: "http://api.test"}}])
def test_an_address_that_shows_credentials_is_warned_about(connect, more):
    assert connect(**more).warnings == [
        "http:// sends the credentials in clear to http://api.test; use https:// if the host offers it."
    ]


def test_a_host_of_the_manifest_can_be_exchanged_for_another(connect):
    connection = connect(hosts={FILES: "http://127.0.0.1:1/files"})
    assert connection.readable == {FILES: "http://127.0.0.1:1/files"}
    assert connect().readable == {FILES: FILES}


def test_only_the_origin_of_a_declared_url_counts(connector, connect):
    acme = connector(origins={"files": {"url": f"{FILES}:443/a/b"}})
    assert connect(acme).readable == {FILES: FILES}


def test_the_main_host_can_be_exchanged_too(connector, connect):
    acme = connector(base_url="https://API.example.com/v1")
    hosts = {"https://api.example.com": "http://127.0.0.1:1"}
    assert connect(acme, hosts=hosts).base_url == "http://127.0.0.1:1/v1"
    assert connect(acme, hosts=hosts, base_url="http://127.0.0.1:2").base_url == "http://127.0.0.1:2"


def test_a_host_that_the_manifest_does_not_name_is_refused(connect):
    with pytest.raises(InputError) as caught:
        connect(hosts={"https://evil.example": "http://127.0.0.1:1"})
    assert caught.value.field == "hosts"
    assert caught.value.message == (
        "'hosts' names https://evil.example, which the manifest does not; it has https://api.example.com,"
        " https://private-static.example.com"
    )


# Secrets


SECRET = 'k/+"ü\\ ?&='
ENCODED = base64.b64encode(SECRET.encode()).decode()


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        ENCODED,
        ENCODED.rstrip("="),
        ENCODED.replace("+", "-").replace("/", "_"),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(ENCODED, safe=""),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(SECRET)[1:-1].replace("/", "\\/"),
        ENCODED.replace("/", "\\/"),
        html.escape(SECRET),
        html.escape(SECRET, quote=False),
        re.sub("%..", lambda code: code[0].lower(), quote(SECRET, safe="")),
    ],
)
def test_secrets_are_taken_out_in_all_forms_that_they_travel_in(connect, form):
    assert connect(values={"apiKey": SECRET}).redact(f"you sent <{form}> for a-1") == f"you sent <{HIDDEN}> for a-1"


@given(secret=st.text(st.characters(exclude_categories=["Cs"], exclude_characters=HIDDEN), min_size=4))
def test_no_secret_survives_redaction(secret, connect):
    encoded = base64.b64encode(secret.encode()).decode()
    redact = connect(values={"apiKey": secret}).redact
    for form in (secret, encoded, quote(secret), json.dumps(secret)[1:-1]):
        assert form not in redact(f"you sent {form}, and then {form}{form}")


@pytest.mark.parametrize("secret", ["400", "a", "ü1", "-"])
def test_a_short_secret_is_hidden_where_it_is_a_word(connect, secret):
    redact = connect(values={"apiKey": secret}).redact
    for text in ("{}", "key={}&page=2", "token {} is wrong", '{{"key":"{}"}}', "({})"):
        assert redact(text.format(secret)) == text.format(HIDDEN)
    assert redact(f"x{secret}x") == f"x{secret}x" or secret == "-"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc:"])
def test_a_secret_is_hidden_inside_of_a_longer_text_in_base64(connect, before):
    redact = connect(values={"apiKey": "canary-secret"}).redact
    sent = base64.b64encode(f"{before}canary-secret:x".encode()).decode()
    shown = redact(sent)
    assert HIDDEN in shown
    assert sent[8:16] not in shown


def test_a_secret_is_hidden_across_lines(connect):
    redact = connect(values={"apiKey": "canary-secret"}).redact
    assert redact("you sent can\n  ary-sec\r\nret twice") == f"you sent {HIDDEN} twice"


def test_a_connection_prints_without_its_values(connect):
    assert "canary" not in repr(connect())


def test_an_absent_or_empty_secret_hides_nothing(connector, connect):
    fields = {"account": {}, "apiKey": {"secret": True}, "other": {"secret": True}}
    acme = connector(connection={"test": "GET /me", "fields": fields})
    assert connect(acme, values={"apiKey": ""}).redact("all of it") == "all of it"


ESCAPES = {
    "json": lambda text: json.dumps(text)[1:-1],
    "json with escaped slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "repr": lambda text: repr(text)[1:-1],
    "ascii": lambda text: ascii(text)[1:-1],
    "bytes": lambda text: repr(text.encode())[2:-1],
}


@pytest.mark.parametrize("secret", ["a/bc", 'a/"b', 'p"\\q', "t\tb1", "pässwörd-1", "\u2028'\U0001f511"])
@pytest.mark.parametrize("escape", ESCAPES)
def test_no_escape_discloses_a_secret_however_short(escape, secret):
    assert Redaction([secret])(f"a {ESCAPES[escape](secret)} b") == f"a {HIDDEN} b"


def test_a_short_password_is_hidden_where_it_travels_with_the_name(connector, connect):
    auth = {"basic": {"username": "{account}", "password": "{apiKey}"}}
    acme = connect(connector(connection={"auth": auth}), values={"apiKey": "abcd"})
    assert acme.redact(f"Basic {base64.b64encode(b'a-1:abcd').decode()}") == f"Basic {HIDDEN}"


@pytest.mark.parametrize(
    "said",
    [
        "sandbox%2Dreonic%2Dkey",
        "%73andbox-reonic-%6Bey",
        r"\u0073andbox-reonic-ke\u0079",
        "&#115;andbox-reonic&#x2d;key",
        r"\\u0073andbox\\u002Dreonic-key",
    ],
)
def test_no_letter_written_as_its_number_discloses_a_secret(said):
    assert Redaction(["sandbox-reonic-key"])(f"it said {said}!") == f"it said {HIDDEN}!"

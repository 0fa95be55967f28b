from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.components.http import Request, Response, base_of, dump_json, fits_header, load_json, origin_of

URL = "https://api.example.com/items"


# JSON


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64, 10**40, -(2**70)])
def test_integers_of_any_size_stay_exact(number):
    assert load_json(dump_json({"n": number})) == {"n": number}
    assert load_json(str(number)) == number


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1e400", "", " ", "<html>", "{'a': 1}", "[1,]", "1 2"]
)
def test_what_is_not_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        load_json(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "empty"), (" \n", "empty"), ('{"a": [1', "ends too early"), (r'"\ud83d"', "half of a character")],
)
def test_it_says_what_is_wrong_with_the_end(text, why):
    with pytest.raises(ValueError, match=why):
        load_json(text)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'"Ada \ud83d"', "Ada \ufffd"),
        (rb'"\ud83d and more"', "\ufffd and more"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (rb'"\\ud83d \ude00"', "\\ud83d \ufffd"),
    ],
)
def test_half_of_a_character_does_not_hide_the_rest(body, value):
    assert Response(200, body=body).json() == value


def test_a_byte_order_mark_is_passed_over():
    assert load_json(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'"\xff"', "it is not UTF-8"),
        ('["\ud800"]', "it holds half of a character, a lone surrogate"),
        ("1e999", "it holds a number that is too large"),
        ("[1" + "0" * 5000 + "]", "it holds a number that is too large"),
    ],
)
def test_what_cannot_be_read_is_said_in_our_words(text, why):
    with pytest.raises(ValueError, match=f"^{why}$"):
        load_json(text)


def test_deep_nesting_is_an_error_and_not_a_crash():
    with pytest.raises(ValueError, match="nested too deeply"):
        load_json("[" * 100_000)


def test_bytes_that_are_no_utf8_are_a_value_error():
    with pytest.raises(ValueError, match="UTF-8"):
        load_json(b'"\xff"')


def test_of_two_equal_keys_the_last_counts():
    assert load_json('{"a": 1, "a": 2}') == {"a": 2}


# Requests


def test_two_equal_requests_are_equal():
    assert Request("GET", URL, (("a", "1"),)) == Request("GET", URL, (("a", "1"),))


def test_the_query_is_encoded_and_keeps_order_and_repeats():
    query = (("b", "1&2=3#4"), ("a", "ä +/"), ("b", ""))
    assert Request("GET", URL, query).full_url == f"{URL}?b=1%262%3D3%234&a=%C3%A4%20%2B%2F&b="


def test_a_query_that_is_part_of_the_url_is_kept():
    assert Request("GET", f"{URL}?x=%20", (("a", "1"),)).full_url == f"{URL}?x=%20&a=1"
    assert Request("GET", f"{URL}?x=%20").full_url == f"{URL}?x=%20"


def test_the_body_is_json_or_a_form_or_nothing():
    assert Request("POST", URL).content is None
    assert Request("POST", URL, json=None).content == b"null"
    assert Request("POST", URL, json={"a": "ä"}).content == '{"a":"ä"}'.encode()
    assert Request("POST", URL, form=(("a", "1 2"), ("b", "&"))).content == b"a=1+2&b=%26"


def test_a_header_takes_the_place_of_one_of_the_same_name_in_any_case():
    request = Request("GET", URL, headers={"accept": "a", "X": "1"}).with_header("Accept", "b")
    assert request.headers == {"X": "1", "Accept": "b"}


def test_a_query_parameter_takes_the_place_of_one_of_the_same_name():
    request = Request("GET", URL, (("page", "0"), ("a", "1"), ("page", "2"))).with_query("page", "3")
    assert request.query == (("a", "1"), ("page", "3"))


def test_headers_are_found_in_any_case_and_the_first_counts():
    response = Response(200, (("location", "/a"), ("location", "/b")))
    assert response.header("Location") == "/a"
    assert response.header("x") is None


def test_a_response_reads_as_json():
    assert Response(200, body=b'{"a": 1}').json() == {"a": 1}


# Headers


@pytest.mark.parametrize("text", ["", "a", "a\tb", "~!"])
def test_what_a_header_can_carry(text):
    assert fits_header(text)


@pytest.mark.parametrize("text", ["a\n", "a\r\nX: y", "\x00", "a\x7fb", "\x1b[2J", " a", "a ", "\t", "東", "\x85"])
def test_what_a_header_cannot_carry(text):
    assert not fits_header(text)


# Origins


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("HTTPS://API.Example.COM/Path?q#f", "https://api.example.com"),
        ("https://api.example.com:443/", "https://api.example.com"),
        ("http://api.example.com:80", "http://api.example.com"),
        ("https://api.example.com:80", "https://api.example.com:80"),
        ("http://127.0.0.1:8710/x", "http://127.0.0.1:8710"),
        ("https://[::1]:443/x", "https://[::1]"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://api.example.com.", "https://api.example.com."),
        ("https://bücher.example/x", "https://bücher.example"),
        ("https://api.example.com@evil.example/x", "https://evil.example"),
        ("https://evil.example:443@api.example.com", "https://api.example.com"),
        ("https://api.example.com?@evil.example", "https://api.example.com"),
        ("https://api.example.com#@evil.example", "https://api.example.com"),
        ("https://api.example.com/a b", "https://api.example.com"),
    ],
)
def test_the_origin_of_a_url(url, origin):
    assert origin_of(url) == origin
    assert Request("GET", url).origin == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com",
        "/path",
        "//evil.example/x",
        "https:evil.example",
        "https:/evil.example",
        "https:///x",
        "https://",
        "https://:443",
        "mailto:a@example.com",
        "https:\\\\evil.example",
        "https://api.example.com\\@evil.example/x",
        "https://api.example.com\\.evil.example/x",
        "https://api.exam\nple.com/x",
        "https://api.example.com\t/x",
        "https://api.example.com/x\r\nHost: evil.example",
        "https://api.example.com/\x00",
        " https://api.example.com",
        "https://api example.com",
        "https://api.example.com:port",
        "https://api.example.com:99999",
        "https://[::1",
        "https://[nonsense]",
    ],
)
def test_what_has_no_clear_origin_is_refused(url):
    with pytest.raises(ValueError, match=r"."):
        origin_of(url)


@given(st.text())
def test_no_text_breaks_the_reading_of_an_origin(text):
    try:
        origin = origin_of(f"https://api.example.com{text}")
    except ValueError:
        return
    assert origin.startswith("https://")
    assert not set(origin) & set(" \n\r\t\\?#")


# Base URLs


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("HTTPS://API.example.com:443/v1//", "https://api.example.com/v1"),
        ("http://[::1]:8710/", "http://[::1]:8710"),
    ],
)
def test_a_base_url_has_one_form(url, base):
    assert base_of(url) == base


@pytest.mark.parametrize(
    "url",
    [
        "ftp://api.example.com",
        "https://user@api.example.com",
        "https://@api.example.com",
        "https://:@api.example.com",
        "https://api.example.com?",
        "https://api.example.com/#",
        "api.example.com",
    ],
)
def test_what_is_no_base_url_is_refused(url):
    with pytest.raises(ValueError, match=r"."):
        base_of(url)


def test_an_answer_that_would_take_too_much_memory_is_not_read():
    for body in (b"[" + b"{}," * 2**20 + b"1]", b'"' + rb"\ud83d" * (2**20 + 1) + b'"'):
        with pytest.raises(ValueError, match=r"would take more than 128 MiB|surrogate"):
            Response(200, body=body).json()


def test_of_an_answer_only_the_status_is_printed():
    assert repr(Response(200, (("x-token", "secret"),), b"secret")) == "Response(status=200)"

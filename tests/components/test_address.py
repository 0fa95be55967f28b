from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from connectors.components.address import BaseUrl, UrlPattern
from connectors.components.http import base_of, origin_of
from connectors.errors import InputError

ADDRESS: TypeAdapter[Any] = TypeAdapter(BaseUrl)


def pattern(text: str) -> UrlPattern:
    return ADDRESS.validate_python({"pattern": text})


def test_a_plain_address_stays_one():
    assert ADDRESS.validate_python("https://API.acme.example/v1/") == "https://api.acme.example/v1"


@pytest.mark.parametrize(
    ("text", "scope", "url"),
    [
        ("https://{shop}.acme.example", {"shop": "Roof-1"}, "https://roof-1.acme.example"),
        ("https://{a}-eu.{b|lower}.acme.example:8443/v1/", {"a": 7, "b": "X"}, "https://7-eu.x.acme.example:8443/v1"),
        ("https://api.acme.example/{shop}/v1", {"shop": "a/b?c#d"}, "https://api.acme.example/a%2Fb%3Fc%23d/v1"),
        ("https://acme.example/t-{shop}", {"shop": ".."}, "https://acme.example/t-.."),
    ],
)
def test_a_pattern_is_completed(text: str, scope: dict[str, Any], url: str):
    assert base_of(pattern(text).fill(scope)) == url


def test_a_slash_at_the_end_is_kept():
    assert pattern("https://{shop}.acme.example/token/").fill({"shop": "roof"}) == "https://roof.acme.example/token/"
    assert pattern("https://{shop}.acme.example").fill({"shop": "roof"}) == "https://roof.acme.example"


EVIL = ["evil.com/", "a@b", "x.evil.com#", "evil.com", "a:80", "a\\b", "a%2eb", "-a", "a-", "a b", "ä", "a\n", ""]


@pytest.mark.parametrize("value", [*EVIL, "x" * 64, None, [], {}])
def test_what_is_no_part_of_a_host_is_refused_with_the_fields_name(value: Any):
    with pytest.raises(InputError, match=r"^'shop' ") as caught:
        pattern("https://{shop}.acme.example").fill({"shop": value})
    assert caught.value.field == "shop"


@pytest.mark.parametrize("value", [".", "..", "", None])
def test_what_is_no_segment_is_refused(value: Any):
    with pytest.raises(InputError, match=r"^'shop' "):
        pattern("https://acme.example/{shop}/v1").fill({"shop": value})


@given(st.text())
def test_nothing_escapes_the_host(value: str):
    for text in ("https://{shop}.acme.example/v1", "https://api.acme.example/{shop}/v1"):
        try:
            url = pattern(text).fill({"shop": value})
        except InputError:
            continue
        host = urlsplit(url).hostname or ""
        assert host.endswith(".acme.example")
        assert origin_of(url) == f"https://{host}"
        assert (urlsplit(url).path.endswith("/v1"), "?" in url, "#" in url) == (True, False, False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://{host}", "a domain that is fixed"),
        ("https://api.{host}", "a domain that is fixed"),
        ("https://{shop}.example", "a domain that is fixed"),
        ("https://acme.example{shop}", "a domain that is fixed"),
        ("https://{shop}.acme.example?a=b", "without query"),
        ("https://{user}@acme.example", "without query"),
        ("ftp://{shop}.acme.example", "a pattern is https://"),
        ("{scheme}://acme.example", "a pattern is https://"),
        ("https://acme.example:{port}", "a pattern is https://"),
        ("https://acme.example", "nothing is left open"),
    ],
)
def test_what_is_no_pattern_is_refused(text: str, said: str):
    with pytest.raises(ValidationError, match=said) as caught:
        pattern(text)
    assert [error["type"] for error in caught.value.errors()] == ["url"]


def test_an_example_is_an_address():
    assert pattern("https://{your_shop}.acme.example/{org_id}").example == "https://your-shop.acme.example/org-id"
    assert str(pattern("https://{shop}.acme.example")) == "https://{shop}.acme.example"

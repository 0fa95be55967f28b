from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.components.delivery import MAX_BODY, MAX_DEPTH, MAX_FIELDS, Delivery
from connectors.components.extract import MISSING

FORM = (("Content-Type", "Application/X-WWW-Form-Urlencoded; charset=utf-8"),)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("delivery", "value"),
    [
        (Delivery(b'{"a": 1}'), {"a": 1}),
        (Delivery(b' \n{"a": 1, "a": 2}\n'), {"a": 2}),
        (Delivery(b"123456789012345678901234567890"), 123456789012345678901234567890),
        (Delivery(b"a=1&b=&c=%C3%A4+x&a=2", FORM), {"a": ["1", "2"], "b": "", "c": "ä x"}),
        (Delivery(b'{"a": 1}', (("Content-Type", "text/plain"),)), {"a": 1}),
        (Delivery(b""), MISSING),
        (Delivery(b" \r\n"), MISSING),
        (Delivery(nested(MAX_DEPTH)), json.loads(nested(MAX_DEPTH))),
    ],
)
def test_a_body_is_read_by_its_kind(delivery: Delivery, value: Any):
    assert delivery.value() == value


UNREADABLE = [
    (b'{"a": ', "it ends too early"),
    (b"NaN", "malformed"),
    (b"\xff\xfe", "byte|malformed"),
    (b"[" * 100_000, "deep"),
    (nested(MAX_DEPTH + 1), "deep"),
    (b'{"a":' * 200 + b"1" + b"}" * 200, "deep"),
    (b"9" * 5_000, "too large"),
    (b" " * (MAX_BODY + 1), "more than 1,048,576 bytes"),
]


@pytest.mark.parametrize(("body", "why"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_read_is_told_without_repeating_it(body: bytes, why: str):
    with pytest.raises(ValueError, match=why) as caught:
        Delivery(body).value()
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize("body", [b"a&" * MAX_FIELDS + b"a=1&b=2", b"a=\xff", b"a=%ff"])
def test_a_form_has_limits_too(body: bytes):
    with pytest.raises(ValueError, match=r"fields|decode"):
        Delivery(body, FORM).value()


@pytest.mark.parametrize(
    ("url", "last", "token"),
    [
        ("https://a.example/hooks/t-1?token=x", "t-1", "x"),
        ("https://a.example/hooks/a%2Fb?token=a%26b#x", "a/b", "a&b"),
        ("https://a.example/hooks/?token=1&token=2", "", None),
        ("", "", None),
        ("?" + "a&" * MAX_FIELDS + "&token=1", "", None),
    ],
)
def test_an_address_is_taken_apart(url: str, last: str, token: str | None):
    assert (Delivery(url=url).last_segment, Delivery(url=url).parameter("token")) == (last, token)


@pytest.mark.parametrize(
    ("headers", "value"), [((), None), ((("X-A", "1"),), "1"), ((("x-a", "1"), ("X-A", "1")), None)]
)
def test_a_header_is_one_header(headers: Any, value: str | None):
    assert Delivery(headers=headers).header("x-A") == value


@given(st.binary(), st.booleans(), st.text())
def test_anything_is_read_or_refused(body: bytes, form: bool, url: str):
    delivery = Delivery(body, FORM if form else (), url)
    assert "/" not in url or delivery.last_segment != url
    assert isinstance(delivery.parameter("a"), str | None)
    with suppress(ValueError):
        delivery.value()

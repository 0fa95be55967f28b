from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.components.challenge import LONGEST, Challenge
from connectors.components.delivery import Delivery
from connectors.components.verify import Verify

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HEADER = Verify.model_validate({"shared_secret": {"header": "X-Token"}})
PATH = Verify.model_validate({"shared_secret": {"path": True}})

SLACK = {"body": "challenge", "where": {"type": "url_verification"}, "echo": {"json": "challenge"}}
META = {"query": "hub.challenge", "verify": {"shared_secret": {"query": "hub.verify_token"}}}
ASANA = {"header": "X-Hook-Secret", "echo": {"header": "X-Hook-Secret"}, "secret": True}
GRAPH = {"query": "validationToken"}


def asked(block: dict[str, Any], delivery: Delivery, *secrets: str, verify: Verify = HEADER) -> str | None:
    return Challenge.model_validate(block).asked(delivery, verify, secrets, NOW)


def answer(block: dict[str, Any], text: str) -> tuple[Any, bytes]:
    given = Challenge.model_validate(block).answer(text)
    return given.headers, given.body


@pytest.mark.parametrize(
    ("block", "delivery", "secrets", "found"),
    [
        (GRAPH, Delivery(url="https://a.example/h?validationToken=a%20b"), ["s"], "a b"),
        (GRAPH, Delivery(url="https://a.example/h"), ["s"], None),
        (GRAPH, Delivery(url="https://a.example/h?validationToken=a%0Ab"), ["s"], None),
        (GRAPH, Delivery(url=f"https://a.example/h?validationToken={'a' * (LONGEST + 1)}"), ["s"], None),
        (SLACK, Delivery(b'{"type": "url_verification", "challenge": "c"}'), ["s"], "c"),
        (SLACK, Delivery(b'{"type": "event_callback", "challenge": "c"}'), ["s"], None),
        (SLACK, Delivery(b'{"type": "url_verification", "challenge": 1}'), ["s"], None),
        (SLACK, Delivery(b'{"type": "url_verif'), ["s"], None),
        (META, Delivery(url="https://a.example/h?hub.challenge=1&hub.verify_token=s"), ["t", "s"], "1"),
        (META, Delivery(url="https://a.example/h?hub.challenge=1&hub.verify_token=x"), ["s"], None),
        (META, Delivery(url="https://a.example/h?hub.challenge=1"), ["s"], None),
        (ASANA, Delivery(headers=(("x-hook-secret", "new"),)), [], "new"),
        (ASANA, Delivery(headers=(("x-hook-secret", "new"),)), ["s"], None),
        (ASANA, Delivery(headers=(("x-hook-secret", "n\u0448"),)), [], None),
    ],
)
def test_a_challenge_is_known(block: dict[str, Any], delivery: Delivery, secrets: list[str], found: str | None):
    assert asked(block, delivery, *secrets) == found


@pytest.mark.parametrize(("url", "found"), [("https://a.example/s?validationToken=1", "1"),
                                            ("https://a.example/x?validationToken=1", None)])  # fmt: skip
def test_a_secret_in_the_address_has_to_be_right(url: str, found: str | None):
    assert asked(GRAPH, Delivery(url=url), "s", verify=PATH) == found


def test_it_is_repeated_as_the_vendor_wants_it():
    plain = (("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff"))
    assert answer(GRAPH, "<b>ä</b>") == (plain, "<b>ä</b>".encode())
    assert answer(SLACK, 'a"b') == ((("content-type", "application/json"),), b'{"challenge":"a\\"b"}')
    assert answer({"body": "a", "echo": {"json": "a.b"}}, "c")[1] == b'{"a":{"b":"c"}}'
    assert answer(ASANA, "new") == ((("x-hook-secret", "new"),), b"")


@pytest.mark.parametrize(
    "block", [{}, {"query": "a", "body": "b"}, {"query": "a", "echo": {"json": "a", "header": "b"}}]
)
def test_one_place_is_named(block: dict[str, Any]):
    with pytest.raises(ValidationError, match="a challenge"):
        Challenge.model_validate(block)

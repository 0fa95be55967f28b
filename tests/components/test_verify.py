from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from standardwebhooks.webhooks import Webhook

from connectors.components.delivery import Delivery
from connectors.components.verify import Verify

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRET = "s3cret-of-this-test"


def verify(**kind: Any) -> Verify:
    return Verify.model_validate(kind)


GITHUB = verify(hmac={"header": "X-Hub-Signature-256", "prefix": "sha256="})
STRIPE = verify(
    hmac={"header": "Stripe-Signature", "prefix": "v1=", "signed": "{timestamp}.{body}", "timestamp": {"prefix": "t="}}
)
SLACK = verify(
    hmac={
        "header": "X-Slack-Signature",
        "prefix": "v0=",
        "signed": "v0:{timestamp}:{body}",
        "timestamp": {"header": "X-Slack-Request-Timestamp"},
    }
)
STANDARD = verify(standard_webhooks={})
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
DOCUMENTED = [  # the vendor's own example: the kind, secret, seconds since 1970, headers, body
    (GITHUB, "It's a Secret to Everybody", 0,
     {"X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
     b"Hello, World!"),
    (SLACK, "8f742231b10e8888abcd99yyyzzz85a5", 1531420618,
     {"X-Slack-Request-Timestamp": "1531420618",
      "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"},
     SLACK_BODY),
    (STANDARD, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330,
     {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
     b'{"test": 2432232314}'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "secret", "second", "headers", "body"), DOCUMENTED, ids=["github", "slack", "standard"]
)
def test_what_a_vendor_documents_is_right(kind: Verify, secret: str, second: int, headers: Any, body: bytes):
    delivery, now = Delivery(body, tuple(headers.items())), datetime.fromtimestamp(second, UTC)
    assert kind.verified(delivery, [secret], now)
    assert kind.verified(delivery, ["bmV3bmV3", secret], now)
    assert not kind.verified(delivery, ["bmV3bmV3"], now)
    assert not kind.verified(Delivery(body + b" ", delivery.headers), [secret], now)


def signed(body: bytes = b"{}", *, at: str = "1767323045", secret: str = SECRET) -> Delivery:
    """A delivery as STRIPE wants it."""
    assert STRIPE.hmac
    return Delivery(body, (("Stripe-Signature", f"t={at},{STRIPE.hmac.signature(Delivery(body), secret, at)}"),))


@pytest.mark.parametrize(
    ("away", "right"),
    [(timedelta(minutes=5), True), (timedelta(minutes=-5), True), (timedelta(minutes=5, seconds=1), False),
     (timedelta(minutes=-5, seconds=-1), False)],
)  # fmt: skip
def test_a_timestamp_counts_for_a_while(away: timedelta, right: bool):
    assert STRIPE.verified(signed(), [SECRET], NOW + away) is right


@pytest.mark.parametrize("stamp", ["", "now", "1767323045, 1", "-1", "9" * 40, "1767323045000", "2026-01-02T03:04:05Z"])
def test_any_way_to_write_the_time_is_read_and_none_is_believed(stamp: str):
    names_now = stamp in ("1767323045000", "2026-01-02T03:04:05Z")
    assert STRIPE.verified(signed(at=stamp), [SECRET], NOW) is names_now


def test_without_a_secret_nothing_is_verified():
    assert not any(STRIPE.verified(signed(secret=""), secrets, NOW) for secrets in ([], [""], ["", ""]))


ENCODINGS = [("sha1", "hex", 40), ("sha256", "base64", 44), ("sha512", "hex", 128), ("sha512", "base64", 88)]


@pytest.mark.parametrize(("algorithm", "encoding", "length"), ENCODINGS)
def test_hashes_and_encodings(algorithm: str, encoding: str, length: int):
    kind = verify(
        hmac={"header": "X-S", "algorithm": algorithm, "encoding": encoding, "signed": "{method} {url} {body}"}
    )
    assert kind.hmac
    bare = Delivery(b"\xff\x00", url="https://a.example/x?y=1")
    signature = kind.hmac.signature(bare, SECRET)
    whole = Delivery(bare.body, (("x-s", signature),), bare.url)
    assert len(signature) == length
    assert kind.verified(whole, [SECRET], NOW)
    assert not kind.verified(Delivery(bare.body, whole.headers, bare.url + "&z"), [SECRET], NOW)
    assert not kind.verified(Delivery(bare.body, whole.headers, bare.url, "PUT"), [SECRET], NOW)


SHARED = [
    ({"header": "X-Token"}, lambda text: Delivery(headers=(("x-token", text),))),
    ({"header": "Authorization", "value": "Bearer {webhook_secret}"},
     lambda text: Delivery(headers=(("authorization", f"Bearer {text}"),))),
    ({"query": "token"}, lambda text: Delivery(url=f"https://a.example/h/1?x=1&token={text}#f")),
    ({"path": True}, lambda text: Delivery(url=f"https://a.example/h/1/{text}?x=1")),
]  # fmt: skip


@pytest.mark.parametrize(("place", "delivered"), SHARED, ids=["header", "bearer", "query", "path"])
def test_a_shared_secret_stands_in_its_place(place: Any, delivered: Any):
    kind = verify(shared_secret=place)
    assert kind.verified(delivered(SECRET), [SECRET], NOW)
    assert kind.verified(delivered(SECRET), ["the-next", SECRET], NOW)
    assert not any(kind.verified(delivered(text), [SECRET], NOW) for text in ("", "x", SECRET[:-1], SECRET + "x"))
    assert not kind.verified(Delivery(), [SECRET], NOW)


@pytest.mark.parametrize("kind", [verify(shared_secret={"query": "to ken"}), verify(shared_secret={"path": True})])
@pytest.mark.parametrize("url", ["https://a.example/hooks/t", "https://a.example/hooks/t?x=1"])
def test_an_address_holds_the_secret_and_proves_it(kind: Verify, url: str):
    if kind.shared_secret and kind.shared_secret.path and "?" in url:
        return
    odd = "a/b?c&d=e#ü%"
    address = kind.address(url, odd)
    assert address.startswith(url)
    assert kind.verified(Delivery(url=address), [odd], NOW)
    assert kind.in_address


@pytest.mark.parametrize("twice", [("X-Token", "x-token"), ("X-Token", "X-TOKEN")])
def test_a_header_that_comes_twice_counts_as_none(twice: tuple[str, str]):
    delivery = Delivery(headers=tuple((name, SECRET) for name in twice))
    assert not verify(shared_secret={"header": "X-Token"}).verified(delivery, [SECRET], NOW)


def test_a_query_parameter_that_comes_twice_counts_as_none():
    delivery = Delivery(url=f"https://a.example/?token={SECRET}&token={SECRET}")
    assert not verify(shared_secret={"query": "token"}).verified(delivery, [SECRET], NOW)


WRONG = [
    {"shared_secret": {}},
    {"shared_secret": {"header": "X", "query": "y"}},
    {"shared_secret": {"path": False}},
    {"shared_secret": {"header": "X", "value": "Bearer"}},
    {"shared_secret": {"header": "X", "value": "{webhook_secret}{token}"}},
    {"hmac": {"header": "X", "signed": "{timestamp}"}},
    {"hmac": {"header": "X", "signed": "{timestamp}{body}"}},
    {"hmac": {"header": "X", "timestamp": {"prefix": "t="}}},
    {"hmac": {"header": "X", "signed": "{body|base64}"}},
    {"hmac": {"header": "X", "signed": "{body}{host}"}},
    {"hmac": {"header": "X", "algorithm": "md5"}},
    {"hmac": {"header": "X", "signed": "{timestamp}{body}", "timestamp": {"header": "X-T", "prefix": "t="}}},
    {"standard_webhooks": {"header": "X"}},
    {},
]


@pytest.mark.parametrize("block", WRONG, ids=str)
def test_what_proves_nothing_is_no_way(block: Any):
    with pytest.raises(ValidationError):
        Verify.model_validate(block)


KINDS = [GITHUB, STRIPE, SLACK, STANDARD, *(verify(shared_secret=place) for place, _ in SHARED)]
ODD = st.text() | st.text(string.printable) | st.sampled_from(["t=1767323045,v1=", "v1,", "v0=", ",", "whsec_"])
HEADERS = st.sampled_from([
    "stripe-signature", "x-slack-signature", "x-slack-request-timestamp", "x-hub-signature-256", "x-token",
    "webhook-id", "webhook-timestamp", "webhook-signature",
])  # fmt: skip


@given(st.binary(), st.lists(st.tuples(HEADERS, ODD | st.just("1767323045"))), ODD, st.lists(ODD))
def test_nothing_that_is_sent_crashes_or_convinces(body: bytes, headers: Any, url: str, secrets: list[str]):
    delivery = Delivery(body, tuple(headers), url)
    for kind in KINDS:
        assert not kind.verified(delivery, [SECRET, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], NOW)
        kind.verified(delivery, secrets, NOW)


def by_hand(body: bytes, secret: str) -> tuple[Verify, Delivery]:
    sent = Webhook(secret).sign("msg_1", NOW, body.decode())
    headers = (("webhook-id", "msg_1"), ("webhook-timestamp", "1767323045"), ("webhook-signature", sent))
    return STANDARD, Delivery(body, headers)


@given(st.text(min_size=1), st.data())
def test_what_is_signed_is_verified_and_one_byte_more_or_less_is_not(text: str, data: Any):
    body = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()
    at = data.draw(st.integers(0, len(body) - 1))
    changed = body[:at] + bytes([body[at] ^ data.draw(st.integers(1, 255))]) + body[at + 1 :]
    for kind, right, secret in [(STRIPE, signed(body), SECRET), (*by_hand(body, "whsec_c2VjcmV0"), "whsec_c2VjcmV0")]:
        assert kind.verified(right, [secret], NOW)
        for other in (changed, body[:-1], body + b"\0"):
            assert not kind.verified(Delivery(other, right.headers), [secret], NOW)


@given(st.data())
def test_a_signature_that_is_changed_in_one_place_is_wrong(data: Any):
    delivery = signed(b"body")
    [(name, value)] = delivery.headers
    at = data.draw(st.integers(0, len(value) - 1))
    other = data.draw(st.characters(codec="latin-1").filter(lambda one: one != value[at] and one not in ",; "))
    changed = value[:at] + other + value[at + 1 :]
    assert not STRIPE.verified(Delivery(b"body", ((name, changed),)), [SECRET], NOW)

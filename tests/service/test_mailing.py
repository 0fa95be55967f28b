"""What targets are sent is signed as Standard Webhooks says: checked against what is published, and by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
import pytest
from standardwebhooks.webhooks import Webhook

from connectors.components.http import Request
from connectors.service.mailing import Mailing
from connectors.service.outbox import Event

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime.fromtimestamp(1614265330, UTC)
PUBLISHED = [  # standardwebhooks.com's libraries, and the specification
    (SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}',
     "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ("whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1731705121,
     b'{"event_type":"ping","data":{"success":true}}', "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="),
]  # fmt: skip


def sent(
    name: str = "evt_1", body: bytes = b'{"id":1,"city":"K\xc3\xb6ln"}', *, secret: str = SECRET, now: datetime = NOW
) -> Request:
    mailing = Mailing("https://target.example.com/in", Webhook(secret), "plain", "https://here.example.com")
    return mailing.request(Event(1, name, "acme.new", 0.0, msgspec.Raw(body), None), now)


def taken(headers: Mapping[str, str], body: bytes, now: float, secret: str = SECRET) -> bool:
    """Whether a receiver takes it who has only read the specification."""
    name, stamp, signed = (headers[f"webhook-{word}"] for word in ("id", "timestamp", "signature"))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, b".".join([name.encode(), stamp.encode(), body]), hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(made).decode()
    return abs(now - int(stamp)) <= 300 and any(hmac.compare_digest(one, wanted) for one in signed.split(" "))


@pytest.mark.parametrize(("secret", "name", "second", "body", "signature"), PUBLISHED)
def test_what_is_published_is_signed_so(secret: str, name: str, second: int, body: bytes, signature: str):
    request = sent(name, body, secret=secret, now=datetime.fromtimestamp(second, UTC))
    assert request.content == body
    assert request.headers["webhook-signature"] == signature
    assert taken(request.headers, body, second, secret)


def test_a_receiver_who_has_read_the_specification_takes_it_for_five_minutes():
    request = sent()
    times = [NOW.timestamp() + seconds for seconds in (0, 299, 301, -301)]
    assert [taken(request.headers, request.content or b"", now) for now in times] == [True, True, False, False]


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({}, b'{"id":2}'),
        ({"webhook-id": "evt_2"}, None),
        ({"webhook-timestamp": "1614265331"}, None),
        ({"webhook-signature": sent(secret="whsec_" + "A" * 32).headers["webhook-signature"]}, None),
    ],
    ids=["another body", "another id, as if it were new", "another time, as if it were fresh", "another secret"],
)
def test_what_was_changed_on_the_way_is_refused(change: dict[str, str], body: bytes | None):
    request = sent()
    assert not taken({**request.headers, **change}, body or request.content or b"", NOW.timestamp())


def test_what_is_sent_again_has_its_id_and_another_time():
    first, again = sent(), sent(now=datetime.fromtimestamp(NOW.timestamp() + 3600, UTC))
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert taken(again.headers, again.content or b"", NOW.timestamp() + 3600)
    assert json.loads(again.content or b"") == {"id": 1, "city": "Köln"}

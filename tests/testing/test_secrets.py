"""Secrets by their names in any language, in pairs, texts and pages, and in every form."""

from __future__ import annotations

import base64
import re

import pytest

from connectors.testing.record import NotRecorded
from connectors.testing.replay import replay

KEY = "Wolke-7-Regen"


@pytest.mark.parametrize(
    "answer",
    [
        {"passwort": KEY}, {"Kennwort": KEY}, {"zugangscode": KEY}, {"pass": KEY}, {"apiSchlüssel": KEY},
        {"key": "api_key", "value": KEY}, {"settings": [{"name": "smtp_password", "value": KEY}]},
        {"note": f"user=erika password={KEY}"}, {"note": f"Das Passwort: {KEY}, bitte ändern"},
        {"page": f'<input type="hidden" value="{KEY}" name="csrf_token">'}, {"page": f"var token = '{KEY}';"},
        {"url": "https://hooks.example.com/services/T01ABCDEF9/B02ABCDEF9/Wolke7Regen9Sonne"},
        {"url": "https://api.example.com/webhook/Wolke7Regen9Sonne"},
    ],
    ids=str,
)  # fmt: skip
def test_a_secret_is_known_by_what_says_so(recorded, acme, answer):
    case = recorded("get_lead", {"id": "7"}, {"id": 7, **answer, "again": KEY if KEY in str(answer) else ""})

    assert "Wolke" not in case.dumps()
    assert replay(case, acme) == []


@pytest.mark.parametrize(
    "answer",
    [{"pass": "passed"}, {"pin": "no"}, {"note": "The password: unknown. Token: none, pass: later"}, {"pin": 12},
     {"name": "colour", "value": "Dark-Blue7"}, {"url": "https://x.example/webhooks/1/events/list"}],
    ids=str,
)  # fmt: skip
def test_what_is_none_stays(recorded, answer):
    assert "HIDDEN" not in str(recorded("get_lead", {"id": "7"}, {"id": 7, **answer}).output)


def test_a_pin_is_hidden_and_longer_numbers_stay(recorded):
    case = recorded("get_lead", {"id": "7"}, {"id": 7, "pin": "4711", "note": "PIN 4711, order 147110"})

    assert case.output == {"id": 7, "pin": "HIDDEN-pin", "note": "PIN HIDDEN-pin, order 147110"}


@pytest.mark.parametrize(
    "form",
    [
        KEY.encode().hex(), KEY.encode().hex().upper(), KEY.upper(), KEY.lower(), "\\u0057olke-7-Regen",
        "&#87;olke-7-Regen", "&#x57;olke-7-Regen", "".join(f"\\u{ord(one):04x}" for one in KEY),
    ],
)  # fmt: skip
def test_our_own_secret_in_other_letters(recorded, acme, form):
    case = recorded("get_lead", {"id": "7"}, {"id": 7, "text": f"you sent {form} to us"}, values={"key": KEY})

    assert case.exchanges[0].answer.json_["text"].startswith("you sent HIDDEN-key")
    assert case.output["text"] in ("you sent ••• to us", "you sent •••-hex to us")
    assert not re.search(f"wolke|regen|{KEY.encode().hex()}", case.dumps(), re.IGNORECASE)
    assert replay(case, acme) == []


def test_a_secret_that_is_wrapped_over_lines_is_not_kept(recorded):
    with pytest.raises(NotRecorded, match="'key' is still in it"):
        recorded("get_lead", {"id": "7"}, {"id": 7, "text": f"you sent {KEY[:5]}\n  {KEY[5:]}"}, values={"key": KEY})


@pytest.mark.parametrize("evidence", ["sandbox", "live"])
def test_what_is_no_utf8_is_read_too(recorded, acme, evidence):
    page = f"<p>Größe: Erwin Zwirbelmann, e@firma.de, password={KEY}".encode("latin-1")

    case = recorded("get_lead", {"id": "7"}, (404, {"content-type": "text/html"}, page), evidence=evidence)

    kept = base64.b64decode(case.exchanges[0].answer.base64)
    assert b"firma" not in kept
    assert b"Wolke" not in kept
    assert replay(case, acme) == []

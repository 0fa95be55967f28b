"""What is recorded: no secret in any form, no person, and a case that holds."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from connectors.testing.record import NotRecorded
from connectors.testing.replay import replay
from connectors.testing.secrets import SecretTooShort

CANARY = 'can/ary+"ö 7%=&'
KEY = "Zx9/can+ary=7Q"


def in_base64(text):
    return base64.b64encode(text.encode()).decode()


def forms(secret):
    """The secret as it could stand somewhere."""
    whole = [in_base64(f"{'x' * shift}{secret}yyy")[4:-4] for shift in (3, 4, 5)]
    escaped = [quote(secret, safe=""), quote_plus(secret), quote(quote(secret, safe=""), safe="")]
    plain = json.dumps(secret, ensure_ascii=False)[1:-1]
    in_json = [json.dumps(secret)[1:-1], json.dumps(json.dumps(secret))[3:-3], plain]
    return {secret, *escaped, *in_json, *whole, in_base64(secret).rstrip("="), secret.replace("/", "\\/")}


def assert_gone(secret, text):
    assert [form for form in forms(secret) if form in text] == []


def everywhere(secret):
    """A vendor's answer that repeats a secret in every way."""
    return {
        "id": 7,
        "plain": f"you sent {secret}, thank you",
        "in_json": json.dumps({"deep": json.dumps({"key": secret})}),
        "in_base64": in_base64(secret),
        "in_more_base64": in_base64(json.dumps({"user": "acme", "was": secret}, ensure_ascii=False)),
        "in_urls": [f"https://x.example/?a={quote(secret, safe='')}", f"https://x.example/?a={quote_plus(secret)}"],
        secret: "as a name",
    }


@pytest.mark.parametrize("way", ["header", "encoded", "query"])
def test_a_key_is_found_nowhere(recorded, acme, way):
    headers = {"content-type": "application/json", "link": f"<https://x.example/?k={quote(KEY, safe='')}>"}
    answer = (200, {**headers, "set-cookie": f"a={KEY}", "x-echo": KEY}, everywhere(KEY))

    case = recorded("add_lead", {"name": KEY, "note": f"my key is {KEY}"}, answer, values={"key": KEY, "auth": way})

    assert_gone(KEY, case.dumps())
    assert "set-cookie" not in case.dumps()
    assert replay(case, acme) == []


def test_a_password_is_found_nowhere(recorded, acme):
    values = {"auth": "basic", "user": "erika", "password": CANARY}

    case = recorded("add_lead", {"name": "Erika"}, everywhere(CANARY), values=values)

    text = case.dumps()
    assert_gone(CANARY, text)
    assert_gone("live-key-0123456789", text)
    assert in_base64(f"erika:{CANARY}") not in text
    assert case.exchanges[0].request.headers["authorization"] == "Basic HIDDEN-credentials"
    assert replay(case, acme) == []


def test_a_request_line_that_was_tried_in_vain_is_recorded_too(recorded, acme):
    case = recorded("change_lead", {"id": "7", "note": "Call back"}, (405, {}, {}), {"id": 7})

    assert [exchange.request.method for exchange in case.exchanges] == ["PATCH", "PUT"]
    assert replay(case, acme) == []


def test_signing_in_is_part_of_the_case(recorded, acme):
    values = {"auth": "session", "user": "erika", "password": CANARY}

    case = recorded("add_lead", {"name": "Erika"}, {"token": KEY}, {"id": 7}, values=values)

    assert [each.request.line.rpartition("/")[2] for each in case.exchanges] == ["login", "leads"]
    assert_gone(KEY, case.dumps())
    assert replay(case, acme) == []


def test_a_session_s_token_is_found_by_its_value_under_whatever_name(recorded, acme):
    acme = acme.model_copy(deep=True)
    way = acme.connection.auth.one_of["session"].login
    object.__setattr__(way, "token", ("ticket",))
    values = {"auth": "session", "user": "erika", "password": CANARY}

    case = recorded("add_lead", {"name": "E"}, {"ticket": "plain words"}, {"id": 7, "seen": "plain words"},
                    values=values, connector=acme)  # fmt: skip

    assert "plain words" not in case.dumps()
    assert case.output["seen"] == "•••"


def test_a_position_stays_a_number(recorded):
    case = recorded("get_lead", {"id": "7"}, {"id": 7, "lat": -90, "lng": 13.41, "lon": 179})

    assert (case.output["lat"], case.output["lng"], case.output["lon"]) == (-90, 13.4, 179)


def test_what_is_refused_here_is_evidence_by_the_manifest(recorded):
    case = recorded("get_lead", {})

    assert (case.evidence, case.exchanges) == ("manifest", [])


def test_tokens_in_answers_are_found_by_their_names(recorded):
    tokens = {
        name: f"{name}-{KEY}" for name in ("access_token", "refreshToken", "Client-Secret", "password", "sessionId")
    }

    text = recorded("get_lead", {"id": "7"}, {"id": 7, **tokens, "token_type": "Bearer", "otp": 998877}).dumps()

    assert KEY not in text
    assert "998877" not in text
    assert "access_token: HIDDEN-access_token" in text
    assert "token_type: Bearer" in text


def test_signed_addresses_lose_their_signature_and_still_play(recorded, acme):
    signed = (
        f"https://files.acme.example/c.pdf?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026&X-Amz-Signature={'ab12' * 8}"
        f"&sig={quote(KEY, safe='')}&page=2"
    )
    pdf = (200, {"content-type": "application/pdf"}, b"%PDF Erika Beispiel")

    case = recorded("get_contract", {"id": "7"}, {"contract": signed}, pdf)

    text = case.dumps()
    assert "ab12ab12" not in text
    assert "AKIA" not in text
    assert_gone(KEY, text)
    assert "page=2" in text
    assert replay(case, acme) == []


def test_a_real_account_s_files_are_replaced(recorded):
    pdf = (200, {"content-type": "application/pdf"}, b"%PDF Erika Beispiel")

    case = recorded("get_contract", {"id": "7"}, {"contract": "https://files.acme.example/c.pdf"}, pdf)

    assert "Erika" not in case.dumps()
    assert base64.b64decode(case.output["content"]).endswith(b"HIDDEN-file of 19 bytes")


def test_people_become_the_same_others_on_both_sides(recorded, acme):
    lead = {"id": 7, "name": "Erika Beispiel", "email": "Erika.Beispiel@firma.de", "phone": "+49 171 5550199",
            "street": "Lange Gasse 3", "iban": "DE89370400440532013000", "status": "open", "city": "Berlin",
            "note": "Erika called, write to erika.beispiel@firma.de or +49 171 5550199"}  # fmt: skip
    given = {"name": "Erika Beispiel", "email": "erika.beispiel@firma.de", "note": "For Erika Beispiel"}

    case = recorded("add_lead", given, lead)

    text = case.dumps()
    for real in ("Erika", "erika", "Beispiel", "firma.de", "5550199", "Lange Gasse", "370400440532013000"):
        assert real not in text
    assert case.input["name"] == case.output["name"] == case.exchanges[0].request.json_["name"]
    assert case.input["email"] == case.output["email"].lower()
    assert case.output["status"] == "open"
    assert case.output["city"] == "Berlin"
    assert case.input["name"].split()[0] in case.output["note"]
    assert replay(case, acme) == []


def test_the_same_recording_gives_the_same_people(recorded):
    lead = {"id": 7, "firstName": "Erika", "lastName": "Beispiel", "phone": "+491715550199"}

    first, second = (recorded("get_lead", {"id": "7"}, lead) for _ in range(2))

    assert first == second
    assert first.output["firstName"] != "Erika"


def test_a_trigger_s_memory_and_events_hold_invented_people(recorded, acme):
    erika, max_ = (
        {"id": n, "fullName": name, "email": f"{n}@firma.de"} for n, name in ((1, "Erika Eins"), (2, "Max Zwei"))
    )
    none = {"results": []}

    case = recorded("new_lead", {}, [{"results": [erika]}, none] * 2, [{"results": [erika, max_]}, none], polls=2)

    first, second = case.polls
    assert first.events == []
    assert [event["id"] for event in second.events] == [2]
    assert "firma" not in case.dumps()
    assert "Erika" not in case.dumps()
    assert replay(case, acme) == []


def test_an_error_is_a_case_too(recorded):
    case = recorded("get_lead", {"id": "9"}, (404, {}, {"message": "no lead of erika@firma.de"}))

    assert case.error.model_dump(exclude_none=True) == {"kind": "vendor_not_found", "status": 404}
    assert "firma.de" not in case.dumps()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"id": 7, "pem": "-----BEGIN RSA PRIVATE KEY-----\nabc"}, "output.pem: a private key"),
        ({"id": 7, "x": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc"}, "output.x: a JWT"),
        ({"id": 7, "x": ["sk_live_4eC39HqLyjWDarjtT1zdp7dc"]}, "output.x[0]: a key"),
        ({"id": 7, "x": "qL8sT3vX9bN2mK5pR7wZ1cF4gH6jD0aE"}, "output.x: a key: it is long and without pattern"),
    ],
)
def test_what_still_looks_secret_is_not_kept_and_its_place_is_told(recorded, answer, said):
    with pytest.raises(NotRecorded) as refused:
        recorded("get_lead", {"id": "7"}, answer)

    assert said in str(refused.value)
    assert "qL8sT3" not in str(refused.value)


def test_a_short_secret_is_refused(recorded):
    with pytest.raises(SecretTooShort, match="'key' is a secret of fewer than 4"):
        recorded("get_lead", {"id": "7"}, {"id": 7}, values={"key": "abc"})


def test_a_search_that_only_invented_people_break_is_refused(recorded):
    page = {"results": [{"id": 1, "name": "Erika Beispiel", "email": "erika@firma.de"}]}

    with pytest.raises(NotRecorded, match="with invented people something else comes out"):
        recorded("find_lead", {"name": "rika Beis"}, page, {"results": []})


def test_a_stand_in_s_address_is_not_kept(recorded):
    page = {"id": 7, "self": "http://127.0.0.1:9/acme/a1/leads/7"}

    case = recorded("get_lead", {"id": "7"}, page, base_url="http://127.0.0.1:9/acme")

    assert case.exchanges[0].request.url == "https://api.acme.example/a1/leads/7"
    assert case.output["self"] == "https://api.acme.example/a1/leads/7"


def test_ids_stay_however_random_and_cursors_do_not(recorded, acme):
    file_id = "1aZ9kQ3xV7bN2mK5pR8wT4cF6gH0jD"
    cursor = base64.b64encode(b'{"last": 1234567, "of": "acme"}').decode()

    case = recorded(
        "get_lead", {"id": file_id}, {"id": file_id, "see": f"https://x.example/{file_id}", "next_cursor": cursor}
    )

    assert case.output["id"] == file_id
    assert case.output["next_cursor"] == "HIDDEN-next_cursor"
    assert replay(case, acme) == []


def deep(depth):
    return (200, {}, b'{"id": 7, "deep": ' + b"[" * depth + b"]" * depth + b"}")


def test_a_deep_answer_is_kept_as_text(recorded, acme):
    case = recorded("get_lead", {"id": "7"}, deep(32))

    assert case.exchanges[0].answer.text
    assert replay(case, acme) == []


@pytest.mark.parametrize("depth", [60, 400])
def test_one_too_deep_is_refused(recorded, depth):
    with pytest.raises(NotRecorded):
        recorded("get_lead", {"id": "7"}, deep(depth))

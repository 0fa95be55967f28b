from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.components.http import Response, dump_json
from connectors.components.outcome import (
    LONGEST_RETRY_AFTER,
    MOST_WORDS,
    Errors,
    StatusRule,
    is_success,
    retry_after,
)
from connectors.errors import (
    ReconnectError,
    UnknownOutcome,
    VendorBusy,
    VendorFailed,
    VendorInvalidInput,
    VendorNotFound,
    VendorRefused,
)

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC).timestamp()


def answer(status: int, body: Any = None, **headers: str) -> Response:
    content = body if isinstance(body, bytes) else b"" if body is None else dump_json(body)
    return Response(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()), content)


def words(body: Any, **errors: Any) -> str | None:
    return Errors.model_validate(errors).vendor_message(answer(400, body))


@pytest.mark.parametrize(
    ("status", "on_read", "on_write"),
    [
        (400, VendorInvalidInput, VendorInvalidInput),
        (401, ReconnectError, ReconnectError),
        (403, VendorRefused, VendorRefused),
        (404, VendorNotFound, VendorNotFound),
        (405, VendorRefused, VendorRefused),
        (408, VendorBusy, VendorBusy),
        (409, VendorRefused, VendorRefused),
        (422, VendorInvalidInput, VendorInvalidInput),
        (429, VendorBusy, VendorBusy),
        (503, VendorBusy, VendorBusy),
        (500, VendorFailed, UnknownOutcome),
        (502, VendorFailed, UnknownOutcome),
        (504, VendorFailed, UnknownOutcome),
        (599, VendorFailed, UnknownOutcome),
        (302, VendorFailed, UnknownOutcome),
        (307, VendorFailed, UnknownOutcome),
        (199, VendorFailed, UnknownOutcome),
    ],
)
def test_what_each_status_means(status, on_read, on_write):
    for writing, kind in ((False, on_read), (True, on_write)):
        error = Errors().error(answer(status, {"message": "No."}), writing=writing)
        assert type(error) is kind
        assert (error.status, error.vendor_message) == (status, "No.")
        assert error.remedy


def test_success_is_200_to_299():
    assert [status for status in (199, 200, 204, 299, 300) if is_success(answer(status))] == [200, 204, 299]


def test_how_an_error_reads():
    error = Errors().error(answer(404, {"message": "No such offer"}), writing=False)
    assert error.message == "the vendor knows no such thing (404: No such offer)"
    assert error.remedy == "Check the ids that were given, and those of the connection."
    assert str(Errors().error(answer(500), writing=False)) == "the vendor failed (500)"


def test_how_an_unknown_outcome_reads():
    error = Errors().error(answer(500, {"message": "Oops"}), writing=True)
    assert error.message == "the vendor failed with 500, and may or may not have done it"
    assert error.remedy == UnknownOutcome.usual_remedy
    assert error.kind == "unknown_outcome"


def test_a_manifest_lists_exceptions_to_the_table():
    errors = Errors.model_validate({"status": {"404": {"kind": "busy", "remedy": "Wait."}, "500": {"kind": "refused"}}})
    busy = errors.error(answer(404), writing=False)
    assert (type(busy), busy.remedy) == (VendorBusy, "Wait.")
    assert type(errors.error(answer(500), writing=True)) is VendorRefused


def test_a_manifest_may_give_the_remedy_alone():
    errors = Errors.model_validate({"status": {"404": {"remedy": "Look up the id."}, "500": {"remedy": "Call them."}}})
    assert errors.error(answer(404), writing=False).remedy == "Look up the id."
    unknown = errors.error(answer(500), writing=True)
    assert (type(unknown), unknown.remedy) == (UnknownOutcome, "Call them.")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"message": "m"}, "m"),
        ({"detail": "d"}, "d"),
        ({"error": {"message": "e"}}, "e"),
        ([{"message": "m", "errorCode": "E"}], "m"),
        ({"error": "invalid", "error_description": "The key is old"}, "The key is old"),
        ({"error": "plain"}, "plain"),
        ({"title": "t"}, "t"),
        ({"message": "", "detail": "d"}, "d"),
        ({"message": None, "detail": 5, "title": "t"}, "t"),
        ({"message": ["m", "n"], "title": "t"}, "m; n"),
        ({"detail": ["Not found.", {"code": "x"}]}, "Not found.; code: x"),
        ({"errors": ["a", "", None, "b"]}, "a; b"),
        ({"errors": [{"message": "m"}, {"message": "n"}]}, "m; n"),
        ({"errors": {"email": "is taken"}, "status": 400}, "email: is taken"),
        ({"errors": {"email": ["is taken", "is odd"]}}, "email: is taken; is odd"),
        ({"email": ["is taken"], "phone": ["is short"]}, "email: is taken; phone: is short"),
        ({"title": ["is needed"]}, "title: is needed"),
        ({"non_field_errors": ["Do not."]}, "Do not."),
        ({"non_field_errors": ["Do not."], "email": ["is taken"]}, "Do not.; email: is taken"),
        ({"non_field_errors": ["Do not."], "code": 7}, "Do not."),
        (
            {"who": {"email": ["is taken"]}, "lines": [{}, {"n": ["too many"]}]},
            "who: email: is taken; lines: n: too many",
        ),
        ({"data": {"name": "Ada"}, "ids": [7]}, None),
        ({"items": []}, None),
        ({}, None),
        ("A JSON text", "A JSON text"),
        (b"Plain text\n", "Plain text"),
        ({"message": "a < b"}, "a < b"),
        ({"other": "x"}, None),
        (["x"], None),
        (None, None),
        (b"  ", None),
        (b"<!DOCTYPE html><p>Oops</p>", None),
        (b"\n <html>", None),
        (b"Oops <b>now</b>", None),
        ({"message": "<p>Oops</p>", "detail": "d"}, "d"),
    ],
)
def test_where_the_vendors_own_words_are(body, found):
    assert words(body) == found


def test_a_manifest_says_where_they_are():
    places = ["errors.0.text", "message"]
    assert words({"message": "m", "errors": [{"text": "e"}]}, message=places) == "e"
    assert words({"message": "m"}, message=places) == "m"
    assert words({"detail": "d"}, message=places) is None


def test_a_manifests_places_go_before_words_by_field_and_take_the_place_of_the_usual():
    assert words({"email": ["is taken"]}, message=["why"]) == "email: is taken"
    assert words({"why": ["No."], "email": ["is taken"]}, message=["why"]) == "No."
    assert words({"message": "m", "why": {}}, message=["why"]) is None


def test_only_the_first_twenty_complaints_are_repeated():
    assert words({"errors": [str(number) for number in range(30)]}) == "; ".join(map(str, range(MOST_WORDS)))
    fields = {f"f{number}": ["x"] for number in range(30)}
    assert words(fields) == "; ".join(f"f{number}: x" for number in range(MOST_WORDS))


@pytest.mark.parametrize(("before", "after"), [("[", "]"), ('{"a":', "}"), ('{"errors":[', "]}")])
def test_complaints_that_lie_very_deep_are_left_alone(before, after):
    assert words(f'{before * 400}["x"]{after * 400}'.encode()) is None


SAYS_NO: dict[str, Any] = {
    "status": {"400": {"kind": "not_found"}, "409": {"remedy": "Look first."}},
    "when": [
        {"match": {"ok": False, "error": "ratelimited"}, "kind": "busy"},
        {
            "match": {"ok": False, "error": {"in": ["invalid_auth", "expired"]}},
            "kind": "reconnect",
            "remedy": "Sign in.",
        },
        {"match": {"ok": False}},
    ],
}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"ok": False, "error": "no_such_channel"}, VendorRefused),
        (200, {"ok": False, "error": "ratelimited"}, VendorBusy),
        (200, {"ok": False, "error": "expired"}, ReconnectError),
        (400, {"ok": False, "error": "expired"}, ReconnectError),
        (422, {"ok": False}, VendorInvalidInput),
        (500, {"ok": False}, VendorFailed),
        (400, {"ok": True}, VendorNotFound),
        (400, b"<html>", VendorNotFound),
        (400, [], VendorNotFound),
    ],
    ids=repr,
)
def test_a_manifest_says_what_a_body_means(status, body, kind):
    errors = Errors.model_validate(SAYS_NO)
    assert errors.exception(answer(status, body)) is not None
    assert type(errors.error(answer(status, body), writing=False)) is kind


@pytest.mark.parametrize("body", [{"ok": True}, {"ok": 0}, {"error": "expired"}, [], "no", None, b"<html>"], ids=repr)
def test_a_success_whose_body_says_nothing_stays_one(body):
    assert Errors.model_validate(SAYS_NO).exception(answer(200, body)) is None


@pytest.mark.parametrize("match", [{"ok": {"not": True}}, {"ok": {"exists": False}}], ids=repr)
def test_a_body_that_is_not_json_meets_no_condition_on_it(match):
    errors = Errors.model_validate({"when": [{"match": match}]})
    assert errors.exception(answer(204)) is None
    assert errors.exception(answer(200, b"OK, done")) is None
    assert errors.exception(answer(200, {})) is not None


def test_a_rule_that_was_found_already_is_not_looked_for_again():
    busy = StatusRule(kind="busy", remedy="Wait.")
    error = Errors.model_validate(SAYS_NO).error(answer(400), busy, writing=False)
    assert (type(error), error.remedy) == (VendorBusy, "Wait.")


def test_how_a_refusal_with_200_reads():
    error = Errors.model_validate(SAYS_NO).error(answer(200, {"ok": False, "error": "expired"}), writing=True)
    assert str(error) == "the vendor does not accept the credentials (200: expired)"
    assert error.remedy == "Sign in."


def test_a_write_that_a_body_says_failed_has_an_unknown_outcome():
    errors = Errors.model_validate({"when": [{"match": {"ok": False}, "kind": "failed"}]})
    assert type(errors.error(answer(200, {"ok": False}), writing=True)) is UnknownOutcome
    assert type(errors.error(answer(200, {"ok": False}), writing=False)) is VendorFailed


def test_a_rule_for_a_status_never_makes_an_error_of_a_success():
    errors = Errors.model_validate({"status": {"200": {"kind": "refused"}, "404": {"kind": "refused"}}})
    assert errors.exception(answer(200)) is None
    assert errors.exception(answer(404)) == StatusRule(kind="refused")


@pytest.mark.parametrize(
    "block",
    [
        {"when": [{"kind": "busy"}]},
        {"when": [{"match": {}, "kind": "odd"}]},
        {"status": {"600": {}}},
        {"status": {"4": {}}},
    ],
    ids=repr,
)
def test_rules_that_say_nothing_usable_are_refused(block):
    with pytest.raises(ValidationError):
        Errors.model_validate(block)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_no_json_breaks_the_reading_of_the_vendors_words(body):
    said = words(dump_json(body))
    assert said is None or (said.isprintable() and len(said) <= 500)


def test_the_vendors_words_are_one_short_line_without_terminal_commands():
    assert words({"message": "a\r\n  b\x1b[2Jc\x00"}) == "a b [2Jc"
    assert words({"message": "x" * 501}) == "x" * 500
    assert words(b"\xff" * 30_000) == "\ufffd" * 500


def test_secrets_are_taken_out_before_the_words_are_cut():
    error = Errors().error(
        answer(400, {"message": "x" * 490 + "canary-1234567890"}),
        writing=False,
        redact=lambda text: text.replace("canary-1234567890", "•••"),
    )
    assert error.vendor_message == "x" * 490 + "•••"
    assert "canary" not in repr(error)
    assert "canary" not in str(error)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 17 ", 17.0),
        ("9" * 400, LONGEST_RETRY_AFTER),
        ("Thu, 01 Jan 2026 12:01:00 GMT", 60.0),
        ("Thursday, 01-Jan-26 12:01:00 GMT", 60.0),
        ("Thu Jan  1 12:01:00 2026", 60.0),
        ("Thu, 01 Jan 2026 14:01:00 +0200", 60.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2126 11:00:00 GMT", LONGEST_RETRY_AFTER),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("Thu, 01 Jan 2026 12:00:00 +9999999999999999", None),
        ("Thu, 01 Jan 99999 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_a_day(text, seconds):
    assert retry_after(answer(429, retry_after=text), now=NOW) == seconds


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="only Unix lets a process change its time zone")
def test_a_date_without_a_time_zone_is_utc(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        seconds = retry_after(answer(429, retry_after="Thu Jan  1 12:01:00 2026"), now=NOW)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert seconds == 60.0


def test_retry_after_as_a_date_needs_to_know_the_time():
    response = answer(429, retry_after="Thu, 01 Jan 2026 12:01:00 GMT")
    assert retry_after(response) is None
    assert Errors().error(response, writing=False, now=NOW).as_dict()["retry_after"] == 60.0


def test_an_error_says_how_long_the_vendor_asks_to_wait():
    error = Errors().error(answer(429, retry_after="12"), writing=False, now=NOW)
    assert error.message == "the vendor is busy or limits how often it may be asked (429); it asks to wait 12 s"
    assert error.remedy == "Try again in 12 s."


@pytest.mark.parametrize(("status", "remedy"), [(405, "check 'request' in the manifest"), (431, "shorten it")])
def test_some_refusals_have_a_remedy_of_their_own(status, remedy):
    assert remedy in (Errors().error(answer(status), writing=True).remedy or "")


def test_without_the_header_there_is_no_retry_after():
    assert retry_after(answer(429), now=NOW) is None


@given(st.text(st.characters(max_codepoint=255)) | st.from_regex(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ [+-]\d+"))
def test_no_header_breaks_the_reading_of_retry_after(text):
    seconds = retry_after(answer(429, retry_after=text), now=NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_RETRY_AFTER


@given(st.binary())
def test_no_body_breaks_the_reading_of_the_vendors_words(body):
    said = words(body)
    assert said is None or said.isprintable()

"""The receiver: what is signed is printed once, what is not is refused."""

from __future__ import annotations

import base64
import json
import re
import signal
import time
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from connectors.cli.signature import Known, Refused, check, key_of

SECRET = f"whsec_{base64.b64encode(b'a-secret-of-24-characters').decode()}"
EVENT = {"specversion": "1.0", "type": "reonic.new_offer", "time": "2026-11-22T08:00:00+00:00", "data": {"id": "o1"}}


def signed(body, name="evt_1", *, at=None, secret=SECRET):
    """Headers as a library makes them that is not what checks them."""
    when = datetime.fromtimestamp(time.time() if at is None else at, UTC)
    signature = Webhook(secret).sign(name, when, body.decode())
    return {"webhook-id": name, "webhook-timestamp": str(int(when.timestamp())), "webhook-signature": signature}


@pytest.fixture
def listener(program):
    """A receiver in a process of its own: it, and how to send it something."""

    def start(*words):
        process = program("listen", "--port", 0, "--secret", SECRET, *words)
        url = re.search(r"http://\S+", process.stderr.readline())[0]

        def send(content, headers=None, **more):
            body = json.dumps(content).encode()
            given = {"content-type": "application/cloudevents+json", **(headers or signed(body, **more))}
            return httpx.post(f"{url}/in", content=body, headers=given, timeout=20).status_code

        return process, send

    return start


def test_an_event_is_a_line_and_what_came_again_is_not(listener):
    process, send = listener()

    statuses = [send(EVENT), send(EVENT, at=time.time() + 1), send({"id": "o2"}, name="evt_2")]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)

    assert statuses == [200, 200, 200]
    lines = [line.split("  ", 1)[1] for line in out.splitlines()]
    assert lines[0] == 'reonic.new_offer  evt_1  {"id":"o1"}'
    assert [line.split("  ")[1] for line in lines] == ["evt_1", "evt_2"]
    assert err.split("\n") == ["evt_1 came again, and is known.", "", ""]
    assert process.returncode == 130


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_it_ends_when_nobody_reads_on_and_what_was_not_read_is_not_taken(listener, words):
    process, send = listener(*words)
    assert send(EVENT) == 200
    process.stdout.readline()
    process.stdout.close()

    assert send(EVENT, name="evt_2") == 503

    assert process.wait(timeout=20) == 141
    assert process.stderr.read() == ""


def test_as_json_it_is_a_document_in_either_format(listener):
    process, send = listener("--json")

    send(EVENT)
    body = b'{"id": 7}'
    send({"id": 7}, {**signed(body, "evt_2"), "content-type": "application/json"})

    one, two = (json.loads(process.stdout.readline()) for _ in range(2))
    assert one == {
        "id": "evt_1", "type": "reonic.new_offer", "time": "2026-11-22T08:00:00+00:00", "test": False,
        "data": {"id": "o1"},
    }  # fmt: skip
    assert two == {"id": "evt_2", "type": None, "time": None, "test": False, "data": {"id": 7}}


def test_what_is_wrong_stale_or_replayed_is_refused_and_said(listener):
    process, send = listener()
    body = json.dumps(EVENT).encode()
    headers = signed(body)

    statuses = [
        send(EVENT, secret="whsec_YW5vdGhlciBzZWNyZXQ="),
        send({**EVENT, "data": {}}, headers),
        send(EVENT, at=time.time() - 400),
        send(EVENT, {"webhook-id": "evt_1"}),
        send(EVENT, headers),
        send(EVENT, headers),
    ]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)

    assert statuses == [401, 401, 400, 401, 200, 409]
    assert len(out.splitlines()) == 1
    said = ["signature is wrong", "signature is wrong", "stale: it was signed 40", "not signed", "replayed"]
    assert [words in line for words, line in zip(said, err.split("\n\n")[0].splitlines(), strict=True)] == [True] * 5


def test_it_answers_as_it_is_told_and_shows_each_try(listener):
    process, send = listener("--answer", "503")

    assert [send(EVENT), send(EVENT, at=time.time() + 1)] == [503, 503]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)

    assert len(out.splitlines()) == 2
    assert err.splitlines()[:2] == ["evt_1 was answered with 503."] * 2


def test_a_terminal_obeys_nothing_that_comes(listener):
    process, send = listener()

    send({**EVENT, "type": "a\x1b[2Jb", "data": "\x9b1m"})

    assert "\x1b" not in (line := process.stdout.readline())
    assert "\x9b" not in line


def test_a_secret_that_is_none_is_refused_and_not_repeated(gridwire):
    done = gridwire("listen", "--secret", "whsec_not*base64")

    assert done.exit_code == 2
    assert "this is no secret of a subscription" in done.stderr
    assert "not*base64" not in done.stderr


# The test vector that www.standardwebhooks.com publishes with its libraries.
VECTOR = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
BODY, VECTOR_SECRET, THEN = b'{"test": 2432232314}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330.0


def test_the_published_vector_is_believed_and_each_change_to_it_is_not():
    assert check(VECTOR, BODY, ["whsec_AAAA", VECTOR_SECRET], THEN) == (VECTOR["webhook-id"], 1614265330)

    several = {**VECTOR, "webhook-signature": f"v1a,AAAA v1,!! {VECTOR['webhook-signature']}"}
    assert check(several, BODY, [VECTOR_SECRET], THEN + 299)
    for changed in (
        {"webhook-id": "msg_other"},
        {"webhook-timestamp": "1614265331"},
        {"webhook-timestamp": "١٦١٤٢٦٥٣٣٠"},
        {"webhook-timestamp": "-1"},
        {"webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        {"webhook-signature": "v1,"},
    ):
        with pytest.raises(Refused):
            check({**VECTOR, **changed}, BODY, [VECTOR_SECRET], THEN)
    for later in (301, -301):
        with pytest.raises(Refused, match="stale"):
            check(VECTOR, BODY, [VECTOR_SECRET], THEN + later)
    with pytest.raises(Refused):
        check(VECTOR, BODY, [], THEN)


def test_an_older_try_after_a_newer_one_is_a_replay():
    known = Known()
    assert [known.came("a", 10), known.came("a", 15)] == [False, True]

    with pytest.raises(Refused, match="replayed"):
        known.came("a", 10)
    assert known.came("a", 16)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_a*b", "whsec_é"])
def test_a_secret_has_a_key_in_it(secret):
    with pytest.raises(ValueError, match="it is"):
        key_of(secret)

from __future__ import annotations

import asyncio
import base64
import email.utils
import hashlib
import hmac
import json
import time

import pytest

from connectors.components.http import Response
from connectors.errors import NotReached, ResponseLost, TransportError
from connectors.service import deliveries as module
from connectors.service.lanes import Lane, Places
from tests.service.house import HERE, TARGET, house

JOB = {"id": 7, "at": 1, "title": "Roof"}
STATE = "SELECT state FROM deliveries ORDER BY event"
OTHER = "https://other.example.com/in"


@pytest.fixture
async def home(tmp_path):
    async with house(tmp_path) as home:
        yield home


def signature(secret: str, id: str, stamp: str, body: bytes) -> str:
    """Standard Webhooks, by hand."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, id.encode() + b"." + stamp.encode() + b"." + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(made).decode()


def answer(status, **headers):
    return Response(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()))


async def pushed(home, *answers, jobs=(JOB,), **how):
    """A subscription whose target answers so, after these jobs."""
    made = await home.subscribe(**how)
    home.network.says[TARGET].extend(answers)
    for job in jobs:
        assert await home.push(made, job) == [200]
        await home.drained()
    return made


async def tried(home, count):
    """Waits until so many tries are marked; gives the seconds until the next, and how the last one went."""
    await home.until("SELECT sum(attempts) FROM deliveries", [count])
    [(due_at, last)] = await home.rows("SELECT due_at, last FROM deliveries")
    return due_at - time.time(), json.loads(last)["said"]


async def let_time_pass(home):
    await home.change("UPDATE deliveries SET due_at = 0 WHERE state = 'waiting'")
    home.worker.deliverer.wake([one[0] for one in await home.rows("SELECT id FROM subscriptions")])


def test_the_published_vector():
    body = b'{"event_type":"ping","data":{"success":true}}'
    made = signature("whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", "1731705121", body)
    assert made == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


async def test_a_delivery_is_a_signed_cloud_event(home):
    made = await pushed(home)
    [sent] = await home.network.got(1)
    said = json.loads(sent.content)
    [(name,)] = await home.rows("SELECT id FROM events")
    assert said.pop("time").endswith("+00:00")
    assert said == {
        "specversion": "1.0", "id": name, "source": HERE, "type": "dispatch.job_pushed",
        "datacontenttype": "application/json", "data": JOB,
    }  # fmt: skip
    headers = sent.headers
    assert headers["Content-Type"] == "application/cloudevents+json"
    assert headers["webhook-id"] == name
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    expected = signature(made.target.secret, name, headers["webhook-timestamp"], sent.content)
    assert headers["webhook-signature"] == expected


async def test_plain_is_the_item_as_it_is(home):
    made = await pushed(home, format="plain", jobs=[JOB | {"n": 2**70, "e": "ä"}])
    [sent] = await home.network.got(1)
    assert json.loads(sent.content) == JOB | {"n": 2**70, "e": "ä"}
    assert sent.headers["Content-Type"] == "application/json"
    headers = sent.headers
    stamp, name = headers["webhook-timestamp"], headers["webhook-id"]
    assert headers["webhook-signature"] == signature(made.target.secret, name, stamp, sent.content)


FAILURES = {
    "a failure": answer(500),
    "a timeout": ResponseLost("no answer from target.example.com within 15 s", timed_out=True),
    "a reset": NotReached("could not connect"),
    "a redirect": answer(302, location=OTHER),
    "a permanent redirect": answer(308, location=OTHER),
    "a refusal": answer(404),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_what_fails_is_tried_again_by_the_schedule_under_the_same_id(home, failure):
    await pushed(home, failure)
    wait, said = await tried(home, 1)
    assert 4.5 < wait <= 5.5
    assert said == (failure.status if isinstance(failure, Response) else failure.message)
    await let_time_pass(home)
    await home.until(STATE, ["delivered"])
    first, second = home.network.sent
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.content == second.content
    assert {one.url for one in home.network.sent} == {TARGET}


async def test_the_log_says_once_what_became_of_a_target(home, caplog):
    made = await pushed(home, answer(500), TransportError("no route"), answer(503), jobs=(JOB, JOB | {"id": 8}))
    await home.until("SELECT sum(attempts) FROM deliveries", [2])
    home.network.says[TARGET].extend([answer(500)] * 3)
    for tries in (4, 6):
        await let_time_pass(home)
        await home.until("SELECT sum(attempts) FROM deliveries", [tries])
    await home.push(made, JOB | {"id": 9})
    await home.until(STATE, ["dead", "dead", "delivered"])
    await home.idle()
    home.network.says[TARGET].append(answer(410))
    await home.push(made, JOB | {"id": 10})
    await home.until("SELECT state FROM subscriptions", ["ended"])
    await home.idle()

    said = [record.message for record in caplog.records]
    assert [made.id in one for one in said] == [True] * 4
    assert ["500" in said[0], "dead after 3 tries" in said[1], "again" in said[2], "410" in said[3]] == [True] * 4


async def test_after_the_last_try_it_is_dead(home):
    await pushed(home, *[answer(500)] * 3)
    assert (await tried(home, 1))[0] <= 5.5
    await let_time_pass(home)
    assert 299 < (await tried(home, 2))[0] <= 330
    await let_time_pass(home)
    await home.until(STATE, ["dead"])
    assert len(home.network.sent) == 3


LATER = {
    "seconds": ("60", 55, 61),
    "a date": (lambda: email.utils.formatdate(time.time() + 90, usegmt=True), 85, 91),
    "absurd": ("99999999999", 80_000, 86_401),
    "shorter than the schedule": ("1", 4.5, 5.6),
    "nonsense": ("soon", 4.5, 5.6),
    "negative": ("-5", 4.5, 5.6),
}


@pytest.mark.parametrize(("after", "least", "most"), LATER.values(), ids=LATER)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_honoured(home, after, least, most, status):
    await pushed(home, answer(status, retry_after=after() if callable(after) else after))
    wait, _ = await tried(home, 1)
    assert least < wait < most


async def test_a_target_that_asks_to_wait_is_left_alone_altogether(home, monkeypatch):
    real, looks = module.waiting_for, list[str]()
    monkeypatch.setattr(module, "waiting_for", lambda rows, vault, of: looks.append(of) or real(rows, vault, of))
    made = await pushed(home, answer(429, retry_after="60"))
    await tried(home, 1)
    await home.push(made, JOB | {"id": 8}, JOB | {"id": 9})
    await home.until("SELECT count(*) FROM deliveries", [3])
    await asyncio.sleep(0.05)
    assert len(home.network.sent) == 1
    assert len(looks) < 5


async def test_gone_ends_the_subscription(home):
    made = await pushed(home, answer(410))
    await home.until("SELECT state FROM subscriptions", ["ended"])
    await home.until(STATE, ["dead"])
    await home.push(made, JOB | {"id": 8})
    await home.drained()
    assert await home.rows(STATE) == [("dead",)]


async def test_in_order_nothing_passes_what_waits(home):
    jobs = [JOB | {"id": n} for n in range(5)]
    await pushed(home, answer(200), answer(500), jobs=jobs, ordered=True)
    await home.until("SELECT sum(attempts) FROM deliveries", [2])
    await asyncio.sleep(0.05)
    assert len(home.network.sent) == 2
    await let_time_pass(home)
    await home.until(STATE, ["delivered"] * 5)
    assert [json.loads(one.content)["data"]["id"] for one in home.network.sent] == [0, 1, 1, 2, 3, 4]


async def test_in_order_a_dead_one_lets_the_next_pass(home):
    await pushed(home, *[answer(500)] * 3, jobs=[JOB, JOB | {"id": 8}], ordered=True)
    for count in (1, 2):
        await home.until("SELECT sum(attempts) FROM deliveries", [count])
        await let_time_pass(home)
    await home.until(STATE, ["dead", "delivered"])


async def test_without_order_others_pass_what_waits(home):
    await pushed(home, answer(500), jobs=[JOB, JOB | {"id": 8}])
    await home.until(STATE, ["waiting", "delivered"])


async def never():
    await asyncio.sleep(3600)
    raise AssertionError


async def test_targets_that_do_not_answer_delay_nobody_else(home):
    for n in range(40):
        url = f"https://dead-{n}.example.com/"
        home.network.always[url] = never
        await home.subscribe(url=url)
    made = await home.subscribe()
    await home.push(made, *[JOB | {"id": n} for n in range(6)])
    mine = f"SELECT count(*) FROM deliveries WHERE subscription = '{made.id}' AND state = 'delivered'"
    await home.until(mine, [6])


async def test_targets_that_fail_have_places_of_their_own():
    places, dead, well = Places(), Lane(well=False), Lane(well=True)
    held = [asyncio.ensure_future(places.one(f"workspace-{n}", dead).__aenter__()) for n in range(100)]
    for _ in range(5):
        await asyncio.sleep(0)
    for workspace in ("workspace-1", "another"):
        async with asyncio.timeout(1), places.one(workspace, well):
            assert sum(one.done() for one in held) < 100
    for one in held:
        one.cancel()
    await asyncio.gather(*held, return_exceptions=True)


def test_a_target_is_unwell_when_it_is_slow_or_fails_in_a_row():
    lane = Lane()
    assert lane.width == 1
    lane.learn(taken=True, seconds=0.1)
    assert lane.width == 4
    for _ in range(2):
        lane.learn(taken=False, seconds=0.1)
    assert lane.well
    lane.learn(taken=False, seconds=0.1)
    assert lane.well is False
    lane.learn(taken=True, seconds=0.1)
    assert lane.well
    lane.learn(taken=True, seconds=10)
    assert (lane.well, lane.width) == (False, 1)


async def test_no_workspace_has_all_places():
    places, lane = Places(), Lane(well=True)
    held = [asyncio.ensure_future(places.one("greedy", lane).__aenter__()) for _ in range(300)]
    await asyncio.sleep(0)
    async with asyncio.timeout(1), places.one("modest", lane):
        pass
    for one in held:
        one.cancel()
    await asyncio.gather(*held, return_exceptions=True)


async def test_10000_that_wait_delay_nobody_else(home):
    made, other = await home.subscribe(), await home.subscribe("job_signed", OTHER)
    await home.change("UPDATE subscriptions SET state = 'paused'")
    await pushed(home, jobs=[JOB])
    await home.change("UPDATE subscriptions SET state = 'active'")
    [(event,)] = await home.rows("SELECT number FROM events")
    await home.change(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) "
        "INSERT INTO deliveries SELECT 'many' || i, :made, :event, 'waiting', 0, 0, NULL FROM n",
        made=made.id,
        event=event,
    )
    await home.change(
        "INSERT INTO deliveries VALUES ('one', :o, :event, 'waiting', 0, 0, NULL)", o=other.id, event=event
    )
    started = time.monotonic()
    home.worker.deliverer.wake([made.id])
    home.worker.deliverer.wake([other.id])
    await home.until("SELECT state FROM deliveries WHERE id = 'one'", ["delivered"])
    assert time.monotonic() - started < 2
    [(waiting,)] = await home.rows("SELECT count(*) FROM deliveries WHERE state = 'waiting'")
    assert waiting > 5000


async def test_a_subscription_removed_while_it_is_sent_to_is_left_alone(home):
    arrived, go = asyncio.Event(), asyncio.Event()

    async def slow():
        arrived.set()
        await go.wait()
        return Response(200)

    home.network.always[TARGET] = slow
    made = await pushed(home)
    await arrived.wait()
    await home.subscriptions.remove(home.workspace, made.id)
    go.set()
    await home.idle()
    assert await home.rows("SELECT count(*) FROM deliveries") == [(0,)]


async def test_what_cannot_be_marked_is_sent_again_under_the_same_id(home, monkeypatch):
    monkeypatch.setattr(module, "pause", lambda failures: 0.01)
    await home.change("CREATE TRIGGER full BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    await pushed(home)
    await home.network.got(2)
    await home.until("SELECT error IS NOT NULL FROM subscriptions", [True])
    await home.change("DROP TRIGGER full")
    await home.until(STATE, ["delivered"])
    assert len({one.headers["webhook-id"] for one in home.network.sent}) == 1
    await home.until("SELECT count(*) FROM subscriptions WHERE error <> 'null'", [0])


async def test_an_event_that_cannot_be_opened_is_dead_and_holds_up_no_other(home):
    await home.change("CREATE TRIGGER spoil AFTER INSERT ON events BEGIN UPDATE events SET content = x'00'; END")
    made = await pushed(home)
    await home.until(STATE, ["dead"])
    await home.change("DROP TRIGGER spoil")
    await home.push(made, JOB | {"id": 8})
    await home.until(STATE, ["dead", "delivered"])


async def test_what_was_under_way_at_the_end_is_sent_after_the_next_start(tmp_path):
    async with house(tmp_path) as home:
        home.network.always[TARGET] = never
        await pushed(home)
        [first] = await home.network.got(1)
    async with house(tmp_path) as home:
        [again] = await home.network.got(1)
        await home.until(STATE, ["delivered"])
    assert again.headers["webhook-id"] == first.headers["webhook-id"]


async def test_an_error_of_ours_is_a_failed_try(home, caplog):
    async def breaks():
        raise RuntimeError("a bug")

    home.network.always[TARGET] = breaks
    await pushed(home)
    _, said = await tried(home, 1)
    assert said == "it could not be sent: our mistake"
    assert "a bug" in caplog.text

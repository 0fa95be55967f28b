from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time

import pytest

from connectors.components.delivery import Delivery
from connectors.engine.hooks import Hook
from connectors.errors import GridwireError
from connectors.service import inbox as module
from connectors.service.again import LONGEST, pause
from tests.service.house import HERE, house

JOB = {"id": 7, "at": 1, "title": "Roof"}
EVENTS = "SELECT count(*) FROM events"
KEPT = "SELECT count(*) FROM inbox"


@pytest.fixture
async def home(tmp_path):
    async with house(tmp_path) as home:
        yield home


@pytest.fixture
async def idle(tmp_path):
    """One whose worker does not work."""
    async with house(tmp_path, works=False) as home:
        yield home


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "pause", lambda failures: 0.01)


async def test_what_comes_is_on_disk_before_the_answer(idle):
    made = await idle.subscribe()
    assert await idle.push(made, JOB) == [200]
    assert await idle.rows(KEPT) == [(1,)]
    assert b"Roof" not in (await idle.rows("SELECT content FROM inbox"))[0][0]


async def test_what_cannot_be_kept_is_not_taken(idle):
    made = await idle.subscribe()
    await idle.push(made, JOB)
    await idle.change("CREATE TRIGGER full BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    assert await idle.push(made, JOB) == [503]


async def test_the_same_50_times_at_once_is_one_event(home):
    made = await home.subscribe()
    assert await home.push(made, *[JOB] * 50) == [200] * 50
    await home.drained()
    assert await home.rows(EVENTS) == [(1,)]


async def test_the_same_key_with_another_body_is_a_further_event(home):
    made = await home.subscribe()
    await home.push(made, JOB, JOB | {"title": "Cellar"}, JOB | {"at": 0})
    await home.drained()
    ids = await home.rows("SELECT id FROM events")
    assert len(set(ids)) == 3


async def test_wrong_missing_and_foreign_secrets_and_unknown_addresses_are_answered_alike(home):
    one, other = await home.subscribe("job_pushed"), await home.subscribe("job_signed")
    secret, foreign = one.reading.hook["secret"], other.reading.hook["secret"]
    take, token = home.worker.inbox.take, one.reading.hook["token"]

    def sent(**headers):
        return Delivery(json.dumps(JOB).encode(), tuple(headers.items()), HERE)

    name = "x-dispatch-secret"
    refused = [
        await take(token, sent(**{name: "wrong"})),
        await take(token, sent()),
        await take(token, sent(**{name: foreign})),
        await take(token, Delivery(b"{", ((name, "wrong"),), HERE)),
        await take("no-such-address", sent(**{name: secret})),
        await take("", sent(**{name: secret})),
    ]
    assert {(answer.status, answer.headers, answer.body) for answer in refused} == {(404, (), b"")}
    assert await home.rows(KEPT) == [(0,)]


async def test_what_is_refused_leaves_a_line_of_history_that_does_not_grow(home):
    made = await home.subscribe()
    for _ in range(20):
        assert await home.push(made, JOB, secret="wrong") == [404]
    hook = made.reading.hook
    headers = (("content-type", "application/json"), ("x-dispatch-secret", hook["secret"]))
    assert (await home.worker.inbox.take(hook["token"], Delivery(b"{oops", headers, "https://x"))).status == 400

    said = [json.loads(one[0]) for one in await home.rows("SELECT said FROM history WHERE said LIKE '%refused%'")]

    assert [one["kind"] for one in said] == ["refused"] * 2
    assert ["does not prove" in said[0]["why"], "cannot be read" in said[1]["why"]] == [True, True]


async def test_what_is_too_large_or_unreadable_is_not_kept(home):
    made = await home.subscribe()
    hook = made.reading.hook
    headers = (("x-dispatch-secret", hook["secret"]),)
    said = [
        (await home.worker.inbox.take(hook["token"], Delivery(body, headers, HERE))).status
        for body in (b"x" * (2**20 + 1), b"{", b"\xff", b"[" * 1000, b"")
    ]
    assert said == [413, 400, 400, 400, 200]
    assert await home.rows(KEPT) == [(0,)]


async def test_what_waited_over_a_restart_is_an_event_however_old_its_signature_is(tmp_path, monkeypatch):
    async with house(tmp_path, works=False) as idle:
        hook = (await idle.subscribe("job_signed")).reading.hook
        now, body = int(time.time()), b'{"id":7}'
        mac = hmac.new(base64.b64decode(hook["secret"]), b"msg_1.%d.%b" % (now, body), hashlib.sha256).digest()
        headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now)}
        headers["webhook-signature"] = f"v1,{base64.b64encode(mac).decode()}"
        answer = await idle.worker.inbox.take(hook["token"], Delivery(body, tuple(headers.items()), HERE))
        assert answer.status == 200

    monkeypatch.setattr(Hook, "check", lambda *_: pytest.fail("it was verified already"))
    async with house(tmp_path) as home:
        await home.until(EVENTS, [1])


async def test_what_another_process_keeps_is_worked_on_too(tmp_path, monkeypatch):
    monkeypatch.setattr("connectors.service.worker._LONGEST_SLEEP", 0.02)
    monkeypatch.setattr("connectors.service.worker._LOOK", 0.02)
    async with house(tmp_path) as home, house(tmp_path, works=False) as other:
        made = await other.subscribe()
        await other.push(made, JOB)
        await home.until(EVENTS, [1])
        await other.network.got(0)
        assert len(await home.network.got(1)) == 1


async def test_an_error_while_working_is_said_and_gone_on_with(home, monkeypatch, caplog):
    made = await home.subscribe()
    real, failed = home.service.connections.open, []

    async def open_(*args):
        if asyncio.current_task() in home.worker.inbox._drains.values() and len(failed) < 3:
            failed.append(await home.rows("SELECT failures FROM readings"))
            raise GridwireError("the account is being changed")
        return await real(*args)

    home.worker.inbox._known_at = home.service.store.changes
    await home.push(made, JOB)
    monkeypatch.setattr(home.service.connections, "open", open_)
    await home.push(made, JOB | {"id": 8})
    await home.until(EVENTS, [2])
    await home.until("SELECT failures FROM readings", [0])
    assert failed == [[(0,)], [(1,)], [(2,)]]
    assert "waits" in caplog.text


async def test_a_full_disk_loses_nothing(home):
    made = await home.subscribe()
    await home.change("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    assert await home.push(made, JOB, JOB | {"id": 8}) == [200, 200]
    await home.until("SELECT failures > 1 FROM readings", [True])
    assert await home.rows(KEPT) == [(2,)]

    await home.change("DROP TRIGGER full")
    await home.until(EVENTS, [2])
    await home.until("SELECT failures FROM readings", [0])
    assert await home.rows("SELECT error FROM readings WHERE error <> 'null'") == []


async def test_one_that_cannot_be_worked_on_is_laid_aside_until_the_next_start(tmp_path, monkeypatch):
    real = Hook.take

    def take(self, delivery, *more):
        events = real(self, delivery, *more)
        return events if b"Bad" not in delivery.body else 1 / 0

    async with house(tmp_path) as home:
        monkeypatch.setattr(Hook, "take", take)
        made = await home.subscribe()
        await home.push(made, JOB, JOB | {"title": "Bad"}, JOB | {"id": 9})
        await home.until("SELECT problem FROM inbox", ["ZeroDivisionError"])
        await home.until(EVENTS, [2])
    monkeypatch.setattr(Hook, "take", real)
    async with house(tmp_path) as home:
        await home.until(EVENTS, [3])
        assert await home.rows(KEPT) == [(0,)]


async def test_one_that_cannot_be_opened_holds_up_no_other(home):
    await home.change("CREATE TRIGGER slow AFTER INSERT ON inbox BEGIN UPDATE inbox SET content = x'00'; END")
    made = await home.subscribe()
    await home.push(made, JOB)
    await home.until("SELECT problem FROM inbox", ["WrongKeyError"])
    await home.change("DROP TRIGGER slow")
    await home.push(made, JOB | {"id": 8})
    await home.until(EVENTS, [1])


async def test_what_comes_when_nobody_subscribes_any_more_is_not_taken(idle):
    made = await idle.subscribe()
    await idle.push(made, JOB)
    known = idle.worker.inbox._known
    await idle.subscriptions.remove(idle.workspace, made.id)
    idle.worker.inbox._known, idle.worker.inbox._known_at = known, idle.service.store.changes
    assert await idle.push(made, JOB) == [503]  # for somebody may come back, and vendors send it again


async def test_a_reading_that_is_removed_while_it_is_worked_on_ends_quietly(home):
    made = await home.subscribe()
    for n in range(20):
        await asyncio.gather(*home.pushed(made, JOB | {"id": n}))
    await home.change("DELETE FROM readings")
    await home.idle()
    assert await home.rows(KEPT) == [(0,)]


async def test_deliveries_in_one_go_are_events_in_their_order(home):
    made = await home.subscribe()
    for n in range(30):
        await asyncio.gather(*home.pushed(made, JOB | {"id": n}))
    sent = await home.network.got(30)
    await home.until("SELECT count(*) FROM deliveries WHERE state = 'waiting'", [0])
    assert sorted(json.loads(one.content)["data"]["id"] for one in sent) == list(range(30))


def test_pauses_grow_and_end():
    assert pause(1) <= 1.2
    assert pause(5) > pause(3) > pause(1)
    assert pause(10_000) <= LONGEST * 1.2

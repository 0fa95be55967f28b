from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.errors import ReconnectError, VendorBusy, VendorFailed
from connectors.service.retention import DAY
from connectors.service.subscriptions import NoSuchSubscriptionError
from tests.service.stepped import START, House, json


async def test_who_subscribes_is_told_once_the_silent_poll_is_over(house: House):
    subscription = await house.begun()

    assert subscription.begun
    assert house.acme.reads() == 1
    assert await house.rows("events") == []


async def test_a_long_first_poll_goes_on_without_an_audience_and_it_says_so(house: House):
    house.worker._patience = 0.05
    house.acme.hold = asyncio.Event()
    subscription = await house.begun()
    assert (subscription.begun, subscription.reading.state) == (False, "beginning")

    house.acme.hold.set()
    await house.worker._start(subscription.reading)

    assert (await house.subscriptions.get(house.workspace, subscription.id)).begun
    assert house.acme.reads() == 1


async def test_what_cannot_begin_is_refused_and_nothing_of_it_is_kept(house: House):
    house.acme.say = lambda request: json({}, 500)

    with pytest.raises(VendorFailed):
        await house.begun()
    await house.round()

    assert await house.rows("subscriptions") == await house.rows("readings") == []


async def test_who_cannot_join_is_refused_and_the_others_stay(house: House):
    there = await house.begun()
    house.acme.say = lambda request: json({}, 500)
    await house.round(after=70)

    with pytest.raises(VendorBusy, match="could not be read when last tried") as refused:
        await house.begun()

    assert 0 < (refused.value.retry_after or 0) <= 66
    assert [row.id for row in await house.rows("subscriptions")] == [there.id]


async def test_who_waits_for_a_vendor_leaves_its_place_to_others(house: House, monkeypatch: Any):
    monkeypatch.setattr("connectors.service.worker._PLACES", 1)
    monkeypatch.setattr("connectors.service.worker._ROUND", 0.0)
    told = asyncio.Event()
    house.worker.poller._ask = lambda opened, _: Vendor(
        Exchange(opened.connection, house.acme, sleep=lambda seconds: told.wait())  # type: ignore[arg-type]
    )
    await house.add()
    house.clock.now += 1
    await house.add(input={"city": "Ulm"})
    answers = [json({}, 429, Retry_After="8")]
    house.acme.say = lambda request: answers.pop() if answers else None
    running = asyncio.create_task(house.worker.run())
    await _until(house, lambda: house.acme.reads() == 2)
    assert len(house.worker.poller.asleep) == 1

    told.set()
    await _until(house, lambda: house.acme.reads() == 3 and not house.worker._busy)
    assert house.worker.poller.asleep == set()
    await _stopped(running)


async def test_a_few_hundred_who_wait_take_all_places(house: House):
    busy = [(await house.add(input={"city": str(number)})).reading for number in range(16)]
    await house.add(input={"city": "one more"})
    house.worker.poller.asleep = {reading.id for reading in busy}

    assert len((await house.worker.poller.due(3, 8, busy))[0]) == 1
    assert (await house.worker.poller.due(2, 8, busy))[0] == []
    assert (await house.worker.poller.due(9, 2, busy))[0] == []


async def test_without_a_working_account_nothing_begins(house: House):
    house.acme.say = lambda request: json({}, 401)
    with pytest.raises(ReconnectError):
        await house.begun()
    house.acme.asked.clear()

    with pytest.raises(ReconnectError):
        await house.begun()

    assert house.acme.asked == []
    assert await house.rows("subscriptions") == []


async def test_one_that_is_removed_while_it_begins_is_gone(house: House):
    subscription = await house.add()
    await house.subscriptions.remove(house.workspace, subscription.id)

    with pytest.raises(NoSuchSubscriptionError):
        await house.worker.begin(subscription)


async def test_it_works_by_itself_and_another_process_waits_its_turn(house: House):
    house.worker._working = False
    other, running = house.make_worker(), asyncio.create_task(house.worker.run())
    await _until(house, lambda: house.worker._working)
    waiting = asyncio.create_task(other.run())

    subscription = await other.begin(await house.add())
    house.acme.place(3)
    house.clock.now += 70
    house.worker.wake()
    await _until_rows(house, "events", 1)

    assert subscription.begun
    assert not other._working
    await _stopped(running, waiting)


async def test_where_nobody_works_it_is_begun_here_and_elsewhere_not_at_the_same_time(house: House):
    house.worker._working = False
    subscription = await house.begun()
    assert (subscription.begun, house.acme.reads()) == (True, 1)

    async with house.service.store.alone("worker"):
        house.worker._patience = 0.05
        other = await house.begun("order_placed")

    assert (other.begun, house.acme.reads()) == (False, 1)
    house.worker._patience = 5.0
    assert (await house.worker.begin(other)).begun


async def test_who_joins_is_seen_to_by_whoever_works(house: House):
    await house.begun()
    before = house.service.store.changes
    await house.add()

    due, _ = await house.worker.poller.due(10, 10)

    assert [reading.trigger for reading in due] == ["new_order"]
    assert house.service.store.changes > before


async def test_a_shutdown_tells_no_vendor(house: House):
    await house.begun("order_placed")
    running = asyncio.create_task(house.worker.run())
    await _until(house, lambda: house.worker._beaten)
    await _stopped(running)

    assert house.acme.reads("hooks/h1", "DELETE") == 0
    assert [row.state for row in await house.rows("readings")] == ["active"]


async def test_what_came_while_the_server_was_away_is_read_and_told_once(house: House):
    subscription = await house.begun("order_placed")
    await house.worker._beat()
    await house.call(subscription, {"id": 3, "city": "Kiel"})
    for number in (3, 4):
        house.acme.place(number)

    await _restarted(house, after=500)
    await house.call(subscription, {"id": 4, "city": "Kiel"})
    await _restarted(house, after=500)

    assert await house.happened() == [3, 4]
    assert await house.waiting(subscription) == 2
    assert [line["new"] for line in await house.history("gap repair")] == [1, 0]


async def test_webhooks_are_seen_to_at_the_start_and_every_hour(house: House):
    await house.begun("order_placed")
    house.acme.hooks.clear()
    running = asyncio.create_task(house.worker.run())
    await _until(house, lambda: house.acme.made == 2)
    await _until(house, lambda: house.worker._chores["reconcile"].done())
    house.acme.hooks.clear()
    house.clock.now += 3601
    house.worker._do_chores()
    assert house.worker._chores["reconcile"].done()
    assert 3590 < house.worker._chores_at["reconcile"] - time.monotonic() < 3610

    house.worker._chores_at["reconcile"] = time.monotonic()
    house.worker._do_chores()
    await _until(house, lambda: house.acme.made == 3)
    await _stopped(running)


async def test_a_computer_that_slept_counts_as_away(house: House):
    await house.begun("order_placed")
    for seconds in (0, 9, 9):
        house.clock.now += seconds
        await house.worker._beat()
    assert [row.next_at for row in await house.rows("readings")] == [None]

    house.clock.now += 300
    await house.worker._beat()

    assert [row.next_at for row in await house.rows("readings")] == [house.clock.now]


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_clock_that_was_ahead_for_a_while_stops_nothing(house: House, restarts: bool):
    await house.begun()
    house.clock.now = START + 400 * DAY
    await house.worker._beat()
    house.acme.place(3)
    await house.round(after=70)
    await house.set("deliveries", due_at=time.time() + 400 * DAY)

    house.clock.now = START + 200
    house.worker._beaten = not restarts
    await house.worker._beat()
    house.acme.place(4)
    await house.round(after=70)

    assert await house.happened() == [3, 4]
    assert await house.worker._last_beat() == START + 200
    assert min(row.due_at for row in await house.rows("deliveries")) <= time.time() + 2 * DAY


async def test_what_waits_as_it_should_is_not_hurried_by_a_clock_that_goes_back(house: House):
    await house.begun(interval=7200)
    before = [row.next_at for row in await house.rows("readings")]
    await house.worker._beat()

    house.clock.now -= 5
    await house.worker._beat()

    assert [row.next_at for row in await house.rows("readings")] == before


async def test_where_there_is_no_list_the_history_says_that_nobody_knows(house: House):
    await house.begun("order_called")
    await house.worker._beat()

    await _restarted(house, after=500)

    [line] = await house.history("gap")
    assert "the server was away" in line["why"]


async def test_a_webhook_is_polled_where_vendors_cannot_call_any_more(house: House):
    await house.begun("order_placed")
    await house.worker._beat()
    house.public_url = None
    await _restarted(house, after=500)
    house.acme.place(3)

    await house.round(after=70)

    assert await house.happened() == [3]


async def test_a_database_that_fails_for_a_while_does_not_end_the_work(house: House, monkeypatch: Any):
    rounds = list[int]()

    async def fails() -> None:
        rounds.append(1)
        raise OSError("disk full")

    monkeypatch.setattr(house.worker, "_once", fails)
    monkeypatch.setattr("connectors.service.worker._LONGEST_SLEEP", 0.0)
    running = asyncio.create_task(house.worker.run())
    await _until(house, lambda: len(rounds) > 2)
    await _stopped(running)


async def test_while_nothing_can_be_kept_the_vendor_is_asked_more_and_more_seldom(
    house: House, monkeypatch: Any, caplog: Any
):
    for pause in ("_ROUND", "_LONGEST_SLEEP"):
        monkeypatch.setattr(f"connectors.service.worker.{pause}", 0.0)
    await house.begun()
    await house.worker._once()
    await house.run("CREATE TRIGGER full BEFORE UPDATE ON readings BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    house.acme.place(3)
    house.clock.now += 70
    for number in (1, 2, 3):
        for _ in range(5):
            await house.worker._once()
            await asyncio.gather(*(task for _, task in house.worker._busy.values()))
        assert house.acme.reads() == 1 + number
        [(own, (failures, until))] = house.worker._put_off.items()
        assert (failures, until > time.monotonic() + 0.7 * 2 ** (number - 1)) == (number, True)
        house.worker._put_off[own] = failures, 0.0
    assert [record.levelname for record in caplog.records] == ["WARNING"]

    await house.run("DROP TRIGGER full")
    await house.worker._once()
    await _until(house, lambda: not house.worker._busy)

    assert (await house.happened(), house.worker._put_off) == ([3], {})


async def test_systems_know_when_an_account_has_to_sign_in(house: House):
    system = await house.begun("gridwire.connection.reconnect_needed")
    await house.begun()
    house.acme.say = lambda request: json({}, 401)
    await house.round(after=70)
    await house.round(after=10)
    await house.round(after=10)

    [row] = await house.rows("events")
    assert row.type == "gridwire.connection.reconnect_needed"
    assert await house.waiting(system) == 1


async def test_systems_know_what_fails_and_what_is_dead_but_not_of_themselves(house: House):
    failing, dead = [await house.begun(f"gridwire.{name}") for name in ("subscription.failing", "delivery.dead")]
    await house.begun()
    house.acme.place(3)
    await house.round(after=70)
    await house.set("deliveries", state="dead")
    house.acme.say = lambda request: json({}, 500)
    for _ in range(4):
        await house.round(after=1000)
    await house.set("deliveries", state="dead")
    await house.round(after=1000)

    assert sorted(row.type for row in await house.rows("events")) == [
        "acme.new_order",
        "gridwire.delivery.dead",
        "gridwire.subscription.failing",
    ]
    assert (await house.waiting(failing), await house.waiting(dead)) == (1, 1)


async def _restarted(house: House, *, after: float) -> None:
    """The server ends without a word, and is started again so many seconds later."""
    house.clock.now += after
    house.worker = house.make_worker()
    house.worker._working = True
    house.worker._beat_at = await house.worker._last_beat()
    await house.worker._beat()
    await house.round()


async def _until(house: House, holds: Any) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await house.service.store.read(lambda rows: None)


async def _until_rows(house: House, table: str, count: int) -> None:
    async with asyncio.timeout(10):
        while len(await house.rows(table)) < count:
            pass


async def _stopped(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

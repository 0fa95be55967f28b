from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import insert

from connectors.components.http import Response
from connectors.engine.exchange import Exchange
from connectors.engine.rates import Rates
from connectors.engine.run import Vendor
from connectors.errors import ReconnectError
from connectors.manifest.model import RatePlan
from connectors.service.connections import Account
from connectors.service.tables import workspaces
from tests.service.stepped import START, House, json


async def test_those_who_want_the_same_share_one_reading(house: House):
    one, other = await house.begun(), await house.begun()
    third = await house.begun(input={"city": "Ulm"})

    assert one.reading.id == other.reading.id != third.reading.id
    house.acme.asked.clear()
    await house.round(after=70)
    assert house.acme.reads() == 2


async def test_the_first_poll_is_silent_and_the_next_tells_all_who_wait(house: House):
    one, other = await house.begun(), await house.begun()

    house.acme.place(3)
    await house.round(after=70)

    assert await house.happened() == [3]
    assert (await house.waiting(one), await house.waiting(other)) == (1, 1)


async def test_a_poll_is_due_after_its_interval_and_never_before(house: House):
    await house.begun(interval=300)

    [row] = await house.rows("readings")

    assert START + 300 <= row.next_at <= START + 330


async def test_one_workspace_with_many_readings_does_not_delay_another(house: House):
    for number in range(30):
        await house.add(input={"city": str(number)})
    house.clock.now += 1
    other = await _other_workspace(house)
    late = await house.add(of=other)

    due, _ = await house.worker.poller.due(10, 8)

    assert late.reading.id in [reading.id for reading in due[:2]]
    assert len(due) == 9


async def test_what_a_workspace_does_already_counts_for_its_share(house: House):
    busy = [(await house.add(input={"city": str(number)})).reading for number in range(8)]
    await house.add(input={"city": "one more"})

    due, next_at = await house.worker.poller.due(10, 8, busy)

    assert due == []
    assert next_at == START


@pytest.mark.parametrize(
    ("answer", "least"), [(json({}, 500), 60), (json({}, 429, Retry_After="900"), 900), (json({}, 429), 60)]
)
async def test_a_vendor_that_fails_is_left_alone_for_as_long_as_it_asks(house: House, answer: Response, least: float):
    await house.begun()
    house.acme.say = lambda request: answer

    await house.round(after=70)

    [row] = await house.rows("readings")
    assert least <= row.next_at - house.clock.now <= 1.1 * least
    assert row.error["message"]


async def test_it_is_asked_less_often_each_time_and_recovers(house: House):
    await house.begun()
    house.acme.say = lambda request: json({}, 500)
    waits = [await _wait_after_a_round(house) for _ in range(8)]
    house.acme.say = lambda request: None
    house.acme.place(3)
    await house.round(after=4000)

    assert [60 <= waits[0] <= 66, 120 <= waits[1] <= 132, 3600 <= waits[-1] <= 3960] == [True] * 3
    [row] = await house.rows("readings")
    assert (row.failures, row.error) == (0, None)
    assert await house.happened() == [3]


async def test_while_the_account_has_to_sign_in_nothing_is_asked_and_nothing_lost(house: House):
    await house.begun()
    house.acme.say = lambda request: json({}, 401)
    await house.round(after=70)
    house.acme.asked.clear()

    await house.round(after=86_400)
    assert house.acme.asked == []

    house.acme.say = lambda request: None
    house.acme.place(3)
    await house.service.connections.note(
        await house.service.connections.open(house.workspace, "acme"), None, tested=True
    )
    await house.worker.poller.resume()
    await house.round()
    assert await house.happened() == [3]
    assert [line["kind"] for line in await house.history()] == ["first poll", "paused", "poll"]


async def test_a_trigger_that_a_manifest_no_longer_has_is_said_and_tried_again(house: House):
    await house.begun()
    await house.set("readings", trigger="gone_order")

    await house.round(after=70)

    [row] = await house.rows("readings")
    assert "no trigger 'gone_order'" in row.error["message"]
    assert row.next_at > house.clock.now


async def test_a_renamed_trigger_keeps_its_place(house: House, monkeypatch: Any):
    await house.begun()
    trigger = (await house.service.connections.open(house.workspace, "acme")).connection.connector.triggers["new_order"]
    await house.set("readings", trigger="order_new")
    monkeypatch.setitem(trigger.__dict__, "was", "order_new")
    house.acme.place(3)

    await house.round(after=70)

    assert await house.happened() == [3]
    assert [row.trigger for row in await house.rows("readings")] == ["new_order"]


async def test_a_mistake_of_ours_is_told_and_does_not_spin(house: House, monkeypatch: Any):
    await house.begun()
    monkeypatch.setattr("connectors.service.outbox.store", lambda *given: 1 / 0)

    await house.round(after=70)

    [row] = await house.rows("readings")
    assert "mistake here" in row.error["message"]
    assert row.next_at > house.clock.now


async def test_a_reading_that_is_removed_while_it_is_polled_leaves_nothing(house: House):
    subscription = await house.begun()
    house.acme.place(3)
    current = await house.subscriptions.get(house.workspace, subscription.id)
    await house.subscriptions.remove(house.workspace, subscription.id)

    assert await house.worker.poller.poll(current.reading) is None
    assert await house.rows("events") == []


async def test_history_says_what_was_read_and_what_was_left_out(house: House):
    await house.begun(input={"city": "Bonn"})
    house.acme.place(3, "Kiel")
    await house.round(after=70)
    for _ in range(3):
        await house.round(after=70)

    first, second, quiet = await house.history()
    assert first == {"kind": "first poll", "pages": 1, "seen": 2, "known": 2, "new": 0}
    assert second == {"kind": "poll", "pages": 1, "seen": 3, "known": 3, "new": 0, "left_out": {"city": 1}}
    assert (quiet["kind"], quiet["times"], quiet["until"]) == ("poll", 3, house.clock.now)


async def test_too_many_gone_at_once_are_held_until_somebody_releases_them(house: House):
    house.acme.orders = [{"id": number, "city": "Kiel"} for number in range(10)]
    subscription = await house.begun("order_gone")
    house.acme.orders = house.acme.orders[:2]
    for _ in range(4):
        await house.round(after=70)
    assert [line.get("held") for line in await house.history("poll")][-1] == 8
    assert await house.happened() == []

    assert await house.worker.poller.release(subscription.reading) == 8
    await house.round(after=70)

    assert sorted(await house.happened()) == list(range(2, 10))
    assert await house.waiting(subscription) == 8


async def test_what_is_held_and_comes_back_was_never_gone(house: House):
    house.acme.orders = [{"id": number, "city": "Kiel"} for number in range(10)]
    subscription = await house.begun("order_gone")
    all_, house.acme.orders = house.acme.orders, house.acme.orders[:2]
    for _ in range(3):
        await house.round(after=70)
    house.acme.orders = all_

    assert await house.worker.poller.release(subscription.reading) == 0
    assert await house.happened() == []


async def test_the_history_of_a_reading_has_an_end(house: House, monkeypatch: Any):
    monkeypatch.setattr("connectors.service.readings.MOST_LINES", 5)
    await house.begun()
    for number in range(12):
        house.acme.place(100 + number)
        house.acme.say = lambda request, number=number: json({}, 500) if number % 2 else None
        await house.round(after=4000)

    assert len(await house.rows("history")) == 5
    assert (await house.history())[-1]["kind"] == "failed"


async def test_those_of_one_account_are_paced_by_its_plan(house: House, monkeypatch: Any):
    connector = (await house.service.connections.open(house.workspace, "acme")).connection.connector
    monkeypatch.setitem(connector.rates, "default", RatePlan(limit=2, per="hour"))
    rates = Rates()
    house.worker.poller._ask = lambda opened, _: Vendor(
        Exchange(opened.connection, house.acme, rates=rates, longest_reading=5.0, clock=house.clock)
    )
    for city in ("Kiel", "Ulm", "Bonn", "Jena"):
        await house.add(input={"city": city})
    await house.round()
    await asyncio.gather(*(task for _, task in house.worker._busy.values()))

    assert house.acme.reads() == 2
    waits = [row.next_at - house.clock.now for row in await house.rows("readings") if row.failures]
    assert len(waits) == 2
    assert all(3000 < wait <= 3960 for wait in waits)


async def test_a_mended_oauth_app_has_what_failed_polled_at_once(house: House):
    await house.begun()
    house.acme.say = lambda request: json({}, 500)
    for _ in range(7):
        await house.round(after=4000)
    house.acme.say = lambda request: None
    house.acme.place(3)

    await house.service.oauth_apps.put(house.workspace, "another", {})
    assert (await house.worker.poller.due(9, 9))[0] == []
    house.clock.now = time.time()
    await house.service.oauth_apps.put(house.workspace, "acme", {})
    house.clock.now = time.time()
    await house.round()

    assert await house.happened() == [3]


async def test_an_account_is_told_by_its_error(house: House):
    await house.begun()
    house.acme.say = lambda request: json({}, 401)
    await house.round(after=70)

    reading = (await house.subscriptions.listed(house.workspace))[0].reading

    assert (reading.error or {})["kind"] == ReconnectError.kind
    assert reading.failures == 0


async def _wait_after_a_round(house: House) -> float:
    await house.round(after=4000)
    [row] = await house.rows("readings")
    return row.next_at - house.clock.now


async def _other_workspace(house: House) -> str:
    await house.service.store.write(
        lambda rows: rows.execute(insert(workspaces).values(id="wsp_other", name="other", created_at=0.0))
    )
    await house.service.connections.put(
        "wsp_other", "acme", "acme", Account({"account": "north", "token": "other-token"})
    )
    return "wsp_other"

from __future__ import annotations

import asyncio

import pytest

from connectors.components.delivery import Delivery
from connectors.components.http import dump_json
from connectors.errors import InputError
from connectors.service import deliveries
from connectors.service.room import FullError
from connectors.service.subscriptions import Edit, NoSuchSubscriptionError, Subscription, Wanted
from tests.service.stepped import START, TARGET, House


async def test_who_joins_is_told_of_what_happens_from_then_on_and_of_nothing_before(house: House):
    early = await house.begun()
    house.acme.place(3)
    late = await house.begun()
    house.acme.place(4)
    await house.round(after=70)

    assert late.reading.id == early.reading.id
    assert await house.happened() == [3, 4]
    assert (await house.waiting(early), await house.waiting(late)) == (2, 1)


async def test_who_wants_all_from_the_start_gets_it_alone(house: House):
    silent = await house.begun()
    all_of_it = await house.begun(from_start=True)

    assert all_of_it.begun
    assert all_of_it.reading.id != silent.reading.id
    assert (await house.waiting(silent), await house.waiting(all_of_it)) == (0, 2)
    await house.round(after=70)
    assert await house.waiting(all_of_it) == 2


async def test_a_webhook_from_the_start_brings_what_is_there_too(house: House):
    subscription = await house.begun("order_placed", from_start=True)

    assert subscription.reading.registered
    assert await house.happened() == [1, 2]


async def test_what_happens_in_a_pause_is_not_told_then_or_later(house: House):
    paused, other = await house.begun(), await house.begun()
    await house.subscriptions.change(house.workspace, paused.id, Edit(paused=True))
    house.acme.place(3)
    await house.round(after=70)
    house.acme.place(4)
    await house.worker.begin(await house.subscriptions.change(house.workspace, paused.id, Edit(paused=False)))
    house.acme.place(5)
    await house.round(after=70)

    assert (await house.waiting(other), await house.waiting(paused)) == (3, 1)


@pytest.mark.parametrize("target", [TARGET, None])
async def test_a_feed_has_what_happened_before_in_and_after_a_pause(house: House, target: str | None):
    subscription = await house.begun(target_url=target)
    house.acme.place(3)
    await house.round(after=70)
    house.acme.place(4)
    paused = await house.subscriptions.change(house.workspace, subscription.id, Edit(paused=True))
    house.acme.place(5)
    assert await feed(house, paused) == [3]

    resumed = await house.worker.begin(await house.subscriptions.change(house.workspace, paused.id, Edit(paused=False)))
    house.acme.place(6)
    await house.round(after=70)

    assert await feed(house, resumed) == [3, 4, 5, 6]
    assert await house.waiting(resumed) == (2 if target else 0)


@pytest.mark.parametrize("target", [TARGET, None])
async def test_a_feed_has_what_the_vendor_called_for_in_a_pause(house: House, target: str | None):
    subscription = await house.begun("order_placed", target_url=target)
    for paused, number in ((None, 3), (True, 4), (False, 5)):
        subscription = await house.subscriptions.change(house.workspace, subscription.id, Edit(paused=paused))
        await house.call(subscription, {"id": number, "city": "Kiel"})
        assert await feed(house, subscription) == list(range(3, number + 1))

    assert await house.waiting(subscription) == (2 if target else 0)


async def test_who_goes_on_after_a_pause_has_not_begun_until_it_is_read_once_more(house: House):
    subscription = await house.begun()
    for paused in (True, False):
        subscription = await house.subscriptions.change(house.workspace, subscription.id, Edit(paused=paused))
    assert (subscription.begun, subscription.begins) == (False, True)

    assert (await house.worker.begin(subscription)).begun


async def feed(house: House, subscription: Subscription) -> list[int]:
    return [one.data["id"] for one in await house.service.feed.events(subscription, 0, 100)]


async def test_other_processes_are_told_of_every_change(house: House):
    one, _ = await house.begun(), await house.begun()
    seen = house.service.store.changes

    await house.subscriptions.change(house.workspace, one.id, Edit(paused=True))
    assert (paused := house.service.store.changes) > seen
    await house.subscriptions.remove(house.workspace, one.id)
    assert house.service.store.changes > paused


async def test_a_vendor_is_not_asked_for_those_who_paused(house: House):
    subscription = await house.begun()
    await house.subscriptions.change(house.workspace, subscription.id, Edit(paused=True))
    house.acme.asked.clear()

    await house.round(after=7000)

    assert house.acme.asked == []


async def test_what_is_changed_is_kept_and_the_rest_stays(house: House):
    before = await house.begun(ordered=True)

    after = await house.subscriptions.change(house.workspace, before.id, Edit(format="plain", target_url=f"{TARGET}/2"))

    assert (after.format, after.ordered, after.target.url) == ("plain", True, f"{TARGET}/2")
    assert after.target.secret == before.target.secret
    assert after.state == "active"


async def test_it_is_polled_as_often_as_the_hastiest_wants_while_he_is_there(house: House):
    await house.begun(interval=600)
    hasty = await house.begun(interval=90)
    shortest = (await house.rows("readings"))[0].interval
    await house.subscriptions.remove(house.workspace, hasty.id)
    [row] = await house.rows("readings")

    assert (shortest, row.interval) == (90, 600)


async def test_nobody_has_it_polled_more_often_than_the_server_allows(house: House):
    subscription = await house.begun(interval=1)
    edited = await house.subscriptions.change(house.workspace, subscription.id, Edit(interval=2))

    assert (subscription.reading.interval, edited.reading.interval) == (60, 60)


async def test_one_that_is_removed_is_gone_at_once_and_its_reading_with_the_last(house: House):
    one, other = await house.begun(), await house.begun()
    await house.subscriptions.remove(house.workspace, one.id)
    assert [row.state for row in await house.rows("readings")] == ["active"]
    await house.subscriptions.remove(house.workspace, other.id)
    await house.round(after=61)

    assert [await house.rows(table) for table in ("subscriptions", "readings", "memories", "history")] == [[]] * 4


async def test_other_workspaces_see_nothing_of_it(house: House):
    subscription = await house.begun()

    assert await house.subscriptions.listed("ws_other") == []
    for asked in (
        house.subscriptions.get("ws_other", subscription.id),
        house.subscriptions.remove("ws_other", subscription.id),
        house.subscriptions.change("ws_other", subscription.id, Edit(paused=True)),
    ):
        with pytest.raises(NoSuchSubscriptionError, match="there is no subscription"):
            await asked
    assert [one.id for one in await house.subscriptions.listed(house.workspace)] == [subscription.id]


@pytest.mark.parametrize(
    ("trigger", "said"),
    [
        ("new_ordr", "no trigger 'new_ordr'; did you mean 'new_order'"),
        ("gridwire.delivery.dad", "did you mean 'gridwire.delivery.dead'"),
    ],
)
async def test_a_trigger_that_is_none_is_refused_with_the_near_miss(house: House, trigger: str, said: str):
    with pytest.raises(InputError, match=said):
        await house.subscriptions.add(house.workspace, "acme", Wanted(trigger, {}))


async def test_a_target_that_is_no_address_is_refused(house: House):
    with pytest.raises(InputError, match="'target_url' is not an absolute URL of https or http"):
        await house.add(target_url="target.example")


async def test_only_what_happens_here_needs_no_connection(house: House):
    with pytest.raises(InputError, match="say which connection"):
        await house.subscriptions.add(house.workspace, None, Wanted("new_order", {}))


async def test_by_webhook_only_is_refused_where_vendors_cannot_call(house: House):
    subscriptions = house.make_subscriptions(can_be_called=False)

    with pytest.raises(InputError, match="comes by webhook only") as refused:
        await subscriptions.add(house.workspace, "acme", Wanted("order_called", {}))

    assert "--public-url" in (refused.value.remedy or "")


async def test_all_that_belongs_to_a_connection_goes_with_it(house: House):
    await house.begun()
    await house.begun("order_placed")
    house.acme.place(3)
    await house.round(after=70)

    await house.service.connections.remove(house.workspace, "acme")

    kept = ("readings", "subscriptions", "memories", "events", "deliveries", "history", "inbox")
    assert [await house.rows(table) for table in kept] == [[]] * len(kept)


async def test_another_interval_holds_at_once_unless_the_vendor_fails(house: House):
    subscription = await house.begun(interval=86_400)
    await house.subscriptions.change(house.workspace, subscription.id, Edit(interval=120))
    [row] = await house.rows("readings")
    assert row.next_at == START + 120

    await house.set("readings", failures=2, next_at=START + 3000)
    await house.subscriptions.change(house.workspace, subscription.id, Edit(interval=60))

    [row] = await house.rows("readings")
    assert (row.interval, row.next_at) == (60, START + 3000)


async def test_who_is_paused_does_not_set_the_pace(house: House):
    often, _ = await house.begun(interval=60), await house.begun(interval=600)

    await house.subscriptions.change(house.workspace, often.id, Edit(paused=True))
    assert [row.interval for row in await house.rows("readings")] == [600]

    await house.subscriptions.change(house.workspace, often.id, Edit(paused=False))
    assert [row.interval for row in await house.rows("readings")] == [60]


async def test_who_has_ended_does_not_set_the_pace_of_the_next_poll(house: House):
    often, _ = await house.begun(interval=60), await house.begun(interval=600)
    await house.service.store.write(lambda rows: deliveries._end({**_MARKED, "own": "none"}, often.id, rows))

    await house.round(after=70)

    [row] = await house.rows("readings")
    assert (row.interval, row.next_at >= house.clock.now + 600) == (600, True)


async def test_the_shortest_interval_of_the_server_holds_for_what_is_there_already(house: House):
    await house.begun(interval=60)
    await house.make_subscriptions(min_interval=900.0).pace_all()

    [one] = await house.subscriptions.listed(house.workspace)

    assert one.reading.interval == 900


@pytest.mark.parametrize("seconds", [31_536_001, 1e308, float("inf"), float("nan")])
async def test_an_interval_is_at_most_a_year(house: House, seconds: float):
    with pytest.raises(InputError, match=r"interval.*at most 31536000"):
        await house.add(interval=seconds)
    subscription = await house.begun()
    with pytest.raises(InputError, match="interval"):
        await house.subscriptions.change(house.workspace, subscription.id, Edit(interval=seconds))


async def test_an_absurd_interval_that_is_stored_already_is_read_as_a_year(house: House):
    subscription = await house.begun()
    await house.set("subscriptions", interval=1e308)
    await house.set("readings", interval=1e308, next_at=1e308)

    [one] = await house.subscriptions.listed(house.workspace)
    assert one.reading.interval == 31_536_000
    assert "9999-12-31" in await house.service.why.not_fired(house.workspace, subscription.id)

    await house.worker._beat()
    assert [row.next_at for row in await house.rows("readings")] == [START]


_MARKED = {"to": "dead", "tries": 1, "due": 0.0, "how": None}


async def test_a_workspace_has_no_more_subscriptions_than_it_may(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("connectors.service.subscriptions.MOST", 2)
    one, _ = await house.begun(), await house.begun("order_placed")

    with pytest.raises(FullError, match="has 2 subscriptions already") as refused:
        await house.add("order_moved")
    assert (len(await house.rows("subscriptions")), len(await house.rows("readings"))) == (2, 2)
    await house.subscriptions.remove(house.workspace, one.id)

    assert (await house.add("order_moved")).state == "active"
    assert "GET /v1/subscriptions" in (refused.value.remedy or "")


async def test_who_comes_back_soon_misses_nothing(house: House):
    before = await house.begun()
    await house.subscriptions.remove(house.workspace, before.id)
    house.acme.place(3)
    house.clock.now += 59
    await house.round()

    after = await house.begun()
    await house.round(after=70)

    assert (after.reading.id, after.begun) == (before.reading.id, True)
    assert await feed(house, after) == [3]
    assert await house.waiting(after) == 1


@pytest.mark.parametrize("trigger", ["order_placed", "order_called"])
async def test_a_webhook_of_who_comes_back_soon_stays(house: House, trigger: str):
    before = await house.begun(trigger)
    await house.subscriptions.remove(house.workspace, before.id)
    meanwhile = await call_of(house, before, {"id": 3, "city": "Kiel"})
    house.acme.place(3)

    after = await house.begun(trigger)
    again = await call_of(house, before, {"id": 3, "city": "Kiel"})
    for _ in range(3):
        await house.round(after=70)

    assert (meanwhile, again) == (503, 200)  # which vendors send again
    assert (house.acme.made, house.acme.reads("hooks/h1", "DELETE")) == (1, 0)
    assert await feed(house, after) == [3]
    assert [row.next_at for row in await house.rows("readings")] == [None]


async def test_who_comes_back_while_the_vendor_is_told_has_a_new_one(house: House):
    before = await house.begun("order_placed")
    await house.subscriptions.remove(house.workspace, before.id)
    house.acme.hold, house.acme.asked = asyncio.Event(), []
    house.clock.now += 61
    [leaving], _ = await house.worker.poller.due(10, 10)
    telling = house.worker._start(leaving)
    while not house.acme.asked:
        await house.service.store.read(lambda rows: None)

    after = await house.add("order_placed")
    house.acme.hold.set()
    await telling

    assert after.reading.id != before.reading.id
    assert (await house.worker.begin(after)).begun
    assert [hook["id"] for hook in house.acme.hooks] == ["h2"]


async def call_of(house: House, subscription: Subscription, order: dict[str, object]) -> int:
    """The vendor calls at the address that this subscription had."""
    hook = subscription.reading.hook or {}
    headers = (("content-type", "application/json"), ("x-secret", hook["secret"]))
    delivery = Delivery(dump_json(order), headers, f"https://gridwire.example/hooks/{hook['token']}")
    status = (await house.worker.inbox.take(hook["token"], delivery)).status
    await asyncio.gather(*house.worker.inbox._drains.values())
    return status

from __future__ import annotations

import pytest

from connectors.components.http import Request, Response
from connectors.errors import GridwireError
from connectors.service.subscriptions import Edit, Subscription
from connectors.service.why import Why
from tests.service.stepped import House, json


async def why(house: House, subscription: Subscription, item: str | None = None) -> str:
    service = house.service
    asked = Why(service.store, service.vault, service.connections, house.subscriptions, clock=house.clock)
    return await asked.not_fired(house.workspace, subscription.id, item)


async def test_what_was_there_before(house: House):
    subscription = await house.begun()

    said = "1 was seen first at 2027-01-15 08:00:00 UTC by the first poll, which is silent"
    assert await why(house, subscription, "1") == said


async def test_what_a_condition_left_out(house: House):
    subscription = await house.begun(input={"city": "Bonn"})
    house.acme.place(3, "Kiel")
    await house.round(after=70)

    said = '3 was left out at 2027-01-15 08:01:10 UTC by `where city is "Bonn"`: it was "Kiel"'
    assert await why(house, subscription, "3") == said


async def test_what_did_not_change(house: House):
    subscription = await house.begun("order_moved")

    assert (await why(house, subscription, "1")).endswith("nothing that fires has happened to it")


async def test_what_was_not_seen(house: House):
    subscription = await house.begun(interval=100)

    said = await why(house, subscription, "9")

    assert said.startswith("9 has not been seen yet: the first poll, which is silent, at 2027-01-15 08:00:00 UTC saw 2")
    assert "the next poll is at 2027-01-15 08:01:4" in said


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"state": "waiting"}, "; its delivery waits until 2027-01-15 08:01:10 UTC because the target said 500"),
        ({"state": "dead"}, "; its delivery is dead after 2 tries because the target said 500"),
        ({"state": "delivered"}, " and delivered at 2027-01-15 08:01:10 UTC"),
    ],
)
async def test_what_is_on_its_way(house: House, state: dict[str, str], said: str):
    subscription = await house.begun()
    house.acme.place(3)
    await house.round(after=70)
    await house.set("events", at=house.clock.now)
    last = {"at": house.clock.now, "said": 500}
    await house.set("deliveries", attempts=2, last=last, due_at=house.clock.now, **state)

    [row] = await house.rows("events")
    assert await why(house, subscription, "3") == f"3: the event {row.id} was stored at 2027-01-15 08:01:10 UTC{said}"


async def test_what_stands_in_the_feed_and_what_came_before_the_subscription(house: House):
    feed = await house.begun(target_url=None)
    house.acme.place(3)
    await house.round(after=70)
    late = await house.begun()

    assert (await why(house, feed, "3")).endswith("and stands in the feed")
    assert (await why(house, late, "3")).endswith("when this subscription had not begun or was paused")


async def test_what_is_secret_in_a_condition_is_not_said(house: House):
    subscription = await house.begun("order_coded", input={"code": "hidden-code"})
    house.acme.place(3)
    await house.round(after=70)

    assert "was left out" in (said := await why(house, subscription, "3"))
    assert '`where city is "•••"`' in said


async def test_an_event_is_found_although_the_item_has_changed_since(house: House):
    subscription = await house.begun("order_moved")
    house.acme.orders = [{"id": 1, "city": "Bonn"}, house.acme.orders[1]]
    await house.round(after=70)
    await house.service.store.write(lambda rows: None)
    [row] = await house.rows("events")
    await house.set("events", mark=b"of another version")

    assert f"the event {row.id} was stored" in await why(house, subscription, "1")


async def test_an_account_that_has_to_sign_in(house: House):
    subscription = await house.begun()
    house.acme.say = lambda request: json({}, 401)
    await house.round(after=70)

    said = "the connection 'acme' needs reconnecting since 2027-01-15 08:01:10 UTC"
    assert await why(house, subscription) == said
    assert await why(house, subscription, "9") == f"9 has not been seen yet: {said}"


async def test_a_vendor_that_fails(house: House):
    subscription = await house.begun()
    house.acme.say = lambda request: json({"message": "out for lunch"}, 500)
    await house.round(after=70)

    said = await why(house, subscription)

    assert said.startswith("the last poll failed because ")
    assert "; it is tried again at 2027-01-15 08:02:" in said


async def test_a_webhook_that_is_not_registered(house: House):
    subscription = await house.add("order_called")
    assert await why(house, subscription, "9") == "9 has not come yet: the webhook is not registered yet"

    def refused(request: Request) -> Response | None:
        return json({"message": "too many"}, 422)

    house.acme.say = refused
    await house.round()
    assert (await why(house, subscription)).startswith("the vendor was not told to call because ")


async def test_a_webhook_that_did_not_come_and_one_that_did(house: House):
    subscription = await house.begun("order_called")
    assert await why(house, subscription) == "the webhook is registered and the vendor has not called"

    await house.call(subscription, {"id": 3, "city": "Kiel"})

    assert "1 of 1 deliveries held something new" in await why(house, subscription)
    assert "3: the event evt_" in await why(house, subscription, "3")


async def test_a_pause_and_what_is_left_out_in_numbers(house: House):
    subscription = await house.begun(input={"city": "Bonn"})
    house.acme.place(3, "Kiel")
    await house.round(after=70)
    assert "saw 3 items, 0 of them events, 1 left out by `where city`; the next poll" in await why(house, subscription)

    await house.subscriptions.change(house.workspace, subscription.id, Edit(paused=True))

    assert await why(house, subscription) == "the subscription is paused"


async def test_others_are_told_nothing(house: House):
    subscription = await house.begun()
    service = house.service
    asked = Why(service.store, service.vault, service.connections, house.subscriptions)

    with pytest.raises(GridwireError, match="there is no subscription"):
        await asked.not_fired("ws_other", subscription.id)

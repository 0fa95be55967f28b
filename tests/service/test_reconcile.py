from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connectors.components.delivery import Delivery
from connectors.components.http import Request, Response, dump_json
from connectors.engine.addresses import Reach
from connectors.errors import UnknownOutcome, VendorInvalidInput
from connectors.service.reconcile import BOTH_SECRETS, can_be_called
from connectors.service.subscriptions import Subscription
from tests.service.stepped import PUBLIC, House, json


async def test_a_webhook_is_registered_under_our_address_before_the_one_who_subscribes_is_told(house: House):
    subscription = await house.begun("order_placed")

    assert subscription.begun
    [hook] = house.acme.hooks
    assert hook["url"].startswith(f"{PUBLIC}/hooks/")
    assert await house.call(subscription, {"id": 3, "city": "Kiel"}) == 200
    assert await house.happened() == [3]


async def test_those_who_want_the_same_share_one_webhook(house: House):
    one, other = await house.begun("order_placed"), await house.begun("order_placed")

    await house.call(one, {"id": 3, "city": "Kiel"})

    assert len(house.acme.hooks) == 1
    assert (await house.waiting(one), await house.waiting(other)) == (1, 1)


async def test_asked_for_twice_at_once_there_is_one_webhook(house: House):
    reading = (await house.add("order_placed")).reading

    await asyncio.gather(*(house.worker.reconciler.turn_on(reading) for _ in range(3)))

    assert len(house.acme.hooks) == house.acme.made == 1


async def test_one_that_is_left_while_it_is_mended_leaves_nothing_at_the_vendor(house: House):
    subscription = await house.begun("order_placed")
    house.acme.hooks.clear()
    house.acme.hold = asyncio.Event()
    mending = asyncio.create_task(house.worker.reconciler.all())
    await house.subscriptions.remove(house.workspace, subscription.id)
    leaving = asyncio.create_task(house.round(after=61))
    house.acme.hold.set()
    await asyncio.gather(mending, leaving)
    await house.round(after=61)

    assert house.acme.hooks == await house.rows("readings") == []


async def test_a_vendor_that_does_not_want_to_call_is_quoted_and_nothing_is_kept(house: House):
    house.acme.say = lambda request: json({"message": "no more webhooks"}, 422) if request.method == "POST" else None

    with pytest.raises(VendorInvalidInput):
        await house.begun("order_placed")
    await house.round()

    assert await house.rows("subscriptions") == await house.rows("readings") == []


async def test_what_a_vendor_may_have_registered_unheard_is_an_orphan_that_is_found(house: House):
    def lost(request: Request) -> Response | None:
        if request.method != "POST":
            return None
        house.acme._usual(request)
        return json({}, 504)

    house.acme.say = lost
    with pytest.raises(UnknownOutcome):
        await house.begun("order_placed")
    await house.round()
    house.acme.say = lambda request: None
    await house.begun("order_placed")

    assert await house.worker.reconciler.all()
    assert await house.worker.reconciler.all()

    [line] = await house.history("orphan")
    assert line["at_vendor"] == {"id": "h1"}
    assert [hook["id"] for hook in house.acme.hooks] == ["h1", "h2"]


@pytest.mark.parametrize(
    ("harm", "was"),
    [({"on": False}, "disabled"), ({"url": "https://elsewhere.example"}, "drifted"), ({"id": "lost"}, "missing")],
)
async def test_what_is_wrong_at_the_vendor_is_mended(house: House, harm: dict[str, Any], was: str):
    subscription = await house.begun("order_placed")
    house.acme.hooks[0] |= harm

    assert await house.worker.reconciler.all()

    [line] = await house.history("webhook mended")
    assert line["was"] == was
    current = await house.subscriptions.get(house.workspace, subscription.id)
    assert (current.reading.hook or {})["kept"] == {"id": "h2"}
    assert house.acme.hooks[-1]["on"]
    assert len(house.acme.hooks) == (2 if was == "missing" else 1)
    assert await house.worker.reconciler.all()
    assert house.acme.made == 2


async def test_what_was_missed_until_it_was_mended_is_read_and_told_once(house: House):
    subscription = await house.begun("order_placed")
    house.acme.hooks.clear()
    house.acme.place(3)
    await house.worker.reconciler.all()

    await house.round()
    assert await house.happened() == [3]
    await house.call(subscription, {"id": 3, "city": "Kiel"})

    assert await house.happened() == [3]


async def test_what_belongs_to_others_is_left_alone(house: House):
    await house.begun("order_placed")
    foreign = {"id": "theirs", "url": "https://other.example/hooks/1", "on": True}
    house.acme.hooks.append(foreign)

    assert await house.worker.reconciler.all()

    assert foreign in house.acme.hooks
    assert await house.history("orphan") == []


async def test_one_that_somebody_turned_off_is_no_orphan(house: House):
    await house.begun("order_placed")
    house.acme.hooks.append({"id": "h0", "url": f"{PUBLIC}/hooks/old", "on": False})

    assert await house.worker.reconciler.all()

    assert await house.history("orphan") == []


async def test_another_public_address_is_told_to_the_vendor_and_the_old_one_ended(house: House):
    await house.begun("order_placed")
    house.public_url = "https://new.example"
    house.worker = house.make_worker()

    assert await house.worker.reconciler.all()

    [hook] = house.acme.hooks
    assert hook["url"].startswith("https://new.example/hooks/")
    assert [line["was"] for line in await house.history("webhook mended")] == ["moved"]


async def test_a_vendor_that_shows_no_list_is_said_to_show_none(house: House):
    await house.begun("order_called")

    assert await house.worker.reconciler.all()
    assert await house.worker.reconciler.all()

    [line] = await house.history()
    assert (line["kind"], line["times"]) == ("webhook unseen", 2)


async def test_what_cannot_be_compared_is_said_and_compared_again_soon(house: House):
    await house.begun("order_placed")
    house.acme.say = lambda request: json({}, 500)

    assert not await house.worker.reconciler.all()

    assert await house.history("webhook not checked")
    assert await house.worker._reconcile() == 60.0


async def test_the_last_who_leaves_has_the_vendor_told_and_it_is_told_again_until_it_listens(house: House):
    subscription = await house.begun("order_placed")
    house.acme.say = lambda request: json({}, 500) if request.method == "DELETE" else None
    hook = subscription.reading.hook or {}
    await house.subscriptions.remove(house.workspace, subscription.id)
    await house.round(after=61)

    gone = Delivery(dump_json({"id": 3}), (("x-secret", hook["secret"]),), hook["address"])
    assert (await house.worker.inbox.take(hook["token"], gone)).status == 404
    assert [row.state for row in await house.rows("readings")] == ["leaving"]

    house.acme.say = lambda request: None
    await house.round(after=70)
    assert house.acme.hooks == await house.rows("readings") == []


async def test_a_replaced_secret_is_good_for_a_day(house: House):
    subscription = await house.begun("order_placed")
    await _rotated(house, subscription)
    old = {**(subscription.reading.hook or {})}

    assert await _status(house, old) == 200
    house.clock.now += BOTH_SECRETS + 60
    assert await house.worker.reconciler.all()
    assert await _status(house, old) == 404


async def test_without_a_public_address_it_is_polled_and_a_note_says_so(house: House):
    house.public_url = None
    house.subscriptions, house.worker = house.make_subscriptions(), house.make_worker()
    house.worker._working = True

    subscription = await house.begun("order_placed")

    assert (subscription.reading.way, house.acme.hooks) == ("poll", [])
    note = await house.worker.reconciler.note(subscription.reading)
    assert "it is polled every 60 s instead. Start the server with --public-url" in (note or "")


@pytest.mark.parametrize(
    ("url", "can"), [(None, False), ("http://gridwire.example", False), ("https://127.0.0.1", False)]
)
async def test_vendors_call_only_where_it_is_https_and_public(url: str | None, can: bool):
    assert await can_be_called(Reach(), url) is can
    assert await can_be_called(Reach(), "https://1.1.1.1")


async def _rotated(house: House, subscription: Subscription) -> None:
    """The vendor's own secret takes the place of ours, as where it says in its answer what it signs with."""
    from connectors.service import readings

    hook = dict(subscription.reading.hook or {})
    told = {"secret_before": hook["secret"], "secret": "the-new-one", "secret_since": house.clock.now}
    write = house.service.store.write
    await write(lambda rows: readings.change_hook(rows, house.service.vault, subscription.reading.id, hook | told))


async def _status(house: House, hook: dict[str, Any]) -> int:
    delivery = Delivery(dump_json({"id": 9}), (("x-secret", hook["secret"]),), hook["address"])
    return (await house.worker.inbox.take(hook["token"], delivery)).status

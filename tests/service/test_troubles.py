from __future__ import annotations

import time
from typing import Any

import pytest

from connectors.service.troubles import of_deliveries, of_subscriptions
from tests.service.stepped import House

DAY = 86_400


@pytest.mark.parametrize(
    ("table", "values", "seen"),
    [
        ("readings", {"error": {"message": "the vendor is away"}}, "the vendor is away"),
        ("readings", {"next_at": -DAY}, "it was to be read at"),
        ("readings", {"next_at": DAY}, "it is to be read only at"),
        ("readings", {"next_at": 60}, None),
        ("readings", {"next_at": -DAY, "paused": True}, None),
        ("subscriptions", {"state": "ended"}, "answered 410"),
        ("subscriptions", {"error": {"message": "it cannot be delivered"}}, "it cannot be delivered"),
    ],
)
async def test_what_fails_is_late_or_far_ahead_is_told(house: House, table: str, values: dict[str, Any], seen: str):
    await house.begun()
    await house.set("readings", next_at=time.time())
    if values.pop("paused", False):
        await house.set("subscriptions", state="paused")
    later = {"next_at": time.time() + values["next_at"]} if "next_at" in values else {}

    await house.set(table, **values | later)

    found = [one async for one in of_subscriptions(house.service, "default", house.workspace)]
    assert [seen in one.seen for one in found] == ([True] if seen else [])
    assert all(one.remedy for one in found)


async def test_a_webhook_that_the_vendor_was_not_told_of_is_told(house: House):
    await house.add("order_placed")
    await house.set("readings", next_at=None)

    [one] = [one async for one in of_subscriptions(house.service, "default", house.workspace)]

    assert "has not been told yet to call" in one.seen


async def test_what_is_dead_and_what_waits_for_long_is_told(house: House):
    await house.begun()
    house.acme.place(3)
    house.acme.place(4)
    await house.round(after=70)
    assert [one async for one in of_deliveries(house.service)] == []

    await house.set("events", at=time.time() - 2 * 3600)
    [waiting] = [one async for one in of_deliveries(house.service)]
    await house.set("deliveries", state="dead")
    [dead] = [one async for one in of_deliveries(house.service)]

    assert (waiting.seen, dead.seen) == ("2 wait, the oldest for 2 h", "2 were given up after the last try")

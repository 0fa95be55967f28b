"""Rate plans: what the vendor allows is never exceeded, and nobody waits longer than the deadline."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.engine.exchange import Exchange
from connectors.engine.rates import SECONDS, SHARED, Rates
from connectors.engine.run import Vendor
from connectors.errors import ResponseLost, VendorBusy, VendorTimeout
from tests.engine.acme import Wire, make_connection, make_connector, page, read

PLANS = {"default": {"limit": 2, "per": "second"}, "writes": {"limit": 1, "per": "minute"}}
LISTS = {"items": {"request": "GET /items"}, "slow": {"request": "GET /slow", "rate": "writes"}}
ACTIONS = {"act": {"request": "POST /x", "rate": "writes"}, "get_it": {"request": "GET /x"}}


@pytest.fixture
def limited(clock: Any) -> Any:
    """A function from plans and values of the connection to a Vendor; all of one test share their rates."""
    rates = Rates()

    def make(plans: dict[str, Any] = PLANS, answers: tuple[Any, ...] = ([1],), **values: Any) -> Vendor:
        connector = make_connector(rates={"writes": PLANS["writes"], **plans}, lists=LISTS, actions=ACTIONS)
        return Vendor(Exchange(make_connection(connector, values=values), Wire(*answers), rates=rates))

    return make


async def times(clock: Any, vendor: Vendor, count: int, **about: Any) -> list[float]:
    """When each of so many readings was over, in seconds from now."""
    begin, done = clock.now, list[float]()
    for _ in range(count):
        await read(vendor, **about)
        done.append(clock.now - begin)
    return done


async def test_requests_wait_until_their_plan_has_room(clock, limited):
    assert await times(clock, limited(), 5) == [0, 0, 1, 1, 2]


async def test_without_a_plan_nobody_waits(clock, limited):
    assert await times(clock, limited({}), 5) == [0] * 5
    assert await times(clock, limited({"other": PLANS["default"]}), 5) == [0] * 5


async def test_each_plan_counts_for_itself(clock, limited):
    acme = limited()
    await acme.call("act", {})
    assert await times(clock, acme, 2) == [0, 0]


async def test_two_connections_of_one_account_share_its_plan(clock, limited):
    plans = {"default": {"limit": 1, "per": "second", "account": "{account}"}}
    one, other, stranger = limited(plans, apiKey="k1"), limited(plans, apiKey="k2"), limited(plans, account="b-2")
    assert await times(clock, one, 1) == [0]
    assert await times(clock, other, 1) == [1]
    assert await times(clock, stranger, 1) == [0]


async def test_without_a_word_about_the_account_each_connection_counts_for_itself(clock, limited):
    plans = {"default": {"limit": 1, "per": "second"}}
    assert await times(clock, limited(plans, apiKey="k1"), 1) == [0]
    assert await times(clock, limited(plans, apiKey="k2"), 1) == [0]
    assert await times(clock, limited(plans, apiKey="k1"), 1) == [1]


async def writing(acme: Vendor) -> None:
    await acme.call("act", {})


async def reading(acme: Vendor) -> None:
    await read(acme, of="slow")


@pytest.mark.parametrize("again", [reading, writing])
async def test_what_would_wait_beyond_the_deadline_is_told_when_to_come_back(clock, limited, again):
    acme = limited()
    await acme.call("act", {})
    clock.now += 20
    with pytest.raises(VendorBusy) as caught:
        await again(acme)
    assert caught.value.retry_after == 40
    assert caught.value.remedy == "Try again in 40 s."
    assert "allows 1 request per minute, and no more now; nothing was sent" in caught.value.message
    assert (len(acme.exchange.transport.sent), clock.slept) == (1, [])


async def test_a_wait_that_fits_the_deadline_is_waited(clock, limited):
    acme = limited()
    await acme.call("act", {})
    clock.now += 31
    await acme.call("act", {})
    assert clock.slept[-1] == 29


async def test_a_repetition_counts_as_well(clock, limited):
    acme = limited({"default": {"limit": 1, "per": "minute"}}, answers=(500, [1]))
    with pytest.raises(VendorBusy, match="nothing was sent"):
        await read(acme)
    assert len(acme.exchange.transport.sent) == 1


# A reading


PAGED = {"request": "GET /items", "items": "results", "paginate": {"page_number": {"start": 0, "more": "hasNextPage"}}}
FIND = {"list": "items", "input": {"name": {}}, "match": {"name": "{name}"}, "scan": {"pages": 100}}
SLOWLY = {"default": {"limit": 1, "per": "minute"}}


@pytest.fixture
def paced(clock: Any) -> Any:
    """A function from the number of pages to a Vendor that may be asked once a minute."""

    def make(pages: int, rates: dict[str, Any] = SLOWLY, answers: list[Any] | None = None, **about: Any) -> Vendor:
        items = answers or [page(number, more=number + 1 < pages, name="Ada") for number in range(pages)]
        action = {"request": "POST /x", "input": {"item": {"choices": {"list": "items"}}}}
        connector = make_connector(
            rates=rates,
            lists={"items": PAGED},
            triggers={"seen": {"poll": "items", "key": "id", **about.pop("trigger", {})}},
            searches={"find": FIND},
            actions={"act": action, "get_it": {"request": "GET /x"}},
        )
        return Vendor(Exchange(make_connection(connector), Wire(*items), rates=Rates(), **about))

    return make


async def polling(vendor: Vendor) -> int:
    return len((await vendor.poll("seen", {}, None, from_start=True)).events)


async def searching(vendor: Vendor) -> int:
    return len(await vendor.search("find", {"name": "Ada"}))


async def choosing(vendor: Vendor) -> int:
    return len((await vendor.choices("act", "item", {}))[0])


READINGS = pytest.mark.parametrize("asking", [polling, searching, choosing])


@READINGS
async def test_a_reading_waits_for_its_plan_as_long_as_it_takes(clock, paced, asking):
    acme = paced(5)
    assert await asking(acme) == 5
    assert clock.slept == [60] * 4
    assert acme.exchange.transport.timeouts == [30] * 5


@READINGS
async def test_a_reading_never_takes_longer_than_it_may(clock, paced, asking):
    acme, began = paced(5, longest_reading=150), clock.now
    with pytest.raises(VendorBusy) as caught:
        await asking(acme)
    assert (caught.value.retry_after, caught.value.remedy) == (60, "Try again in 60 s.")
    assert (clock.now - began, len(acme.exchange.transport.sent)) == (120, 3)


@READINGS
async def test_pages_that_come_slowly_end_a_reading_too(clock, paced, asking):
    def slow(_: Any) -> Any:
        clock.now += 29
        return page(clock.now, more=True, name="Ada")

    with pytest.raises(VendorTimeout, match=r"^reading took longer than 100 s in all, and was given up$"):
        await asking(paced(1, {}, [slow], longest_reading=100))


async def test_the_last_request_of_a_reading_ends_with_it(clock, paced):
    def slow(_: Any) -> Any:
        clock.now += 29
        return page(clock.now, more=True)

    acme = paced(1, {}, [slow], longest_reading=100)
    with pytest.raises(VendorTimeout):
        await polling(acme)
    assert acme.exchange.transport.timeouts == [30, 30, 30, 13]


async def test_what_a_polls_items_name_is_waited_for_as_well(clock, paced):
    include = {"include": {"more": {"from": "get_it", "with": {}}}}
    acme = paced(1, answers=[page(1), {"x": 1}], trigger=include)
    assert await polling(acme) == 1
    assert clock.slept == [60]


async def test_a_reading_waits_for_a_busy_vendor_beyond_the_time_of_a_request(clock, paced):
    busy = (429, {}, {"retry-after": "9"})
    acme = paced(1, {}, [busy, busy, page(1)], timeout=5)
    assert await polling(acme) == 1
    assert (clock.slept, acme.exchange.transport.timeouts) == ([9, 9], [5, 5, 5])


async def test_a_reading_does_not_wait_longer_for_a_vendor_than_any_request(clock, paced):
    with pytest.raises(VendorBusy) as caught:
        await polling(paced(1, {}, [(429, {}, {"retry-after": "11"}), page(1)]))
    assert (caught.value.retry_after, clock.slept) == (11, [])


async def test_a_page_that_took_all_its_time_is_not_asked_for_again(clock, paced):
    def late(_: Any) -> Any:
        clock.now += 30
        return ResponseLost("no answer", timed_out=True)

    acme = paced(1, {}, [late])
    with pytest.raises(VendorTimeout, match="no answer"):
        await polling(acme)
    assert len(acme.exchange.transport.sent) == 1


async def test_a_reading_has_fifteen_minutes_unless_it_is_given_others(paced):
    assert paced(1).exchange.longest_reading == 900


async def test_each_reading_has_its_own_time(clock, paced):
    acme = paced(2, longest_reading=100)
    acme.exchange.transport.answers *= 3
    for _ in range(3):
        assert await polling(acme) == 2
        clock.now += 60


def test_one_process_counts_together():
    exchange = Exchange(make_connection(), Wire([]))
    assert exchange.rates is SHARED


@given(waits=st.lists(st.floats(0, 3), max_size=40), limit=st.integers(1, 4), longest=st.floats(0, 10))
def test_no_stretch_of_time_holds_more_than_the_limit(waits, limit, longest):
    now, sent, rates = 0.0, list[float](), Rates()
    for wait in waits:
        now += wait
        after = rates.reserve("a", limit, "second", now=now, longest=longest)
        assert after >= 0
        if after <= longest:
            sent.append(now + after)
    assert all(later - earlier >= SECONDS["second"] - 1e-9 for earlier, later in zip(sent, sent[limit:], strict=False))


async def test_who_waits_long_is_told_why_and_who_waits_a_moment_only_when_asked(clock, limited, caplog):
    caplog.set_level("INFO", "gridwire")
    await times(clock, limited(), 3)
    await times(clock, Vendor(limited().exchange.in_a_reading()), 2, of="slow")
    said = [(one.levelname, one.message) for one in caplog.records if "waiting" in one.message]
    assert said == [
        ("INFO", "waiting 1 s: the vendor allows 2 requests per second"),
        ("WARNING", "waiting 60 s: the vendor allows 1 request per minute"),
    ]

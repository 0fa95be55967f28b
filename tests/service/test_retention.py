from __future__ import annotations

import time

import pytest
from sqlalchemy import insert

from connectors.components.http import dump_json
from connectors.errors import InputError
from connectors.service.memories import Memories
from connectors.service.retention import DAY
from connectors.service.subscriptions import Edit
from connectors.service.tables import idempotency
from tests.service.stepped import House

PERSON = "Erika Beispiel"


async def test_payloads_are_kept_a_week_and_history_a_month(house: House):
    await house.begun()
    house.acme.place(3)
    await house.round(after=70)
    await house.set("deliveries", state="delivered")

    counts = [await _swept(house, at=days) for days in (6, 8, 29, 31)]

    assert counts == [(1, 2), (0, 2), (0, 2), (0, 0)]
    assert await house.rows("deliveries") == []


async def test_many_are_erased_in_several_small_transactions(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("connectors.service.retention._AT_ONCE", 2)
    await house.begun()
    for number in range(3, 10):
        house.acme.place(number)
    await house.round(after=70)
    await house.set("deliveries", state="delivered")

    assert await _swept(house, at=8) == (0, 2)


@pytest.mark.parametrize("paused", [False, True])
async def test_what_still_waits_to_be_delivered_is_not_erased_however_old_it_is(house: House, paused: bool):
    subscription = await house.begun()
    house.acme.place(3)
    await house.round(after=70)
    await house.subscriptions.change(house.workspace, subscription.id, Edit(paused=paused))

    assert await _swept(house, at=300) == (1, 0)
    assert await house.waiting(subscription) == 1


async def test_what_is_dead_can_be_replayed_for_as_long_as_payloads_are_kept(house: House):
    await house.begun()
    house.acme.place(3)
    await house.round(after=70)
    await house.set("deliveries", state="dead", due_at=time.time() + 5 * DAY)

    assert [(await _swept(house, at=days))[0] for days in (8, 11, 13)] == [1, 1, 0]


async def test_a_person_is_forgotten_wherever_he_stands(house: House):
    await house.begun()
    webhook = await house.begun("order_placed")
    house.acme.place(3, PERSON)
    house.acme.place(4, "Ulm")
    await house.round(after=70)
    await house.call(webhook, {"id": 5, "city": PERSON})
    await _keep_a_result(house, PERSON)

    assert await house.worker.retention.forget(house.workspace, " erika beispiel ") == 3

    assert await house.happened() == [4]
    assert len(await house.rows("deliveries")) == 1
    [kept] = await house.rows("idempotency")
    assert (kept.result, kept.status) == (None, "begun")


async def test_what_a_trigger_remembers_of_a_person_goes_from_the_file_too(house: House):
    moved = await house.begun("order_moved")
    house.acme.orders = [{"id": 1, "city": PERSON}, house.acme.orders[1]]
    await house.round(after=70)

    await house.worker.retention.forget(house.workspace, PERSON)

    async with Memories(house.service.store, house.service.vault).alone(moved.reading.id) as kept:
        assert kept.memory is not None
        assert kept.memory.versions == {"2": "Ulm"}
    assert len(await house.rows("memories")) == 1


async def test_what_waits_in_the_inbox_and_what_was_left_out_is_forgotten(house: House):
    await house.begun(input={"city": "Bonn"})
    webhook = await house.begun("order_placed")
    house.acme.place(3, PERSON)
    await house.round(after=70)
    house.worker.inbox._drain = lambda reading: None
    await house.call(webhook, {"id": 5, "city": PERSON})
    assert len(await house.rows("inbox")) == 1

    await house.worker.retention.forget(house.workspace, PERSON)

    assert await house.rows("inbox") == []
    assert [line for line in await house.history() if "left_out" in line and line["kind"] == "poll"] == []


async def test_another_workspace_is_not_touched(house: House):
    await house.begun()
    house.acme.place(3, PERSON)
    await house.round(after=70)

    assert await house.worker.retention.forget("ws_other", PERSON) == 0
    assert await house.happened() == [3]


async def test_what_stands_in_everything_is_not_forgotten(house: House):
    with pytest.raises(InputError, match="at least 3 characters"):
        await house.worker.retention.forget(house.workspace, " a ")


async def _swept(house: House, *, at: float) -> tuple[int, int]:
    for table in ("events", "history"):
        await house.set(table, at=time.time())
    house.clock.now = time.time() + at * DAY
    await house.worker.retention.sweep()
    return len(await house.rows("events")), len(await house.rows("history"))


async def _keep_a_result(house: House, text: str) -> None:
    place = ("idempotency", house.workspace, b"digest".hex(), "result")
    row = {"digest": b"digest", "fingerprint": b"", "run": "run", "status": "done", "expires_at": 0.0}
    sealed = house.service.vault.seal(dump_json({"name": text}), *place)
    [connection] = await house.rows("connections")
    values = {"workspace": house.workspace, "connection": connection.id, "result": sealed, **row}
    await house.service.store.write(lambda rows: rows.execute(insert(idempotency).values(**values)))

from __future__ import annotations

import pytest
from sqlalchemy import text

from connectors.engine.spool import Event
from connectors.service import outbox
from tests.service.house import house

EVENTS = "SELECT id FROM events ORDER BY number"


@pytest.fixture
async def home(tmp_path):
    async with house(tmp_path, works=False) as home:
        yield home


def happened(*names):
    return [Event(name[0], name[1:] or None, None, b'{"id":"%b"}' % name.encode()) for name in names]


async def store(home, reading, *names, fails=False):
    def change(rows):
        told = outbox.store(rows, home.service.vault, reading, "dispatch.job", happened(*names))
        if fails:
            rows.execute(text("SELECT * FROM nowhere"))
        return told

    return await home.service.store.write(change)


async def ids(home):
    return [one[0] for one in await home.rows(EVENTS)]


async def test_an_id_is_the_same_whenever_the_same_is_stored_again(home):
    made = await home.subscribe(url=None)
    with pytest.raises(Exception, match="nowhere"):
        await store(home, made.reading.id, "a1", "b", fails=True)
    assert await ids(home) == []
    await store(home, made.reading.id, "a1", "b")
    first = await ids(home)
    await home.change("DELETE FROM events")
    await store(home, made.reading.id, "a1", "b")
    assert await ids(home) == first


async def test_ids_do_not_depend_on_what_is_stored_together(home):
    made = await home.subscribe(url=None)
    for name in ("a1", "a1", "b", "a1"):
        await store(home, made.reading.id, name)
    apart = await ids(home)
    await home.change("DELETE FROM events")
    await store(home, made.reading.id, "a1", "a1", "b", "a1")
    assert await ids(home) == apart
    assert len(set(apart)) == 4


async def test_no_id_comes_again_when_events_were_erased(home):
    made, given = await home.subscribe(url=None), list[str]()
    for erased in (1, 2, 3, 1, 0):
        await store(home, made.reading.id, "a1", "b", "a1")
        given += [name for (name, at) in await home.rows("SELECT id, number FROM events") if name not in given]
        numbers = [one[0] for one in await home.rows("SELECT number FROM events ORDER BY number")][:erased]
        await home.service.store.write(lambda rows, some=numbers: outbox.erase(rows, some))
    assert len(given) == 15


async def test_readings_triggers_and_versions_have_ids_of_their_own(home):
    one, other = await home.subscribe(url=None), await home.subscribe("job_signed", url=None)
    await store(home, one.reading.id, "a1", "a2", "a")
    await store(home, other.reading.id, "a1", "a2", "a")
    assert len(set(await ids(home))) == 6


async def test_repeats_are_counted_across_what_is_written_at_once(home, monkeypatch):
    monkeypatch.setattr(outbox, "_TOGETHER", 2)
    made = await home.subscribe(url=None)
    await store(home, made.reading.id, *["a1"] * 7)
    assert len(set(await ids(home))) == 7


async def test_each_subscription_with_a_target_waits_for_each_event(home):
    one, other = await home.subscribe(), await home.subscribe(url="https://other.example.com/")
    await home.subscribe(url=None)
    paused = await home.subscribe(url="https://third.example.com/")
    await home.change("UPDATE subscriptions SET state = 'paused' WHERE id = :id", id=paused.id)

    assert await store(home, one.reading.id, *"abc") == {one.id, other.id}
    waiting = await home.rows("SELECT subscription, count(*) FROM deliveries GROUP BY subscription")
    assert set(map(tuple, waiting)) == {(one.id, 3), (other.id, 3)}


async def test_an_event_is_sealed_and_opens_as_it_was(home):
    made = await home.subscribe(url=None)
    big = {"id": "x" * 2_000_000, "n": 2**80}
    event = Event("k", 1, {"was": "Äpfel"}, outbox.dump_json(big))
    await home.service.store.write(
        lambda rows: outbox.store(rows, home.service.vault, made.reading.id, "dispatch.job", [event])
    )
    [row] = await home.rows("SELECT * FROM events")
    opened = outbox.opened(home.service.vault, row)
    assert (opened.data, opened.previous, opened.type) == (big, {"was": "Äpfel"}, "dispatch.job")
    assert b"xxxx" not in row.content

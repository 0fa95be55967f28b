from __future__ import annotations

import asyncio
import tempfile
import threading
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from connectors.components.memory import Memory
from connectors.service import memories as module
from connectors.service.memories import Memories, OvertakenError, Traced
from connectors.service.store import Store
from connectors.service.store import changed as say_changed
from connectors.service.vault import Vault

VAULT = Vault(["k" * 32])
OWN = "r1"
IDENTITY = {"key": [["id"]], "hashed": False, "version": [], "under": []}
ROWS = (
    "INSERT INTO workspaces VALUES ('w', 'w', 0)",
    "INSERT INTO connections VALUES ('c', 'w', 'x', 'x', x'', NULL, 'ok', NULL, 0, 0, NULL)",
    """INSERT INTO readings
       (id, workspace, connection, "trigger", digest, input, way, from_start, state, interval, failures, created_at)
       VALUES ('r1', 'w', 'c', 't', x'', x'', 'poll', 0, 'active', 60, 0, 0)""",
)


@asynccontextmanager
async def a_store(folder):
    async with Store(folder) as store:
        if not await store.read(lambda rows: rows.scalar(text("SELECT count(*) FROM readings"))):
            await store.write(lambda rows: [rows.execute(text(one)) for one in ROWS] and None)
        yield store


@pytest.fixture
async def store(tmp_path):
    async with a_store(tmp_path) as store:
        yield store


async def write(memories, store, changed, *, fails=False):
    """Changes the memory in place, as deliveries do, and keeps it."""
    async with memories.alone(OWN) as kept:
        after = kept.memory or Memory(identity=IDENTITY)
        changed(after)
        move = memories.change(OWN, kept, after)
        if fails:
            raise RuntimeError("the disk is full")
        await store.write(move)


async def test_what_a_poll_writes_is_what_it_changed(store, monkeypatch):
    compared = list[int]()
    monkeypatch.setattr(module, "_different", lambda old, new: compared.append(len(new)) or [])
    memories = Memories(store, VAULT)
    await write(memories, store, lambda memory: memory.versions.update({str(key): 1 for key in range(1000)}))
    compared.clear()
    before = await store.read(sizes)

    async with memories.alone(OWN) as found:
        assert found.memory is not None
        after = found.memory.copy()
        after.versions |= {"1": 1, "2": True, "new": 1}
        del after.versions["3"]
        assert after.versions.touched.keys() == {"2", "new", "3"}
        await store.write(memories.change(OWN, found, after))

    assert compared == []
    assert (await store.read(sizes))[-1] < before[0] / 10
    now = await kept(store)
    assert now is not None
    assert (now.versions["2"], now.versions["new"], "3" in now.versions) == (True, 1, False)


async def test_a_poll_that_changes_nothing_writes_nothing_but_sees_that_another_has(store):
    memories, other = Memories(store, VAULT), Memories(store, VAULT)
    for one in (memories, other):
        await write(one, store, lambda memory: memory.versions.update({"a": 1}))
    before = await store.read(sizes)
    await write(memories, store, lambda memory: memory.versions.update({"a": 1}))
    assert await store.read(sizes) == before

    await write(other, store, lambda memory: memory.versions.update({"b": 1}))
    with pytest.raises(OvertakenError):
        await write(memories, store, lambda memory: None)


async def kept(store):
    async with Memories(store, VAULT).alone(OWN) as found:
        return found.memory


def sizes(rows):
    return list(rows.scalars(text("SELECT length(content) FROM memories ORDER BY number")))


keys = st.sampled_from("abcdef")
steps = st.one_of(
    st.tuples(st.just("see"), keys, st.integers()),
    st.tuples(st.just("lose"), keys),
    st.tuples(st.just("hear"), keys, st.integers(0, 9)),
    st.tuples(st.just("miss"), st.lists(keys, unique=True)),
    st.tuples(st.just("since"), st.one_of(st.none(), st.text(max_size=3))),
    st.tuples(st.just("before"), st.booleans()),
    st.tuples(st.sampled_from(["restart", "copy", "fail", "unread"])),
)


def changed(memory: Memory, step) -> None:
    match step:
        case "see", key, version:
            memory.versions[key] = version
            memory.remembered.update({key: {"v": version}})
        case "lose", key:
            memory.versions.pop(key, None)
            memory.remembered.pop(key, None)
            memory.due.setdefault(key, 1)
        case "hear", key, second:
            memory.heard.pop(key, None)
            memory.heard[key] = second
            if len(memory.heard) > 3:
                del memory.heard[next(iter(memory.heard))]
        case "miss", names:
            memory.missing[:] = names
        case "since", value:
            memory.since = value
        case "before", there:
            memory.before = Memory({"old": 1}, identity=IDENTITY) if there else None
        case ("unread",):
            memory.unread = None if memory.unread else True


@given(st.lists(steps, max_size=30), st.integers(1, 4))
def test_what_is_kept_is_what_would_be_in_memory(path, most):
    async def run(folder):
        ours = Memory(identity=IDENTITY)
        async with a_store(folder) as store:
            memories = Memories(store, VAULT)
            for step in path:
                if step == ("restart",):
                    memories = Memories(store, VAULT)
                    continue
                if step == ("fail",):
                    with pytest.raises(RuntimeError):
                        await write(memories, store, lambda memory: memory.versions.update(lost=1), fails=True)
                    continue

                def both(memory, step=step):
                    changed(memory, step)

                async with memories.alone(OWN) as held:
                    after = held.memory or Memory(identity=IDENTITY)
                    after = after.copy() if step == ("copy",) else after
                    both(after)
                    await store.write(memories.change(OWN, held, after))
                    both(ours)
                    assert held.memory == ours
                found = await kept(store)
                assert found == ours
                assert list(found.heard) == list(ours.heard)

    before, module._MOST_CHANGES = module._MOST_CHANGES, most
    try:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(run(Path(folder)))
    finally:
        module._MOST_CHANGES = before


def test_every_way_to_write_to_a_dict_is_traced():
    traced = Traced({"a": 1, "b": 2, "c": 3, "d": 4})
    writers = {"__setitem__", "__delitem__", "__ior__", "pop", "popitem", "clear", "setdefault", "update"}
    assert writers <= set(vars(Traced))
    traced["e"] = 5
    del traced["a"]
    traced |= {"f": 6}
    traced.popitem()
    traced.setdefault("g", 7)
    traced.pop("b")
    assert list(traced.touched) == ["e", "a", "f", "g", "b"]
    traced.clear()
    assert set(traced.touched) == set("abcdefg")


async def test_with_200000_items_little_is_written_for_one(store):
    memories = Memories(store, VAULT)
    await write(memories, store, lambda memory: memory.versions.update({f"key-{n}": n for n in range(200_000)}))
    for n in range(3):
        await write(memories, store, lambda memory, n=n: memory.versions.update({f"new-{n}": n}))

    [whole, *rest] = await store.read(sizes)
    assert whole > 1_000_000
    assert max(rest) < 200
    assert len((await kept(store)).versions) == 200_003


async def test_changes_are_gathered_when_they_are_many(store):
    memories = Memories(store, VAULT)
    for n in range(450):
        await write(memories, store, lambda memory, n=n: memory.versions.update({"a": n}))

    assert len(await store.read(sizes)) <= 201
    assert (await kept(store)).versions == {"a": 449}


async def test_what_was_not_written_is_forgotten(store):
    memories = Memories(store, VAULT)
    await write(memories, store, lambda memory: memory.versions.update(a=1))
    with pytest.raises(RuntimeError):
        await write(memories, store, lambda memory: memory.versions.update(a=2), fails=True)
    await write(memories, store, lambda memory: memory.versions.update(b=1))

    assert (await kept(store)).versions == {"a": 1, "b": 1}


async def test_of_two_processes_only_one_goes_on_from_the_same_memory(store):
    one, other = Memories(store, VAULT), Memories(store, VAULT)
    await write(one, store, lambda memory: memory.versions.update(a=1))
    await write(other, store, lambda memory: memory.versions.update(b=1))
    with pytest.raises(OvertakenError):
        await write(one, store, lambda memory: memory.versions.update(c=1))
    await write(one, store, lambda memory: memory.versions.update(d=1))

    assert (await kept(store)).versions == {"a": 1, "b": 1, "d": 1}


async def test_whoever_is_cancelled_while_writing_leaves_once_it_is_written(store):
    memories, go = Memories(store, VAULT), threading.Event()
    await write(memories, store, lambda memory: memory.versions.update(a=1))
    slow = asyncio.create_task(store.write(lambda rows: go.wait(10)))
    writing = asyncio.create_task(write(memories, store, lambda memory: memory.versions.update(b=1)))
    for _ in range(5):
        await asyncio.sleep(0)
    writing.cancel()
    await asyncio.wait([writing], timeout=0.05)
    assert not writing.done()

    go.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await slow
    assert (await kept(store)).versions == {"a": 1, "b": 1}


async def test_memories_make_room_but_not_for_those_in_use(store, monkeypatch):
    monkeypatch.setattr(module, "_MOST_KEPT", 10)
    memories = Memories(store, VAULT)
    async with memories.alone(OWN):
        for n in range(50):
            async with memories.alone(f"other-{n}"):
                pass
        assert OWN in memories._kept
    assert len(memories._kept) <= 11
    assert memories._held == sum(kept.size for kept in memories._kept.values())


async def test_one_at_a_time_has_a_memory(store, monkeypatch):
    monkeypatch.setattr(module, "_MOST_KEPT", 0)
    memories, inside = Memories(store, VAULT), 0

    async def work():
        nonlocal inside
        async with memories.alone(OWN):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(20)), *(memories.alone(f"m{n}").__aenter__() for n in range(3)))


async def test_what_another_process_has_remembered_and_said_is_gone_on_with(store):
    here, there = Memories(store, VAULT), Memories(store, VAULT)
    await write(here, store, lambda memory: memory.versions.update(a=1))
    await write(there, store, lambda memory: memory.versions.update(b=2))
    await store.write(say_changed)

    await write(here, store, lambda memory: memory.versions.update(c=3))

    assert (await kept(store)).versions == {"a": 1, "b": 2, "c": 3}

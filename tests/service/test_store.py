from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys

import pytest
from sqlalchemy import event, func, select

from connectors.errors import InputError
from connectors.service.store import Store, StoreError, changed, put
from connectors.service.tables import facts
from tests.service.conftest import on_disk


def names(rows):
    return set(rows.scalars(select(facts.c.name)))


async def test_what_is_written_is_read(store):
    assert await store.write(lambda rows: put(rows, "a", b"1") or "done") == "done"
    await store.write(lambda rows: put(rows, "a", b"2"))

    assert await store.read(lambda rows: rows.scalar(select(facts.c.value))) == b"2"


async def test_many_at_once_are_written_in_few_transactions(store, tmp_path):
    commits = 0

    def count(_):
        nonlocal commits
        commits += 1

    event.listen(store._engine, "commit", count)
    await asyncio.gather(*(store.write(lambda rows, n=n: put(rows, f"n{n}", b"")) for n in range(1000)))

    assert await store.read(lambda rows: rows.scalar(select(func.count()).select_from(facts))) == 1000
    assert commits < 100


async def test_a_change_that_fails_takes_no_other_with_it(store):
    def fails(rows):
        put(rows, "bad", b"")
        raise ValueError("no")

    done = await asyncio.gather(
        store.write(lambda rows: put(rows, "before", b"")),
        store.write(fails),
        store.write(lambda rows: put(rows, "after", b"")),
        return_exceptions=True,
    )

    assert [str(one) for one in done] == ["None", "no", "None"]
    assert await store.read(names) == {"before", "after"}


async def test_a_change_that_breaks_a_rule_of_the_database_is_a_store_error_of_its_own(store):
    def twice(rows):
        for _ in range(2):
            rows.exec_driver_sql("INSERT INTO facts VALUES ('x', x'')")

    done = await asyncio.gather(
        store.write(twice), store.write(lambda rows: put(rows, "good", b"")), return_exceptions=True
    )

    assert isinstance(done[0], StoreError)
    assert await store.read(names) == {"good"}


async def test_whoever_stops_waiting_stops_nothing(store):
    waiting = asyncio.ensure_future(store.write(lambda rows: put(rows, "kept", b"")))
    await asyncio.sleep(0)
    waiting.cancel()
    await store.write(lambda rows: None)

    assert await store.read(names) == {"kept"}


async def test_a_full_disk_is_a_store_error_and_nothing_of_it_is_kept(store):
    await store.write(lambda rows: put(rows, "there", b"1"))
    pages = await store.write(lambda rows: rows.exec_driver_sql("PRAGMA page_count").scalar())
    await store.write(lambda rows: rows.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}").scalar())

    done = await asyncio.gather(
        store.write(lambda rows: put(rows, "small", b"2")),
        store.write(lambda rows: put(rows, "large", b"x" * 200_000)),
        store.write(lambda rows: put(rows, "late", b"3")),
        return_exceptions=True,
    )

    assert isinstance(done[1], StoreError)
    assert "database or disk is full" in str(done[1])
    kept = {name for name, one in zip(("small", "large", "late"), done, strict=True) if one is None}
    assert await store.read(names) == {"there", *kept}
    assert await store.write(lambda rows: "goes on") == "goes on"


async def test_a_folder_that_cannot_be_written_to_is_a_store_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be used"):
        async with Store(tmp_path / "file"):
            pass


async def test_a_file_that_is_no_database_is_a_store_error(tmp_path):
    (tmp_path / "gridwire.db").write_bytes(b"something else entirely" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        async with Store(tmp_path):
            pass


async def test_a_database_that_may_only_be_read_is_a_store_error(store):
    await store.write(lambda rows: put(rows, "there", b""))
    await store.write(lambda rows: rows.exec_driver_sql("PRAGMA query_only = 1") and None)

    with pytest.raises(StoreError, match="readonly") as raised:
        await store.write(lambda rows: put(rows, "more", b""))
    assert "who may write" in raised.value.remedy
    assert await store.read(names) == {"there"}


async def test_a_newer_database_is_left_alone(tmp_path):
    async with Store(tmp_path) as store:
        await store.write(lambda rows: rows.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="version 9999"):
        async with Store(tmp_path):
            pass


async def test_loops_in_several_threads_may_ask_for_changes_at_once(store):
    def ask():
        return {store.changes for _ in range(2000)}

    found = await asyncio.gather(*(asyncio.to_thread(ask) for _ in range(8)))

    assert set().union(*found) == {store.changes}


async def test_two_stores_see_each_others_changes(store, tmp_path):
    async with Store(tmp_path) as other:
        before = store.changes
        await other.write(changed)
        assert store.changes == other.changes == before + 1
        await store.write(lambda rows: put(rows, "quiet", b""))
        assert store.changes == before + 1


WRITES = """
import asyncio, sys
from pathlib import Path
from connectors.service.store import Store, put
async def main(folder, who):
    async with Store(Path(folder)) as store:
        for number in range(1_000_000):
            await store.write(lambda rows: put(rows, f"{who}{number}", b""))
            print(number, flush=True)
            if number == int(sys.argv[3]): break
asyncio.run(main(*sys.argv[1:3]))
"""


def started(script, *words):
    return subprocess.Popen([sys.executable, "-c", script, *map(str, words)], stdout=subprocess.PIPE, text=True)


def writer(folder, who, last):
    return started(WRITES, folder, who, last)


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)]
)
async def test_every_connection_is_set_up(store, pragma, value):
    for ask in (store.write, store.read):
        assert await ask(lambda rows: rows.exec_driver_sql(f"PRAGMA {pragma}").scalar()) == value


async def test_two_processes_write_to_one_database(tmp_path):
    async with Store(tmp_path):
        pass
    both = [writer(tmp_path, who, 99) for who in "ab"]
    for process in both:
        process.communicate(timeout=60)
        assert process.returncode == 0

    with sqlite3.connect(tmp_path / "gridwire.db") as rows:
        assert rows.execute("SELECT count(*) FROM facts").fetchone() == (200,)
    rows.close()


async def test_what_was_written_outlives_a_kill(tmp_path):
    async with Store(tmp_path):
        pass
    process = writer(tmp_path, "a", 999_999)
    said = [process.stdout.readline() for _ in range(20)]
    process.kill()
    rest = process.communicate(timeout=60)[0]

    last = int((rest.splitlines() or [said[-1]])[-1])
    async with Store(tmp_path) as store:
        assert {f"a{number}" for number in range(last + 1)} <= await store.read(names)


HOLDS = """
import asyncio, sys
from pathlib import Path
from connectors.service.store import Store
async def main():
    async with Store(Path(sys.argv[1])) as store, store.alone("it"):
        print("held", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


async def test_a_killed_process_holds_nothing(store, tmp_path):
    process = started(HOLDS, tmp_path)
    process.stdout.readline()

    async def take():
        async with store.alone("it"):
            return process.poll()

    taking = asyncio.ensure_future(take())
    _, pending = await asyncio.wait([taking], timeout=0.3)
    assert pending
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert await asyncio.wait_for(taking, 10) is not None


async def test_of_many_one_at_a_time_is_alone(store):
    inside, most = 0, 0

    async def enter():
        nonlocal inside, most
        async with store.alone("it"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(enter() for _ in range(20)))
    assert most == 1


async def test_what_is_removed_is_in_no_file(store, tmp_path):
    canary = os.urandom(20).hex().encode()
    await store.write(lambda rows: put(rows, "it", canary * 500))
    assert canary in on_disk(tmp_path)
    await store.write(lambda rows: put(rows, "it", b"other"))
    await store.settle()

    assert canary not in on_disk(tmp_path)


async def test_the_files_are_their_owners_alone(store, tmp_path):
    await store.write(lambda rows: put(rows, "it", b""))
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("gridwire.db*")} == {0}

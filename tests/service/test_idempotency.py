from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from connectors.engine.addresses import Reach
from connectors.errors import UnknownOutcome
from connectors.manifest.catalog import Catalog
from connectors.service.connections import Account
from connectors.service.idempotency import Asked, KeyConflictError, Outcome
from connectors.service.service import opened
from connectors.service.store import Store, StoreError
from connectors.service.tables import idempotency
from connectors.service.vault import WrongKeyError

ACME = Account({"account": "north", "token": "t"})
DONE = Outcome(200, b'{"output":"a name"}')


@pytest.fixture
def serving(tmp_path):
    """The floor, opened on the same folder each time."""
    catalog = Catalog([Path(__file__).parents[1] / "server" / "manifests"])
    return lambda **more: opened(tmp_path, ["s" * 32], catalog, Reach(), **more)


@pytest.fixture
async def service(serving):
    async with serving() as service:
        yield service


async def connection(service) -> tuple[str, str]:
    workspace = await service.keys.workspace("default")
    return workspace, (await service.connections.put(workspace, "acme", "acme", ACME)).id


async def asked(service, *what, key="k") -> Asked:
    workspace, connected = await connection(service)
    return Asked.of(workspace, key, connected, *what)


class Work:
    """Counts how often it is done."""

    def __init__(self, outcome=DONE):
        self.times = 0
        self.outcome = outcome

    async def __call__(self):
        self.times += 1
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


async def swept(service):
    """Once what is too old has been erased."""
    sweeping = asyncio.create_task(service.idempotency.sweep())
    await asyncio.sleep(0)  # it asks to write
    await service.store.write(lambda rows: None)  # which is done in turn
    sweeping.cancel()


def rows(service):
    return service.store.read(lambda rows: rows.scalar(select(func.count()).select_from(idempotency)))


@pytest.mark.anyio
async def test_it_is_begun_on_disk_before_the_work_is(service):
    found = []

    async def work():
        found.append(await service.store.read(lambda rows: rows.scalar(select(idempotency.c.status))))
        return DONE

    await service.idempotency.once(await asked(service), work)

    assert found == ["begun"]


@pytest.mark.anyio
async def test_the_outcome_outlives_the_server(serving):
    work = Work()
    for replayed in (False, True):
        async with serving() as service:
            assert (await service.idempotency.once(await asked(service), work)).replayed is replayed

    assert work.times == 1


@pytest.mark.anyio
async def test_the_outcome_is_sealed(serving, tmp_path):
    async with serving() as service:
        await service.idempotency.once(await asked(service), Work())

    assert b"a name" not in b"".join(file.read_bytes() for file in tmp_path.glob("gridwire.db*"))


@pytest.mark.anyio
async def test_after_its_time_a_key_is_free_and_nothing_is_left(serving):
    work = Work()
    async with serving(idempotency_ttl=0.0) as service:
        for _ in range(2):
            await service.idempotency.once(await asked(service), work)
        await swept(service)

        assert (work.times, await rows(service)) == (2, 0)


@pytest.mark.anyio
async def test_what_is_not_too_old_is_not_swept(service):
    await service.idempotency.once(await asked(service), Work())
    await swept(service)

    assert await rows(service) == 1


@pytest.mark.anyio
async def test_what_the_work_raises_frees_the_key(service):
    one = await asked(service)
    with pytest.raises(ZeroDivisionError):
        await service.idempotency.once(one, Work(ZeroDivisionError()))

    assert await service.idempotency.once(one, Work()) == DONE


@pytest.mark.anyio
async def test_what_is_cut_off_has_an_unknown_outcome(service):
    one = await asked(service)
    with pytest.raises(asyncio.CancelledError):
        await service.idempotency.once(one, Work(asyncio.CancelledError()))

    with pytest.raises(UnknownOutcome, match="how it ended is not known"):
        await service.idempotency.once(one, Work())


@pytest.mark.anyio
async def test_an_outcome_that_cannot_be_kept_is_told_once_and_unknown_after(service, monkeypatch):
    one, work = await asked(service), Work()
    write, writes = Store.write, []

    async def failing(store, change):
        writes.append(change)
        if len(writes) == 2:
            raise StoreError("the disk is full")
        return await write(store, change)

    monkeypatch.setattr(Store, "write", failing)

    assert await service.idempotency.once(one, work) == DONE
    with pytest.raises(UnknownOutcome):
        await service.idempotency.once(one, work)
    assert work.times == 1


@pytest.mark.anyio
async def test_workspaces_and_keys_are_told_apart(service):
    one = await asked(service)
    other = Asked(await service.keys.workspace("other"), one.key, one.connection, one.what)
    work = Work()
    for each in (one, other, await asked(service, key="l"), one.numbered(0), one.numbered(1)):
        assert not (await service.idempotency.once(each, work)).replayed

    assert work.times == 5


@pytest.mark.anyio
async def test_a_key_for_something_else_is_a_conflict(service):
    await service.idempotency.once(await asked(service, {"a": 1, "b": 2}), Work())

    assert (await service.idempotency.once(await asked(service, {"b": 2, "a": 1}), Work())).replayed
    with pytest.raises(KeyConflictError):
        await service.idempotency.once(await asked(service, {"a": 1, "b": 3}), Work())


@pytest.mark.anyio
async def test_an_outcome_opens_only_in_its_own_row(service):
    one = await asked(service)
    await service.idempotency.once(one, Work())
    two = one.numbered(2)

    def move(rows: Connection) -> None:
        rows.execute(idempotency.update().values(digest=two.digest, expires_at=time.time() + 60))

    await service.store.write(move)

    with pytest.raises(WrongKeyError, match="sealed"):
        await service.idempotency.once(two, Work())


async def test_a_key_outlives_its_connection_without_the_result(service):
    workspace, connected = await connection(service)
    first = Asked.of(workspace, "k", connected, "x")
    await service.idempotency.once(first, Work())
    await service.connections.remove(workspace, "acme")
    again, work = await asked(service, "x"), Work()

    with pytest.raises(KeyConflictError, match="deleted since") as refused:
        await service.idempotency.once(again, work)

    assert (again.connection != connected, work.times) == (True, 0)
    assert "take a new key" in refused.value.remedy
    assert await service.store.read(lambda rows: rows.scalar(select(idempotency.c.result))) is None


async def test_what_ends_at_a_connection_that_was_deleted_meanwhile_is_not_kept(service):
    first, work = await asked(service, "x"), Work()

    async def deleting():
        await service.connections.remove(first.workspace, "acme")
        return await work()

    assert await service.idempotency.once(first, deleting) == DONE
    assert await service.store.read(lambda rows: rows.scalar(select(idempotency.c.result))) is None
    with pytest.raises(KeyConflictError, match="deleted since"):
        await service.idempotency.once(await asked(service, "x"), work)


async def test_what_was_done_at_another_address_is_no_result_of_this_one(service):
    workspace, connected = await connection(service)
    north, south = (Asked.of(workspace, "k", connected, "x", where=where) for where in ("north", "south"))
    await service.idempotency.once(north, Work())

    with pytest.raises(KeyConflictError, match="another address or account"):
        await service.idempotency.once(south, Work())
    assert (await service.idempotency.once(north, Work())).replayed

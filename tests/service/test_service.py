"""Secret keys: a wrong one opens nothing, and one is changed for another while both are known."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from connectors.errors import InputError
from connectors.service.tables import (
    SEALED,
    connections,
    events,
    history,
    idempotency,
    inbox,
    memories,
    metadata,
    oauth_apps,
    place_of,
    readings,
    subscriptions,
    tickets,
)
from connectors.service.vault import Vault, WrongKeyError
from tests.service.conftest import NORTH, SEAL, on_disk, row

NEW = "n" * 32
SESSION = {"token": "a-session-token"}
OF_TRIGGERS = (
    (readings.c.input, ("rdg_1",)),
    (readings.c.hook, ("rdg_1",)),
    (memories.c.content, ("rdg_1", 1)),
    (inbox.c.content, ("rdg_1",)),
    (subscriptions.c.target, ("sub_1",)),
    (events.c.content, ("evt_1",)),
    (history.c["items"], ("rdg_1",)),
)
"""What is sealed of a subscription, and what it is known by there."""


@pytest.fixture
async def filled(opens):
    """A data folder with something sealed in every place; gives the workspace."""
    async with opens() as service:
        workspace = await service.keys.workspace("default")
        made = await service.connections.create(workspace, "acme", "acme-1", NORTH, SESSION)

        def seal(column, *key):
            return service.vault.seal(b'{"kept": 1}', *place_of(column, *key))

        def change(rows):
            app = seal(oauth_apps.c["values"], workspace, "desk")
            rows.execute(insert(oauth_apps).values(workspace=workspace, connector="desk", values=app, updated_at=0))
            ticket = {"digest": b"d", "workspace": workspace, "kind": "link", "expires_at": 1e12}
            rows.execute(insert(tickets).values(**ticket, content=seal(tickets.c.content, b"d")))
            done = {"workspace": workspace, "digest": b"e", "fingerprint": b"f", "run": "r", "status": "done"}
            sealed = seal(idempotency.c.result, workspace, b"e")
            rows.execute(insert(idempotency).values(**done, connection=made.id, result=sealed, expires_at=1e12))

            _subscribe(rows, workspace, {column: seal(column, *key) for column, key in OF_TRIGGERS})

        await service.store.write(change)
    return workspace


def _subscribe(rows, workspace, sealed):
    """A row in each table of what triggers bring."""
    there = {
        readings: {"id": "rdg_1", "trigger": "t", "digest": b"r", "way": "webhook", "from_start": False}
        | {"interval": 60, "failures": 0, "token": b"t"},
        memories: {"number": 1},
        inbox: {"at": 0},
        subscriptions: {"id": "sub_1", "has_target": True, "format": "cloudevents", "ordered": False, "after": 0},
        events: {"id": "evt_1", "mark": b"m", "type": "acme.t", "at": 0},
        history: {"at": 0, "said": {}},
    }
    usual = {"workspace": workspace, "reading": "rdg_1", "state": "active", "created_at": 0}
    for table, values in there.items():
        own = {column.name: value for column, value in sealed.items() if column.table is table}
        shared = {name: value for name, value in usual.items() if name in table.c}
        rows.execute(insert(table).values(**shared, **values, **own))


async def test_a_wrong_key_opens_nothing_and_changes_nothing(opens, filled, tmp_path):
    before = on_disk(tmp_path)
    with pytest.raises(InputError, match="the secret key is not the one"):
        async with opens(NEW):
            pass
    assert on_disk(tmp_path) == before


async def test_with_both_keys_everything_opens_and_then_the_old_one_can_be_left_out(opens, filled):
    async with opens(NEW, SEAL) as service:
        assert (await service.connections.open(filled, "acme-1")).connection.signed_in.session == SESSION
    async with opens(NEW) as service:
        opened = await service.connections.open(filled, "acme-1")
        assert (opened.stored.account, opened.connection.signed_in.session) == (NORTH, SESSION)
        for column, key in (
            (oauth_apps.c["values"], (filled, "desk")),
            (tickets.c.content, (b"d",)),
            (idempotency.c.result, (filled, b"e")),
            *OF_TRIGGERS,
        ):
            sealed = await service.store.read(lambda rows, column=column: rows.scalar(select(column)))
            assert service.vault.open(sealed, *place_of(column, *key)) == b'{"kept": 1}'
    with pytest.raises(InputError):
        async with opens(SEAL):
            pass


async def test_many_secrets_are_sealed_anew_some_at_a_time(opens, filled, monkeypatch, caplog):
    monkeypatch.setattr("connectors.service.resealing._AT_ONCE", 2)
    async with opens() as service:

        def content(number):
            return service.vault.seal(b"{}", *place_of(memories.c.content, "rdg_1", number))

        many = [{"reading": "rdg_1", "number": number, "content": content(number)} for number in range(2, 9)]
        many[3]["content"] = Vault(["x" * 16]).seal(b"{}", "elsewhere")
        await service.store.write(lambda rows: rows.execute(insert(memories), many))
    async with opens(NEW, SEAL) as service:
        sealed = await service.store.read(lambda rows: rows.scalars(select(memories.c.content)).all())
        assert [one.startswith(service.vault.current) for one in sealed] == [True] * 4 + [False] + [True] * 3
    assert caplog.text.count("cannot be opened") == 1


async def test_nothing_in_the_files_opens_with_the_old_key_any_more(opens, filled, tmp_path):
    async with opens() as service:
        sealed = (await service.store.read(row("acme-1"))).account
    assert sealed in on_disk(tmp_path)
    async with opens(NEW, SEAL):
        assert sealed not in on_disk(tmp_path)


async def test_a_server_that_is_told_of_a_new_key_first_goes_on_with_the_old(opens, filled):
    async with opens(SEAL, NEW):
        pass
    async with opens(SEAL) as service:
        assert (await service.connections.get(filled, "acme-1")).account == NORTH


async def test_what_no_key_opens_is_left_and_told(opens, filled, caplog):
    lost = Vault(["x" * 16]).seal(b"{}", "connections", "con_lost", "account")
    async with opens() as service:
        there = {"workspace": filled, "connector": "acme", "state": "ok", "created_at": 0, "updated_at": 0}
        lost_row = insert(connections).values(id="con_lost", name="lost", account=lost, **there)
        await service.store.write(lambda rows: rows.execute(lost_row))
    async with opens(NEW, SEAL) as service:
        assert "connections/con_lost/account cannot be opened" in caplog.text
        assert (await service.store.read(row("lost"))).account == lost
        assert (await service.connections.get(filled, "acme-1")).account == NORTH
        with pytest.raises(WrongKeyError):
            await service.connections.get(filled, "lost")


async def test_a_session_signed_in_meanwhile_is_sealed_with_the_first_key(opens, filled):
    async with opens(NEW, SEAL) as service:
        opened = await service.connections.open(filled, "acme-1")
        async with opened.connection.signed_in.sessions.alone():
            await opened.connection.signed_in.sessions.save({"token": "newer"})
        assert (await service.store.read(row("acme-1"))).session.startswith(service.vault.current)


def test_every_sealed_column_is_known():
    binary = {
        column for table in metadata.tables.values() for column in table.columns if "BLOB" in str(column.type.compile())
    }
    unsealed = {"facts.value", "keys.digest", "tickets.digest", "idempotency.digest", "idempotency.fingerprint"}
    unsealed |= {"readings.digest", "readings.token", "events.mark"}
    assert {str(column) for column in binary} - unsealed == {str(column) for column in SEALED}

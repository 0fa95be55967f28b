from __future__ import annotations

import asyncio
import os
from dataclasses import replace

import pytest
from sqlalchemy import update

from connectors.engine.addresses import Reach
from connectors.errors import InputError, ReconnectError, VendorBusy, VendorFailed, VendorRefused
from connectors.service.connections import Account, NameTakenError, NoSuchConnectionError
from connectors.service.tables import connections
from connectors.service.vault import WrongKeyError
from tests.service.conftest import NORTH, on_disk, row

DESK = Account({"auth": "browser", "client_id": "me", "client_secret": "mine"})


@pytest.fixture
async def acme(service, workspace):
    return await service.connections.create(workspace, "acme", "acme-1", NORTH)


@pytest.fixture
async def opened(service, acme):
    return await service.connections.open(acme.workspace, acme.id)


@pytest.fixture
def writes(service, monkeypatch):
    """What is written from now on."""
    done, write = [], service.store.write
    monkeypatch.setattr(service.store, "write", lambda change: done.append(change) or write(change))
    return done


async def test_an_account_comes_back_after_a_restart(service, opens, acme):
    async with opens() as again:
        assert await again.connections.get(acme.workspace, "acme-1") == acme
        assert (await again.connections.open(acme.workspace, acme.id)).connection.values["account"] == "north"


async def test_an_account_is_sealed(acme, tmp_path):
    assert b"a-secret-token" not in on_disk(tmp_path)


async def test_it_is_found_by_id_and_name_in_its_workspace_alone(service, acme):
    other = await service.keys.workspace("other")
    for name in (acme.id, acme.name):
        assert (await service.connections.get(acme.workspace, name)).id == acme.id
        for ask in (service.connections.get, service.connections.open, service.connections.remove):
            with pytest.raises(NoSuchConnectionError):
                await ask(other, name)


async def test_a_name_is_taken_once_in_a_workspace(service, acme):
    with pytest.raises(NameTakenError, match="there is a connection 'acme-1' already"):
        await service.connections.create(acme.workspace, "acme", "acme-1", NORTH)
    await service.connections.create(await service.keys.workspace("other"), "acme", "acme-1", NORTH)


@pytest.mark.parametrize("name", ["", " a", "a/b", "con_1", "a\n", "x" * 101, ".", "..", "-x", "--help"])
async def test_a_name_that_could_be_mistaken_is_refused(service, workspace, name):
    with pytest.raises(InputError, match="this name cannot be used"):
        await service.connections.create(workspace, "acme", name, NORTH)


@pytest.mark.parametrize("column", ["account", "session"])
async def test_a_sealed_value_moved_to_another_row_or_column_does_not_open(service, acme, column):
    await service.connections.create(acme.workspace, "acme", "acme-2", NORTH)
    sealed = (await service.store.read(row("acme-1"))).account
    moved = update(connections).where(connections.c.name == "acme-2").values({column: sealed})
    await service.store.write(lambda rows: rows.execute(moved))

    with pytest.raises(WrongKeyError, match=f"connections/con_.*/{column} cannot be opened"):
        await service.connections.open(acme.workspace, "acme-2")


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ReconnectError("the key is wrong"), "reconnect"),
        (VendorFailed("it broke", status=500), "failing"),
        (VendorRefused("not so", status=422), "not_tested"),
        (VendorBusy("later", status=429), "not_tested"),
        (InputError("not a number"), "not_tested"),
    ],
)
async def test_what_goes_wrong_is_kept_if_it_says_something_of_the_account(service, acme, opened, error, state):
    await service.connections.note(opened, error)

    after = await service.connections.get(acme.workspace, acme.id)
    assert after.state == state
    assert (after.last_error or {}).get("message") == (None if state == "not_tested" else error.message)


async def test_a_success_ends_it_and_costs_nothing_from_then_on(service, acme, opened, writes):
    await service.connections.note(opened, ReconnectError("the key is wrong"))
    await service.connections.note(opened, None)
    assert len(writes) == 2
    for error in (None, None, VendorBusy("later"), InputError("no")):
        await service.connections.note(opened, error)
    assert len(writes) == 2
    after = await service.connections.get(acme.workspace, acme.id)
    assert (after.state, after.last_error) == ("ok", None)


async def test_the_same_failure_again_is_no_news(service, acme, opened, writes):
    for _ in range(3):
        await service.connections.note(opened, VendorFailed("it broke"))
    assert len(writes) == 1
    await service.connections.note(opened, VendorFailed("it broke otherwise"))
    assert (await service.connections.get(acme.workspace, acme.id)).last_error["message"] == "it broke otherwise"


async def test_a_test_that_fails_for_any_reason_is_a_failure(service, acme, opened):
    await service.connections.note(opened, VendorRefused("no such path", status=404), tested=True)

    after = await service.connections.get(acme.workspace, acme.id)
    assert (after.state, after.last_error["message"]) == ("failing", "no such path")
    assert after.tested_at is not None


async def test_another_process_sees_a_change_of_state_at_once(service, acme, opened, opens):
    async with opens() as other:
        seen = await other.connections.open(acme.workspace, acme.id)
        await service.connections.note(opened, ReconnectError("the key is wrong"))
        seen = await other.connections.open(acme.workspace, acme.id)
        assert seen.stored.state == "reconnect"
        await other.connections.note(seen, None)
    assert (await service.connections.open(acme.workspace, acme.id)).stored.state == "ok"


async def test_what_an_account_did_that_was_changed_meanwhile_says_nothing(service, acme, opened):
    other = replace(NORTH, values={**NORTH.values, "token": "a-better-token"})
    await service.connections.change(acme.workspace, acme.id, lambda _: other)
    await service.connections.note(opened, ReconnectError("the old key is wrong"))

    assert (await service.connections.get(acme.workspace, acme.id)).state == "not_tested"


async def test_a_changed_account_is_as_new_and_a_renamed_one_is_not(service, acme, opened):
    await service.connections.note(opened, ReconnectError("the key is wrong"))
    renamed = await service.connections.change(acme.workspace, acme.id, lambda same: same, renamed="other")
    assert (renamed.name, renamed.state) == ("other", "reconnect")

    await service.connections.change(acme.workspace, "other", lambda _: Account({"account": "s", "token": "better"}))
    assert (await service.connections.get(acme.workspace, acme.id)).state == "not_tested"


async def test_changes_at_the_same_time_are_all_kept(service, workspace):
    made = await service.connections.create(workspace, "acme", "acme-1", NORTH)

    def sets(number):
        return lambda before: replace(
            before, values={**before.values, "account": before.values["account"] + str(number)}
        )

    await asyncio.gather(*(service.connections.change(workspace, made.id, sets(number)) for number in range(5)))

    account = (await service.connections.get(workspace, made.id)).account.values["account"]
    assert sorted(account.removeprefix("north")) == list("01234")


async def test_one_that_a_person_signs_in_to_waits_for_that(service, workspace):
    made = await service.connections.create(workspace, "desk", "desk-1", DESK)
    mark = (await service.connections.open(workspace, made.id)).connection.mark
    assert (made.state, made.last_error["message"]) == ("reconnect", "nobody has signed in yet")

    signed = await service.connections.put(workspace, "desk", "desk-1", DESK, {"token": "t", "of": mark})
    assert (signed.id, signed.state) == (made.id, "ok")
    assert (await service.connections.open(workspace, made.id)).connection.signed_in.session["token"] == "t"

    other = Account({**DESK.values, "client_id": "somebody"})
    assert (await service.connections.change(workspace, made.id, lambda _: other)).state == "reconnect"


async def test_a_name_is_not_taken_over_by_another_connector(service, acme):
    with pytest.raises(NameTakenError, match="one of acme, not of desk"):
        await service.connections.put(acme.workspace, "desk", "acme-1", DESK)


async def test_a_removed_one_is_in_no_file(service, workspace, tmp_path):
    canary = os.urandom(8).hex()
    account = Account({"account": canary, "token": canary * 2})
    await service.connections.create(workspace, "acme", f"n-{canary}", account)
    opened = await service.connections.open(workspace, f"n-{canary}")
    await service.connections.note(opened, ReconnectError(f"{canary} is wrong"))
    sealed = (await service.store.read(row(f"n-{canary}"))).account
    assert {canary.encode() in on_disk(tmp_path), sealed in on_disk(tmp_path)} == {True}

    await service.connections.remove(workspace, f"n-{canary}")

    left = on_disk(tmp_path)
    assert canary.encode() not in left
    assert sealed[16:] not in left
    assert opened.stored.id.encode() not in left


@pytest.mark.parametrize(
    "url",
    [
        "http://203.0.113.5", "http://example.com", "https://127.0.0.1", "https://localhost", "https://10.1.2.3",
        "https://192.168.0.1", "https://169.254.169.254", "https://[::1]", "https://[::ffff:127.0.0.1]",
        "https://[fe80::1]", "https://2130706433", "https://0x7f000001", "https://0177.0.0.1", "https://127.1",
        "https://0.0.0.0", "http://n8n:5678",
    ],
)  # fmt: skip
async def test_an_address_inside_is_refused_when_it_is_saved(opens, url):
    async with opens(reach=Reach()) as service:
        workspace = await service.keys.workspace("default")
        for where in ({"base_url": url}, {"hosts": {"https://api.acme.example": url}}):
            with pytest.raises(InputError) as raised:
                await service.connections.create(workspace, "acme", "inside", replace(NORTH, **where))
            assert "--allow-target http" in raised.value.remedy
        made = await service.connections.create(workspace, "acme", "outside", NORTH)
        with pytest.raises(InputError):
            await service.connections.change(workspace, made.id, lambda before: replace(before, base_url=url))
        assert len(await service.connections.listed(workspace)) == 1


async def test_values_that_are_missing_are_named(service, workspace):
    with pytest.raises(InputError, match="'account' is required"):
        await service.connections.create(workspace, "acme", "less", Account({}))

from __future__ import annotations

import pytest

from connectors.errors import InputError
from connectors.service.keys import SCOPES
from tests.service.conftest import on_disk


async def test_a_key_opens_its_workspace(service):
    made, secret = await service.keys.add("mine", workspace="office")
    caller = await service.keys.caller(secret)

    assert (caller.key, caller.scopes) == (made.id, frozenset(SCOPES))
    assert caller.workspace == await service.keys.workspace_there("office")
    assert secret.startswith("gw_")


async def test_the_key_is_nowhere_kept(service, tmp_path):
    _, secret = await service.keys.add("mine")
    assert secret.encode() not in on_disk(tmp_path)


@pytest.mark.parametrize("wrong", ["", "gw_", "gw_wrong", "é", "\udcff"])
async def test_another_key_opens_nothing(service, wrong):
    await service.keys.add("mine")
    assert await service.keys.caller(wrong) is None


async def test_scopes_are_kept(service):
    _, secret = await service.keys.add("narrow", scopes=["use", "raw"])
    assert (await service.keys.caller(secret)).scopes == {"use", "raw"}


async def test_a_revoked_key_opens_nothing_at_once_in_every_process(service, opens):
    made, secret = await service.keys.add("mine")
    async with opens() as other:
        assert await other.keys.caller(secret) is not None
        await service.keys.revoke(made.id)
        assert await other.keys.caller(secret) is None
    [listed] = await service.keys.listed()
    assert listed.revoked_at is not None


async def test_a_key_is_revoked_by_a_name_that_only_it_has(service):
    await service.keys.add("twin")
    one, _ = await service.keys.add("twin")
    with pytest.raises(InputError, match="there are 2 keys 'twin' in use") as raised:
        await service.keys.revoke("twin")
    assert one.id in raised.value.remedy
    await service.keys.revoke(one.id)
    assert (await service.keys.revoke("twin")).id != one.id
    with pytest.raises(InputError, match="there is no key 'twin' in use"):
        await service.keys.revoke("twin")


async def test_a_key_is_looked_up_without_the_database(service, monkeypatch):
    _, secret = await service.keys.add("mine")
    await service.keys.caller(secret)
    monkeypatch.setattr(service.store, "read", None)
    assert await service.keys.caller(secret) is not None


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101])
async def test_a_name_that_cannot_be_read_is_refused(service, name):
    for names in ({"name": name}, {"name": "fine", "workspace": name}):
        with pytest.raises(InputError, match="1 to 100 characters"):
            await service.keys.add(**names)
    assert await service.keys.listed() == []


async def test_an_unknown_workspace_has_its_near_miss(service):
    await service.keys.workspace("office")
    with pytest.raises(InputError, match="did you mean 'office'"):
        await service.keys.workspace_there("offices")

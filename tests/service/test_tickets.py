from __future__ import annotations

import asyncio

import pytest

from connectors.service.keys import Keys, digest
from connectors.service.room import FullError
from connectors.service.store import Store
from connectors.service.tickets import NoSuchTicketError, Tickets
from connectors.service.vault import Vault

CONTENT = {"name": "north", "verifier": "a-secret-verifier"}


@pytest.fixture
async def store(tmp_path):
    async with Store(tmp_path) as store:
        yield store


@pytest.fixture
def tickets(store):
    return Tickets(store, Vault(["s" * 32]))


async def asker_in(store) -> tuple[str, str]:
    """A workspace, and a key of it."""
    _, secret = await Keys(store).add("office")
    caller = await Keys(store).caller(secret)
    return caller.workspace, caller.key


@pytest.fixture
async def asker(store):
    return await asker_in(store)


async def opens(asking) -> bool:
    try:
        await asking
    except NoSuchTicketError:
        return False
    return True


async def test_it_opens_once_however_often_it_is_looked_at(tickets, asker):
    ticket = await tickets.issue(*asker, "link", CONTENT, lasts=60)

    assert (await tickets.look("link", ticket.secret)).content == CONTENT
    issued = await tickets.take("link", ticket.secret)
    assert (issued.workspace, issued.key, issued.content) == (*asker, CONTENT)
    assert not await opens(tickets.take("link", ticket.secret))
    assert not await opens(tickets.look("link", ticket.secret))


async def test_of_many_who_take_it_one_gets_it(tickets, asker):
    ticket = await tickets.issue(*asker, "state", CONTENT, lasts=60)

    assert sum(await asyncio.gather(*(opens(tickets.take("state", ticket.secret)) for _ in range(20)))) == 1


@pytest.mark.parametrize("secret", ["", "wrong", "é", "\ud800", "x" * 100_000])
async def test_what_is_none_opens_nothing(tickets, secret):
    assert not await opens(tickets.take("link", secret))


async def test_it_opens_only_what_it_is_for(tickets, asker):
    ticket = await tickets.issue(*asker, "start", CONTENT, lasts=60)

    assert not await opens(tickets.take("state", ticket.secret))
    assert await opens(tickets.take("start", ticket.secret))


async def test_it_ends_and_is_forgotten(tickets, asker, store):
    ended = await tickets.issue(*asker, "link", CONTENT, lasts=0)
    await tickets.issue(*asker, "link", CONTENT, lasts=60)

    assert not await opens(tickets.take("link", ended.secret))
    assert await store.read(lambda rows: rows.exec_driver_sql("SELECT count(*) FROM tickets").scalar()) == 1


async def test_it_can_be_tried_only_so_often(tickets, asker):
    ticket = await tickets.issue(*asker, "link", CONTENT, lasts=60)

    tried = [await opens(tickets.count("link", ticket.secret, 2)) for _ in range(3)]

    assert tried == [True, True, False]
    assert (await tickets.look("link", ticket.secret)).content["name"] == "north"


async def test_neither_secret_nor_content_can_be_read_at_rest(tickets, asker, store):
    ticket = await tickets.issue(*asker, "state", CONTENT, lasts=60)

    kept = b"".join(file.read_bytes() for file in store.folder.iterdir() if file.is_file())

    assert digest(ticket.secret) in kept
    assert [text for text in (ticket.secret, "a-secret-verifier") if text.encode() in kept] == []


async def test_it_is_there_after_a_restart(tmp_path):
    async with Store(tmp_path) as store:
        asker = await asker_in(store)
        ticket = await Tickets(store, Vault(["s" * 32])).issue(*asker, "state", CONTENT, lasts=60)
    async with Store(tmp_path) as store:
        assert (await Tickets(store, Vault(["s" * 32])).take("state", ticket.secret)).content == CONTENT


@pytest.mark.parametrize("kind", ["link", "start", "state"])
async def test_it_ends_with_the_key_that_asked_for_it_whoever_revokes_that(tickets, asker, tmp_path, kind):
    before, other = await tickets.issue(*asker, kind, CONTENT, lasts=60), await Keys(tickets._store).add("other")
    theirs = await tickets.issue(asker[0], other[0].id, kind, CONTENT, lasts=60)

    async with Store(tmp_path) as elsewhere:  # as the command line does, in a process of its own
        await Keys(elsewhere).revoke(asker[1])
    after = await tickets.issue(*asker, kind, CONTENT, lasts=60)

    assert [await opens(tickets.take(kind, one.secret)) for one in (before, after, theirs)] == [False, False, True]
    assert not await opens(tickets.count(kind, before.secret, 9))


async def test_a_workspace_has_no_more_open_links_than_it_may_and_others_have_theirs(tickets, store, monkeypatch):
    monkeypatch.setattr("connectors.service.tickets.MOST", 1)
    asker, (_, secret) = await asker_in(store), await Keys(store).add("other", workspace="other")
    other = await Keys(store).caller(secret)
    link = await tickets.issue(*asker, "link", CONTENT, lasts=60)

    with pytest.raises(FullError, match="has 1 open links already"):
        await tickets.issue(*asker, "link", CONTENT, lasts=60)
    for whose, kind in ((asker, "state"), ((other.workspace, other.key), "link")):
        await tickets.issue(*whose, kind, CONTENT, lasts=60)

    await tickets.take("link", link.secret)
    await tickets.issue(*asker, "link", CONTENT, lasts=0)
    await tickets.issue(*asker, "link", CONTENT, lasts=60)

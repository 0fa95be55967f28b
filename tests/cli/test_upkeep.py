from __future__ import annotations

import asyncio
import json
import sqlite3
import stat

import pytest
from sqlalchemy import text

from connectors.cli.data import Data
from connectors.manifest.catalog import Catalog, bundled
from connectors.sandbox import CONNECTIONS
from connectors.service.connections import Account
from connectors.service.subscriptions import Wanted
from connectors.service.upkeep import note_address

SECRETS = CONNECTIONS["reonic"]["values"]


@pytest.fixture
def data(tmp_path):
    """A data folder, where connections can be put."""
    return Data.of(tmp_path / "data")


def put(data, name, account=None):
    async def question(service):
        workspace = await service.keys.workspace("default")
        await service.connections.put(workspace, "reonic", name, account or Account(SECRETS, "https://a.example"))

    data.ask(Catalog([bundled()]), question)


def names(data):
    async def question(service):
        return [one.name for one in await service.connections.listed(await service.keys.workspace("default"))]

    return data.ask(Catalog([bundled()]), question)


def test_a_backup_holds_what_was_there_and_can_be_put_back(gridwire, data, tmp_path):
    put(data, "before")
    done = gridwire("backup", tmp_path / "copy", "--data", data.folder)
    put(data, "after")

    refused = gridwire("restore", tmp_path / "copy", "--data", data.folder)
    both = names(data)
    restored = gridwire("restore", tmp_path / "copy", "--data", data.folder, "--yes")

    assert (done.exit_code, refused.exit_code, restored.exit_code) == (0, 2, 0), restored.output
    assert "The secret key is not in it: keep" in done.stdout
    assert "Say --yes" in refused.stderr
    assert (both, names(data)) == (["after", "before"], ["before"])
    assert [path.name for path in data.folder.iterdir() if path.name.startswith(".")] == []


def test_a_backup_replaces_nothing_unasked_and_never_what_it_copies(gridwire, data, tmp_path):
    put(data, "before")
    there = tmp_path / "there"
    there.write_text("something else")

    asked, inside = gridwire("backup", there, "--data", data.folder), data.folder / "secret-key"
    refused = gridwire("backup", inside, "--yes", "--data", data.folder)

    assert (asked.exit_code, there.read_text()) == (2, "something else")
    assert (refused.exit_code, "must not replace" in refused.stderr) == (2, True)
    assert gridwire("backup", there, "--yes", "--data", data.folder).exit_code == 0


def test_a_backup_is_its_owners_alone_and_tells_no_secret(gridwire, data, tmp_path):
    put(data, "acme")

    gridwire("backup", tmp_path / "copy", "--data", data.folder)

    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    assert not [one for one in SECRETS.values() if str(one).encode() in (tmp_path / "copy").read_bytes()]
    assert not (tmp_path / "copy-wal").exists()


def test_a_backup_of_a_database_in_use_is_whole(gridwire, data, tmp_path):
    put(data, "first")

    async def question(service):
        workspace = await service.keys.workspace("default")
        account = Account(SECRETS, "https://a.example")
        for number in range(20):
            await service.connections.create(workspace, "reonic", f"c{number}", account)
            if number == 10:
                await asyncio.to_thread(gridwire, "backup", tmp_path / "copy", "--data", data.folder)

    data.ask(Catalog([bundled()]), question)

    with sqlite3.connect(tmp_path / "copy") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM connections").fetchone() == (12,)
    copy.close()


def test_nothing_is_restored_while_a_server_uses_the_folder(gridwire, data, tmp_path):
    put(data, "acme")
    gridwire("backup", tmp_path / "copy", "--data", data.folder)

    async def question(service):
        await service.store.write(lambda rows: None)
        return await asyncio.to_thread(gridwire, "restore", tmp_path / "copy", "--data", data.folder, "--yes")

    done = data.ask(Catalog([bundled()]), question)

    assert done.exit_code == 1
    assert "nothing was replaced\nEnd the server first" in done.stderr


@pytest.mark.parametrize("damage", ["another key", "not ours", "no database", "torn", "newer"])
def test_what_is_no_good_replaces_nothing(gridwire, data, tmp_path, damage, monkeypatch):
    put(data, "acme")
    copy = tmp_path / "copy"
    gridwire("backup", copy, "--data", data.folder)
    if damage == "another key":
        monkeypatch.setenv("GRIDWIRE_SECRET_KEY", "another-key-of-enough-length")
    elif damage == "no database":
        copy.write_bytes(b"nothing of the kind")
    elif damage == "torn":
        copy.write_bytes(copy.read_bytes()[:6000])
    else:
        with sqlite3.connect(copy) as there:
            there.execute(
                "DELETE FROM facts" if damage == "not ours" else "UPDATE alembic_version SET version_num = '9'"
            )
        there.close()
    before = (data.folder / "gridwire.db").read_bytes()

    done = gridwire("restore", copy, "--data", data.folder, "--yes")

    assert done.exit_code == 2, done.output
    assert str(copy) in done.stderr or damage == "newer"
    assert (data.folder / "gridwire.db").read_bytes() == before


def test_a_folder_without_a_database_has_nothing_to_copy(gridwire, tmp_path):
    done = gridwire("backup", tmp_path / "copy", "--data", tmp_path / "none")

    assert done.exit_code == 2
    assert not (tmp_path / "copy").exists()


def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(gridwire, data):
    put(data, "acme", Account(SECRETS, "http://127.0.0.1:9"))

    done = gridwire("doctor", "--data", data.folder, "--url", "http://127.0.0.1:9", "--json")

    found = {one["about"]: one for one in json.loads(done.stdout)["findings"]}
    assert done.exit_code == 1
    assert [about for about, one in found.items() if not one["ok"]] == ["address", "connection default/acme"]
    assert "gridwire serve" in found["address"]["remedy"]
    assert all(one["remedy"] for one in found.values())


def test_the_doctor_finds_nothing_wrong_where_all_is_well(gridwire, data, connection, served):
    from connectors.engine.addresses import Reach
    from connectors.server import create_app

    catalog = Catalog([bundled()])
    put(data, "acme", Account(connection["values"], connection["base_url"], connection["hosts"]))
    app = create_app(catalog=catalog, data=data.folder, secret_keys=data.secret_keys, reach=Reach(loopback=True))
    with served(app) as url:
        done = gridwire("doctor", "--data", data.folder, "--url", url)

    assert done.exit_code == 0, done.output
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == ["ok"] * 7
    assert "it differs by" in done.stdout


def test_the_doctor_notices_a_wrong_key(gridwire, data, monkeypatch):
    put(data, "acme")
    monkeypatch.setenv("GRIDWIRE_SECRET_KEY", "another-key-of-enough-length")

    done = gridwire("doctor", "--data", data.folder, "--url", "http://127.0.0.1:9")

    assert done.exit_code == 1
    assert "the secret key is not the one" in done.stdout


def address_in(done):
    return json.loads(done.stdout)["findings"][0]


def test_the_doctor_asks_where_a_server_was_last_started_on_the_folder(gridwire, data, served, monkeypatch):
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    ready = Starlette(routes=[Route("/readyz", lambda _: Response())])
    with served(ready) as url:
        data.ask(Catalog([bundled()]), lambda service: note_address(service, url))
        found = address_in(gridwire("doctor", "--data", data.folder, "--json"))
        monkeypatch.setenv("GRIDWIRE_PUBLIC_URL", "http://127.0.0.1:9")
        public = address_in(gridwire("doctor", "--data", data.folder, "--json"))
    ended = address_in(gridwire("doctor", "--data", data.folder, "--json", "--url", url))

    assert (found["ok"], found["seen"]) == (True, f"a server is ready at {url}")
    assert (public["ok"], ended["ok"]) == (False, False)


@pytest.mark.parametrize("kept", [None, b"nothing of the kind"])
def test_the_doctor_asks_the_usual_address_where_none_was_noted(gridwire, tmp_path, kept):
    if kept:
        (tmp_path / "gridwire.db").write_bytes(kept)

    found = address_in(gridwire("doctor", "--data", tmp_path, "--json"))

    assert "127.0.0.1:8710" in found["seen"]


def test_the_doctor_tells_of_subscriptions(gridwire, data):
    async def add(service):
        workspace = await service.keys.workspace("default")
        wanted = Wanted("gridwire.delivery.dead", {}, "https://192.0.2.1/in")
        return (await service.subscriptions.add(workspace, None, wanted)).id

    own = data.ask(Catalog([bundled()]), add)
    data.ask(Catalog([bundled()]), lambda service: service.store.write(_long_ago))

    done = gridwire("doctor", "--data", data.folder, "--url", "http://127.0.0.1:9", "--json")

    found = {one["about"]: one for one in json.loads(done.stdout)["findings"]}
    assert not found[f"subscription default/{own} (gridwire.delivery.dead)"]["ok"]


def _long_ago(rows):
    rows.execute(text("UPDATE readings SET next_at = 1e9"))

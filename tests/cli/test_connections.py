"""Accounts in the data folder: stored by `gridwire connect --name`, used with `--connection`, listed, removed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import insert

from connectors.cli.data import Data
from connectors.components.http import dump_json
from connectors.manifest.catalog import Catalog, bundled
from connectors.service.connections import Account
from connectors.service.tables import oauth_apps, place_of
from tests.manifests.servers import desk

MANIFESTS = Path(__file__).parents[1] / "manifests/ok"

OFFER = "offerId=7f9c24e5-1c0f-4b1e-9d3a-2f6d1f0a9b11"
NOTE = "run", "reonic.add_note", "-i", OFFER, "-i", "text=Calls back", "--dry-run"
FIND = "run", "reonic.find_user", "-i", "email=nobody@example.com"


@pytest.fixture
def connect(gridwire, connection):
    """Runs `gridwire connect reonic` with the sandbox's values."""

    def connect(*words, **values):
        given = {**connection["values"], **values}
        options = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
        return gridwire("connect", "reonic", *words, "--base-url", connection["base_url"], *options)

    return connect


@pytest.fixture
def stored(connect):
    """The account acme in the data folder."""
    assert connect("--name", "acme").exit_code == 0


def listed(gridwire, *words):
    return json.loads(gridwire("connections", *words, "--json").stdout)["items"]


def test_what_was_tested_is_stored_and_used_by_name(connect, gridwire, connection):
    done = connect("--name", "acme")

    assert (done.exit_code, done.stdout) == (0, "Reonic is connected. Use it with --connection acme\n")
    [shown] = listed(gridwire)
    assert (shown["name"], shown["connector"], shown["state"]) == ("acme", "reonic", "ok")
    assert shown["tested_at"] is not None
    assert shown["values"] == {"clientId": connection["values"]["clientId"]}
    assert gridwire(*FIND, "--connection", "acme").stdout == "[]\n"


def test_as_json_it_says_what_was_stored(connect):
    stored = json.loads(connect("--name", "acme", "--json").stdout)

    assert stored.pop("id").startswith("con_")
    assert stored == {"connector": "reonic", "connection": "acme", "state": "ok", "tested": True}


def test_what_does_not_work_is_not_stored(connect, gridwire):
    assert connect("--name", "acme", apiKey="wrong").exit_code == 3
    assert listed(gridwire) == []


def test_what_is_stored_already_need_not_be_given_again(stored, gridwire, connection):
    assert gridwire("connect", "reonic", "--name", "acme").exit_code == 0

    [shown] = listed(gridwire)
    assert shown["base_url"] == connection["base_url"]
    assert shown["secrets"] == ["apiKey"]


@pytest.mark.parametrize("words", [[], ["--name", "a", "--connection-file", "b.json"]])
def test_there_is_one_place_to_keep_it(connect, words):
    done = connect(*words)

    assert done.exit_code == 2
    assert "Say where to keep it: --name NAME, or --connection-file FILE" in done.stderr


def test_there_is_one_account_to_use(stored, gridwire, account):
    done = gridwire(*FIND, "--connection", "acme", *account)

    assert done.exit_code == 2
    assert "only one of them can" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        FIND,
        NOTE,
        ("poll", "reonic.new_offer"),
        ("choices", "reonic.add_note", "offerId"),
        ("request", "reonic", "GET", "/rest/v2/clients/{clientId}/users"),
        ("record", "reonic.find_user", "--case", "x", "-i", "email=nobody@example.com", "--yes"),
    ],
    ids=["run", "run dry", "poll", "choices", "request", "record"],
)
def test_every_command_takes_it(stored, gridwire, words, tmp_path, monkeypatch, connection):
    monkeypatch.chdir(tmp_path)
    done = gridwire(*words, "--connection", "acme", "-vv")

    assert done.exit_code == 0, done.stderr
    assert connection["values"]["apiKey"] not in done.stdout + done.stderr


def test_its_secrets_are_kept_out_of_what_the_vendor_says(stored, gridwire, fault, connection):
    fault("status", status=400, body={"message": f"no {connection['values']['apiKey']} here"})
    done = gridwire(*FIND, "--connection", "acme", "-vv")

    assert done.exit_code == 1
    assert connection["values"]["apiKey"] not in done.stdout + done.stderr


def test_given_values_come_before_stored_ones_and_are_not_kept(stored, gridwire, impatient):
    assert gridwire(*FIND, "--connection", "acme", "--set", "apiKey=wrong").exit_code == 3
    assert gridwire(*FIND, "--connection", "acme").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--connection", "acmee"], "there is no connection 'acmee'; did you mean 'acme'?"),
        (["--connection", "acme", "--workspace", "office"], "there is no workspace 'office'; there are default"),
        (["--connection", "desk"], "the connection 'desk' is one of autarc, not of reonic"),
    ],
)
def test_one_that_is_not_there_is_said(stored, gridwire, words, said, seeded):
    done = gridwire(*FIND, *words)

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.fixture
def seeded():
    """The account desk of another connector, and a workspace of its own for somebody else."""

    async def put(service):
        workspace = await service.keys.workspace("default")
        await service.connections.put(workspace, "autarc", "desk", Account({"apiKey": "some-secret"}))

    Data.of(None).ask(Catalog([bundled()]), put)


def test_the_workspaces_client_at_the_vendor_is_used_and_not_copied(served, gridwire):
    """Where the workspace has one, accounts need no client_id of their own."""
    app = desk.create_app()
    hosts = {"https://auth.desk.example": None}
    with served(app) as address:
        hosts = dict.fromkeys(hosts, address)
        shared = {"robot_id": desk.ROBOT, "robot_secret": desk.ROBOT_SECRET}

        async def put(service):
            workspace = await service.keys.workspace("default")
            sealed = service.vault.seal(dump_json(shared), *place_of(oauth_apps.c["values"], workspace, "desk"))
            row = {"workspace": workspace, "connector": "desk", "values": sealed, "updated_at": 0}
            await service.store.write(lambda rows: rows.execute(insert(oauth_apps).values(**row)))
            account = Account({"auth": "robot"}, f"{address}/v1", hosts)
            await service.connections.put(workspace, "desk", "robot", account)

        Data.of(None).ask(Catalog([MANIFESTS]), put)
        named = "--manifests", MANIFESTS, "connect", "desk", "--name", "robot"
        done = gridwire(*named, "--json")
        assert done.exit_code == 0, done.stderr
        assert gridwire("--manifests", MANIFESTS, "run", "desk.get_me", "--connection", "robot").exit_code == 0
    [shown] = listed(gridwire, "--manifests", MANIFESTS)
    assert (shown["values"], shown["secrets"]) == ({"auth": "robot"}, [])


def test_each_workspace_has_its_own(stored, gridwire, connect):
    gridwire("keys", "add", "theirs", "--workspace", "office")
    assert connect("--name", "acme", "--workspace", "office").exit_code == 0

    assert [one["name"] for one in listed(gridwire, "--workspace", "office")] == ["acme"]
    assert gridwire("connections", "remove", "acme", "--workspace", "office", "--yes").exit_code == 0
    assert listed(gridwire, "--workspace", "office") == []
    assert [one["name"] for one in listed(gridwire)] == ["acme"]


def test_options_of_the_group_are_those_of_its_commands(stored, gridwire, tmp_path):
    done = gridwire("connections", "--data", tmp_path / "elsewhere", "test", "acme")

    assert (done.exit_code, f"there is nothing at {tmp_path / 'elsewhere'}" in done.stderr) == (2, True)


def test_a_test_is_noted(stored, gridwire, fault, impatient):
    assert gridwire("connections", "test", "acme").stdout == "acme works.\n"
    fault("status", status=500, times=9)

    assert gridwire("connections", "test", "acme").exit_code == 1
    [shown] = listed(gridwire)
    assert (shown["state"], shown["last_error"]["kind"]) == ("failing", "vendor_failed")
    assert shown["last_error"]["message"] in gridwire("connections").stdout

    fault("status", status=401, times=9)
    gridwire("connections", "test", "acme")


def test_what_is_removed_is_gone_and_has_to_be_confirmed(stored, gridwire):
    refused = gridwire("connections", "remove", "acme")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "'acme' would be erased for good\nConfirm it with --yes." in refused.stderr

    assert gridwire("connections", "remove", "acme", "--yes").stdout == "acme is erased.\n"
    assert listed(gridwire) == []


def test_a_connector_of_ones_own_is_stored_too(gridwire, acme, served):
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    asked = []

    async def answer(request):
        asked.append(request.url.path)
        return JSONResponse([])

    methods = ["GET", "POST"]
    with served(Starlette(routes=[Route("/{path:path}", answer, methods=methods)])) as address:
        values = ["--set", "shop=north", "--set", "token=some-secret-token", "--base-url", address]
        done = gridwire("connect", acme, "--name", "mine", *values)
        assert done.exit_code == 0, done.stderr
        assert gridwire("request", acme, "GET", "/x", "--connection", "mine").exit_code == 0
    assert asked[-1] == "/x"

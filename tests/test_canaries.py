"""A canary in each secret slot, through every command and every failure at -vv, is found nowhere."""

from __future__ import annotations

import json
import logging
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from click.testing import CliRunner

from connectors.cli import main
from connectors.cli.loopback import waiting_at
from connectors.engine.connection import Connection
from connectors.engine.transport import HttpTransport
from connectors.manifest.catalog import load
from tests.canaries import CANARIES, FAILURES, Echo, echoing, found_in, said

AUTH = "https://auth.acme.example"
TOKENS = {"token_url": f"{AUTH}/token", "client_id": "ada", "client_secret": "{clientSecret}"}
WAYS: dict[str, dict[str, Any]] = {
    "header": {"api_key": {"header": "X-Api-Key", "value": "{apiKey}"}},
    "query": {"api_key": {"query": "key", "value": "{apiKey}"}},
    "basic": {"basic": {"username": "ada", "password": "{password}"}},
    "bearer": {"bearer": {"token": "{apiKey}"}},
    "login": {"login": {"request": "POST /login", "body": {"password": "{password}"}, "token": "token"}},
    "program": {"oauth2": {"grant": "client_credentials", **TOKENS}},
    "browser": {"oauth2": {"authorization_url": f"{AUTH}/authorize", "client_auth": "body", **TOKENS}},
}
WORDS = {"title": "Item", "description": "Triggers when there is one.", "sample": {"id": 1, "name": "Erika"}}
KIND = {"title": "Kind", "choices": {"list": "items", "with": {"pin": "{pin}"}, "value": "id"}}
PIN = {"name": {"title": "Name", "required": True}, "pin": {"title": "PIN", "secret": True, "required": True}}
MANIFEST: dict[str, Any] = {
    "connector": "acme",
    "language": 1,
    "version": "1.0.0",
    "title": "Acme",
    "description": "Sells everything.",
    "base_url": "https://api.acme.example",
    "connection": {
        "fields": {name: {"title": name, "secret": True} for name in ("apiKey", "password", "clientSecret")},
        "test": "GET /me",
    },
    "lists": {"items": {"request": "GET /items", "items": "items", "input": {"pin": {"secret": True}}}},
    "triggers": {"new_item": {**WORDS, "poll": "items", "key": "id", "input": {"pin": PIN["pin"]}}},
    "searches": {
        "find": {**WORDS, "input": PIN, "list": "items", "match": {"name": {"contains": "{name}"}}},
    },
    "actions": {
        "add": {
            **WORDS,
            "request": "POST /items",
            "input": {
                **PIN,
                "kind": {"title": "Kind", "choices": {"list": "items", "with": {"pin": "{pin}"}, "value": "id"}},
            },
        },
        "get": {**WORDS, "request": "GET /items/{name}", "input": PIN},
    },
}
GIVEN = "-i", "name=Erika", "-i", f"pin={CANARIES['pin']}"
COMMANDS: dict[str, tuple[str, ...]] = {
    "add": ("run", "X", "add", *GIVEN),
    "add as JSON": ("run", "X", "add", *GIVEN, "--json"),
    "get": ("run", "X", "get", *GIVEN),
    "find": ("run", "X", "find", *GIVEN),
    "dry run": ("run", "X", "add", *GIVEN, "--dry-run"),
    "each": ("run", "X", "add", *GIVEN, "--each", "LINES"),
    "record": ("run", "X", "add", *GIVEN, "--save-case", "kept", "--cassettes", "CASSETTES"),
    "poll": ("poll", "X", "new_item", *GIVEN[2:], "--state", "STATE", "--from-start"),
    "choices": ("choices", "X", "add", "kind", *GIVEN),
    "request": ("request", "X", "GET", "/items?a=1", "--json"),
    "request body": ("request", "X", "POST", "/items", "--body", "{}"),
    "request dry run": ("request", "X", "PUT", "/items", "--body", "{}", "--dry-run"),
    "connect": ("connect", "X", "--connection-file", "FILE"),
}
OFTEN = {"add", "request"}
ALL = [
    pytest.param(way, command, marks=() if way == "header" or command in OFTEN else pytest.mark.proof)
    for way in WAYS
    for command in COMMANDS
    if (way, command) != ("browser", "connect")  # a person is needed, see below
]
EACH_WAY = pytest.mark.parametrize("desk", WAYS, indirect=True)
A_WAY = pytest.mark.parametrize("desk", ["program"], indirect=True)
UNDER_ANY = pytest.mark.usefixtures("everything_logged")


@pytest.fixture
def everything_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    monkeypatch.setattr("connectors.engine.exchange.wait_before", lambda *_: None)


@pytest.fixture
def vendor() -> Iterator[Echo]:
    with echoing() as server:
        yield server


class Desk:
    """Where somebody types commands: a folder with a manifest and a connection."""

    def __init__(self, folder: Path, way: str, vendor: Echo) -> None:
        self.folder, self.way, self.vendor = folder, way, vendor
        self.manifest = folder / "acme.yaml"
        self.connection = folder / "connection.json"
        self.manifest.write_text(json.dumps({**MANIFEST, "connection": {**MANIFEST["connection"], "auth": WAYS[way]}}))
        (folder / "lines").write_text("{}\n{}\n")
        self.content: dict[str, Any] = {
            "values": {name: CANARIES[name] for name in ("apiKey", "password", "clientSecret")},
            "base_url": vendor.url,
            "hosts": {AUTH: vendor.url} if "oauth2" in WAYS[way] else {},
        }
        self.renew()

    def renew(self) -> None:
        """The connection as at the start; where a person signs in, with a session that has just ended."""
        content = dict(self.content)
        if self.way == "browser":
            opened = Connection.open(load(self.manifest), content["values"], base_url=content["base_url"])
            ended = {"token": CANARIES["access"], "refresh_token": CANARIES["refresh"], "expires": 1.0}
            content["session"] = {**ended, "of": opened.mark}
        self.connection.touch(mode=0o600)
        self.connection.write_text(json.dumps(content))

    def run(self, words: tuple[str, ...], *more: str) -> Any:
        """The command's result. It says whatever it can, and every file but the connection itself is scanned later."""
        self.renew()
        self.vendor.heard.clear()
        shutil.rmtree(self.folder / "cassettes", ignore_errors=True)
        names = {"X": self.manifest, "LINES": self.folder / "lines", "STATE": self.folder / "state.json"}
        names |= {"CASSETTES": self.folder / "cassettes", "FILE": self.connection}
        typed = [str(names.get(word, word)) for word in words]
        account = () if words[0] == "connect" else ("--connection-file", str(self.connection))
        return CliRunner().invoke(main, [*typed, *account, *more, "-vv", "--timeout", "5"])

    def files(self) -> str:
        """What is in all files that were written, and how they are called."""
        kept = [path for path in self.folder.rglob("*") if path.is_file() and path != self.connection]
        return "\n".join(f"{path}\n{path.read_text('utf-8', 'replace')}" for path in kept)


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path, vendor: Echo) -> Desk:
    return Desk(tmp_path, request.param, vendor)


def check(result: Any, about: object, caplog: pytest.LogCaptureFixture, desk: Desk) -> None:
    logged = "\n".join(f"{record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records)
    shown = "\n".join((result.stdout, result.stderr, logged, desk.files(), repr(result.exception)))
    lines = [line[:700] for line in shown.splitlines() if found_in(line)]
    assert found_in(shown) == [], (about, lines[:3] or shown[:3000])
    caplog.clear()


@UNDER_ANY
@pytest.mark.parametrize(("desk", "command"), ALL, indirect=["desk"])
def test_no_canary_is_said_whatever_the_vendor_does(desk: Desk, vendor: Echo, caplog: Any, command: str):
    for vendor.failure in FAILURES:
        result = desk.run(COMMANDS[command])
        assert result.exit_code in (0, 1, 3, 4, 5, 6, 130), (command, vendor.failure, result.output)
        assert "dry" in command or vendor.heard
        check(result, (command, vendor.failure), caplog, desk)


@UNDER_ANY
@pytest.mark.parametrize("desk", ["login", "program", "browser"], indirect=True)
def test_no_canary_is_said_when_signing_in_fails(desk: Desk, vendor: Echo, caplog: Any):
    vendor.signing = True
    for vendor.failure in FAILURES:
        check(desk.run(COMMANDS["add"]), vendor.failure, caplog, desk)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Comes back with a code as soon as somebody listens for it; what it was shown."""
    shown: list[tuple[int, str]] = []
    known = {32: "s", 48: CANARIES["verifier"]}
    monkeypatch.setattr("connectors.engine.authorization.secrets.token_urlsafe", known.get)

    def come_back(address: str) -> None:
        for state in ("not this one", "s"):
            browser = HTTPConnection(urlsplit(address).netloc)
            browser.request("GET", f"{address}?" + urlencode({"state": state, "code": CANARIES["code"]}))
            page = browser.getresponse()
            shown.append((page.status, f"{page.headers} {page.read().decode()}"))
            browser.close()

    @contextmanager
    def waited_at(host: str, port: int) -> Iterator[tuple[str, list[socket.socket]]]:
        with waiting_at(host, port) as (address, listeners):
            thread = Thread(target=come_back, args=[address])
            thread.start()
            yield address, listeners
            thread.join()

    monkeypatch.setattr("connectors.cli.loopback.waiting_at", waited_at)
    return shown


@UNDER_ANY
@pytest.mark.parametrize("desk", ["browser"], indirect=True)
@pytest.mark.parametrize("signing", [False, True], ids=["after", "while"])
def test_no_canary_is_said_while_a_person_signs_in(desk: Desk, vendor: Echo, caplog: Any, browser: Any, signing: bool):
    vendor.signing = signing
    for vendor.failure in FAILURES:
        result = desk.run(COMMANDS["connect"])
        assert vendor.heard >= {"code", "verifier", "clientSecret"}, (vendor.failure, result.output)
        check(result, vendor.failure, caplog, desk)
    assert [status for status, _ in browser] == [400, 200] * len(FAILURES)
    assert found_in("".join(page for _, page in browser)) == []


@UNDER_ANY
@A_WAY
def test_no_canary_is_said_when_nobody_is_there(desk: Desk, caplog: Any):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = "http://{}:{}".format(*gone.getsockname())
    for command in COMMANDS:
        check(desk.run(COMMANDS[command], "--base-url", address), command, caplog, desk)


@UNDER_ANY
@EACH_WAY
@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_no_canary_is_said_when_we_break(desk: Desk, caplog: Any, monkeypatch: Any, as_json: tuple[str, ...]):
    async def broken(_: Any, request: Any, **__: Any) -> None:
        words = [repr(request), str(request.json), *CANARIES.values(), *map(repr, CANARIES.values())]
        raise RuntimeError(" ".join(words)) from ValueError(repr(words))

    monkeypatch.setattr(HttpTransport, "send", broken)
    known = {"apiKey", "password", "clientSecret", "pin"} | ({"access", "refresh"} if desk.way == "browser" else set())
    for unknown in CANARIES.keys() - known:
        monkeypatch.setitem(CANARIES, unknown, "nothing")
    for command in ("add", "find"):
        result = desk.run(COMMANDS[command], *as_json)
        assert result.exit_code == 70
        assert "Traceback" in result.output
        check(result, command, caplog, desk)


@UNDER_ANY
@A_WAY
@pytest.mark.parametrize("command", [("show", "X"), ("show", "X", "add"), ("check", "X")])
def test_no_canary_is_said_of_a_manifest(desk: Desk, caplog: Any, command: tuple[str, ...]):
    typed = [str(desk.manifest) if word == "X" else word for word in command]
    check(CliRunner().invoke(main, [*typed, "-vv"]), command, caplog, desk)


@UNDER_ANY
@A_WAY
def test_no_canary_is_said_of_an_address_that_holds_one(desk: Desk, caplog: Any):
    address = f"https://ada:{CANARIES['password']}@api.acme.example"
    for command in COMMANDS:
        result = desk.run(COMMANDS[command], "--base-url", address)
        assert result.exit_code == 2
        check(result, command, caplog, desk)


def test_the_search_for_canaries_finds_them():
    assert all(found_in(said(slot)) == [slot] for slot in CANARIES)
    for form in said("pin").split(" ; "):
        assert found_in(form) == ["pin"], form
    assert found_in("nothing at all") == []

"""One account at the pretend autarc, signed in to in the browser, used by servers that are processes of their own.

autarc gives a new refresh token with each new token, and the one before is worth nothing from then on: whoever uses it
twice has to sign in again.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from connectors.cli.data import Data
from connectors.engine.authorization import Authorization
from connectors.engine.exchange import Exchange
from connectors.engine.transport import HttpTransport
from connectors.manifest.catalog import Catalog, bundled
from connectors.sandbox import Autarc, create_app
from connectors.service.connections import Account

KEY = "gw_invented-as-can-be"


class Watched:
    """An application that calls `before` with the path and the headers of each request, and `after` with the path."""

    def __init__(self, app):
        self.app = app
        self.reset()

    def reset(self):
        self.before: Callable[[str, dict[str, str]], None] = lambda path, headers: None
        self.after: Callable[[str], None] = lambda path: None

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.before(scope["path"], {name.decode(): value.decode() for name, value in scope["headers"]})

        async def send_on(message):
            if message["type"] == "http.response.start":
                self.after(scope["path"])
            await send(message)

        await self.app(scope, receive, send_on)


@pytest.fixture(scope="module")
def running(served):
    autarc = Autarc()
    watched = Watched(create_app([autarc]))
    with served(watched) as address:
        yield autarc, watched, address


@pytest.fixture
def autarc(running):
    autarc, watched, _ = running
    autarc.reset()
    watched.reset()
    return autarc


@pytest.fixture
def watched(running, autarc):
    return running[1]


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDWIRE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GRIDWIRE_API_KEY", KEY)
    return Data.of(tmp_path / "data")


def ask(data, question):
    return data.ask(Catalog([bundled()]), question)


@pytest.fixture
def account(autarc, running, data):
    """The account autarc-1 in the data folder, with which nobody has signed in yet."""
    at = running[2]
    hosts = {origin: at + where for origin, where in autarc.connection["hosts"].items()}
    account = Account(autarc.oauth_client, at + autarc.connection["path"], hosts)

    async def put(service):
        return await service.connections.put(await service.keys.workspace("default"), "autarc", "autarc-1", account)

    assert ask(data, put).state == "reconnect"


def allowed(address):
    """What the browser comes back with once somebody has pressed the button."""
    back = httpx.post(address, data={"decision": "allow"}).headers["location"]
    return dict(parse_qsl(urlsplit(back).query))


@pytest.fixture
def connected(account, autarc, data):
    """The account autarc-1, signed in to."""

    async def sign_in(service):
        opened = await service.connections.open(await service.keys.workspace("default"), "autarc-1")
        authorization = Authorization(opened.connection, "http://127.0.0.1:1/callback")
        code = authorization.code(allowed(authorization.address))
        async with HttpTransport() as transport:
            await authorization.redeem(code, Exchange(opened.connection, transport).signing)

    ask(data, sign_in)
    autarc.log.clear()


@pytest.fixture
def started(program, connected):
    """Starts a server; gives its process and a client with its key."""
    clients = []

    def start():
        process = program("serve", "--port", 0, "--allow-private")
        url = re.search(r"http://\S+", process.stdout.readline())[0]
        limits = httpx.Limits(max_connections=100)
        headers = {"Authorization": f"Bearer {KEY}"}
        clients.append(httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60, limits=limits))
        return process, clients[-1]

    yield start
    for client in clients:
        client.close()


def test_who_signs_in_on_the_command_line_is_connected_for_all(account, autarc, program, gridwire, data):
    process = program("connect", "autarc", "--name", "autarc-1")
    process.stderr.readline()
    httpx.post(process.stderr.readline().strip(), data={"decision": "allow"}, follow_redirects=True)

    assert process.wait(30) == 0, process.stderr.read()
    assert process.stdout.read() == "autarc is connected. Use it with --connection autarc-1\n"
    assert kept(data)["token"]
    [shown] = json.loads(gridwire("connections", "--json").stdout)["items"]
    assert (shown["state"], shown["secrets"]) == ("ok", ["client_secret"])


def act(client, autarc):
    """Runs an action; its status."""
    path = "/v1/connections/autarc-1/actions/get_project"
    return client.post(path, json={"input": {"projectId": next(iter(autarc.projects.values()))["id"]}}).status_code


def tokens_asked_for(autarc):
    return sum(entry["path"].endswith("/oauth2/token") for entry in autarc.log)


def kept(data):
    async def look(service):
        opened = await service.connections.open(await service.keys.workspace("default"), "autarc-1")
        return opened.connection.signed_in.session

    return ask(data, look)


@pytest.mark.parametrize("servers", [1, 2])
def test_a_hundred_actions_at_once_renew_the_session_once(started, autarc, servers):
    clients = [started()[1] for _ in range(servers)]
    assert {act(client, autarc) for client in clients} == {200}
    assert tokens_asked_for(autarc) == 0
    autarc.expire_tokens()

    with ThreadPoolExecutor(100) as callers:
        answers = list(callers.map(lambda number: act(clients[number % servers], autarc), range(100)))

    assert set(answers) == {200}
    assert tokens_asked_for(autarc) == 1


def test_a_new_session_is_kept_before_it_is_used(started, autarc, data, watched):
    _, client = started()
    autarc.expire_tokens()
    before, seen = kept(data), []

    def look(path, headers):
        if "/projects/" in path:
            with ThreadPoolExecutor(1) as aside:  # for it has a loop of its own
                seen.append((headers["authorization"], aside.submit(kept, data).result()["token"]))

    watched.before = look
    assert act(client, autarc) == 200

    (old, _), (new, token) = seen
    assert old == f"Bearer {before['token']}"
    assert new == f"Bearer {token}" != old


def test_a_server_killed_once_the_session_is_kept_goes_on_with_it(started, autarc, data, watched):
    process, client = started()
    assert act(client, autarc) == 200
    autarc.expire_tokens()
    used = kept(data)["token"]

    def kill(path, headers):
        if "/projects/" in path and headers["authorization"] != f"Bearer {used}":
            process.send_signal(signal.SIGKILL)
            process.wait(30)

    watched.before = kill
    with pytest.raises(httpx.TransportError):
        act(client, autarc)
    watched.reset()

    assert act(started()[1], autarc) == 200
    assert tokens_asked_for(autarc) == 1


def test_a_server_killed_before_it_could_keep_the_session_says_reconnect(started, autarc, watched):
    process, client = started()
    assert act(client, autarc) == 200
    autarc.expire_tokens()

    def kill(path):
        if path.endswith("/oauth2/token"):
            process.send_signal(signal.SIGKILL)
            process.wait(30)

    watched.after = kill
    with pytest.raises(httpx.TransportError):
        act(client, autarc)
    watched.reset()

    _, client = started()
    assert [act(client, autarc) for _ in range(5)] == [424] * 5
    assert tokens_asked_for(autarc) == 2  # not five more
    shown = client.get("/v1/connections/autarc-1").json()
    assert shown["state"] == "reconnect"
    assert re.match(r"Sign in: POST /v1/connections/con_\w+/authorize", shown["remedy"])


def test_a_killed_server_leaves_nothing_locked(started, autarc, watched):
    process, client = started()
    autarc.expire_tokens()
    killed = []

    def kill(path, headers):
        if path.endswith("/oauth2/token") and not killed:
            killed.append(path)
            process.send_signal(signal.SIGKILL)
            process.wait(30)

    watched.before = kill
    with pytest.raises(httpx.TransportError):
        act(client, autarc)

    status = act(started()[1], autarc)
    assert status in (200, 424)  # by whether the vendor took the request of the dead


def test_the_command_line_renews_it_where_servers_find_it(started, autarc, gridwire, monkeypatch):
    _, client = started()
    assert act(client, autarc) == 200
    autarc.expire_tokens()

    done = gridwire("run", "autarc.find_customer", "-i", "email=nobody@example.com", "--connection", "autarc-1")
    assert (done.exit_code, done.stdout.strip()) == (0, "[]")
    assert act(client, autarc) == 200
    assert tokens_asked_for(autarc) == 1


def test_a_consent_that_was_withdrawn_is_said_everywhere(started, autarc, gridwire):
    _, client = started()
    autarc.revoke_grant()

    assert act(client, autarc) == 424
    assert client.get("/v1/connections/autarc-1").json()["state"] == "reconnect"
    assert "autarc-1  autarc     reconnect" in gridwire("connections").stdout
    assert gridwire("connections", "test", "autarc-1").exit_code == 3

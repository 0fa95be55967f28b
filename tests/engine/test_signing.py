"""Signing in on a real socket, at a vendor who is as strict as the standards are."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, RedirectResponse

from connectors.components.http import Request
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.engine.session import InMemory, SignedIn
from connectors.engine.transport import HttpTransport
from connectors.errors import InputError, ReconnectError, UnknownOutcome, VendorBusy, VendorFailed, VendorUnreachable
from connectors.manifest.catalog import load
from connectors.manifest.check import check
from connectors.manifest.source import parse
from tests.manifests.servers import desk
from tests.manifests.servers.pretend import serving

MANIFEST = Path(__file__).parents[1] / "manifests" / "ok" / "desk.yaml"
VALUES = {
    "browser": {"client_id": desk.CLIENT, "client_secret": desk.SECRET},
    "native": {"client_id": desk.PUBLIC},
    "robot": {"robot_id": desk.ROBOT, "robot_secret": desk.ROBOT_SECRET},
    "password": {"user": desk.USER, "password": desk.PASSWORD},
    "token": {"token": desk.TOKEN},
}


@pytest.fixture(scope="module")
def addresses() -> Any:
    """The same vendor at two origins: one for its API, one for where tokens come from."""
    app = desk.create_app()
    with serving(app) as api, serving(app) as auth:
        yield app.state, api, auth


@pytest.fixture
def state(addresses: Any) -> Any:
    addresses[0].reset()
    return addresses[0]


@pytest.fixture
async def open_desk(addresses: Any, state: Any) -> Any:
    """A function from a way to sign in, and a session, to the vendor."""
    _, api, auth = addresses
    async with HttpTransport() as transport:

        def make(
            way: str = "browser",
            session: Any = None,
            sessions: Any = None,
            timeout: float = 30,
            auth_host: str = auth,
            **values: Any,
        ) -> Vendor:
            values = VALUES[way] | {"auth": way} | values
            signed_in = SignedIn(sessions=sessions or InMemory())
            connection = Connection.open(
                load(MANIFEST),
                values,
                base_url=f"{api}/v1",
                hosts={"https://auth.desk.example": auth_host},
                signed_in=signed_in,
            )
            if session is not None:
                kept = {"token": session["access_token"], "refresh_token": session["refresh_token"], "renew_at": 0}
                signed_in.sessions._session = kept | {"of": connection.mark}
            return Vendor(Exchange(connection, transport, timeout))

        yield make


def asked(state: Any) -> Counter[str]:
    return Counter(call.path for call in state.log)


class Recorder(InMemory):
    """Remembers what was kept, and what the vendor had been asked by then; fails as often as it is told."""

    def __init__(self, state: Any, failures: int = 0) -> None:
        super().__init__()
        self.state, self.failures = state, failures
        self.kept: list[tuple[dict[str, Any], Counter[str]]] = []

    async def save(self, session: Any) -> None:
        self.kept.append((session, asked(self.state)))
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is full")
        await super().save(session)


@pytest.mark.parametrize("way", ["robot", "password", "token"])
async def test_every_way_without_a_browser_works_by_itself(open_desk, state, way):
    assert await open_desk(way).call("get_me", {}) == {"user": desk.USER}
    assert {call.status for call in state.log} == {200}


async def test_a_session_is_obtained_once_and_used_from_then_on(open_desk, state):
    vendor = open_desk("password")
    for _ in range(3):
        await vendor.call("get_me", {})
    assert asked(state) == {"/v1/login": 1, "/v1/me": 3}


async def test_a_hundred_calls_with_an_expired_rotating_token_renew_it_once(open_desk, state):
    vendor = open_desk(session=state.issue())
    done = await asyncio.gather(*(vendor.call("get_me", {}) for _ in range(100)))
    assert done == [{"user": desk.USER}] * 100
    assert asked(state) == {"/oauth/token": 1, "/v1/me": 100}


async def test_a_hundred_calls_whose_token_is_refused_renew_it_once(open_desk, state):
    vendor = open_desk(session=state.issue())
    await vendor.call("get_me", {})
    state.data.expire()
    state.log.clear()
    done = await asyncio.gather(*(vendor.call("get_me", {}) for _ in range(100)))
    assert done == [{"user": desk.USER}] * 100
    assert asked(state)["/oauth/token"] == 1
    assert Counter(call.status for call in state.log if call.path == "/v1/me")[200] == 100


async def test_a_rotated_token_is_kept_before_the_new_one_is_used(open_desk, state):
    sessions = Recorder(state)
    await open_desk(sessions=sessions, session=state.issue()).call("get_me", {})
    [(session, before)] = sessions.kept
    assert before == {"/oauth/token": 1}
    assert session["refresh_token"] == state.data.latest["family-0"]


async def test_what_was_kept_is_enough_to_go_on_with(open_desk, state):
    sessions = Recorder(state)
    await open_desk(sessions=sessions, session=state.issue()).call("get_me", {})
    state.log.clear()
    assert await open_desk(sessions=sessions).call("get_me", {}) == {"user": desk.USER}
    assert asked(state) == {"/v1/me": 1}


async def test_a_session_that_could_not_be_kept_is_kept_later_and_not_asked_for_again(open_desk, state):
    sessions = Recorder(state, failures=1)
    vendor = open_desk(sessions=sessions, session=state.issue())
    with pytest.raises(OSError, match="the disk is full"):
        await vendor.call("get_me", {})
    assert asked(state) == {"/oauth/token": 1}
    assert await vendor.call("get_me", {}) == {"user": desk.USER}
    assert asked(state) == {"/oauth/token": 1, "/v1/me": 1}
    assert sessions.kept[0][0] == sessions.kept[1][0]


async def test_a_dead_session_that_could_not_be_kept_is_still_dead(open_desk, state):
    sessions = Recorder(state, failures=1)
    vendor = open_desk(sessions=sessions, session=state.issue())
    state.data.revoke()
    for kind in (OSError, ReconnectError, ReconnectError):
        with pytest.raises(kind):
            await vendor.call("get_me", {})
    assert asked(state) == {"/oauth/token": 1}


async def test_a_caller_who_gives_up_does_not_lose_the_token(open_desk, state):
    sessions = Recorder(state)
    vendor = open_desk(sessions=sessions, session=state.issue())
    arrived, answering, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()
    state.before = lambda call: (loop.call_soon_threadsafe(arrived.set), answering.wait(20))
    calling = asyncio.create_task(vendor.call("get_me", {}))
    await arrived.wait()
    calling.cancel()
    await asyncio.wait([calling], timeout=0.05)
    answering.set()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert [session["refresh_token"] for session, _ in sessions.kept] == [state.data.latest["family-0"]]


async def test_a_dead_refresh_token_is_tried_once_ever(open_desk, state):
    sessions = Recorder(state)
    vendor = open_desk(sessions=sessions, session=state.issue())
    state.data.revoke()
    for again in (vendor, vendor, open_desk(sessions=sessions)):
        with pytest.raises(ReconnectError, match=r"does not accept the credentials \(400: refresh token ••• is dead\)"):
            await again.call("get_me", {})
    assert asked(state) == {"/oauth/token": 1}


async def test_many_who_wait_for_a_dead_token_all_learn_it_from_one_request(open_desk, state):
    vendor = open_desk(session=state.issue())
    state.data.revoke()
    ends = await asyncio.gather(*(vendor.call("get_me", {}) for _ in range(50)), return_exceptions=True)
    assert {type(end) for end in ends} == {ReconnectError}
    assert asked(state) == {"/oauth/token": 1}


async def test_many_who_wait_while_the_vendor_is_down_ask_once(open_desk, state):
    vendor = open_desk(session=state.issue())
    state.say = JSONResponse({}, 500)
    waiting = (vendor.call("add_ticket", {"title": "x"}) for _ in range(50))
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(end) for end in ends} == {VendorFailed}
    assert asked(state) == {"/oauth/token": 1}


@pytest.mark.parametrize("way", ["browser", "native"])
async def test_nobody_has_signed_in_yet(open_desk, state, way):
    with pytest.raises(ReconnectError, match="nobody has signed in yet") as caught:
        await open_desk(way).call("get_me", {})
    assert caught.value.remedy == "Connect the account again: `gridwire connect` does it on the command line."
    assert state.log == []


async def test_a_session_of_other_values_is_said_to_be_of_no_use(open_desk, state):
    sessions = InMemory()
    await open_desk(sessions=sessions, session=state.issue()).call("get_me", {})
    state.log.clear()
    with pytest.raises(ReconnectError, match="client_id or address, are not those it signed in with") as caught:
        await open_desk(sessions=sessions, client_id="another-1").call("get_me", {})
    assert "`gridwire connect`" in caught.value.remedy
    assert state.log == []
    assert await open_desk(sessions=sessions).call("get_me", {}) == {"user": desk.USER}


@pytest.mark.parametrize("way", ["robot", "password"])
async def test_a_session_that_the_vendor_ends_is_renewed_and_the_write_repeated_once(open_desk, state, way):
    vendor = open_desk(way)
    await vendor.call("get_me", {})
    state.data.expire()
    state.log.clear()
    assert await vendor.call("add_ticket", {"title": "x"}) == {"id": 2}
    assert [call.status for call in state.log if call.path == "/v1/tickets"] == [401, 200]


@pytest.mark.parametrize("way", ["robot", "password", "token"])
async def test_a_vendor_who_refuses_every_session_is_not_asked_for_ever(open_desk, state, way):
    state.before = lambda call: state.data.expire() if call.path == "/v1/me" else None
    with pytest.raises(ReconnectError):
        await open_desk(way, **({"token": "wrong"} if way == "token" else {})).call("get_me", {})
    assert asked(state)["/v1/me"] == (1 if way == "token" else 2)


async def test_a_wrong_password_is_tried_once_ever_and_a_new_one_is_tried(open_desk, state):
    sessions = InMemory()
    for _ in range(2):
        with pytest.raises(ReconnectError, match="wrong password •••"):
            await open_desk("password", sessions=sessions, password="wrong-1").call("get_me", {})
    assert asked(state) == {"/v1/login": 1}
    assert await open_desk("password", sessions=sessions).call("get_me", {}) == {"user": desk.USER}


async def test_a_session_belongs_to_the_account_that_it_was_given_to(open_desk, state):
    sessions = InMemory()
    await open_desk("password", sessions=sessions).call("get_me", {})
    with pytest.raises(ReconnectError):
        await open_desk("password", sessions=sessions, user="somebody@example.com").call("get_me", {})


BUSY = JSONResponse({"error": "temporarily_unavailable"}, 400)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (BUSY, VendorBusy),
        (JSONResponse({"error": "slow down"}, 429, {"retry-after": "60"}), VendorBusy),
        (JSONResponse({"error": "server_error"}, 500), VendorFailed),
        (JSONResponse({}, 502), VendorFailed),
    ],
)
async def test_a_token_request_that_fails_in_passing_loses_nothing(open_desk, state, answer, kind):
    vendor = open_desk(session=state.issue())
    state.say = answer
    with pytest.raises(kind):
        await vendor.call("add_ticket", {"title": "x"})
    state.say = None
    assert await vendor.call("add_ticket", {"title": "x"}) == {"id": 2}
    assert asked(state)["/v1/tickets"] == 1


@pytest.fixture
async def closing() -> Any:
    """The address of somebody who takes a request and says nothing."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1") as server:
        yield "http://{}:{}".format(*server.sockets[0].getsockname())


async def test_a_write_whose_sign_in_is_not_reached_was_not_sent(open_desk, state):
    with pytest.raises(VendorUnreachable, match="signing in failed, and the request was not sent"):
        await open_desk("robot", auth_host="http://127.0.0.1:9", timeout=0.5).call("add_ticket", {"title": "x"})
    assert state.log == []


async def test_a_write_whose_sign_in_gets_no_answer_was_not_sent(open_desk, state, closing):
    with pytest.raises(VendorFailed, match="signing in failed, and the request was not sent") as caught:
        await open_desk("robot", auth_host=closing).call("add_ticket", {"title": "x"})
    assert not isinstance(caught.value, UnknownOutcome)
    assert state.log == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_where_tokens_come_from_is_refused(open_desk, state, addresses, status):
    state.say = RedirectResponse(f"{addresses[1]}/v1/me", status)
    with pytest.raises(VendorFailed, match="redirects where a token is asked for"):
        await open_desk("robot").call("add_ticket", {"title": "x"})
    assert asked(state) == {"/oauth/token": 1}


async def test_each_host_gets_its_own_credential_and_no_other(open_desk, state, addresses):
    _, api, auth = addresses
    await open_desk(session=state.issue()).call("get_me", {})
    by_host = {host: repr([c for c in state.log if c.address == host]) for host in (api, auth)}
    access = [token for token in state.data.issued if token.startswith("access")]
    assert [call.path for call in state.log if call.address == auth] == ["/oauth/token"]
    assert not any(token in by_host[auth] for token in access)
    assert not any(form in by_host[api] for form in ("refresh", "s3cret", "Basic"))


async def test_nobody_signs_in_at_a_host_that_the_manifest_does_not_name(open_desk, state):
    def elsewhere():
        yield Request("POST", "http://127.0.0.1:9/oauth/token", form=(("client_secret", desk.SECRET),))

    with pytest.raises(InputError, match="nothing was sent"):
        await open_desk().exchange.signing.keep(elsewhere())
    assert state.log == []


async def test_two_processes_with_one_store_do_not_burn_the_token(open_desk, state):
    sessions = InMemory()
    first, second = open_desk(sessions=sessions, session=state.issue()), open_desk(sessions=sessions)
    await asyncio.gather(*(vendor.call("get_me", {}) for vendor in (first, second) for _ in range(5)))
    assert asked(state) == {"/oauth/token": 1, "/v1/me": 10}


@pytest.mark.parametrize("way", ["browser", "robot", "password", "token"])
async def test_nothing_secret_is_logged_or_said(open_desk, state, caplog, way):
    caplog.set_level(logging.DEBUG)
    vendor = open_desk(way, session=state.issue() if way == "browser" else None)
    await vendor.call("get_me", {})
    state.before = lambda call: state.data.expire()
    with pytest.raises(ReconnectError) as caught:
        await open_desk(way, **dict.fromkeys(VALUES[way], "wrong-9")).call("get_me", {})
    said = f"{caplog.text} {caught.value.as_dict()} {vendor!r}"
    secrets = [desk.SECRET, desk.PASSWORD, desk.TOKEN, desk.ROBOT_SECRET, "wrong-9", *state.data.issued]
    assert [secret for secret in secrets if secret in said] == []
    assert "GET" in said


async def test_what_comes_later_is_kept_out_of_what_is_said_too(open_desk, state):
    vendor = open_desk("robot")
    await vendor.call("get_me", {})
    [token] = state.data.issued
    assert vendor.connection.redact(f"a {token} b") == "a ••• b"


async def test_a_token_in_the_query_is_not_logged(addresses, state, caplog):
    caplog.set_level(logging.DEBUG)
    block = MANIFEST.read_text().replace(
        '{header: X-Session, value: "{session_token}"}', '{query: sid, value: "{session_token}"}'
    )
    connector = check(parse(block, "desk.yaml"))
    connection = Connection.open(connector, VALUES["password"], base_url=f"{addresses[1]}/v1")
    async with HttpTransport() as transport:
        with pytest.raises(ReconnectError):  # this vendor takes it in a header alone
            await Vendor(Exchange(connection, transport)).call("get_me", {})
    assert dict(state.log[1].query) == {"sid": state.data.issued[0]}
    assert "session-" not in caplog.text

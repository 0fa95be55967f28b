"""Signing in at the pretend autarc through the server, as a browser does: with redirects and cookies."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.engine.addresses import Reach
from connectors.manifest.catalog import Catalog, bundled
from connectors.sandbox import Autarc, create_app
from connectors.sandbox.faults import read_fault
from connectors.server import create_app as create_server
from connectors.service.connections import Account
from connectors.service.service import opened
from tests.server.conftest import SEAL, seed

KEY = "gw_signin"
FIND = "/v1/connections/acc/searches/find_customer"


@pytest.fixture(scope="module")
def running(served):
    autarc = Autarc()
    with served(create_app([autarc])) as address:
        yield autarc, address


@pytest.fixture(scope="module")
def where(running):
    """Where an account has the pretend autarc instead of the real one."""
    autarc, address = running
    hosts = {origin: address + path for origin, path in autarc.connection["hosts"].items()}
    return {"base_url": address + autarc.connection["path"], "hosts": hosts}


@pytest.fixture(scope="module")
def data(where, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    account = Account({**Autarc.oauth_client, "auth": "oauth"}, **where)
    seed(folder, Catalog([bundled()]), {"acc": ("autarc", account)}, KEY)
    return folder


@pytest.fixture(scope="module")
def make(data):
    reach = Reach(loopback=True)
    return partial(create_server, catalog=Catalog([bundled()]), data=data, secret_keys=[SEAL], reach=reach, timeout=5.0)


@pytest.fixture(scope="module")
def address(served, make):
    with served(make) as address:
        yield address


@pytest.fixture
def autarc(running):
    running[0].reset()
    running[0].log.clear()
    return running[0]


@pytest.fixture
def client(address, autarc):
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=address, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
def browser(autarc):
    with httpx.Client(trust_env=False, follow_redirects=True) as browser:
        yield browser


def in_data(data, question):
    """What is found or done in the data folder by another process."""

    async def ask():
        async with opened(data, [SEAL], Catalog([bundled()])) as service:
            return await question(service)

    return asyncio.run(ask())


def to_sign_in(client):
    answer = client.post("/v1/connections/acc/authorize").json()
    return answer["url"]


def sign_in(browser, url, decision="allow"):
    """Opens the address, presses the button at the vendor; gives where it ends."""
    at_the_vendor = browser.get(url)
    return browser.post(at_the_vendor.url, data={"decision": decision})


def came_back(browser, url, decision="allow"):
    """The address that the vendor sends the browser back to; it has not been there yet."""
    at_the_vendor = browser.get(url)
    answer = browser.post(at_the_vendor.url, data={"decision": decision}, follow_redirects=False)
    return answer.headers["location"]


def tokens_asked_for(autarc):
    return sum(entry["path"].endswith("/oauth2/token") for entry in autarc.log)


def state_of(client):
    return client.get("/v1/connections/acc").json()["state"]


def find(client):
    return client.post(FIND, json={"input": {"email": "nobody@example.com"}})


def test_a_revoked_key_takes_its_links_and_sign_ins_along(client, browser, data):
    made, secret = in_data(data, lambda service: service.keys.add("leaving"))
    client.headers["Authorization"] = f"Bearer {secret}"
    link = client.post("/v1/connect-links", json={"connector": "autarc", "name": "acc"}).json()["url"]
    start, coming_back = to_sign_in(client), came_back(browser, to_sign_in(client))
    in_data(data, lambda service: service.keys.revoke(made.id))

    assert (browser.get(link).status_code, browser.get(start).status_code) == (404, 404)
    assert browser.post(link, data={"auth": "key", "apiKey": "x"}).status_code == 404
    assert browser.get(coming_back).status_code == 400


def test_who_signs_in_is_connected(client, browser, autarc):
    end = sign_in(browser, to_sign_in(client))

    assert (end.status_code, "You can close this window" in end.text) == (200, True)
    assert state_of(client) == "ok"
    assert find(client).status_code == 200
    assert tokens_asked_for(autarc) == 1


def test_the_browser_is_sent_away_with_state_challenge_and_cookie(client, browser):
    answer = browser.get(to_sign_in(client), follow_redirects=False)
    query = parse_qs(urlsplit(answer.headers["location"]).query)

    assert (answer.status_code, query["code_challenge_method"]) == (303, ["S256"])
    assert query["redirect_uri"] == [f"{str(client.base_url).rstrip('/')}/oauth/callback"]
    assert len(query["state"][0]) == len(query["code_challenge"][0]) == 43
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(r"gridwire-\w{16}=[\w-]{43}; HttpOnly; Max-Age=600; Path=/oauth; SameSite=lax", cookie)
    assert query["state"][0] not in cookie


def test_the_address_leads_away_once(client, browser):
    url = to_sign_in(client)

    assert [browser.head(url).status_code, browser.get(url).status_code] == [200, 200]
    assert browser.get(url).status_code == browser.head(url).status_code == 404


def test_it_says_when_it_ends(client):
    assert client.post("/v1/connections/acc/authorize").json()["expires_at"].endswith("Z")


def test_who_denies_it_is_told_and_nothing_is_kept(client, browser, autarc):
    sign_in(browser, to_sign_in(client))

    end = sign_in(browser, to_sign_in(client), "deny")

    assert (end.status_code, "the installer said no" in end.text) == (424, True)
    assert find(client).status_code == 200  # with the session from before
    assert tokens_asked_for(autarc) == 1


@pytest.mark.parametrize("change", [{"state": "x" * 43}, {"state": ""}, {"state": "é"}])
def test_a_state_of_nobody_is_refused(client, browser, autarc, change):
    back = httpx.URL(came_back(browser, to_sign_in(client)))

    end = browser.get(back.copy_merge_params(change))

    assert (end.status_code, "This sign-in is over" in end.text) == (400, True)
    assert tokens_asked_for(autarc) == 0


def test_a_parameter_that_comes_twice_is_refused(client, browser, autarc):
    back = came_back(browser, to_sign_in(client))

    assert browser.get(f"{back}&code=another").status_code == 400
    assert tokens_asked_for(autarc) == 0


def test_another_browser_cannot_come_back_and_the_right_one_still_can(client, browser, autarc):
    back = came_back(browser, to_sign_in(client))

    stolen = httpx.get(back)

    assert (stolen.status_code, "the same browser" in stolen.text) == (400, True)
    assert tokens_asked_for(autarc) == 0
    assert browser.get(back).status_code == 200


def test_a_cookie_of_another_sign_in_is_no_help(client, browser):
    back = came_back(browser, to_sign_in(client))
    with httpx.Client(trust_env=False, follow_redirects=True) as other:
        came_back(other, to_sign_in(client))

        assert other.get(back).status_code == 400


def test_it_comes_back_once(client, browser, autarc):
    back = came_back(browser, to_sign_in(client))
    cookies = dict(browser.cookies)

    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda _: httpx.get(back, cookies=cookies).status_code, range(4)))

    assert sorted(ends) == [200, 400, 400, 400]
    assert tokens_asked_for(autarc) == 1


def test_two_tabs_do_not_disturb_each_other(client, browser):
    first, second = (came_back(browser, to_sign_in(client)) for _ in range(2))

    assert [browser.get(back).status_code for back in (first, second)] == [200, 200]


def test_a_code_that_the_vendor_refuses_leaves_the_session_that_there_is(client, browser, autarc):
    sign_in(browser, to_sign_in(client))
    back = httpx.URL(came_back(browser, to_sign_in(client)))

    end = browser.get(back.copy_set_param("code", "wrong"))

    assert (end.status_code, "Not connected" in end.text) == (424, True)
    assert find(client).status_code == 200


def test_it_goes_on_after_a_restart(served, make, browser, autarc):
    headers = {"Authorization": f"Bearer {KEY}"}
    with served(make) as address, httpx.Client(base_url=address, headers=headers, trust_env=False) as before:
        back = came_back(browser, to_sign_in(before))

    with served(make, port=urlsplit(address).port) as address:
        assert browser.get(back).status_code == 200
        assert httpx.post(address + FIND, headers=headers, json={"input": {"email": "a@b.de"}}).status_code == 200


def test_what_has_expired_opens_nothing(client, browser, monkeypatch):
    monkeypatch.setattr("connectors.server.pages.oauth.LASTS", 0.0)
    assert browser.get(to_sign_in(client)).status_code == 404
    monkeypatch.undo()
    start = to_sign_in(client)
    monkeypatch.setattr("connectors.server.pages.oauth.LASTS", 0.001)
    back = came_back(browser, start)
    monkeypatch.undo()

    assert browser.get(back).status_code == 400


def test_a_dead_refresh_token_is_asked_for_once_until_somebody_signs_in(client, browser, autarc):
    sign_in(browser, to_sign_in(client))
    autarc.expire_tokens(kind="both")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: find(client), range(8)))

    assert {(answer.status_code, answer.json()["kind"]) for answer in answers} == {(424, "reconnect")}
    assert [find(client).status_code for _ in range(3)] == [424] * 3
    assert state_of(client) == "reconnect"
    assert tokens_asked_for(autarc) == 2

    sign_in(browser, to_sign_in(client))

    assert (find(client).status_code, state_of(client)) == (200, "ok")


def test_a_hundred_callers_on_an_expired_session_are_one_refresh(client, browser, autarc):
    sign_in(browser, to_sign_in(client))
    autarc.expire_tokens()

    with ThreadPoolExecutor(100) as pool:
        statuses = list(pool.map(lambda _: find(client).status_code, range(100)))

    assert set(statuses) == {200}
    assert tokens_asked_for(autarc) == 2


def test_a_connection_that_nobody_signed_in_to_says_so(served, where, tmp_path, autarc):
    catalog = Catalog([bundled()])
    seed(tmp_path, catalog, {"new": ("autarc", Account({**Autarc.oauth_client, "auth": "oauth"}, **where))}, KEY)
    app = create_server(catalog=catalog, data=tmp_path, secret_keys=[SEAL], reach=Reach(loopback=True))
    headers = {"Authorization": f"Bearer {KEY}"}
    with served(app) as address, httpx.Client(base_url=address, headers=headers, trust_env=False) as client:
        before, problem = client.get("/v1/connections/new").json(), client.post("/v1/connections/new/test").json()
        after, link = client.get("/v1/connections/new").json(), f"/v1/connections/{before['id']}/authorize"

    assert (problem["status"], problem["message"], not autarc.log) == (424, "nobody has signed in yet", True)
    assert before["state"] == after["state"] == "reconnect"
    said = {one["remedy"] for one in (before, before["last_error"], problem, after, after["last_error"])}
    assert said == {f"Sign in: POST {link} gives the address to open in a browser."}


def test_a_session_is_sealed_at_rest(client, browser, data):
    sign_in(browser, to_sign_in(client))
    back = came_back(browser, to_sign_in(client))

    kept = b"".join(file.read_bytes() for file in data.iterdir() if file.is_file())
    secrets = ["sandbox-access", "sandbox-refresh", "client-secret", *parse_qs(urlsplit(back).query)["state"]]
    assert [secret for secret in secrets if secret.encode() in kept] == []


def test_neither_code_nor_state_nor_secret_is_logged(client, browser, autarc, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the browser's own
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    back = came_back(browser, to_sign_in(client))
    browser.get(f"{back}x")
    httpx.get(back)
    browser.get(back)

    query = parse_qs(urlsplit(back).query)
    secrets = [*query["code"], *query["state"], *Autarc.oauth_client.values(), "sandbox-access", "sandbox-refresh"]
    assert "/oauth/callback" in caplog.text
    assert [secret for secret in secrets if secret in caplog.text] == []


def test_pages_may_do_nothing_and_tell_nobody(client, browser):
    for answer in (browser.get(to_sign_in(client), follow_redirects=False), sign_in(browser, to_sign_in(client))):
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"


def test_only_who_signs_in_in_the_browser_can_be_sent_there(client, where, data):
    other = Account({"apiKey": "k"}, **where)
    seed(data, Catalog([bundled()]), {"by-key": ("autarc", other)}, "gw_another_key")

    problem = client.post("/v1/connections/by-key/authorize").json()

    assert (problem["status"], problem["kind"]) == (422, "invalid_input")


@pytest.fixture
def office(client, where, data):
    """A connection `office` by key, which a person is to change by a link into one that she signs in to."""
    account = Account({"apiKey": "sandbox-autarc-key"}, **where)
    seed(data, Catalog([bundled()]), {"office": ("autarc", account)}, f"gw_office_{time.monotonic_ns()}")
    client.put("/v1/oauth-apps/autarc", json=Autarc.oauth_client)
    yield client.post("/v1/connect-links", json={"connector": "autarc", "name": "office"}).json()["url"]
    client.delete("/v1/oauth-apps/autarc")
    client.delete("/v1/connections/office")


def at_the_vendor(browser, link):
    """Presses the button of the page; gives where the browser is then."""
    assert "Sign in at autarc" in browser.get(link).text
    return browser.post(link, data={"auth": "oauth"})


def test_a_link_leads_to_the_vendor_and_back(client, browser, autarc, office):
    end = browser.post(at_the_vendor(browser, office).url, data={"decision": "allow"})

    assert (end.status_code, "You can close this window" in end.text) == (200, True)
    assert client.get("/v1/connections/office").json()["state"] == "ok"
    assert client.post("/v1/connections/office/test").status_code == 200
    assert autarc.log[-1]["headers"]["authorization"].startswith("Bearer sandbox-access")
    assert browser.get(office).status_code == 404


def test_a_link_that_was_used_meanwhile_keeps_nothing(client, browser, autarc, office):
    ways = [at_the_vendor(browser, office).url for _ in range(2)]

    ends = [browser.post(way, data={"decision": "allow"}).status_code for way in ways]

    assert ends == [200, 404]
    assert client.post("/v1/connections/office/test").status_code == 200


def test_who_denies_it_can_try_again_with_the_same_link(client, browser, autarc, office):
    end = browser.post(at_the_vendor(browser, office).url, data={"decision": "deny"})
    again = browser.post(at_the_vendor(browser, office).url, data={"decision": "allow"})

    assert (end.status_code, f'href="{office}"' in end.text) == (424, True)
    assert again.status_code == 200


def test_a_vendor_that_fails_when_it_is_tested_is_said_and_the_session_stays(client, browser, autarc, monkeypatch):
    monkeypatch.setattr("connectors.components.retry.ATTEMPTS", 1)
    back = came_back(browser, to_sign_in(client))
    autarc.faults.append(read_fault({"fault": "status", "status": 500, "match": "GET /api", "times": 1}))

    end = browser.get(back)

    assert (end.status_code, "not tested" in end.text, state_of(client)) == (200, True, "failing")
    assert find(client).status_code == 200


def test_a_new_secret_of_the_app_leaves_people_signed_in(client, browser, office, autarc):
    browser.post(at_the_vendor(browser, office).url, data={"decision": "allow"})

    client.put("/v1/oauth-apps/autarc", json=Autarc.oauth_client | {"client_secret": "another"})
    assert client.post("/v1/connections/office/test").status_code == 200

    client.put("/v1/oauth-apps/autarc", json=Autarc.oauth_client | {"client_id": "another"})
    assert client.post("/v1/connections/office/test").status_code == 424


def test_who_signs_in_anew_is_used_from_then_on(client, browser, autarc):
    bearers = []
    for _ in range(2):
        sign_in(browser, to_sign_in(client))
        find(client)
        bearers.append(autarc.log[-1]["headers"]["authorization"])

    assert bearers[0] != bearers[1]


def test_behind_https_the_cookie_is_for_https_and_for_where_the_server_is(served, make, browser, autarc):
    headers = {"Authorization": f"Bearer {KEY}"}
    with served(make(public_url="https://gridwire.example/gw/")) as address:
        url = httpx.post(f"{address}/v1/connections/acc/authorize", headers=headers).json()["url"]
        answer = browser.get(url.replace("https://gridwire.example/gw", address), follow_redirects=False)

    assert "; Path=/gw/oauth; SameSite=lax; Secure" in answer.headers["set-cookie"]
    assert "redirect_uri=https%3A%2F%2Fgridwire.example%2Fgw%2Foauth%2Fcallback" in answer.headers["location"]

"""Signing in to autarc by OAuth 2.0, at the pretend one: its page has two buttons, and a test presses one of them."""

from __future__ import annotations

import json

import httpx
import pytest

from connectors.sandbox import Autarc, create_app

READ = "run", "autarc.find_customer", "-i", "email=nobody@example.com", "--json"


@pytest.fixture(scope="module")
def running(served):
    autarc = Autarc()
    with served(create_app([autarc])) as address:
        yield autarc, address


@pytest.fixture
def autarc(running):
    running[0].reset()
    running[0].log.clear()
    return running[0]


@pytest.fixture
def file(autarc, running, tmp_path):
    """A connection file of an application that autarc has registered, and with which nobody has signed in yet."""
    path, at = tmp_path / "autarc.json", running[1]
    hosts = {origin: at + where for origin, where in autarc.connection["hosts"].items()}
    content = {"values": autarc.oauth_client, "base_url": at + autarc.connection["path"], "hosts": hosts}
    path.write_text(json.dumps(content))
    path.chmod(0o600)
    return path


@pytest.fixture
def sign_in(program, file):
    """Runs `gridwire connect` and presses a button of the page that it shows; gives its exit code and words."""

    def press(decision):
        process = program("connect", "autarc", "--connection-file", file)
        process.stderr.readline()
        address = process.stderr.readline().strip()
        httpx.post(address, data={"decision": decision}, follow_redirects=True)
        _, said = process.communicate(timeout=20)
        return process.returncode, said

    return press


def session_in(file):
    return json.loads(file.read_text())["session"]


def tokens_asked_for(autarc):
    return sum(entry["path"].endswith("/oauth2/token") for entry in autarc.log)


def test_who_allows_it_is_connected_and_can_read(autarc, sign_in, file, gridwire):
    assert sign_in("allow")[0] == 0

    assert gridwire(*READ, "--connection-file", file).exit_code == 0
    assert tokens_asked_for(autarc) == 1


def test_who_denies_it_is_not(sign_in, file):
    code, said = sign_in("deny")

    assert code == 3
    assert "the installer said no" in said
    assert "session" not in json.loads(file.read_text())


def test_a_token_that_has_ended_is_renewed_and_the_new_refresh_token_is_kept(autarc, sign_in, file, gridwire):
    sign_in("allow")
    before = session_in(file)
    autarc.expire_tokens()

    assert gridwire(*READ, "--connection-file", file).exit_code == 0
    assert session_in(file)["refresh_token"] != before["refresh_token"]
    assert tokens_asked_for(autarc) == 2


def test_a_consent_that_was_withdrawn_asks_to_sign_in_again(autarc, sign_in, file, gridwire):
    sign_in("allow")
    autarc.revoke_grant()

    answer = gridwire(*READ, "--connection-file", file)

    assert answer.exit_code == 3
    assert json.loads(answer.stdout)["error"]["kind"] == "reconnect"


def test_what_is_recorded_signed_in_in_the_browser_plays(autarc, sign_in, file, gridwire, tmp_path):
    sign_in("allow")
    folder = tmp_path / "cassettes"
    words = ("record", "autarc.find_customer", "-i", "email=nobody@example.com", "--cassettes", folder, "--yes")
    assert gridwire(*words, "--connection-file", file, "--case", "signed_in").exit_code == 0
    autarc.expire_tokens()

    assert gridwire(*words, "--connection-file", file, "--case", "renewed").exit_code == 0

    assert tokens_asked_for(autarc) == 2
    assert gridwire("test", "autarc", "--cassettes", folder).exit_code == 0

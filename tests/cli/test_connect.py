"""`gridwire connect`, and what the other commands do with the session that it keeps."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.manifests.servers import desk

MANIFEST = str(Path(__file__).parents[1] / "manifests" / "ok" / "desk.yaml")
CLIENT = {"client_id": desk.CLIENT, "client_secret": desk.SECRET}
GET_ME = "run", MANIFEST, "get_me"


@pytest.fixture(scope="module")
def servers(served):
    app = desk.create_app()
    with served(app) as api, served(app) as auth:
        yield SimpleNamespace(state=app.state, api=api, auth=auth)


@pytest.fixture
def vendor(servers):
    servers.state.reset()
    return servers


@pytest.fixture
def file(vendor, tmp_path):
    """A function that writes a connection file with these values, without a session."""

    def write(**values):
        path = tmp_path / "desk.json"
        hosts = {"https://auth.desk.example": vendor.auth}
        path.write_text(json.dumps({"values": values, "base_url": f"{vendor.api}/v1", "hosts": hosts}))
        path.chmod(0o600)
        return path

    return write


@pytest.fixture
def connecting(program):
    """`gridwire connect`, as far as the address that it shows."""

    def start(path, *words):
        process = program("connect", MANIFEST, "--connection-file", path, *words)
        process.said = process.stderr.readline()
        process.address = process.stderr.readline().strip()
        return process

    return start


@pytest.fixture
def connected(connecting, file):
    """A connection file of somebody who has signed in in the browser."""
    path = file(**CLIENT)
    process = connecting(path)
    httpx.get(process.address, follow_redirects=True)
    assert process.wait(20) == 0
    return path


def session_in(path):
    return json.loads(path.read_text())["session"]


def asked(vendor, path="/oauth/token"):
    return sum(call.path == path for call in vendor.state.log)


def test_a_person_signs_in_in_the_browser(connecting, file, vendor):
    path = file(**CLIENT)
    process = connecting(path)
    page = httpx.get(process.address, follow_redirects=True)
    stdout, _ = process.communicate(timeout=20)

    assert process.said == "Sign in in the browser, within ten minutes:\n"
    assert process.address.startswith(f"{vendor.auth}/oauth/authorize?response_type=code&client_id=client+7")
    assert "You can close this window" in page.text
    assert (process.returncode, stdout) == (0, f"Desk is connected. Use it with --connection-file {path}\n")
    assert session_in(path)["refresh_token"] in vendor.state.data.latest.values()
    assert {kept.stat().st_mode & 0o777 for kept in path.parent.iterdir()} == {0o600}  # and what it is locked with
    assert [call.path for call in vendor.state.log] == ["/oauth/authorize", "/oauth/token", "/v1/me"]


def test_the_session_is_used_renewed_and_written_back(gridwire, connected, vendor):
    assert json.loads(gridwire(*GET_ME, "--connection-file", connected).stdout) == {"user": desk.USER}
    before = session_in(connected)
    vendor.state.data.expire()

    assert gridwire(*GET_ME, "--connection-file", connected).exit_code == 0

    assert session_in(connected)["refresh_token"] != before["refresh_token"]
    assert connected.stat().st_mode & 0o777 == 0o600
    assert asked(vendor) == 2


def test_a_session_that_has_ended_for_good_is_asked_for_once(gridwire, connected, vendor):
    vendor.state.data.expire()
    vendor.state.data.revoke()

    codes = [gridwire(*GET_ME, "--connection-file", connected).exit_code for _ in range(3)]

    assert codes == [3, 3, 3]
    assert asked(vendor) == 2  # one for the code, one for the renewal


def test_processes_that_renew_at_once_do_not_burn_the_token(program, connected, vendor):
    vendor.state.data.expire()
    started = [program(*GET_ME, "--connection-file", connected) for _ in range(4)]

    assert [process.wait(30) for process in started] == [0] * 4
    assert asked(vendor) == 2


def test_killed_between_the_new_token_and_its_use_nothing_is_lost(gridwire, program, connected, vendor):
    vendor.state.data.expire()
    renewed = []

    def kill(call):
        renewed.append(call.path == "/oauth/token" or any(renewed))
        if call.path == "/v1/me" and any(renewed):
            process.kill()

    vendor.state.before = kill
    process = program(*GET_ME, "--connection-file", connected)
    assert process.wait(20) == -signal.SIGKILL
    vendor.state.before = lambda call: None
    assert gridwire(*GET_ME, "--connection-file", connected).exit_code == 0
    assert asked(vendor) == 2


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_ended_while_a_token_is_asked_for_the_new_one_is_kept(gridwire, program, connected, vendor, ending):
    vendor.state.data.expire()
    vendor.state.before = lambda call: process.send_signal(ending) if call.path == "/oauth/token" else None
    process = program(*GET_ME, "--connection-file", connected)

    assert process.wait(20) == 130
    assert session_in(connected)["refresh_token"] in vendor.state.data.latest.values()
    vendor.state.before = lambda call: None
    assert gridwire(*GET_ME, "--connection-file", connected).exit_code == 0
    assert asked(vendor) == 2


def test_on_a_full_disk_no_token_is_asked_for_that_could_not_be_kept(gridwire, program, connected, vendor):
    vendor.state.data.expire()
    full = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))}

    _, said = program(*GET_ME, "--connection-file", connected, **full).communicate(timeout=20)

    assert f"the session cannot be kept in {connected}" in said
    assert gridwire(*GET_ME, "--connection-file", connected).exit_code == 0
    assert asked(vendor) == 2


def test_the_vendors_no_is_said_in_its_own_words(connecting, file, vendor):
    vendor.state.data.deny = "access_denied"
    process = connecting(file(**CLIENT))
    page = httpx.get(process.address, follow_redirects=True)
    _, said = process.communicate(timeout=20)

    assert process.returncode == 3
    assert said.splitlines() == [
        "Error: the vendor did not allow it (access_denied: <b>The user said no</b>)",
        "Sign in again, and allow it.",
    ]
    assert "&lt;b&gt;The user said no&lt;/b&gt;" in page.text
    assert page.headers["content-security-policy"] == "default-src 'none'"


def test_what_is_not_for_us_changes_nothing(connecting, file):
    process = connecting(file(**CLIENT))
    back = parse_qs(urlsplit(process.address).query)["redirect_uri"][0]
    wrong = httpx.get(back, params={"state": "<script>", "code": "stolen"})
    found = [httpx.get(back.replace("callback", path)).status_code for path in ("", "favicon.ico", "callback/x")]
    with pytest.raises(httpx.ConnectError):  # nobody but this machine can come
        httpx.get(back.replace("127.0.0.1", "127.0.0.2"))
    methods = httpx.post(back).status_code, httpx.head(back, params={"state": "x"}).status_code

    assert (wrong.status_code, found, methods) == (400, [404] * 3, (405, 405))
    assert "<script>" not in wrong.text
    assert httpx.get(process.address, follow_redirects=True).status_code == 200
    assert process.wait(20) == 0


def test_on_a_terminal_the_browser_is_opened(program, file, tmp_path, monkeypatch):
    browser = tmp_path / "browser.py"
    browser.write_text("import httpx, sys; httpx.get(sys.argv[1], follow_redirects=True)")
    monkeypatch.setenv("BROWSER", f"{sys.executable} {browser} %s")
    ours, theirs = os.openpty()
    process = program("connect", MANIFEST, "--connection-file", file(**CLIENT), stderr=theirs, start_new_session=True)
    stdout, _ = process.communicate(timeout=30)
    os.close(theirs)
    os.close(ours)

    assert "Desk is connected" in stdout


def test_the_wait_ends_after_ten_minutes(gridwire, file, monkeypatch):
    monkeypatch.setattr("connectors.engine.authorization.LASTS", 0.01)
    done = gridwire("connect", MANIFEST, "--connection-file", file(**CLIENT))

    assert done.exit_code == 3
    assert "nobody signed in within ten minutes" in done.stderr


def test_ctrl_c_ends_the_wait(connecting, file):
    path = file(**CLIENT)
    process = connecting(path)
    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 130
    assert "session" not in json.loads(path.read_text())


def test_a_port_can_be_named_for_vendors_that_want_to_know_it(connecting, file):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = connecting(file(**CLIENT), "--port", port)

    assert f"redirect_uri=http%3A%2F%2F127.0.0.1%3A{port}%2Fcallback" in process.address
    process.kill()


def test_the_browser_may_come_back_to_localhost(connecting, file):
    path = file(**CLIENT)
    process = connecting(path, "--redirect-host", "localhost")
    page = httpx.get(process.address, follow_redirects=True)

    assert "redirect_uri=http%3A%2F%2Flocalhost%3A" in process.address
    assert str(page.url).startswith("http://localhost:")
    assert process.wait(20) == 0
    assert session_in(path)["token"]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_it_answers_at_each_address_that_localhost_is(connecting, file, host):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    process = connecting(file(**CLIENT), "--redirect-host", "localhost")
    back = parse_qs(urlsplit(process.address).query)["redirect_uri"][0]

    assert httpx.get(back.replace("localhost", host)).status_code == 400
    process.kill()


def test_nobody_else_may_answer_for_localhost(gridwire, file, monkeypatch):
    monkeypatch.setattr("connectors.engine.authorization.LASTS", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    try:
        taken = socket.create_server(("::1", port), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with taken:
        done = gridwire(
            "connect", MANIFEST, "--connection-file", file(**CLIENT), "--port", port, "--redirect-host", "localhost"
        )

    assert (done.exit_code, f"cannot listen on ::1, port {port}" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("way", "values"),
    [
        ("robot", {"robot_id": desk.ROBOT, "robot_secret": desk.ROBOT_SECRET}),
        ("password", {"user": desk.USER, "password": desk.PASSWORD}),
        ("token", {"token": desk.TOKEN}),
    ],
)
def test_every_other_way_is_tested_and_kept(gridwire, file, vendor, way, values):
    path = file()
    options = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]

    done = gridwire("connect", MANIFEST, "--connection-file", path, *options, "--set", f"auth={way}", "--json")

    assert (done.exit_code, json.loads(done.stdout)["connector"]) == (0, "desk")
    assert json.loads(path.read_text())["values"] == values | {"auth": way}
    assert gridwire(*GET_ME, "--connection-file", path).exit_code == 0
    assert asked(vendor) + asked(vendor, "/v1/login") == (way != "token")


def test_a_new_file_holds_what_was_given_and_a_wrong_account_none(gridwire, vendor, tmp_path):
    path = tmp_path / "new.json"
    words = "connect", MANIFEST, "--connection-file", path, "--base-url", f"{vendor.api}/v1"

    assert gridwire(*words, "--set", "token=wrong-token").exit_code == 3
    assert not path.exists()
    assert gridwire(*words, "--set", f"token={desk.TOKEN}").exit_code == 0
    assert json.loads(path.read_text()) == {"values": {"token": desk.TOKEN}, "base_url": f"{vendor.api}/v1"}
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_session_is_kept_although_the_test_found_the_vendor_busy(connecting, file, vendor):
    def busy(call):
        vendor.state.busy = int(call.path == "/v1/me")

    vendor.state.before, vendor.state.retry_after = busy, "60"
    path = file(**CLIENT)
    process = connecting(path)
    httpx.get(process.address, follow_redirects=True)
    _, said = process.communicate(timeout=20)

    assert process.returncode == 4
    assert said.startswith(f"The session is kept in {path} all the same.")
    assert session_in(path)["token"] in vendor.state.data.access


def test_a_folder_that_is_not_there_is_said_before_anybody_signs_in(gridwire, tmp_path):
    done = gridwire("connect", MANIFEST, "--connection-file", tmp_path / "no" / "x.json", "--set", "token=x")

    assert done.exit_code == 2
    assert "there is no folder" in done.stderr


def test_on_a_terminal_what_is_missing_is_asked_for(program, file, vendor):
    path = file()
    ours, theirs = os.openpty()
    asking = program(
        "connect", MANIFEST, "--connection-file", path, stdin=theirs, stderr=theirs, start_new_session=True
    )
    shown = b""
    for question, answer in (
        (b"Way to sign in", b"password"),
        (b"User: ", desk.USER.encode()),
        (b"Password: ", desk.PASSWORD.encode()),
    ):
        while question not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, answer + b"\n")
    stdout, _ = asking.communicate(timeout=20)
    os.close(theirs)
    os.close(ours)

    assert "Desk is connected" in stdout
    assert b"password: credentials that are exchanged for a session: POST" in shown
    assert desk.PASSWORD.encode() not in shown
    assert json.loads(path.read_text())["values"] == {"user": desk.USER, "password": desk.PASSWORD, "auth": "password"}


def test_with_values_alone_a_session_lives_as_long_as_the_program(gridwire, vendor):
    account = "--base-url", f"{vendor.api}/v1", "--set", f"user={desk.USER}", "--set", f"password={desk.PASSWORD}"
    lines = "\n".join(["{}"] * 3)

    assert gridwire(*GET_ME, *account, "--each", "-", input=lines).exit_code == 0
    assert asked(vendor, "/v1/login") == 1


def test_a_dry_run_signs_in_nowhere(gridwire, file, vendor):
    done = gridwire(*GET_ME, "--connection-file", file(**CLIENT), "--dry-run", "--json")

    assert json.loads(done.stdout)["headers"]["Authorization"] == "Bearer •••"
    assert vendor.state.log == []


def test_nothing_secret_is_printed_at_any_length(gridwire, connected, vendor):
    vendor.state.data.expire()
    said = [gridwire(*GET_ME, "--connection-file", connected, "-vv").output]
    said.append(gridwire(*GET_ME, "--connection-file", connected, "--dry-run", "-vv").output)
    vendor.state.before = lambda call: vendor.state.data.expire()
    said.append(gridwire(*GET_ME, "--connection-file", connected, "-vv").output)
    vendor.state.data.revoke()
    said.append(gridwire(*GET_ME, "--connection-file", connected, "-vv", "--json").output)

    secrets = [desk.SECRET, *vendor.state.data.issued]
    assert len(secrets) > 6
    assert [secret for secret in secrets if secret in "".join(said)] == []
    assert "/v1/me → 200" in said[0]


def test_a_bug_of_ours_shows_no_secret_either(gridwire, connected, vendor, monkeypatch):
    def broken(*about, **more):
        raise RuntimeError(f"{about} {more}")

    monkeypatch.setattr("connectors.components.auth.oauth2.OAuth2.read", broken)
    vendor.state.data.expire()
    done = gridwire(*GET_ME, "--connection-file", connected, "-vv")

    assert done.exit_code == 70
    assert [secret for secret in [desk.SECRET, *vendor.state.data.issued] if secret in done.output] == []


@pytest.mark.parametrize("session", [[], {"token": 7}, {"refresh_token": None}])
def test_a_session_that_is_none_is_refused(gridwire, file, session):
    path = file(**CLIENT)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"session": session}))
    done = gridwire(*GET_ME, "--connection-file", path)

    assert done.exit_code == 2
    assert "'session' in" in done.stderr


def test_two_people_cannot_use_one_answer(connecting, file, vendor):
    process = connecting(file(**CLIENT))
    back = httpx.get(process.address).headers["location"]
    with ThreadPoolExecutor(2) as both:
        ends = list(both.map(_status, [back, back]))

    assert 200 in ends
    assert process.wait(20) == 0
    assert asked(vendor) == 1


def _status(address):
    try:
        return httpx.get(address).status_code
    except httpx.TransportError:
        return 0


def test_what_show_says_about_signing_in(gridwire):
    said = gridwire("show", MANIFEST).stdout
    lines = re.findall(r"^  Signs in with (.*)$", said, re.MULTILINE)

    assert (
        lines[0]
        == "OAuth 2.0, in the browser, at https://auth.desk.example/oauth/authorize: `gridwire connect` (auth=browser)"
    )
    assert lines[2:] == [
        "OAuth 2.0, as the program itself, at https://auth.desk.example/oauth/token (auth=robot)",
        "credentials that are exchanged for a session: POST /login (auth=password)",
        "a bearer token (auth=token)",
    ]


def test_ways_to_sign_in_are_shown_with_their_titles(gridwire):
    said = gridwire("show", "autarc").stdout
    told = json.loads(gridwire("show", "autarc", "--json").stdout)

    assert "Signs in with a bearer token (auth=key: API key)" in said
    assert told["connection"]["titles"] == {"key": "API key", "oauth": "Sign in at autarc"}


def test_what_cannot_be_tested_is_kept_and_said_to_be_untested(gridwire, tmp_path):
    path, values = tmp_path / "enneo.json", ("--set", "instance=demo", "--set", "token=t", "--timeout", 1)
    nowhere = "--base-url", "http://127.0.0.1:9"

    said = gridwire("connect", "enneo", "--connection-file", path, *values, *nowhere)
    told = gridwire("connect", "enneo", "--connection-file", path, *nowhere, "--json")
    tested = gridwire("connect", "enneo", "--connection-file", path, *nowhere, "--set", "testContractId=1")

    assert (said.exit_code, json.loads(told.stdout)["tested"], tested.exit_code) == (0, False, 1)
    assert "enneo was not tested, for 'testContractId' is not given; it is kept all the same." in said.stdout

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess

import httpx
import pytest

from connectors.cli.serve import serve
from connectors.errors import InputError

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="the lines to try use curl")
LAST = {"serve": r"-d '\{\"input\": ", "sandbox": r"^curl http://[0-9.:]+/$"}


@pytest.fixture
def started(program):
    """Starts `serve` or `sandbox` on a free port: its process, and all that it prints."""
    running = []

    def start(command, *words):
        running.append(process := program(command, *words, "--port", 0))
        lines = [process.stdout.readline()]
        while lines[-1] and not re.search(LAST[command], lines[-1]):
            lines.append(process.stdout.readline())
        assert lines[-1], process.stderr.read()
        return process, "".join(lines)

    yield start
    for process in running:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def copied(text, folder):
    """The JSON documents that the lines to try print in a shell, and what they print besides."""
    _, _, script = text.partition("terminal:\n")
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    documents, rest = [], done.stdout
    while rest.startswith(("{", "[")):
        document, end = json.JSONDecoder().raw_decode(rest)
        documents.append(document)
        rest = rest[end:].lstrip()
    return documents, rest


@needs_curl
def test_the_lines_that_the_server_prints_work(started, tmp_path):
    _, text = started("serve", "--sandbox")

    [connectors, event, polled, made], _ = copied(text, tmp_path)

    assert "reonic" in str(connectors)
    assert [item["id"] for item in polled["items"]] == [event["offer"]["id"]]
    assert made == {"output": {}}


@needs_curl
def test_the_lines_that_the_sandbox_prints_work(started, tmp_path):
    _, text = started("sandbox")

    [first, second, event, polled, made], landing = copied(text, tmp_path)

    assert first["id"] != second["id"]
    assert polled["id"] == event["offer"]["id"]
    assert made == {}
    assert landing.startswith("Pretend vendors")
    assert (tmp_path / "sandbox-reonic.json").stat().st_mode & 0o777 == 0o600


def test_the_doctor_finds_the_server_that_runs(started, gridwire):
    _, text = started("serve", "--sandbox")
    [address] = re.findall(r"The server is at (\S+)", text)

    found = json.loads(gridwire("doctor", "--json").stdout)["findings"][0]

    assert (found["ok"], found["seen"]) == (True, f"a server is ready at {address}")


def test_the_key_is_made_and_shown_once_and_nowhere_kept(started, tmp_path):
    data = tmp_path / "kept"
    first, second = (started("serve", "--data", data, "--sandbox")[1] for _ in range(2))

    [key] = re.findall(r"^API key: (gw_[\w-]{32})  \(shown this once", first, re.MULTILINE)
    assert key not in second
    assert "API key: the one that was printed at the first start" in second
    files = [path for path in data.rglob("*") if path.is_file()]
    assert not [path for path in files if key.encode() in path.read_bytes()]
    assert {path.stat().st_mode & 0o077 for path in (data, *files)} == {0}


def test_a_key_from_the_environment_is_used_and_not_shown(started, monkeypatch):
    monkeypatch.setenv("GRIDWIRE_API_KEY", "gw_invented-as-can-be")
    monkeypatch.setenv("GRIDWIRE_SANDBOX", "1")

    _, text = started("serve")

    [url] = re.findall(r"^curl (http://\S+/v1/connectors) ", text, re.MULTILINE)
    assert "gw_invented-as-can-be" not in text
    assert httpx.get(url, headers={"Authorization": "Bearer gw_invented-as-can-be"}).status_code == 200
    assert httpx.get(url).status_code == 401


def test_the_log_tells_what_is_done_and_no_secret(started, tmp_path):
    process, text = started("serve", "--sandbox", "-vv", "--data", tmp_path)
    [url] = re.findall(r"(http://\S+/new_offer/poll) ", text)[:1]
    [key] = re.findall(r"^API key: (gw_[\w-]{32}) ", text, re.MULTILINE)

    answer = httpx.post(url, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=60)

    assert answer.json()["items"] == []
    assert "/h360/offers → 200 in " in log
    assert key not in log
    assert "sandbox-reonic-key" not in log


def test_ctrl_c_ends_it_with_130(started):
    process, _ = started("serve", "--sandbox")

    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 130
    assert process.stderr.read().strip() == ""


@pytest.mark.parametrize("command", ["serve", "sandbox"])
def test_a_port_in_use_is_said(gridwire, command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = gridwire(command, "--port", port)

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"Error: cannot listen on 127.0.0.1, port {port}: address already in use\nName another port" in done.stderr
    assert "GRIDWIRE_PORT" in done.stderr


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"GRIDWIRE_SECRET_KEY": "short"}, "at least 16 bytes"),
        ({"GRIDWIRE_API_KEY": "gw_short"}, "GRIDWIRE_API_KEY has 8 characters; it needs at least 16"),
        ({"GRIDWIRE_API_KEY": "schlüssel-für-alle-türen"}, "GRIDWIRE_API_KEY holds what no client can send"),
        ({"GRIDWIRE_API_KEY": "two-words and-more-of-them"}, "GRIDWIRE_API_KEY holds what no client can send"),
        ({"GRIDWIRE_PORT": "many"}, "'many' is not a valid integer"),
        ({"GRIDWIRE_DATA": "/dev/null/data"}, "cannot be kept: not a directory"),
        ({"GRIDWIRE_HOST": "203.0.113.7"}, "cannot listen on 203.0.113.7, port 0: cannot assign requested address\n"),
    ],
)
def test_what_cannot_be_used_is_refused(gridwire, environment, said):
    done = gridwire("serve", env={"GRIDWIRE_PORT": "0", **environment})

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"key \xff\xfe of old", "is not text in UTF-8"), (b"short", "at least 16 bytes")],
)
def test_a_key_file_that_cannot_be_used_is_refused(gridwire, tmp_path, content, said):
    (tmp_path / "secret-key").write_bytes(content)

    done = gridwire("serve", "--port", 0, "--data", tmp_path)

    assert done.exit_code == 2
    assert said in done.stderr
    assert f"{tmp_path}/secret-key" in done.stderr
    assert "Put the right file back" in done.stderr


def test_another_secret_key_does_not_start(gridwire, tmp_path):
    first, other = {"GRIDWIRE_SECRET_KEY": "a" * 16}, {"GRIDWIRE_SECRET_KEY": "b" * 16}
    gridwire("keys", "add", "one", "--data", tmp_path, env=first)

    done = gridwire("serve", "--port", 0, "--data", tmp_path, env=other)

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"the secret key is not the one that {tmp_path}/gridwire.db was sealed with" in done.stderr
    assert "Set GRIDWIRE_SECRET_KEY to that one" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--allow-target", "http://n8n:5678/path"], "write it without a path"),
        (["--allow-target", "n8n:5678"], "write it as https://host"),
        (["--public-url", "https://user@example.com"], "write it as https://host"),
        (["--data", "/proc/none"], "cannot be kept"),
        (
            ["--retry-schedule", "0,5,soon"],
            "write seconds, at most a year each, with commas between them: 0,5,300,1800.",
        ),
        (["--retry-schedule", "0,-5"], "write seconds"),
        (["--retry-schedule", ""], "write seconds"),
        (["--retry-schedule", "0,nan"], "write seconds"),
        (["--min-interval", "0"], "0"),
        (["--payload-days", "0"], "1<=x<=3650"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused(gridwire, options, said):
    done = gridwire("serve", "--port", 0, *options)

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_an_address_that_is_named_is_allowed_and_no_other(program, monkeypatch):
    monkeypatch.setenv("GRIDWIRE_ALLOW_TARGET", "http://n8n:5678, HTTP://127.0.0.1:80")
    monkeypatch.setenv("GRIDWIRE_API_KEY", "gw_invented-as-can-be")
    process = program("serve", "--port", 0)
    url = re.search(r"http://\S+", process.stdout.readline())[0]

    def ask(address):
        body = {"connector": "enneo", "name": "n", "values": {"token": "some-secret"}, "base_url": address}
        headers = {"Authorization": "Bearer gw_invented-as-can-be"}
        return httpx.post(f"{url}/v1/connections", json=body, headers=headers, timeout=60)

    refused = ask("http://127.0.0.1:8080")
    assert refused.status_code == 422
    assert "--allow-target http://127.0.0.1:8080" in refused.json()["remedy"]
    assert ask("http://127.0.0.1").status_code == 201


def test_every_option_has_an_environment_variable():
    common = {"--manifests", "--json", "-v", "--verbose"}
    options = [option for option in serve.params if not common & set(option.opts)]

    assert {option.opts[0]: option.envvar for option in options} == {
        option.opts[0]: "GRIDWIRE_" + option.opts[0].removeprefix("--").replace("-", "_").upper() for option in options
    }


def test_things_are_caused_in_the_servers_sandbox_too(started, gridwire):
    _, text = started("serve", "--sandbox")
    server = re.search(r"http://[0-9.:]+", text)[0]

    done = gridwire("sandbox", "do", "reonic", "sign-offer", 7, "--url", f"{server}/sandbox")

    assert done.exit_code == 0
    assert json.loads(done.stdout)["offer"]["currentSignature"]["state"] == "Signed"


@pytest.mark.parametrize(
    ("name", "text", "word", "value"),
    [
        ("IDEMPOTENCY_TTL", "60", "idempotency_ttl", 60.0),
        ("MIN_INTERVAL", "0.5", "min_interval", 0.5),
        ("RETRY_SCHEDULE", "0, 5,300", "schedule", (0.0, 5.0, 300.0)),
        ("PAYLOAD_DAYS", "1", "payloads", 86_400.0),
        ("HISTORY_DAYS", "2", "history", 172_800.0),
        ("PUBLIC_URL", "https://here.example", "public_url", "https://here.example"),
        ("HOST", "127.0.0.1", "public_url", None),
    ],
)
def test_what_can_be_said_by_the_environment_is_heard(gridwire, monkeypatch, tmp_path, name, text, word, value):
    given = {}

    def create_app(**words):
        given.update(words)
        raise InputError("that is all")

    monkeypatch.setattr("connectors.server.create_app", create_app)
    done = gridwire("serve", "--data", tmp_path, env={"GRIDWIRE_PORT": "0", f"GRIDWIRE_{name}": text})

    assert (done.exit_code, given[word]) == (2, value)

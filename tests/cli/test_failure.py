from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.cli.failure import report
from connectors.cli.session import Session
from connectors.engine.redaction import Redaction
from connectors.engine.run import Vendor
from connectors.errors import InputError

ROOT = Path(__file__).parents[2]
FULL = Path("/dev/full")
FIND = "run", "reonic.find_user", "-i", "name=n"
LEAD = "-i", "firstName=Erika", "-i", "lastName=Beispiel", "-i", "latLng.lat=52.5", "-i", "latLng.lng=13.4"
CREATE = "run", "reonic.create_request", *LEAD


@pytest.fixture
def failing(gridwire, account):
    """Runs a command that fails: its exit code, and its error as --json prints it."""

    def run(*words):
        done = gridwire(*words, *account, "--json")
        assert done.stdout.count("\n") == 1
        return done.exit_code, json.loads(done.stdout)["error"]

    return run


@pytest.mark.parametrize("key", ["4", "400", "status"])
def test_a_secret_that_looks_like_part_of_the_error_leaves_it_json(gridwire, account, fault, key):
    fault("status", status=400, body={"message": "Nope"})

    done = gridwire(*FIND, *account, "--set", f"apiKey={key}", "--json")

    assert json.loads(done.stdout)["error"]["status"] == 400


@pytest.mark.parametrize(
    ("status", "words", "code", "kind"),
    [
        (400, FIND, 1, "invalid_input"),
        (401, FIND, 3, "reconnect"),
        (403, FIND, 1, "vendor_refused"),
        (404, FIND, 1, "vendor_not_found"),
        (429, FIND, 4, "busy"),
        (500, CREATE, 5, "unknown_outcome"),
    ],
)
def test_what_the_vendor_says_becomes_an_exit_code(failing, fault, status, words, code, kind):
    fault("status", status=status, headers={"Retry-After": "60"}, body={"message": "Nope"})

    exit_code, error = failing(*words)

    assert exit_code == code
    assert (error["kind"], error["status"], error["vendor_message"]) == (kind, status, "Nope")
    assert error["remedy"]


def test_a_write_without_an_answer_is_of_unknown_outcome_and_not_repeated(failing, fault, reonic):
    fault("drop")

    code, error = failing(*CREATE)

    assert (code, error["kind"]) == (5, "unknown_outcome")
    assert len(reonic.log) == 1


@pytest.mark.usefixtures("impatient")
def test_a_vendor_that_is_not_there(gridwire):
    at = "--base-url", "http://127.0.0.1:9", "--set", "clientId=c", "--set", "apiKey=invented-key"

    done = gridwire(*FIND, *at)

    assert done.exit_code == 1
    assert done.stderr.startswith("Error: could not connect to 127.0.0.1:9: ")
    assert done.stderr.count("\n") == 2


def test_several_wrong_inputs_are_listed(failing):
    code, error = failing("run", "reonic.create_request")

    assert code == 2
    assert [each["field"] for each in error["problems"]] == ["firstName", "lastName", "addressToGeocode"]


def test_a_wrong_manifest(gridwire, tmp_path):
    (tmp_path / "x.yaml").write_text("connector: x\nlanguage: 2\n")

    shown = gridwire("run", tmp_path / "x.yaml", "y")
    as_json = gridwire("run", tmp_path / "x.yaml", "y", "--json")

    assert (shown.exit_code, shown.stderr.partition("[")[0]) == (2, "error")
    assert (as_json.exit_code, json.loads(as_json.stdout)["error"]["kind"]) == (2, "manifest")


@pytest.fixture
def our_bug(monkeypatch, connection):
    async def search(self, *_, **__):
        raise RuntimeError(f"broken with {connection['values']['apiKey']}")

    monkeypatch.setattr(Vendor, "search", search)


@pytest.mark.usefixtures("our_bug")
def test_our_own_mistake_is_told_without_secrets(failing, gridwire, account, connection):
    code, error = failing(*FIND)
    shown = gridwire(*FIND, *account, "-vv")

    assert (code, error["kind"]) == (70, "bug")
    assert error["message"] == "gridwire made a mistake: RuntimeError: broken with •••"
    assert "Traceback" in shown.stderr
    assert connection["values"]["apiKey"] not in shown.output
    assert "Traceback" not in gridwire(*FIND, *account).stderr


def test_a_secret_that_does_not_fit_is_not_shown(gridwire, tmp_path):
    (tmp_path / "connection.json").write_text('{"values": {"clientId": "c", "apiKey": ["invented-key"]}}')

    done = gridwire(*FIND, "--connection-file", tmp_path / "connection.json")

    assert done.exit_code == 2
    assert "'apiKey' must be a text" in done.stderr
    assert "invented-key" not in done.output


@pytest.mark.parametrize("as_json", [True, False])
def test_whatever_is_said_is_without_secrets(capsys, as_json):
    session = Session(json=as_json, redact=Redaction(["invented-key"]))
    session.tell_more(0)
    logging.getLogger("gridwire").warning("a warning about %s", "invented-key")
    for error in (InputError("not invented-key", field="x"), ValueError("invented-key")):
        report(error, session)
    session.close()

    said = "".join(capsys.readouterr())
    assert "a warning about •••" in said
    assert "not •••" in said
    assert "invented-key" not in said


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def interrupted(program, request):
    """Interrupts a command while the vendor is silent: its exit code, and what it prints."""

    def run(*words):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = "http://{}:{}".format(*silent.getsockname())
            waiting = program(*words, "--base-url", address, "--set", "clientId=c", "--set", "apiKey=invented-key")
            asked, _ = silent.accept()
            asked.recv(1)
            waiting.send_signal(request.param)
            stdout, stderr = waiting.communicate(timeout=60)
            asked.close()
        return waiting.returncode, stdout, stderr

    return run


def test_an_interruption_ends_with_130(interrupted):
    code, stdout, _ = interrupted(*FIND, "--json")

    assert code == 130
    assert json.loads(stdout) == {"error": {"kind": "interrupted", "message": "interrupted"}}


@pytest.mark.parametrize("words", [CREATE, ("request", "reonic", "POST", "/x", "--body", "{}")], ids=["run", "request"])
def test_an_interrupted_write_is_of_unknown_outcome(interrupted, words):
    code, stdout, _ = interrupted(*words, "--json")

    assert (code, json.loads(stdout)["error"]["kind"]) == (5, "unknown_outcome")


def test_an_interrupted_write_is_the_last_of_its_lines(interrupted, tmp_path):
    line = {"firstName": "Erika", "lastName": "Beispiel", "latLng": {"lat": 52.5, "lng": 13.4}}
    (tmp_path / "lines").write_text(f"{json.dumps(line)}\n" * 3)

    code, _, said = interrupted("run", "reonic.create_request", "--each", tmp_path / "lines")

    assert code == 5
    assert "Stopped at line 1" in said


needs_full = pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")


@needs_full
@pytest.mark.parametrize("option", [(), ("--json",)])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_write_whose_result_finds_no_room_was_done(program, account, reonic, option, unbuffered):
    with FULL.open("wb") as full:
        environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
        done = program(*CREATE, *account, *option, stdout=full, env=environment)
        _, said = done.communicate(timeout=60)

    assert done.returncode == 1
    assert said.startswith("Error: create_request was done, but what came back could not be written")
    assert len(reonic.log) == 1


@needs_full
def test_no_line_is_sent_once_results_find_no_room(program, account, reonic, tmp_path):
    line = {"firstName": "Erika", "lastName": "Beispiel", "latLng": {"lat": 52.5, "lng": 13.4}}
    (tmp_path / "lines").write_text(f"{json.dumps(line)}\n" * 3)
    with FULL.open("wb") as full:
        done = program("run", "reonic.create_request", *account, "--each", tmp_path / "lines", stdout=full)
        _, said = done.communicate(timeout=60)

    assert done.returncode == 1
    assert "Error in line 1: create_request was done" in said
    assert len(reonic.log) == 1


@needs_full
def test_a_full_disk_is_not_our_bug(program):
    with FULL.open("wb") as full:
        done = program("show", "reonic", stdout=full)
        _, said = done.communicate(timeout=60)

    assert done.returncode == 1
    assert "No space left on device" in said


@pytest.mark.parametrize("words", [("poll", "reonic.new_offer"), CREATE, ("show", "reonic"), (*CREATE, "--json")])
def test_without_a_standard_output_nothing_is_sent(account, reonic, words):
    shell = 'exec "$@" >&-'
    command = "sh", "-c", shell, "sh", sys.executable, ROOT / "cli.py", *words, *(() if "show" in words else account)

    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60)

    assert done.returncode == 2
    assert "standard output is closed" in done.stderr
    assert list(reonic.log) == []

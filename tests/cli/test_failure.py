from __future__ import annotations

import json
import signal
import socket

import pytest

from connectors.engine.run import Vendor

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


def test_an_interruption_ends_with_130(program):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "http://{}:{}".format(*silent.getsockname())
        waiting = program(*FIND, "--json", "--base-url", address, "--set", "clientId=c", "--set", "apiKey=invented-key")
        asked, _ = silent.accept()
        waiting.send_signal(signal.SIGINT)
        stdout, _ = waiting.communicate()
        asked.close()

    assert waiting.returncode == 130
    assert json.loads(stdout) == {"error": {"kind": "interrupted", "message": "interrupted"}}

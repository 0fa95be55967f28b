from __future__ import annotations

import json
import os

import pytest

DRY = "run", "reonic.get_user", "-i", "id=1", "--dry-run", "--json"


@pytest.fixture
def file(tmp_path):
    """A connection file that holds what the test says."""

    def write(text, mode=0o600):
        path = tmp_path / "connection.json"
        path.write_text(text if isinstance(text, str) else json.dumps(text))
        path.chmod(mode)
        return path

    return write


def test_options_win_over_the_file(gridwire, file):
    connection = {"values": {"clientId": "filed", "apiKey": "invented-key"}, "base_url": "https://filed.example"}

    filed = json.loads(gridwire(*DRY, "--connection-file", file(connection)).stdout)
    more = "--set", "clientId=typed", "--set", "auth=basic", "--base-url", "https://typed.example"
    typed = json.loads(gridwire(*DRY, "--connection-file", file(connection), *more).stdout)

    assert filed["url"] == "https://filed.example/rest/v2/clients/filed/users/1"
    assert typed["url"] == "https://typed.example/rest/v2/clients/typed/users/1"
    assert filed["headers"]["X-Authorization"] == "•••"
    assert typed["headers"]["X-Authorization"] == "Basic •••"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"value": {}}, "holds the unknown key 'value'; did you mean 'values'?"),
        ({"values": []}, "'values' in"),
        ({"values": {}, "base_url": 1}, "'base_url' in"),
        ({"values": {}, "hosts": {"https://a.example": None}}, "'https://a.example' in 'hosts' in"),
        ('{"values": {},\n}', "connection.json is not JSON: trailing comma in object, at line 2, column 1"),
    ],
)
def test_a_wrong_file_is_refused(gridwire, file, content, said):
    done = gridwire(*DRY, "--connection-file", file(content))

    assert done.exit_code == 2
    assert said in json.loads(done.stdout)["error"]["message"]
    assert "invented" not in done.output


def test_an_address_in_clear_is_warned_about_once(gridwire):
    account = "--set", "clientId=c", "--set", "apiKey=invented-key", "--base-url", "http://api.example.com"

    said = gridwire(*DRY, *account).stderr

    assert said.count("Warning: http:// sends the credentials in clear to http://api.example.com;") == 1


def test_a_file_that_others_can_read_is_warned_about(gridwire, file):
    connection = {"values": {"clientId": "c", "apiKey": "invented-key"}}

    assert gridwire(*DRY, "--connection-file", file(connection)).stderr == ""
    assert "others on this machine can read" in gridwire(*DRY, "--connection-file", file(connection, 0o644)).stderr


def test_a_value_can_be_sent_to_standard_input_in_a_line_of_its_own(gridwire):
    done = gridwire(*DRY, "--set", "clientId=-", "--set", "apiKey=-", input="acme\ninvented-key\n")

    assert "/clients/acme/" in json.loads(done.stdout)["url"]
    assert "invented-key" not in done.output


def test_nothing_on_standard_input_is_an_error(gridwire):
    done = gridwire(*DRY, "--set", "clientId=acme", "--set", "apiKey=-", input="")

    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["message"] == "nothing was given for 'API key'"


def test_on_a_terminal_a_secret_is_asked_for_and_not_shown(program):
    ours, theirs = os.openpty()
    asked = program(
        *DRY, "--set", "clientId=acme", "--set", "apiKey=-", stdin=theirs, stderr=theirs, start_new_session=True
    )
    shown = b""
    while b"API key: " not in shown:
        shown += os.read(ours, 1000)
    os.write(ours, b"invented-key\n")
    stdout, _ = asked.communicate()
    os.close(theirs)

    assert json.loads(stdout)["headers"]["X-Authorization"] == "•••"
    assert b"invented-key" not in shown + os.read(ours, 1000)
    os.close(ours)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "'clientId' is required"),
        (["--set", "clientID=x"], "did you mean 'clientId'?"),
        (["--set", "apiKey:invented-key"], "--set takes name=value; one has no name, or no ="),
        (["--set", "clientId=a", "--set", "clientId=b"], "--set clientId=… is given twice"),
        (["--set", "clientId=a", "--set", "apiKey=invented", "--set", "auth=none"], "'auth' must be one of raw, basic"),
        (["--connection-file", "none.json"], "does not exist"),
    ],
)
def test_what_is_missing_or_wrong_is_said(gridwire, options, said):
    done = gridwire(*DRY, *options)

    assert done.exit_code == 2
    assert said in json.loads(done.stdout)["error"]["message"]


def test_the_remedy_says_how_to_give_values(gridwire):
    done = gridwire("run", "reonic.get_user", "-i", "id=1")

    assert done.stderr.splitlines()[-1] == (
        "Give the account's values with --set clientId=… --set apiKey=…,"
        " in a --connection-file, or by --connection NAME."
    )

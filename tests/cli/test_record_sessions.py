"""A case of an account that signs in with a session begins with the session that the recording began with."""

from __future__ import annotations

import json

import pytest

from connectors.sandbox import OpenSolar, create_app
from connectors.testing.case import load


@pytest.fixture(scope="module")
def served_opensolar(served):
    opensolar = OpenSolar()
    with served(create_app([opensolar])) as address:
        yield opensolar, address


@pytest.fixture
def opensolar(served_opensolar, tmp_path):
    """A connection file of a pretend OpenSolar that wants a session."""
    vendor, address = served_opensolar
    vendor.reset()
    file = tmp_path / "opensolar.json"
    file.touch(mode=0o600)
    known = vendor.connection
    hosts = {origin: address + path for origin, path in known["hosts"].items()}
    file.write_text(json.dumps({"values": known["values"], "base_url": address + known["path"], "hosts": hosts}))
    return file


def lines(path):
    return [exchange.request.line.split()[0] for exchange in load(path).exchanges]


def test_signing_in_is_part_of_the_first_and_not_of_the_second(gridwire, opensolar, tmp_path):
    folder = tmp_path / "cassettes"
    words = ("opensolar.find_project", "--connection-file", opensolar, "-i", "id=1", "--cassettes", folder)

    first = gridwire("record", *words, "--case", "first", "--yes")
    second = gridwire("run", *words, "--save-case", "second")
    third = gridwire("record", *words, "--case", "third", "--yes")

    assert [one.exit_code for one in (first, second, third)] == [0, 0, 0], second.output + third.output
    token = json.loads(opensolar.read_text())["session"]["token"]
    kept = folder / "opensolar" / "find_project"
    assert [lines(kept / f"{name}.yaml")[0] for name in ("first", "second", "third")] == ["POST", "GET", "GET"]
    assert "session:\n  token: HIDDEN-session_1" in (kept / "third.yaml").read_text()
    assert token not in "".join(path.read_text() for path in kept.iterdir())
    assert gridwire("test", "opensolar", "--cassettes", folder).exit_code == 0


def test_a_session_that_has_ended_is_renewed_in_the_case_too(gridwire, opensolar, tmp_path):
    folder = tmp_path / "cassettes"
    words = ("record", "opensolar.find_project", "--connection-file", opensolar, "-i", "id=1", "--cassettes", folder)
    assert gridwire(*words, "--case", "first", "--yes").exit_code == 0
    content = json.loads(opensolar.read_text())
    opensolar.write_text(json.dumps({**content, "session": {**content["session"], "renew_at": 1}}))

    assert gridwire(*words, "--case", "renewed", "--yes").exit_code == 0

    assert load(folder / "opensolar" / "find_project" / "renewed.yaml").session["renew_at"] == 0
    assert gridwire("test", "opensolar", "--cassettes", folder).exit_code == 0

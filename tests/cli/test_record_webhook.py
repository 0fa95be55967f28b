"""`gridwire record --webhook`: the vendor is asked to call, what it sends is taken, and it is asked to call no more."""

from __future__ import annotations

import json
import socket

import pytest

from connectors.cli import hearing
from connectors.sandbox import CONNECTIONS, OpenSolar, create_app
from connectors.testing.case import load


@pytest.fixture(scope="module")
def solar(served):
    pretend = OpenSolar()
    with served(create_app([pretend])) as address:
        yield pretend, address


@pytest.fixture
def hook():
    """An address of this machine that is free."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return f"http://127.0.0.1:{port}/in"


@pytest.fixture
def record(gridwire, solar, tmp_path, hook):
    pretend, address = solar
    pretend.reset()
    file, known = tmp_path / "solar.json", CONNECTIONS["opensolar"]
    file.touch(mode=0o600)
    hosts = {origin: address + path for origin, path in known["hosts"].items()}
    file.write_text(json.dumps({"base_url": address + known["path"], "values": known["values"], "hosts": hosts}))
    folder = tmp_path / "cassettes"

    def run(*words, between="true"):
        return gridwire(
            "record", "opensolar.contact_updated", "--case", "changed", "--connection-file", file, "--cassettes",
            folder, "--yes", "--webhook", hook, "--between", between, *words,
        )  # fmt: skip

    return run


@pytest.fixture
def change(solar):
    return f'curl -s -X POST {solar[1]}/_do/opensolar/change-contact -d \'{{"id": 7, "phone": "1"}}\''


def test_a_webhook_becomes_a_case(record, change, gridwire, tmp_path):
    done = record(between=change)

    assert done.exit_code == 0, done.stderr
    path = tmp_path / "cassettes" / "opensolar" / "contact_updated" / "changed.yaml"
    assert (done.exit_code, done.stdout) == (0, path.read_text())
    case = load(path)
    told = [step.do for step in case.steps if not (step.exchanges and "login" in step.exchanges[0].request.line)]
    assert told[-4:] == ["check", "receive", "unsubscribe", "check"]
    [heard] = [step for step in case.steps if step.do == "receive"]
    assert [event["id"] for event in heard.events] == [7]
    assert heard.delivery.url == "https://hooks.example.com/in/1"
    assert gridwire("test", "opensolar", "--cassettes", tmp_path / "cassettes").exit_code == 0


def test_a_vendor_that_does_not_call_is_asked_to_call_no_more(record, solar, monkeypatch, tmp_path):
    monkeypatch.setattr(hearing, "SECONDS", 0.1)

    done = record()

    assert done.exit_code == 2
    assert "the vendor did not call within" in done.stderr
    assert [webhook["enabled"] for webhook in solar[0].webhooks.values()] == [False]
    assert not (tmp_path / "cassettes").exists()


def test_what_does_not_prove_itself_is_refused_and_not_kept(record, change, hook, tmp_path):
    foreign = f"curl -s -o {tmp_path}/said -w '%{{http_code}}' {hook} -d '{{}}' > {tmp_path}/status; {change}"

    done = record(between=foreign)

    assert (tmp_path / "status").read_text() == "404"
    assert "was refused: it does not prove that it comes from the vendor" in done.stderr
    assert done.stdout.count("do: receive") == 1


def test_an_address_elsewhere_needs_a_port(record, solar):
    solar[0].log.clear()

    done = record("--webhook", "https://tunnel.example.com/in")

    assert done.exit_code == 2
    assert "Say with --port" in done.stderr
    assert not solar[0].log

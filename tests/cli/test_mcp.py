"""`gridwire mcp`, as the program of an agent starts it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


class Agent:
    """Speaks to the program in lines of JSON."""

    def __init__(self, *words: str) -> None:
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        self.process = subprocess.Popen([sys.executable, ROOT / "cli.py", "mcp", *words], **pipes, text=True)

    def tell(self, method: str, **params: Any) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))

    def write(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self.tell(method, **params)
        return self.heard()

    def heard(self) -> dict[str, Any]:
        answer = json.loads(self.process.stdout.readline())
        return answer.get("result", answer)

    def begin(self) -> Agent:
        self.ask("initialize", **HELLO)
        self.write(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        return self

    def names(self) -> list[str]:
        return [tool["name"] for tool in self.ask("tools/list")["tools"]]

    def end(self, how: int | None = None) -> tuple[int, str, str]:
        """The exit code, and what was printed last, after a signal or the end of input."""
        if how is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@pytest.fixture
def agent() -> Iterator[Callable[..., Agent]]:
    """Starts the program for an agent."""
    started: list[Agent] = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def start(*words: str) -> Agent:
        started.append(Agent(*words))
        return started[-1]

    yield start
    signal.signal(signal.SIGINT, before)
    for one in started:
        one.process.kill()
        one.process.communicate()


def test_an_account_of_a_file_has_tools(agent, account):
    talking = agent("reonic", *account).begin()

    found = talking.ask("tools/call", name="reonic_find_user", arguments={"name": "Annika"})

    assert "reonic_create_request" in talking.names()
    assert [user["fullName"] for user in found["structuredContent"]["items"]] == ["Annika Brandtner"]
    assert talking.end() == (0, "", "")


def test_what_is_asked_for_under_a_key_is_done_once(agent, account, reonic):
    talking = agent("reonic", *account).begin()
    person = {"firstName": "Erika", "lastName": "Beispiel", "latLng": {"lat": 52.5, "lng": 13.4}}
    asked = {"name": "reonic_create_request", "arguments": {**person, "idempotency_key": "one-lead"}}

    results = [talking.ask("tools/call", **asked) for _ in range(2)]

    assert [result["isError"] for result in results] == [False, False]
    assert [one["method"] for one in reonic.log] == ["POST"]


def test_stored_accounts_have_tools_all_or_one(agent, gridwire, connection):
    given = [word for name, value in connection["values"].items() for word in ("--set", f"{name}={value}")]
    for name in ("north", "south"):
        words = ["connect", "reonic", "--name", name, "--base-url", connection["base_url"], *given]
        assert gridwire(*words).exit_code == 0
    both, one = agent().begin(), agent("--connection", "south").begin()

    unnamed = both.ask("tools/call", name="reonic_find_user", arguments={"name": "a"})
    named = both.ask("tools/call", name="reonic_find_user", arguments={"name": "a", "connection": "south"})
    alone = one.ask("tools/call", name="reonic_find_user", arguments={"name": "a"})

    assert unnamed["structuredContent"]["error"]["field"] == "connection"
    assert named["structuredContent"] == alone["structuredContent"]


def test_a_connection_that_is_not_there_ends_it_at_once(agent, gridwire):
    gridwire("keys", "add", "mine")
    code, out, err = agent("--connection", "nort").end()

    assert (code, out) == (2, "")
    assert "there is no connection 'nort'; there are none" in err


def test_without_an_account_it_says_so_and_answers(agent, gridwire, connection):
    given = [word for name, value in connection["values"].items() for word in ("--set", f"{name}={value}")]
    gridwire("connect", "reonic", "--name", "north", "--base-url", connection["base_url"], *given)
    other = agent("enneo").begin()
    tools, (_, _, none_of_enneo) = other.names(), other.end()
    _, _, one = agent().begin().end()
    gridwire("connections", "remove", "north", "--yes")
    _, _, none = agent().begin().end()

    assert (tools, "No account of enneo is stored in " in none_of_enneo, one) == ([], True, "")
    assert "No account is stored in " in none


def test_values_belong_to_a_connector(gridwire, account):
    for words in (["--set", "a=b"], ["reonic", "--connection", "x", "--set", "a=b"]):
        result = gridwire("mcp", *words)
        assert (result.exit_code, "name its connector" in result.stderr) == (2, True)


@pytest.mark.parametrize("line", ["", "{", "[]", '"x"', "x" * 2**21, '{"jsonrpc": "2.0"}'])
def test_what_is_no_message_does_not_end_it(agent, account, line):
    talking = agent("reonic", *account)
    talking.write(line)
    talking.tell("initialize", **HELLO)

    while "serverInfo" not in (heard := talking.heard()):
        assert "error" in heard


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_when_it_is_told_to_though_nothing_more_is_said(agent, account, how, code):
    talking = agent("reonic", *account).begin()
    talking.names()

    assert talking.end(how)[0] == code


def test_what_writes_is_finished_before_it_ends(agent, account, reonic, fault):
    fault("delay", seconds=0.5)
    talking = agent("reonic", *account).begin()
    person = {"firstName": "Erika", "lastName": "Beispiel", "latLng": {"lat": 52.5, "lng": 13.4}}
    talking.tell("tools/call", name="reonic_create_request", arguments=person)
    while not reonic.log:
        time.sleep(0.01)  # no event tells of another process

    code, _, err = talking.end(signal.SIGTERM)
    assert (code, err) == (0, "")  # what is broken off is logged

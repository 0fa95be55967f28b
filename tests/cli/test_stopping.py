"""How the server ends, what it logs and what it counts, as a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
KEY = "gw_invented-for-this-test"


class Server:
    """A server with its sandbox."""

    def __init__(self, folder: Path, *words: str) -> None:
        command = [sys.executable, str(ROOT / "cli.py"), "serve", "--sandbox", "--port", "0", "--data", str(folder)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        env = {**os.environ, "GRIDWIRE_API_KEY": KEY}
        self.process = subprocess.Popen([*command, *words], env=env, **pipes)
        self.url = re.search(r"http://\S+", self.process.stdout.readline())[0]
        headers = {"Authorization": f"Bearer {KEY}"}
        self.client = httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30)

    def slow(self) -> None:
        """From now on the vendor takes two seconds."""
        self.client.post("/sandbox/_faults/reonic", json={"fault": "delay", "seconds": 2}).raise_for_status()

    def act(self) -> httpx.Response:
        return self.client.post("/v1/connections/sandbox-reonic/searches/find_user", json={"input": {"name": "a"}})

    def end(self, *signals: int) -> tuple[int, str]:
        for one in signals:
            self.process.send_signal(one)
        _, log = self.process.communicate(timeout=30)
        return self.process.returncode, log


@pytest.fixture
def server(tmp_path):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    found = Server(tmp_path, "-v", "--log-format", "json")
    signal.signal(signal.SIGINT, before)
    yield found
    found.client.close()
    found.process.kill()
    found.process.communicate()


def until_asked(server: Server) -> None:
    while not server.client.get("/sandbox/_log/reonic").json():
        pass


def in_between(server: Server) -> tuple[threading.Thread, list]:
    """An action that is under way at the vendor."""
    server.slow()
    answers: list = []

    def act() -> None:
        with suppress(httpx.HTTPError):
            answers.append(server.act())

    thread = threading.Thread(target=act)
    thread.start()
    until_asked(server)
    return thread, answers


def test_sigterm_lets_an_action_end_and_refuses_new_ones(server):
    thread, answers = in_between(server)

    server.process.send_signal(signal.SIGTERM)
    while (refused := server.client.get("/readyz")).status_code == 200:
        pass
    code, _ = server.end()
    thread.join()

    assert (refused.status_code, refused.json()["kind"], int(refused.headers["retry-after"]) > 0) == (
        503,
        "stopping",
        True,
    )
    assert answers[0].status_code == 200
    assert code == 0


def test_a_second_ctrl_c_ends_it_at_once(server):
    thread, _ = in_between(server)

    server.process.send_signal(signal.SIGINT)
    while server.client.get("/readyz").status_code == 200:
        pass
    code, _ = server.end(signal.SIGINT)
    thread.join()

    assert code == 130


def test_the_log_is_json_and_tells_of_which_request_it_is(server):
    answer = server.act()
    server.client.get("/v1/nothing")
    _, log = server.end(signal.SIGTERM)

    lines = [json.loads(line) for line in log.splitlines()]
    [told] = [line for line in lines if line["correlation_id"] == answer.headers["x-request-id"] and "status" in line]
    assert (told["connector"], told["operation"], told["level"], told["status"]) == ("reonic", "find_user", "info", 200)
    assert told["connection"].startswith("con_")
    assert told["workspace"].startswith("ws_")
    assert told["path"] == "/v1/connections/{id}/searches/{search}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told["time"])


def test_what_is_counted_has_names_and_no_ids(server):
    server.act()
    server.client.post("/v1/connections/nowhere/searches/find_user", json={})
    figures = server.client.get("/metrics").text

    route = 'route="/v1/connections/{id}/searches/{search}"'
    assert f'gridwire_http_request_seconds_count{{method="POST",{route},status="200"}} 1.0' in figures
    assert f'gridwire_http_request_seconds_count{{method="POST",{route},status="404"}} 1.0' in figures
    assert 'gridwire_vendor_requests_total{connector="reonic",operation="find_user",outcome="200"}' in figures
    assert re.search(r"gridwire_database_commit_seconds_count \d", figures)
    assert re.search(r'gridwire_build_info\{python="3[^"]*",version="', figures)
    assert "con_" not in figures
    assert "nowhere" not in figures

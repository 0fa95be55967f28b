from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from connectors.cli import main
from connectors.sandbox import CONNECTIONS, Reonic, create_app
from connectors.sandbox.faults import read_fault
from tests.cli.subscribed import Folder

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path):
    for name in ("MANIFESTS", "DATA", "HOST", "PORT", "SANDBOX", "API_KEY", "SECRET_KEY", "PUBLIC_URL",
                 "ALLOW_TARGET", "ALLOW_PRIVATE", "WORKSPACE", "MIN_INTERVAL", "RETRY_SCHEDULE"):  # fmt: skip
        monkeypatch.delenv(f"GRIDWIRE_{name}", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def running(served):
    reonic = Reonic()
    with served(create_app([reonic])) as address:
        yield reonic, address


@pytest.fixture
def reonic(running):
    """The pretend Reonic as a Python object, as at the start."""
    running[0].reset()
    return running[0]


@pytest.fixture
def fault(reonic):
    """Makes something go wrong at the pretend Reonic."""
    return lambda kind, **more: reonic.faults.append(read_fault({"fault": kind, **more}))


@pytest.fixture
def connection(running, reonic):
    """The connection to the sandbox as a --connection-file holds it."""
    known = CONNECTIONS["reonic"]
    hosts = {origin: running[1] + path for origin, path in known["hosts"].items()}
    return {"base_url": running[1] + known["path"], "values": known["values"], "hosts": hosts}


@pytest.fixture
def account(connection, tmp_path):
    """The options that connect to the sandbox."""
    file = tmp_path / "connection.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(connection))
    return "--connection-file", str(file)


@pytest.fixture
def impatient(monkeypatch):
    """Nothing is asked again, so that no test waits."""
    monkeypatch.setattr("connectors.engine.exchange.wait_before", lambda *_: None)


@pytest.fixture
def acme():
    """The path of a manifest of one's own."""
    return str(Path(__file__).parent / "acme.yaml")


@pytest.fixture
def gridwire():
    """The command line in this process."""
    return lambda *words, **more: CliRunner().invoke(main, [str(word) for word in words], **more)


@pytest.fixture
def program():
    """The command line as a process of its own, which Ctrl-C ends although it may be ignored here."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    started = []

    def start(*words, **more):
        command = [sys.executable, str(ROOT / "cli.py"), *map(str, words)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | more
        started.append(process := subprocess.Popen(command, **pipes))
        return process

    yield start
    signal.signal(signal.SIGINT, before)
    for process in started:
        process.kill()
        with process:
            pass


@pytest.fixture
def folder(gridwire, connection):
    """The data folder with the account acme at the pretend Reonic."""
    options = [word for name, value in connection["values"].items() for word in ("--set", f"{name}={value}")]
    done = gridwire("connect", "reonic", "--name", "acme", "--base-url", connection["base_url"], *options)
    assert done.exit_code == 0, done.output
    return Folder(gridwire)


@pytest.fixture
def target(served):
    """A target on a socket: its address, and what came there."""
    came = []

    async def take(request):
        came.append((dict(request.headers), await request.body()))
        return Response()

    with served(Starlette(routes=[Route("/in", take, methods=["POST"])])) as address:
        yield f"{address}/in", came

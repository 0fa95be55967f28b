from __future__ import annotations

import socket
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread

import httpx
import pytest
import uvicorn

from connectors.sandbox import CONNECTIONS, OpenSolar, Reonic, create_app
from connectors.sandbox.opensolar_records import MACHINE_TOKEN

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.time = START

    def __call__(self):
        return self.time

    def forward(self, **duration):
        self.time += timedelta(**duration)


@contextmanager
def serving(app, **config):
    """`app` on a real socket: it listens before the server runs, so that nobody has to wait."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, ws="none", lifespan="off", log_level="warning", **config))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield "http://{}:{}".format(*listening.getsockname())
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def served():
    """How to put an app on a socket of its own."""
    return serving


@pytest.fixture(scope="session")
def clock():
    return Clock()


@pytest.fixture(scope="session")
def running(clock):
    reonic = Reonic(now=clock)
    with serving(create_app([reonic])) as address:
        yield reonic, address


@pytest.fixture
def reonic(running, clock):
    """The pretend Reonic as a Python object, as at the start."""
    clock.time = START
    running[0].reset()
    return running[0]


@pytest.fixture(scope="session")
def clients(running):
    """Kept for the session: to make one costs more than most tests."""
    connection = CONNECTIONS["reonic"]
    headers = {"accept": "application/json", "x-authorization": connection["values"]["apiKey"]}
    at_reonic = running[1] + connection["path"]
    with httpx.Client(base_url=running[1]) as sandbox, httpx.Client(base_url=at_reonic, headers=headers) as api:
        yield sandbox, api


@pytest.fixture
def sandbox(clients, reonic):
    """A client at the sandbox's own address."""
    return clients[0]


@pytest.fixture
def api(clients, reonic):
    """A client that does everything right, at the pretend Reonic's address."""
    return clients[1]


@pytest.fixture(scope="session")
def opensolar_running(clock):
    opensolar = OpenSolar(now=clock)
    with serving(create_app([opensolar])) as address, httpx.Client(base_url=address) as client:
        yield opensolar, client


@pytest.fixture
def opensolar(opensolar_running, clock):
    """The pretend OpenSolar as a Python object, as at the start."""
    clock.time = START
    opensolar_running[0].reset()
    return opensolar_running[0]


@pytest.fixture
def solar(opensolar, opensolar_running):
    """Asks the pretend OpenSolar and does everything right: `solar("GET", "projects/", …)`, below its organisation."""

    def ask(method, path, at="/opensolar/api/orgs/1/", **more):
        headers = {"authorization": f"Bearer {MACHINE_TOKEN}"} | more.pop("headers", {})
        return opensolar_running[1].request(method, at + path, headers=headers, **more)

    return ask


@pytest.fixture
def solar_do(opensolar, opensolar_running):
    """Does something in the pretend OpenSolar's app."""
    return lambda deed, /, **args: opensolar_running[1].post(f"/_do/opensolar/{deed}", json=args)


@pytest.fixture
def solar_sandbox(opensolar, opensolar_running):
    """A client at the address of a sandbox with nothing but OpenSolar."""
    return opensolar_running[1]

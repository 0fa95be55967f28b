from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.sandbox import CONNECTIONS, Reonic, create_app

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.time = START

    def __call__(self):
        return self.time

    def forward(self, **duration):
        self.time += timedelta(**duration)


@pytest.fixture(scope="session")
def clock():
    return Clock()


@pytest.fixture(scope="session")
def running(served, clock):
    reonic = Reonic(now=clock)
    with served(create_app([reonic])) as address:
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

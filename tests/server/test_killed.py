"""A real server that is killed while a vendor works on a request of its."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from connectors.service.connections import Account
from tests.server.conftest import KEY, SEAL, seed

ROOT = Path(__file__).parents[2]
LAMP = {"input": {"article": "lamp"}}


class Vendor:
    """Takes orders and shows none, and answers when it is let."""

    def __init__(self):
        self.orders = []
        self.asked, self.let = threading.Event(), threading.Event()

    def order(self, request):
        self.orders.append(request.method)
        self.asked.set()
        self.let.wait(30)
        return JSONResponse({"id": 7} if request.method == "POST" else {"orders": [], "more": False})


@pytest.fixture
def vendor(served):
    vendor = Vendor()
    with served(Starlette(routes=[Route("/north/orders", vendor.order, methods=["POST", "GET"])])) as vendor.address:
        yield vendor
        vendor.let.set()


@pytest.fixture
def start(vendor, catalog, tmp_path):
    """Starts a server, the second one on what the first one left: its process, and its address."""
    seed(tmp_path, catalog, {"acme": ("acme", Account({"account": "north", "token": "t"}, vendor.address))})
    words = "serve --sandbox --port 0 --manifests tests/server/manifests --data".split()
    command = [sys.executable, "cli.py", *words, str(tmp_path)]
    more = {"GRIDWIRE_SECRET_KEY": SEAL, "GRIDWIRE_API_KEY": f"{KEY}-that-is-long", "PYTHONPATH": str(ROOT)}
    started = []

    def start():
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        started.append(process := subprocess.Popen(command, cwd=ROOT, env=os.environ | more, **pipes))
        return process, re.search(r"http://\S+", process.stdout.readline())[0]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def place(address):
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "one"}
    path = "/v1/connections/acme/actions/place_order"
    return httpx.post(address + path, json=LAMP, headers=headers, timeout=30, trust_env=False)


def test_what_was_begun_when_the_server_was_killed_is_not_sent_again(start, vendor):
    process, address = start()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(place, address)
        assert vendor.asked.wait(30)
        process.kill()
        with pytest.raises(httpx.TransportError):
            asking.result()
    vendor.let.set()

    answer = place(start()[1])

    assert (answer.status_code, answer.json()["kind"]) == (409, "unknown_outcome")
    assert "by another run of the server" in answer.json()["detail"]
    assert vendor.orders == ["POST"]


def test_a_server_that_is_told_to_end_ends_what_it_has_begun_and_keeps_the_result(start, vendor):
    process, address = start()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(place, address)
        assert vendor.asked.wait(30)
        process.send_signal(signal.SIGTERM)
        vendor.let.set()
        first = asking.result()
    process.communicate(timeout=30)

    assert first.json() == place(start()[1]).json() == {"output": {"id": 7}}
    assert vendor.orders == ["POST"]


def subscribe(address, **more):
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "two"}
    wanted = {"connection": "acme", "trigger": "new_order"}
    return httpx.post(f"{address}/v1/subscriptions", json=wanted, headers=headers, timeout=30, trust_env=False)


def test_who_subscribed_when_the_server_was_killed_finds_the_subscription(start, vendor):
    process, address = start()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(subscribe, address)
        assert vendor.asked.wait(30)
        process.kill()
        with pytest.raises(httpx.TransportError):
            asking.result()
    vendor.let.set()
    _, address = start()

    answers = [subscribe(address) for _ in range(2)]

    assert [(one.status_code, one.json()["state"]) for one in answers] == [(201, "active")] * 2
    assert {one.headers["idempotent-replayed"] for one in answers} == {"true"}
    assert len({one.json()["id"] for one in answers}) == 1

"""The canary of a webhook's secret, through subscribing, receiving and every failure, is found nowhere."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import traceback
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import pytest

from connectors.components.delivery import Delivery
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.engine.transport import HttpTransport
from connectors.errors import GridwireError
from connectors.manifest.check import check
from connectors.manifest.source import parse
from tests.canaries import CANARIES, FAILURES, Echo, echoing, found_in
from tests.test_canaries import MANIFEST, WAYS

SECRET = CANARIES["hook"]
URL = "https://hooks.example/hooks/t-1"
FAILING = [failure for failure in FAILURES if failure != "interrupted"]  # nobody ends a server so
SAMPLE = {"id": 1, "name": "Erika", "said": "x"}
VERIFY: dict[str, dict[str, Any]] = {
    "header": {"shared_secret": {"header": "X-Token"}},
    "query": {"shared_secret": {"query": "token"}},
    "path": {"shared_secret": {"path": True}},
    "hmac": {"hmac": {"header": "X-Signature", "encoding": "hex"}},
}


def connector(verify: str, **keep: str) -> Any:
    told = {} if verify in ("query", "path") else {"secret": "{webhook_secret}"}
    asked = {"request": "POST /hooks", "body": {"to": "{webhook_url}", **told}, "keep": {"id": "id", **keep}}
    hook = {
        "subscribe": asked,
        "unsubscribe": {"request": "DELETE /hooks/{subscription.id}"},
        "check": {"list": "items", "match": {"id": "{subscription.id}"}, "active": {"name": "Erika"}},
        "verify": VERIFY[verify],
        "sample": SAMPLE,
    }
    triggers = {"told": {**MANIFEST["triggers"]["new_item"], "webhook": hook, "sample": SAMPLE, "remember": ["said"]}}
    del triggers["told"]["poll"], triggers["told"]["input"]
    connection = {**MANIFEST["connection"], "auth": WAYS["header"]}
    return check(parse(json.dumps({**MANIFEST, "connection": connection, "triggers": triggers}), "acme.yaml"))


@pytest.fixture
def echo() -> Iterator[Echo]:
    with echoing() as server:
        yield server


@pytest.fixture
def open_vendor(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function from a connector to its vendor, on a socket."""

    def at_once(attempt: int, *_: object) -> float | None:
        return 0.0 if attempt < 3 else None

    monkeypatch.setattr("connectors.engine.exchange.wait_before", at_once)

    @asynccontextmanager
    async def opened(connector: Any) -> AsyncGenerator[Vendor]:
        connection = Connection.open(connector, {"apiKey": CANARIES["apiKey"]}, base_url=echo.url)
        async with HttpTransport() as transport:
            yield Vendor(Exchange(connection, transport, timeout=5))

    return opened


def told(error: BaseException) -> str:
    facts = error.as_dict() if isinstance(error, GridwireError) else {}
    return "".join(traceback.format_exception(error)) + f"{error!r} {json.dumps(facts)}"


def delivery(verify: str, secret: str, body: bytes) -> Delivery:
    """One that proves itself with this secret."""
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = (("X-Token", secret), ("X-Signature", signature))
    inside = {"query": f"?token={quote(secret, safe='')}", "path": f"/{quote(secret, safe='')}"}.get(verify, "")
    return Delivery(body, headers, URL + inside)


@pytest.mark.parametrize("verify", VERIFY)
async def test_no_canary_is_said_while_subscribing(open_vendor: Any, echo: Echo, caplog: Any, verify: str):
    caplog.set_level(logging.DEBUG)
    async with open_vendor(connector(verify)) as vendor:
        for echo.failure in FAILING:
            said = []
            for ask in (
                lambda: vendor.subscribe("told", {}, URL, SECRET),
                lambda: vendor.unsubscribe("told", {}, {"id": 1}, SECRET),
                lambda: vendor.hook("told", {}).standing(URL, SECRET, {"id": 1}),
            ):
                try:
                    done = await ask()
                except GridwireError as error:
                    said.append(told(error))
                else:
                    said.append(f"{done!r} {json.dumps(getattr(done, 'kept', None))}")
            assert echo.heard >= {"hook", "apiKey"}
            assert found_in(f"{said} {vendor!r} {caplog.text}") == [], (echo.failure, said)


async def test_what_the_vendor_signs_with_is_kept_apart(open_vendor: Any, echo: Echo, caplog: Any):
    caplog.set_level(logging.DEBUG)
    echo.heard.add("short")
    echo.failure = "repeated"
    async with open_vendor(connector("hmac", secret="said")) as vendor:
        done = await vendor.subscribe("told", {}, URL, SECRET)
    assert found_in(done.secret) >= ["short"]
    assert done.kept == {"id": 1}
    assert found_in(f"{done!r} {caplog.text}") == []


REPEATED = json.dumps({"id": 1, "name": "Erika", "said": f"{SECRET} {CANARIES['apiKey']}", SECRET: 1}).encode()
BODIES = {"repeated": REPEATED, "nonsense": REPEATED[:-1], "latin": REPEATED + b"\xff", "list": b"[" + REPEATED + b"]"}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("secret", [SECRET, SECRET[:-1]], ids=["right", "wrong"])
@pytest.mark.parametrize("verify", VERIFY)
async def test_no_canary_is_said_of_a_delivery(open_vendor: Any, caplog: Any, verify: str, secret: str, body: str):
    caplog.set_level(logging.DEBUG)
    async with open_vendor(connector(verify)) as vendor:
        got = vendor.receive("told", {}, delivery(verify, secret, BODIES[body]), [SECRET], None)
    assert bool(got.events) == (secret == SECRET and body in ("repeated", "list"))
    kept = f"{[event.line for event in got.events]} {json.dumps(got.memory.as_dict() if got.memory else None)}"
    assert found_in(f"{got!r} {kept} {got.reply.headers} {got.reply.body!r} {caplog.text}") == []

"""The life of a REST hook, and a feed that Zapier polls: a vendor's event comes to a Zap."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from connectors.manifest.catalog import bundled, load, manifests_in

if TYPE_CHECKING:
    from tests.proofs.zapier.conftest import App

pytestmark = pytest.mark.proof

SOON = 60  # seconds that an event may take on a machine that is busy


class Zap:
    """What stands behind a hook's address at Zapier: each call becomes a bundle for the trigger's `perform`."""

    def __init__(self) -> None:
        self.calls: Queue[dict[str, Any]] = Queue()
        calls = self.calls

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"])).decode()
                headers = {f"Http-{name.title()}": value for name, value in self.headers.items()}
                raw = {"method": "POST", "querystring": "", "headers": headers, "content": content}
                calls.put({"rawRequest": raw, "cleanedRequest": json.loads(content)})
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks/catch/1/a"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def zap() -> Iterator[Zap]:
    made = Zap()
    yield made
    made.close()


def asked(app: App, method: str, path: str, body: Any = None) -> Any:
    """What the server says to a request of its owner's."""
    url = app.auth["server_url"].rstrip("/") + path
    headers = {"Authorization": f"Bearer {app.auth['api_key']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, headers, method=method), timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def test_an_event_comes_to_the_zap_until_it_is_turned_off(own_app: Callable[[str], App], zap: Zap) -> None:
    app = own_app("reonic")
    on = app.call("triggers.new_offer.operation.performSubscribe", targetUrl=zap.url)
    assert list(on) == ["id"]

    asked(app, "POST", "/sandbox/_do/reonic/create-offer", {})
    call = zap.calls.get(timeout=SOON)
    (item,) = app.run("triggers", "new_offer", **call, subscribeData=on)
    assert item["gridwire_event_id"] == call["rawRequest"]["headers"]["Http-Webhook-Id"]
    assert item["gridwire_event_id"].startswith("evt_")
    assert item["status"] == "Pending Feedback"
    assert app.run("searches", "get_offer", {"id": item["id"]})[0]["id"] == item["id"]

    off = {"targetUrl": zap.url, "subscribeData": on}
    method = "triggers.new_offer.operation.performUnsubscribe"
    assert [app.call(method, **off), app.call(method, **off)] == [{}, {}]
    assert on["id"] not in [one["id"] for one in asked(app, "GET", "/v1/subscriptions")["items"]]


def test_what_a_trigger_asks_for_goes_along(own_app: Callable[[str], App], zap: Zap) -> None:
    app = own_app("autarc")
    wanted = {"to": "completed"}
    on = app.call("triggers.project_status_changed.operation.performSubscribe", wanted, targetUrl=zap.url)
    kept = asked(app, "GET", f"/v1/subscriptions/{on['id']}")
    assert (kept["input"], kept["format"], kept["target_url"]) == (wanted, "plain", zap.url)
    app.call("triggers.project_status_changed.operation.performUnsubscribe", subscribeData=on)


@pytest.mark.parametrize("vendor", [file.stem for file in manifests_in(bundled())])
def test_every_trigger_can_be_turned_on_and_off(own_app: Callable[[str], App], zap: Zap, vendor: str) -> None:
    app, connector = own_app(vendor), load(bundled() / f"{vendor}.yaml")
    for name, trigger in connector.triggers.items():
        inputs = {field: (one.examples or ["1"])[0] for field, one in trigger.input.items() if one.required}
        on = app.call(f"triggers.{name}.operation.performSubscribe", inputs, targetUrl=zap.url)
        assert asked(app, "GET", f"/v1/subscriptions/{on['id']}")["trigger"] == name
        assert app.call(f"triggers.{name}.operation.performUnsubscribe", subscribeData=on) == {}


def test_a_feed_is_polled(own_app: Callable[[str], App]) -> None:
    app = own_app("reonic")
    wanted = {"connection": "sandbox-reonic", "trigger": "new_offer", "from_start": True}
    made = asked(app, "POST", "/v1/subscriptions", wanted)
    feeds = app.run("triggers", "gridwire_feeds")
    assert f"new_offer, sandbox-reonic ({made['id']})" in [feed["title"] for feed in feeds]

    events = app.run("triggers", "gridwire_feed_event", {"feed": made["id"]})
    assert len(events) > 2
    assert all(event["id"].startswith("evt_") and event["data"]["status"] for event in events)
    stored = asked(app, "GET", f"/v1/subscriptions/{made['id']}/events?last=1")["items"]
    assert events[0]["id"] == stored[0]["id"]

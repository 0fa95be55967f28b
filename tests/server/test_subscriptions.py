"""Subscriptions on real sockets: the server, the bundled manifests, the pretend vendors, and targets."""

from __future__ import annotations

import json
import queue
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest
from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from connectors import sandbox
from connectors.engine.addresses import Reach
from connectors.manifest.catalog import Catalog, bundled
from connectors.server import create_app
from tests.server.conftest import SEAL, seed, until
from tests.server.test_sandbox import account

OFFER = {"connection": "reonic", "trigger": "new_offer"}
PROJECT = {"connection": "opensolar", "trigger": "project_created"}


class Target:
    """Keeps what it is sent, and answers as it is told."""

    def __init__(self):
        self.came, self.status = queue.Queue(), 200

    async def take(self, request):
        self.came.put(SimpleNamespace(headers=dict(request.headers), body=await request.body()))
        return Response(status_code=self.status)

    def next(self):
        return self.came.get(timeout=10)

    def verified(self, secret):
        """The next event, which `standardwebhooks` has verified."""
        came = self.next()
        return Webhook(secret).verify(came.body, came.headers)


@pytest.fixture(scope="module", autouse=True)
def nobody_comes_back():
    """Readings are left at once, so that no test goes on with what another has left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connectors.service.subscriptions.GRACE", 0.0)
        yield


@pytest.fixture(scope="module")
def vendors(served):
    with served(sandbox.create_app()) as address, httpx.Client(base_url=address, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def settings(vendors, tmp_path_factory):
    catalog, data, at = Catalog([bundled()]), tmp_path_factory.mktemp("data"), str(vendors.base_url)
    accounts = {name: account(at, name) for name in ("reonic", "opensolar")}
    seed(data, catalog, accounts, "gw_k")
    return {"catalog": catalog, "data": data, "secret_keys": [SEAL], "reach": Reach(loopback=True)}


@pytest.fixture(scope="module")
def client(served, settings):
    app = partial(create_app, **settings, timeout=2.0, min_interval=0.2, schedule=[0.0, 0.1, 0.1])
    headers = {"Authorization": "Bearer gw_k"}
    with served(app) as address, httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def target(served):
    target = Target()
    with served(Starlette(routes=[Route("/in", target.take, methods=["POST"])])) as address:
        target.url = f"{address}/in"
        yield target


@pytest.fixture
def subscribe(client, target):
    """Subscribes, and unsubscribes at the end."""
    made = []

    def subscribe(**wanted):
        answer = client.post("/v1/subscriptions", json={"target_url": target.url} | wanted)
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["id"])
        assert answer.headers["location"] == f"{str(client.base_url).rstrip('/')}/v1/subscriptions/{made[-1]}"
        return answer.json()

    yield subscribe
    for one in made:
        assert client.delete(f"/v1/subscriptions/{one}").status_code == 204


def do(vendors, deed, **given):
    answer = vendors.post(f"/_do/{deed}", json=given)
    answer.raise_for_status()
    return answer.json()


def hooks(vendors):
    """What the pretend vendor was asked about webhooks: method and whether it is to call."""
    log = [one for one in vendors.get("/_log/opensolar").json() if "/webhooks/" in one["path"] and one["body"]]
    return [(one["method"], json.loads(one["body"])["enabled"]) for one in log]


def test_a_polled_event_arrives_signed_as_a_cloud_event(subscribe, vendors, target):
    made = subscribe(**OFFER)
    offer = do(vendors, "reonic/create-offer")["offer"]

    event = target.verified(made["secret"])

    assert (made["way"], made["state"]) == ("poll", "active")
    assert (event["type"], event["data"]["id"]) == ("reonic.new_offer", offer["id"])


def test_a_pushed_event_arrives_signed_and_plain_and_unsubscribing_ends_the_webhook(subscribe, client, vendors, target):
    vendors.request("DELETE", "/_log/opensolar")
    made = subscribe(**PROJECT, format="plain")
    project = do(vendors, "opensolar/create-project")["project"]

    assert target.verified(made["secret"])["identifier"] == project["identifier"]
    assert (made["way"], made["interval"], hooks(vendors)) == ("webhook", None, [("POST", True)])
    client.delete(f"/v1/subscriptions/{made['id']}")
    until(lambda: hooks(vendors), [("POST", True), ("PATCH", False)])


def test_what_vendors_cannot_reach_is_polled_and_says_so(served, settings, tmp_path, vendors):
    accounts = {"opensolar": account(str(vendors.base_url), "opensolar")}
    seed(tmp_path, settings["catalog"], accounts, "gw_k")
    headers = {"Authorization": "Bearer gw_k"}
    with served(create_app(**settings | {"data": tmp_path})) as address:
        made = httpx.post(f"{address}/v1/subscriptions", json=PROJECT, headers=headers, trust_env=False).json()

    assert (made["way"], made["interval"], made["state"]) == ("poll", 60.0, "active")
    assert "cannot reach this server, so it is polled every 60 s" in made["note"]


def test_a_feed_is_read_from_a_cursor_on(subscribe, client, vendors):
    made = subscribe(**PROJECT, target_url=None)
    events = f"/v1/subscriptions/{made['id']}/events"
    for _ in range(3):
        do(vendors, "opensolar/create-project")
    until(lambda: len(client.get(events).json()["items"]), 3)

    first = client.get(events, params={"limit": 2}).json()
    second = client.get(events, params={"after": first["cursor"]}).json()
    last = client.get(events, params={"last": 1}).json()

    assert [len(first["items"]), len(second["items"])] == [2, 1]
    assert last["items"] == second["items"]
    assert client.get(events, params={"after": second["cursor"]}).json()["items"] == []
    assert set(first["items"][0]) == {"id", "time", "type", "data", "previous"}


def test_a_cursor_is_its_subscriptions_alone(subscribe, client):
    one, other = subscribe(**OFFER), subscribe(**OFFER)
    cursor = client.get(f"/v1/subscriptions/{one['id']}/events").json()["cursor"]

    problem = client.get(f"/v1/subscriptions/{other['id']}/events", params={"after": cursor}).json()

    assert (problem["status"], problem["field"]) == (422, "after")


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "afer=x", "limit=1&limit=2"])
def test_a_wrong_parameter_is_named(subscribe, client, query):
    problem = client.get(f"/v1/subscriptions/{subscribe(**OFFER)['id']}/events?{query}").json()

    assert (problem["status"], problem["field"]) == (422, query.partition("=")[0])


def test_what_is_shown_later_has_no_secret(subscribe, client):
    made = subscribe(**OFFER)

    shown = client.get(f"/v1/subscriptions/{made['id']}").json()

    assert shown == {name: value for name, value in made.items() if name not in ("secret", "setup")}
    assert shown in client.get("/v1/subscriptions").json()["items"]
    assert (shown["connector"], shown["trigger"], shown["held"], shown["error"]) == ("reonic", "new_offer", 0, None)


def test_a_test_is_signed_and_marked_and_stored_nowhere(subscribe, client, target):
    made = subscribe(**OFFER)

    answer = client.post(f"/v1/subscriptions/{made['id']}/test").json()

    came = target.next()
    event = Webhook(made["secret"]).verify(came.body, came.headers)
    assert answer == {"delivered": True, "status": 200, "error": None}
    assert (came.headers["gridwire-test"], event["gridwiretest"], event["type"]) == ("true", True, "reonic.new_offer")
    assert client.get(f"/v1/subscriptions/{made['id']}/events").json()["items"] == []


def test_a_test_says_what_is_wrong_with_the_target(subscribe, client, target):
    target.status = 500
    refused = client.post(f"/v1/subscriptions/{subscribe(**OFFER)['id']}/test").json()
    nowhere = client.post(f"/v1/subscriptions/{subscribe(**OFFER, target_url=closed())['id']}/test").json()
    none = client.post(f"/v1/subscriptions/{subscribe(**OFFER, target_url=None)['id']}/test").json()

    assert (refused["delivered"], refused["status"]) == (False, 500)
    assert (nowhere["delivered"], nowhere["status"]) == (False, None)
    assert "could not connect" in nowhere["error"]
    assert (none["status"], none["field"]) == (422, "target_url")


@pytest.mark.parametrize("trigger", ["connection.reconnect_needed", "subscription.failing", "delivery.dead"])
def test_what_happens_here_can_be_subscribed_to(subscribe, client, target, trigger):
    made = subscribe(trigger=f"gridwire.{trigger}")

    assert (made["way"], made["connection"], made["connector"]) == ("system", None, None)
    assert client.post(f"/v1/subscriptions/{made['id']}/test").json()["delivered"]
    assert target.verified(made["secret"])["type"] == f"gridwire.{trigger}"


def test_a_dead_delivery_is_listed_and_replayed(subscribe, client, vendors, target):
    target.status = 500
    made = subscribe(**PROJECT)
    do(vendors, "opensolar/create-project")
    dead = {"subscription": made["id"], "state": "dead"}
    until(lambda: len(client.get("/v1/deliveries", params=dead).json()["items"]), 1)
    [one] = client.get("/v1/deliveries", params=dead).json()["items"]
    first = [target.next().headers["webhook-id"] for _ in range(3)]

    target.status = 200
    again = client.post(f"/v1/deliveries/{one['id']}/replay").json()

    assert (one["attempts"], one["last_status"], one["event"], one["next_at"]) == (3, 500, first[0], None)
    assert again["state"] == "waiting"
    assert target.next().headers["webhook-id"] == one["event"]
    delivered = dead | {"state": "delivered"}
    until(lambda: len(client.get("/v1/deliveries", params=delivered).json()["items"]), 1)


def test_a_range_is_replayed_and_the_list_has_pages(subscribe, client, vendors, target):
    made = subscribe(**PROJECT)
    for _ in range(3):
        do(vendors, "opensolar/create-project")
    sent = {target.next().headers["webhook-id"] for _ in range(3)}
    which = {"subscription": made["id"], "limit": 2}

    first = client.get("/v1/deliveries", params=which).json()
    second = client.get("/v1/deliveries", params=which | {"after": first["cursor"]}).json()
    asked = {"subscription": made["id"], "from": made["created_at"]}
    none = client.post("/v1/deliveries/replay", json=asked | {"to": made["created_at"]}).json()
    every = client.post("/v1/deliveries/replay", json=asked).json()

    assert {one["event"] for page in (first, second) for one in page["items"]} == sent
    assert (len(first["items"]), second["cursor"]) == (2, None)
    assert (none, every) == ({"replayed": 0}, {"replayed": 3})
    assert {target.next().headers["webhook-id"] for _ in range(3)} == sent


def test_a_subscription_is_changed_paused_and_goes_on(subscribe, client, vendors, target):
    made = subscribe(**PROJECT)
    at = f"/v1/subscriptions/{made['id']}"

    paused = client.patch(at, json={"paused": True, "format": "plain", "ordered": True}).json()
    do(vendors, "opensolar/create-project")
    until(lambda: client.get(at + "/history").json()["items"][0]["kind"], "arrival")
    assert client.patch(at, json={"paused": False}).json()["state"] == "active"
    do(vendors, "opensolar/create-project")

    assert (paused["state"], paused["format"], paused["ordered"]) == ("paused", "plain", True)
    assert "identifier" in target.verified(made["secret"])
    assert target.came.empty()


def test_the_history_and_why_say_what_was_done(subscribe, client, vendors, target):
    made = subscribe(**PROJECT)
    do(vendors, "opensolar/create-project")
    target.next()

    arrival = client.get(f"/v1/subscriptions/{made['id']}/history").json()["items"][0]
    why = client.get(f"/v1/subscriptions/{made['id']}/why").json()["why"]
    of_item = client.get(f"/v1/subscriptions/{made['id']}/why", params={"item": "nobody"}).json()["why"]

    assert (arrival["kind"], arrival["new"], arrival["came"]) == ("arrival", 1, 1)
    assert why.startswith("the vendor called last at")
    assert of_item.startswith("nobody has not come yet")


def test_nothing_is_held_and_nothing_released(subscribe, client):
    assert client.post(f"/v1/subscriptions/{subscribe(**OFFER)['id']}/release").json() == {"released": 0}


@pytest.mark.parametrize(
    ("wanted", "status", "field"),
    [
        (OFFER | {"trigger": "new_ofer"}, 422, None),
        (OFFER | {"connection": None}, 422, "connection"),
        (OFFER | {"connection": "nobody"}, 404, None),
        (OFFER | {"target_url": "http://192.168.0.1/in"}, 422, "target_url"),
        (OFFER | {"target_url": "ftp://x"}, 422, "target_url"),
        (OFFER | {"target_url": "https://user:secret@example.com/in"}, 422, "target_url"),
        (OFFER | {"interval": 31_536_001}, 422, "interval"),
        (OFFER | {"interval": 1e308}, 422, "interval"),
        (OFFER | {"format": "xml"}, 422, "format"),
        (OFFER | {"interval": 0}, 422, "interval"),
        ({"trigger": "gridwire.nothing"}, 422, "trigger"),
        ({}, 422, "trigger"),
    ],
)
def test_what_cannot_be_subscribed_to_is_explained_and_not_kept(client, wanted, status, field):
    before = client.get("/v1/subscriptions").json()

    problem = client.post("/v1/subscriptions", json=wanted).json()

    assert (problem["status"], problem["field"]) == (status, field)
    assert client.get("/v1/subscriptions").json() == before


def test_subscriptions_are_listed_in_pages_the_oldest_first(subscribe, client):
    made = [subscribe(**PROJECT, target_url=None)["id"] for _ in range(3)]

    first = client.get("/v1/subscriptions", params={"limit": 2}).json()
    second = client.get("/v1/subscriptions", params={"limit": 2, "after": first["cursor"]}).json()
    changed = client.get("/v1/subscriptions", params={"after": first["cursor"] + "x"}).json()

    assert [one["id"] for page in (first, second) for one in page["items"]] == made
    assert (len(first["items"]), second["cursor"]) == (2, None)
    assert (changed["status"], changed["field"]) == (422, "after")


def test_what_cannot_begin_is_explained_and_not_kept(client, vendors):
    vendors.post("/_faults/reonic", json={"fault": "status", "status": 401, "times": 9}).raise_for_status()

    problem = client.post("/v1/subscriptions", json=OFFER).json()

    vendors.request("DELETE", "/_faults/reonic")
    client.post("/v1/connections/reonic/test").raise_for_status()
    assert problem["kind"] == "reconnect"
    assert client.get("/v1/subscriptions").json()["items"] == []


def test_who_leaves_before_the_answer_has_no_subscription(client, vendors):
    vendors.post("/_faults/reonic", json={"fault": "delay", "seconds": 1}).raise_for_status()

    with pytest.raises(httpx.ReadTimeout):
        client.post("/v1/subscriptions", json=OFFER, timeout=0.3)

    until(lambda: client.get("/v1/subscriptions").json()["items"], [])


@pytest.fixture
def once(client, target):
    """Subscribes under a key, as the one who asks again does; unsubscribes at the end."""
    key, made = {"Idempotency-Key": str(uuid4())}, set()

    def once(**wanted):
        answer = client.post("/v1/subscriptions", json={"target_url": target.url} | wanted, headers=key, timeout=10)
        made.update(answer.json().get("id", "").split())
        return answer

    yield once
    for one in made:
        client.delete(f"/v1/subscriptions/{one}")


def test_who_asks_again_under_a_key_is_shown_the_subscription_with_its_secret(once, client):
    first = once(**OFFER)
    client.patch(f"/v1/subscriptions/{first.json()['id']}", json={"paused": True}).raise_for_status()

    again = once(**OFFER)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() | {"state": "paused"}
    assert [one.headers.get("idempotent-replayed") for one in (first, again)] == [None, "true"]
    assert len(client.get("/v1/subscriptions").json()["items"]) == 1


def test_many_at_once_under_a_key_make_one_subscription(once, client):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: once(**PROJECT), range(8)))

    assert {(one.status_code, one.json()["secret"]) for one in answers} == {(201, answers[0].json()["secret"])}
    assert len(client.get("/v1/subscriptions").json()["items"]) == 1


def test_a_key_of_another_subscription_or_of_one_that_has_ended_is_refused(once, client):
    made = once(trigger="gridwire.delivery.dead").json()

    other = once(**OFFER)
    client.delete(f"/v1/subscriptions/{made['id']}").raise_for_status()
    ended = once(trigger="gridwire.delivery.dead")

    assert [one.status_code for one in (other, ended)] == [409, 409]
    assert "used for something else" in other.json()["detail"]
    assert "has ended" in ended.json()["detail"]
    assert client.get("/v1/subscriptions").json()["items"] == []


def test_who_leaves_before_the_answer_finds_it_again_under_the_key(once, client, vendors):
    vendors.post("/_faults/reonic", json={"fault": "delay", "seconds": 1}).raise_for_status()
    given = {"json": OFFER | {"target_url": None}, "headers": {"Idempotency-Key": "left"}}
    with pytest.raises(httpx.ReadTimeout):
        client.post("/v1/subscriptions", **given, timeout=0.3)
    [there] = client.get("/v1/subscriptions").json()["items"]

    again = client.post("/v1/subscriptions", **given).json()

    client.delete(f"/v1/subscriptions/{there['id']}").raise_for_status()
    assert (again["id"], again["state"]) == (there["id"], "active")


def test_what_cannot_begin_leaves_its_key_free(once, client, vendors):
    vendors.post("/_faults/reonic", json={"fault": "status", "status": 401, "times": 9}).raise_for_status()
    assert once(**OFFER).json()["kind"] == "reconnect"
    vendors.request("DELETE", "/_faults/reonic")
    client.post("/v1/connections/reonic/test").raise_for_status()

    again = once(**OFFER)

    assert (again.status_code, again.headers.get("idempotent-replayed")) == (201, None)


def test_the_vendor_is_told_before_a_connection_is_erased(client, vendors, subscribe):
    name, there = account(str(vendors.base_url), "opensolar")
    given = {"connector": name, "name": "second", "values": there.values, "base_url": there.base_url}
    client.post("/v1/connections", json=given | {"hosts": there.hosts}).raise_for_status()
    vendors.request("DELETE", "/_log/opensolar")
    made = subscribe(**PROJECT | {"connection": "second"})

    assert client.delete("/v1/connections/second").status_code == 204

    assert hooks(vendors) == [("POST", True), ("PATCH", False)]
    assert client.get(f"/v1/subscriptions/{made['id']}").status_code == 404


def test_a_vendor_that_does_not_listen_does_not_keep_a_connection(client, vendors, subscribe, monkeypatch):
    monkeypatch.setattr("connectors.service.worker._FAREWELL", 0.2)
    name, there = account(str(vendors.base_url), "opensolar")
    given = {"connector": name, "name": "third", "values": there.values, "base_url": there.base_url}
    client.post("/v1/connections", json=given | {"hosts": there.hosts}).raise_for_status()
    subscribe(**PROJECT | {"connection": "third"})
    vendors.post("/_faults/opensolar", json={"fault": "delay", "seconds": 1.5, "match": "PATCH"}).raise_for_status()

    assert client.delete("/v1/connections/third").status_code == 204

    vendors.request("DELETE", "/_faults/opensolar")
    assert client.get("/v1/connections/third").status_code == 404


def test_the_figures_tell_of_events_and_deliveries(subscribe, client, vendors, target):
    subscribe(**PROJECT)
    subscribe(**OFFER)
    do(vendors, "opensolar/create-project")
    target.next()

    figures = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines() if line[0] != "#")

    assert float(figures["gridwire_events_total"]) >= 1
    assert float(figures['gridwire_delivery_tries_total{outcome="200"}']) >= 1
    asked = 'gridwire_vendor_requests_total{connector="%s",operation="%s",outcome="20%d"}'
    for connector, trigger, last in (("opensolar", "project_created", 1), ("reonic", "new_offer", 0)):
        assert float(figures[asked % (connector, trigger, last)]) >= 1
    assert figures["gridwire_worker_active"] == "1.0"
    assert 'gridwire_deliveries{state="waiting"}' in figures
    assert "gridwire_oldest_waiting_seconds" in figures


def closed():
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return "http://{}:{}".format(*listener.getsockname())

"""The whole way on real sockets: the server, the bundled manifests, and the pretend vendors behind them."""

from __future__ import annotations

import logging
import socket
import threading

import httpx
import pytest

from connectors import sandbox
from connectors.engine.addresses import Reach
from connectors.manifest.catalog import Catalog, bundled
from connectors.server import create_app
from connectors.service.connections import Account
from tests.server.conftest import SEAL, seed

LEAD = {"firstName": "Erika", "lastName": "Beispiel", "addressToGeocode": {"city": "Berlin"}}


def account(address, name, **values):
    given = sandbox.CONNECTIONS[name]
    hosts = {origin: address + path for origin, path in given["hosts"].items()}
    return name, Account(given["values"] | values, address + given["path"], hosts)


@pytest.fixture(scope="module")
def vendors(served):
    with served(sandbox.create_app()) as address, httpx.Client(base_url=address, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def base(served, vendors, tmp_path_factory):
    catalog = Catalog([bundled()])
    address = str(vendors.base_url)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = "http://{}:{}".format(*closed.getsockname())
    connections = {
        "sandbox": account(address, "reonic"),
        "wrong-key": account(address, "reonic", apiKey="wrong"),
        "nowhere": account(nowhere, "reonic"),
    }
    data = tmp_path_factory.mktemp("data")
    seed(data, catalog, connections, "gw_k")
    app = create_app(catalog=catalog, data=data, secret_keys=[SEAL], reach=Reach(loopback=True), timeout=2.0)
    with served(app) as server:
        yield f"{server}/v1/connections/"


@pytest.fixture
def vendor(vendors):
    """The sandbox itself, as at the start."""
    vendors.post("/_do/reonic/reset")
    return vendors


@pytest.fixture(scope="module")
def client(base):
    headers = {"Authorization": "Bearer gw_k"}
    with httpx.Client(base_url=base, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
def post(client, vendor):
    return lambda path, **body: client.post(path if ":" in path else f"sandbox/{path}", json=body)


def fault(vendor, **fault):
    assert vendor.post("/_faults/reonic", json=fault).status_code == 201


def asked(vendor):
    return vendor.get("/_log/reonic").json()


def test_the_connection_works(post, client):
    assert post("test").json()["state"] == "ok"
    assert client.post("wrong-key/test").json()["kind"] == "reconnect"


def test_a_new_offer_is_given_once(post, vendor):
    first = post("triggers/new_offer/poll").json()
    made = vendor.post("/_do/reonic/create-offer", json={"name": "Erika Beispiel"}).json()
    second = post("triggers/new_offer/poll", **first).json()
    third = post("triggers/new_offer/poll", cursor=second["cursor"]).json()

    assert first["items"] == third["items"] == []
    assert [item["id"] for item in second["items"]] == [made["offer"]["id"]]


def test_pages_that_shift_while_they_are_read_lose_nothing(post, vendor):
    first = post("triggers/new_offer/poll").json()
    fault(vendor, fault="between_pages", do="create-offer", times=2)
    second = post("triggers/new_offer/poll", cursor=first["cursor"]).json()
    third = post("triggers/new_offer/poll", cursor=second["cursor"]).json()

    assert len({item["id"] for item in second["items"] + third["items"]}) == 2
    assert len(second["items"] + third["items"]) == 2


def test_a_lead_is_created(post, vendor):
    first = post("triggers/new_request/poll").json()

    assert post("actions/create_request", input=LEAD).json() == {"output": {}}
    assert len(post("triggers/new_request/poll", **first).json()["items"]) == 1


@pytest.mark.parametrize(
    ("input", "field"),
    [
        (LEAD | {"latLng": {"lat": 52.5, "lng": 13.4}}, "latLng"),
        ({"firstName": "Erika", "lastName": "Beispiel"}, "addressToGeocode"),
        (LEAD | {"firstName": "x" * 101}, "firstName"),
        (LEAD | {"energyPriceCtPerKwh": 501}, "energyPriceCtPerKwh"),
    ],
)
def test_a_wrong_lead_is_refused_and_nothing_is_sent(post, vendor, input, field):
    problem = post("actions/create_request", input=input).json()

    assert (problem["status"], problem["field"]) == (422, field)
    assert asked(vendor) == []


def test_choices_lead_to_an_action(post):
    offers = post("choices", operation="add_note", field="offerId").json()["choices"]
    text = "Call back in the morning"

    note = post("actions/add_note", input={"offerId": offers[0]["value"], "text": text}).json()["output"]

    assert note["text"] == text


def test_a_search_finds_a_user(post):
    [user] = post("searches/find_user", input={"name": "a"}, limit=1).json()["items"]

    assert post("actions/get_user", input={"id": user["id"]}).json()["output"] == user


def test_a_signed_pdf_comes_from_the_other_host_without_a_credential(post, vendor):
    made = vendor.post("/_do/reonic/create-offer", json={}).json()
    vendor.post("/_do/reonic/sign-offer", json={"id": made["number"]})

    output = post("actions/get_signed_pdf", input={"id": made["offer"]["id"]}).json()["output"]

    assert output["media_type"] == "application/pdf"
    assert "x-authorization" not in asked(vendor)[-1]["headers"]


@pytest.mark.parametrize("kind", ["drop", "truncate", "html", "invalid_json"])
def test_a_write_whose_answer_is_lost_is_an_unknown_outcome_and_is_not_repeated(post, vendor, kind):
    offer = post("choices", operation="add_note", field="offerId").json()["choices"][0]["value"]
    fault(vendor, fault=kind, match="POST ")

    problem = post("actions/add_note", input={"offerId": offer, "text": "once"}).json()

    assert (problem["status"], problem["kind"]) == (409, "unknown_outcome")
    assert [entry["method"] for entry in asked(vendor)].count("POST") == 1


def test_a_read_is_tried_again(post, vendor):
    fault(vendor, fault="status", status=500, times=1)

    assert post("searches/find_user", input={"name": "a"}).status_code == 200


def test_a_read_that_gets_no_answer_in_time_is_a_504(post, vendor):
    fault(vendor, fault="delay", seconds=5)

    assert post("searches/find_user", input={"name": "a"}).status_code == 504


def test_a_vendor_that_limits_says_when_to_come_back(post, vendor):
    fault(vendor, fault="status", status=429, headers={"Retry-After": "60"})

    answer = post("searches/find_user", input={"name": "a"})

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


def test_a_vendor_that_is_not_there_is_a_502(client):
    problem = client.post("nowhere/test").json()

    assert (problem["status"], problem["kind"]) == (502, "vendor_failed")


class Written(logging.Handler):
    """Waits for the log line of a request."""

    def __init__(self):
        super().__init__()
        self.statuses: list[int] = []
        self.arrived = threading.Event()

    def emit(self, record):
        if hasattr(record, "correlation_id"):
            self.statuses.append(record.status)
            self.arrived.set()


def test_a_write_whose_client_leaves_is_finished_and_logged(post, vendor, client, caplog):
    caplog.set_level(logging.INFO, "gridwire.server")
    first = post("triggers/new_request/poll").json()
    fault(vendor, fault="delay", seconds=0.5, match="POST ")
    logging.getLogger("gridwire.server").addHandler(written := Written())

    with pytest.raises(httpx.ReadTimeout):
        client.post("sandbox/actions/create_request", json={"input": LEAD}, timeout=0.2)
    assert written.arrived.wait(5)
    logging.getLogger("gridwire.server").removeHandler(written)

    assert written.statuses == [200]
    assert len(post("triggers/new_request/poll", **first).json()["items"]) == 1


def test_secrets_are_in_no_answer_and_no_log(post, vendor, caplog):
    caplog.set_level(logging.DEBUG)
    fault(vendor, fault="status", status=500, body={"message": "key sandbox-reonic-key"}, times=9)

    answers = [post("test"), post("actions/create_request", input=LEAD), post("actions/create_request", dry_run=True)]
    answers.append(post("actions/get_user", input={"id": "1"}, dry_run=True))

    seen = caplog.text + "".join(answer.text for answer in answers)
    assert "sandbox-client" in seen
    assert "sandbox-reonic-key" not in seen
    assert "gw_k" not in seen

"""What enneo's document says beyond what its cases show: its address, loose types, and when a contract has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.components.read import reader_of
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.request import build
from connectors.engine.run import Vendor
from connectors.errors import InputError
from connectors.manifest.catalog import load
from tests.engine.acme import Wire

ENNEO = load(Path(__file__).parents[2] / "manifests" / "enneo.yaml")
DEMO = {"instance": "demo", "token": "t-1"}
CONTRACT = "https://demo.enneo.ai/api/mind/contract"


def asked(**inputs: Any) -> str:
    action = ENNEO.actions["get_contract"]
    return build(Connection.open(ENNEO, DEMO), action, action.checker.check(inputs), action.input).full_url


def read(**contract: Any) -> Any:
    reader = reader_of(ENNEO.output_of(ENNEO.actions["get_contract"]))
    assert reader is not None
    return reader(contract)


async def events(*readings: dict[str, Any]) -> list[list[dict[str, Any] | None]]:
    """What was remembered of the contract in each event that a reading after the first emits."""

    connection = Connection.open(ENNEO, DEMO)
    vendor, memory, found = Vendor(Exchange(connection, Wire(*readings))), None, list[list[dict[str, Any] | None]]()
    for _ in readings:
        polled = await vendor.poll("contract_changed", {"contractId": "7"}, memory)
        memory = polled.memory
        found.append([event.previous for event in polled.events])
    return found[1:]


def test_each_customer_has_a_host_of_their_own():
    assert Connection.open(ENNEO, {**DEMO, "instance": "stadtwerke-7"}).base_url == "https://stadtwerke-7.enneo.ai"
    assert Connection.open(ENNEO, {"token": "t"}, base_url="https://enneo.example").base_url == "https://enneo.example"


@pytest.mark.parametrize("instance", ["", "demo.enneo.ai", "evil.example/", "a@b", "-", "x" * 64])
def test_an_instance_is_one_part_of_a_host(instance: str):
    with pytest.raises(InputError) as caught:
        Connection.open(ENNEO, {**DEMO, "instance": instance})
    assert caught.value.field == "instance"


def test_the_two_switches_are_sent_only_when_they_are_given():
    assert asked(contractId="7") == f"{CONTRACT}/7"
    assert asked(contractId="7", refresh=False, includeRawData=True) in {
        f"{CONTRACT}/7?refresh=false&includeRawData=true",
        f"{CONTRACT}/7?includeRawData=true&refresh=false",
    }
    with pytest.raises(InputError):
        asked(contractId="7", refresh="yes")


@pytest.mark.parametrize("contract", ["", None, 746839])
def test_a_contract_is_named_by_a_text(contract: Any):
    with pytest.raises(InputError) as caught:
        asked(contractId=contract)
    assert caught.value.field == "contractId"


@pytest.mark.parametrize("name", ["signupDate", "startDate", "endDate"])
@pytest.mark.parametrize(
    ("value", "day"),
    [
        (1661990400, "2022-09-01"),
        ("1661990400.0", "2022-09-01"),
        ("2022-09-01", "2022-09-01"),
        ("2022-09-01T00:00:00Z", "2022-09-01"),
        (None, None),
        ("soon", "soon"),
    ],
)
def test_a_date_is_read_however_it_is_written(name: str, value: Any, day: Any):
    assert read(**{name: value}) == {name: day}


@pytest.mark.parametrize("name", ["customerId", "phone", "gridOperatorCode", "counterNumber"])
@pytest.mark.parametrize(("value", "text"), [(491721041689, "491721041689"), ("007", "007"), (None, None)])
def test_a_number_that_is_a_text_is_read_as_one(name: str, value: Any, text: Any):
    assert read(**{name: value}) == {name: text}


async def test_a_contract_has_changed_when_its_own_data_has():
    before = {"id": 7, "status": "active", "iban": None}
    moved = {**before, "iban": "DE00"}

    assert await events(before, moved, moved, before) == [[{"status": "active"}], [], [{"status": "active"}]]
    assert await events(before, {**before, "status": "ended"}) == [[{"status": "active"}]]


@pytest.mark.parametrize("name", ["rawData", "erpUrls", "agentPreview", "tabPreview"])
async def test_what_only_pages_show_is_no_change(name: str):
    assert await events({"id": 7}, {"id": 7, name: [{}]}) == [[]]


def test_everything_else_in_the_document_is_watched():
    watched = {path[0] for path in ENNEO.triggers["contract_changed"].identity.version_hash}
    fields = (ENNEO.types["Contract"].properties or {}).keys()
    assert watched == fields - {"id", "rawData", "erpUrls", "agentPreview", "tabPreview"}


def test_who_a_contract_is_with_is_not_remembered():
    kept = {".".join(path) for path in ENNEO.triggers["contract_changed"].remember}
    assert not kept & {"firstname", "lastname", "email", "phone", "iban", "deliveryAddress", "billingAddress"}

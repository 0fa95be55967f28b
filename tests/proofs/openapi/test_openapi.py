"""The exported OpenAPI, taken at its word: requests are built from the document alone, answers held against it."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from connectors.manifest.catalog import bundled
from tests.server.conformance import KEY, whole

if TYPE_CHECKING:
    from tests.server.conformance import Whole

pytestmark = pytest.mark.proof

VENDORS = sorted(path.stem for path in bundled().glob("*.yaml"))


class Document:
    """What a program knows that has read `openapi.json` and was given an address and a key."""

    def __init__(self, document: dict[str, Any], url: str) -> None:
        self.document = document
        self.operations = {
            one["operationId"]: (method, path, one)
            for path, of in document["paths"].items()
            for method, one in of.items()
        }
        scheme = document["components"]["securitySchemes"]["key"]
        assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
        assert document["servers"][0]["url"] == "{server}"
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=60, trust_env=False
        )

    def ask(self, name: str, body: Any = None, **given: str) -> tuple[int, Any]:
        """Status and answer; what is sent and what comes back are as the document says."""
        method, path, operation = self.operations[name]
        known = {one["name"]: one for one in map(self._resolved, operation.get("parameters", []))}
        assert {one for one, parameter in known.items() if parameter.get("required")} <= given.keys() <= known.keys()
        query = {one: value for one, value in given.items() if known[one]["in"] == "query"}
        headers = {one: value for one, value in given.items() if known[one]["in"] == "header"}
        if body is not None:
            self._check(operation["requestBody"]["content"]["application/json"]["schema"], body)
        url = re.sub(r"\{(\w+)\}", lambda hole: given[hole[1]], path)
        answer = self._client.request(method, url, params=query, headers=headers, json=body)
        said = self._resolved(operation["responses"].get(str(answer.status_code), operation["responses"]["default"]))
        if not answer.content:
            assert "content" not in said
            return answer.status_code, None
        media, _, _ = answer.headers["content-type"].partition(";")
        self._check(said["content"][media]["schema"], answer.json())
        return answer.status_code, answer.json()

    def close(self) -> None:
        self._client.close()

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        for step in part.get("$ref", "").split("/")[1:]:
            part = part[step] if step in part else self.document[step]
        return part

    def _check(self, schema: dict[str, Any], value: Any) -> None:
        whole = {**schema, "components": self.document["components"]}
        assert [error.message for error in Draft202012Validator(whole).iter_errors(value)] == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDWIRE_MIN_INTERVAL", "1")
        with whole(tmp_path_factory.mktemp("server")) as found:
            yield found


@pytest.fixture(scope="module", params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def document(
    vendor: str, gridwire: list[str], server: Whole, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Document]:
    out: Path = tmp_path_factory.mktemp("export") / vendor
    subprocess.run([*gridwire, "export", "openapi", vendor, "--out", str(out)], check=True)
    described = json.loads((out / "openapi.json").read_text())
    validate(described)
    found = Document(described, server.url)
    yield found
    found.close()


def works(server: Whole, document: Document, name: str, bodies: list[Any], connection: str) -> Any:
    """The answer to the first body that works."""
    answers: list[Any] = []
    for body in bodies:
        server.reset()
        status, answer = document.ask(name, body, connection=connection)
        if status == 200:
            return answer
        answers.append(answer)
    raise AssertionError(f"{name} never worked: {answers}")


def test_every_action_search_and_poll_works_as_it_is_described(vendor: str, server: Whole, document: Document) -> None:
    connector = server.connectors[vendor]
    asked = [
        name for name, (method, path, _) in document.operations.items() if re.search("/(actions|searches|poll)", path)
    ]
    assert len(asked) == len(connector.actions) + len(connector.searches) + sum(
        trigger.poll is not None for trigger in connector.triggers.values()
    )
    for name in asked:
        confirm = {"confirm": True} if "/actions/" in document.operations[name][1] else {}
        schema = document.operations[name][2]["requestBody"]["content"]["application/json"]["schema"]
        extras = confirm if "confirm" in schema["properties"] else {}
        inputs = server.known.inputs(connector, name.removesuffix(".poll"))
        works(server, document, name, [{"input": given, **extras} for given in inputs], f"sandbox-{vendor}")


def test_what_destroys_is_refused_unless_it_is_confirmed(vendor: str, server: Whole, document: Document) -> None:
    connector = server.connectors[vendor]
    for name in [name for name, one in connector.actions.items() if one.effective == "destroy"]:
        body = {"input": server.known.inputs(connector, name)[0], "confirm": False}
        status, answer = document.ask(name, body, connection=f"sandbox-{vendor}")
        assert (status, answer["kind"]) == (409, "confirm_required")


def test_every_trigger_shows_a_sample(vendor: str, server: Whole, document: Document) -> None:
    for name in server.connectors[vendor].triggers:
        status, answer = document.ask(f"{name}.sample", connection=f"sandbox-{vendor}")
        assert (status, bool(answer["sample"])) == (200, True)


def test_every_dropdown_that_is_listed_gives_choices(vendor: str, server: Whole, document: Document) -> None:
    if "gridwire.choices" not in document.operations:
        return
    connector = server.connectors[vendor]
    listed = re.findall(r"^- `(\w+)`: (.*)$", document.operations["gridwire.choices"][2]["description"], re.MULTILINE)
    assert listed
    for operation, fields in listed:
        known = server.known.inputs(connector, operation)
        for field in re.findall(r"`([\w.]+)`", fields):
            bodies = [{"operation": operation, "field": field}] + [
                {"operation": operation, "field": field, "input": given} for given in known
            ]
            assert works(server, document, "gridwire.choices", bodies, f"sandbox-{vendor}")["choices"], (
                operation,
                field,
            )


def test_a_connection_that_is_not_there_is_a_problem(document: Document) -> None:
    name = next(name for name in document.operations if name.endswith(".sample"))

    assert document.ask(name, connection="nobody")[0] == 404


def test_the_accounts_are_those_of_the_vendor(vendor: str, document: Document) -> None:
    status, answer = document.ask("gridwire.list_connections", connector=vendor)

    assert (status, [one["name"] for one in answer["items"]]) == (200, [f"sandbox-{vendor}"])


def test_every_trigger_can_be_subscribed_to(vendor: str, server: Whole, document: Document) -> None:
    connector = server.connectors[vendor]
    server.reset()
    for name in connector.triggers:
        known = server.known.inputs(connector, name) or [{}]
        bodies = [{"connection": f"sandbox-{vendor}", "trigger": name, "input": given} for given in known]
        made = next(
            answer for status, answer in (document.ask("gridwire.subscribe", body) for body in bodies) if status == 201
        )
        status, shown = document.ask("gridwire.show_subscription", subscription=made["id"])
        assert (status, shown["trigger"], "secret" in shown) == (200, name, False)
        assert document.ask("gridwire.unsubscribe", subscription=made["id"]) == (204, None)
        assert document.ask("gridwire.show_subscription", subscription=made["id"])[0] == 404


@pytest.mark.parametrize("vendor", ["reonic"], indirect=True)
def test_events_can_be_read(server: Whole, document: Document) -> None:
    server.reset()
    _, made = document.ask("gridwire.subscribe", {"connection": "sandbox-reonic", "trigger": "new_offer"})
    server.client.post("/sandbox/_do/reonic/create-offer").raise_for_status()

    ends = time.monotonic() + 60
    while not (read := document.ask("gridwire.list_events", subscription=made["id"], limit="10")[1])["items"]:
        assert time.monotonic() < ends
        time.sleep(0.2)
    (event,) = read["items"]
    assert (event["type"], bool(event["data"]["offerCreatedAt"])) == ("reonic.new_offer", True)
    assert document.ask("gridwire.list_events", subscription=made["id"], after=read["cursor"])[1]["items"] == []

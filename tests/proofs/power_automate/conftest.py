"""Something that reads a custom connector's files as Power Automate does, and asks a real server."""

from __future__ import annotations

import json
import queue
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft4Validator

from connectors.manifest.catalog import bundled
from tests.server.conformance import KEY, Whole, whole

VENDORS = sorted(path.stem for path in bundled().glob("*.yaml"))


class Flow:
    """What Power Automate knows: the two files, and what a user entered when the connection was made."""

    def __init__(self, folder: Path, url: str) -> None:
        self.document: dict[str, Any] = json.loads((folder / "apiDefinition.swagger.json").read_text())
        properties = json.loads((folder / "apiProperties.json").read_text())["properties"]
        self.entered = {"api_key": KEY, "server": url.removeprefix("http://")}
        assert set(properties["connectionParameters"]) == set(self.entered)
        self.operations: dict[str, tuple[str, str, dict[str, Any]]] = {
            one["operationId"]: (verb, path, one)
            for path, of in self.document["paths"].items()
            for verb, one in of.items()
            if not verb.startswith("x-")
        }
        self._policies = properties["policyTemplateInstances"]
        self._client = httpx.Client(timeout=60, trust_env=False)

    def ask(self, name: str, body: Any = None, **given: Any) -> httpx.Response:
        """The answer; `body` and `given` are what a user chose, and what is not shown is added."""
        verb, path, operation = self.operations[name]
        known = {one["name"]: one for one in operation["parameters"]}
        values = {one: parameter["default"] for one, parameter in known.items() if "default" in parameter} | given
        schema = known.get("body", {}).get("schema")
        if schema is not None:
            values["body"] = filled(schema, body or {})
            assert [error.message for error in self._wrong(schema, values["body"])] == []
        assert {one for one, parameter in known.items() if parameter.get("required")} <= values.keys() <= known.keys()
        placed = {one: value for one, value in values.items() if known[one]["in"] in ("query", "header")}
        request = httpx.Request(
            verb,
            f"https://{self.document['host']}" + re.sub(r"\{(\w+)\}", lambda hole: str(values[hole[1]]), path),
            params={one: value for one, value in placed.items() if known[one]["in"] == "query"},
            headers={one: value for one, value in placed.items() if known[one]["in"] == "header"},
            json=values.get("body"),
        )
        answer = self._client.send(self._by_policy(name, request))
        self._check_answer(operation, answer)
        return answer

    def dropdown(self, schema: dict[str, Any], values: dict[str, Any]) -> list[Any]:
        """What the user is offered; `values` are the operation's parameters so far."""
        new, old = schema["x-ms-dynamic-list"], schema["x-ms-dynamic-values"]
        asked: dict[str, Any] = {}
        for name, said in new["parameters"].items():
            asked[name] = said["value"] if "value" in said else at(values, said["parameterReference"])
        answer = self.ask(new["operationId"], **{name: value for name, value in asked.items() if value is not None})
        assert answer.status_code == 200, answer.text
        items = answer.json()[new["itemsPath"]]
        pairs = [(item[new["itemValuePath"]], item[new["itemTitlePath"]]) for item in items]
        assert pairs == [
            (item[old["value-path"]], item[old["value-title"]]) for item in answer.json()[old["value-collection"]]
        ]
        assert all(isinstance(title, str) for _, title in pairs)
        return [value for value, _ in pairs]

    def notified(self, name: str, item: Any) -> None:
        """Checks what a flow is told by a trigger."""
        of = self.document["paths"][self.operations[name][1]]
        assert [error.message for error in self._wrong(of["x-ms-notification-content"]["schema"], item)] == []

    def delete(self, location: str) -> httpx.Response:
        """Ends a subscription where it said that it is."""
        assert "delete" in self.document["paths"]["/v1/subscriptions/{id}"]
        request = httpx.Request("DELETE", httpx.URL(f"https://{self.document['host']}").join(location))
        return self._client.send(self._by_policy("Gridwire_Unsubscribe", request))

    def close(self) -> None:
        self._client.close()

    def _by_policy(self, name: str, request: httpx.Request) -> httpx.Request:
        """What the policies make of a request; the address alone is http here, for there is no certificate."""
        headers, url, method = dict(request.headers), request.url, request.method
        for policy in self._policies:
            words = {key.rpartition(".")[2]: said for key, said in policy["parameters"].items()}
            if name not in policy["parameters"].get("x-ms-apimTemplate-operationName", [name]):
                continue
            if policy["templateId"] == "setheader":
                headers[words["name"].lower()] = self._entered(words["value"])
            elif policy["templateId"] == "dynamichosturl":
                target = httpx.URL(self._entered(words["urlTemplate"]))
                assert target.scheme == "https"
                url = url.copy_with(scheme="http", host=target.host, port=target.port)
            else:
                assert policy["templateId"] == "routerequesttoendpoint"
                url, method = url.copy_with(path=words["newPath"]), words["httpMethod"]
        return httpx.Request(method, url, headers=headers | {"host": url.netloc.decode()}, content=request.content)

    def _entered(self, template: str) -> str:
        return re.sub(r"@connectionParameters\('(\w+)'\)", lambda hole: self.entered[hole[1]], template)

    def _check_answer(self, operation: dict[str, Any], answer: httpx.Response) -> None:
        said = operation["responses"].get(str(answer.status_code), operation["responses"]["default"])
        assert set(said.get("headers", {})) <= {name.title() for name in answer.headers}
        wrong = self._wrong(said["schema"], answer.json()) if "schema" in said else []
        assert [error.message for error in wrong] == []

    def _wrong(self, schema: dict[str, Any], value: Any) -> list[Any]:
        checker = Draft4Validator({**schema, "definitions": self.document["definitions"]})
        return list(checker.iter_errors(without_nothing(value)))


def filled(schema: dict[str, Any], given: Any) -> Any:
    """With what is sent though it is not shown."""
    if not isinstance(given, dict):
        return given
    properties = schema.get("properties", {})
    hidden = {
        name: one["default"]
        for name, one in properties.items()
        if one.get("x-ms-visibility") == "internal" and "default" in one
    }
    return hidden | {name: filled(properties.get(name, {}), value) for name, value in given.items()}


def without_nothing(value: Any) -> Any:
    """Power Automate takes a value that is null as one that is not there."""
    if isinstance(value, dict):
        return {name: without_nothing(one) for name, one in value.items() if one is not None}
    return [without_nothing(one) for one in value if one is not None] if isinstance(value, list) else value


def at(values: dict[str, Any], reference: str) -> Any:
    """What stands at a path such as `body/input/id`."""
    found: Any = values
    for step in reference.split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return found


class Told:
    """Where a flow is told of events."""

    def __init__(self) -> None:
        heard: queue.Queue[tuple[dict[str, str], Any]] = queue.Queue()
        self._heard = heard

        class Taken(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                heard.put(({name.lower(): value for name, value in self.headers.items()}, json.loads(body)))
                self.send_response(202)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Taken)
        self.url = f"http://127.0.0.1:{self._server.server_port}/workflows/invented"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def next(self) -> tuple[dict[str, str], Any]:
        """Headers and body of the next event."""
        return self._heard.get(timeout=60)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def told() -> Iterator[Told]:
    found = Told()
    yield found
    found.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDWIRE_MIN_INTERVAL", "1")
        with whole(tmp_path_factory.mktemp("server")) as found:
            yield found


@pytest.fixture(scope="module", params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def flow(vendor: str, gridwire: list[str], running: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    out = tmp_path_factory.mktemp("export") / vendor
    subprocess.run([*gridwire, "export", "power-automate", vendor, "--out", str(out)], check=True)
    found = Flow(out, running.url)
    yield found
    found.close()

"""A real server with the sandbox behind it, and for each operation of its description a request that works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis import checks as checking
from schemathesis.specs.openapi import checks

from connectors.cli.sandbox import connection_at
from connectors.manifest.catalog import Catalog, bundled
from connectors.manifest.model import Connector
from connectors.sandbox import Reonic
from connectors.testing.case import load

ROOT = Path(__file__).parents[2]
KEY = "gw_invented-for-this-test"
AUTH = {"Authorization": f"Bearer {KEY}"}
CHECKS = [
    checking.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
NOUNS = {"actions": "action", "searches": "search", "triggers": "trigger"}
CHANGING = ("delete", "patch", "put")


@contextmanager
def whole(folder: Path) -> Iterator[Whole]:
    """All operations of a server that runs."""
    catalog = Catalog([bundled()])
    with _serving(folder) as url:
        found = Whole(url, {name: catalog.load(name) for name in catalog.names})
        with closing(found.client), closing(found.session):
            yield found


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    """The server as a process, with its sandbox, whose vendors do not have to be asked slowly."""
    manifests = folder / "manifests"
    manifests.mkdir()
    for file in Path(bundled()).glob("*.yaml"):
        text = re.sub(r"\{limit: \d+, per: \w+\}", "{limit: 1000000, per: second}", file.read_text())
        (manifests / file.name).write_text(text)
    words = ["serve", "--sandbox", "--port", "0", "--data", folder / "data", "--manifests", manifests]
    command = [sys.executable, str(ROOT / "cli.py"), *map(str, words)]
    env = {**os.environ, "GRIDWIRE_API_KEY": KEY}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, "the server does not say where it is"
            yield found[0]
        finally:
            process.terminate()
            process.communicate()


class Whole:
    """All operations that a server describes."""

    def __init__(self, url: str, connectors: dict[str, Connector]) -> None:
        self.url = url
        self.connectors = connectors
        self.client = httpx.Client(base_url=url, headers=AUTH, timeout=60, trust_env=False)
        self.session = requests.Session()
        self.session.trust_env = False
        self.account = connection_at(Reonic(), url + "/sandbox")
        self.bodies: dict[str, Callable[[], Any]] = {
            "offer_choices": lambda: {"operation": "add_note", "field": "offerId"},
            "create_connection": lambda: {"connector": "reonic", "name": uuid.uuid4().hex, **self.account},
            "change_connection": lambda: {"name": uuid.uuid4().hex},
            "send_request": lambda: {"method": "GET", "path": self._tested()},
            "put_oauth_app": lambda: {"client_id": "ada", "client_secret": "invented-for-this-test"},
            "create_connect_link": lambda: {"connector": "reonic", "name": uuid.uuid4().hex},
        }
        """What works, for operations whose fields have no examples that do."""
        self.description = self.client.get("/openapi.json").json()
        self.never = {f"{method.upper()} {path}" for path, of in self.description["paths"].items() for method in of}

    @cached_property
    def operations(self) -> list[Any]:
        """Each as schemathesis reads it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # schemathesis's own
            return [one.ok() for one in schemathesis.openapi.from_dict(self.description).get_all_operations()]

    def reset(self) -> None:
        """The vendors as at the start."""
        for name in self.connectors:
            self.client.post(f"{self.url}/sandbox/_do/{name}/reset").raise_for_status()

    def work(self, operation: Any) -> None:
        """Asks what is known to work; each of the vendors has to answer as it is described."""
        for filled, bodies, name in self.known(operation):
            statuses = []
            for body in bodies:
                self.reset()
                given = {} if body is None else {"body": body, "media_type": "application/json"}
                statuses.append(self.ask(operation.Case(path_parameters=filled, **given)).status_code)
                if statuses[-1] < 300:
                    break
            assert statuses[-1] < 300, f"{name} never answered 2xx, but {statuses}"

    def fuzz(self, operation: Any, examples: int) -> None:
        """Asks whatever fits the description, and whatever does not, of a connection that there is."""
        connection = self.connection_for(operation)
        changing = operation.method in CHANGING
        for mode in GenerationMode if operation.body else [GenerationMode.POSITIVE]:
            strategy = operation.as_strategy(generation_mode=mode)
            quick = settings(max_examples=examples, deadline=None, phases=[Phase.generate, Phase.shrink])

            @settings(quick, suppress_health_check=list(HealthCheck), database=None)
            @given(case=strategy)
            def each(case: Any) -> None:
                if "id" in case.path_parameters:
                    case.path_parameters["id"] = self.fresh() if changing else connection
                self.ask(case)

            each()

    def ask(self, case: Any) -> httpx.Response:
        """The answer, held against the description."""
        answer = case.call(base_url=self.url, session=self.session, headers=AUTH, timeout=60)
        if 200 <= answer.status_code < 300:
            self.never.discard(f"{case.operation.method.upper()} {case.operation.path}")
        case.validate_response(answer, checks=CHECKS)
        return answer

    def known(self, operation: Any) -> Iterator[tuple[dict[str, str], list[Any], str]]:
        """Path parameters, bodies to try one after the other, and a name, of each request that is known to work."""
        name = operation.definition.raw["operationId"]
        noun, _, called = operation.path.removeprefix("/v1/connections/{id}/").partition("/")
        if noun not in NOUNS or "{id}" not in operation.path:
            yield self._filled(operation), [self._body(operation)], name
            return
        called, _, deed = called.partition("/")
        generic = called.startswith("{")
        for connector in self.connectors.values():
            there = getattr(connector, noun)
            for one in there if generic else there.keys() & {called}:
                if deed == "poll" and there[one].poll is None:
                    continue
                filled = {"id": f"sandbox-{connector.connector}", **({NOUNS[noun]: one} if generic else {})}
                confirm = {"confirm": True} if noun == "actions" else {}
                bodies = [{"input": given} | confirm for given in self.inputs(connector, one)]
                yield filled, bodies if operation.method == "post" else [None], f"{name} of {connector.connector}"
                if generic:
                    return

    def inputs(self, connector: Connector, name: str) -> list[dict[str, Any]]:
        """Inputs that the sandbox accepts, or at least one of them, as they were recorded."""
        cases = [load(path) for path in sorted((ROOT / "cassettes" / connector.connector / name).glob("*.yaml"))]
        worked = [case for case in cases if case.error is None and case.choices is None]
        return [dict(case.input) for case in sorted(worked, key=lambda case: case.evidence != "sandbox")]

    def connection_for(self, operation: Any) -> str:
        """A connection of a vendor that has the operation."""
        return next((filled["id"] for filled, _, _ in self.known(operation) if "id" in filled), "sandbox-reonic")

    def fresh(self) -> str:
        """The id of a new connection, which may be changed and removed; the name of one where none can be made."""
        made = self.client.post("/v1/connections", json=self.bodies["create_connection"]())
        return made.json().get("id", "sandbox-reonic")

    def _filled(self, operation: Any) -> dict[str, str]:
        """What there is, for each name in the path: a connector, or the last of what the path before it lists."""
        filled: dict[str, str] = {}
        for hole in re.findall(r"\{(\w+)\}", operation.path):
            before = operation.path.partition(f"/{{{hole}}}")[0].format(**filled)
            if hole == "connector":
                filled[hole] = "autarc" if "oauth" in before else "reonic"
            elif before == "/v1/connections" and operation.method in CHANGING:
                filled[hole] = self.fresh()
            else:
                listed = self.client.get(before).json().get("items", [])
                filled[hole] = (listed or [{"id": "none"}])[-1]["id"]
        return filled

    def _body(self, operation: Any) -> Any:
        name = operation.definition.raw["operationId"]
        content = operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json")
        return None if content is None else self.bodies.get(name, dict)()

    def _tested(self) -> str:
        """What is asked to test a connection to the first vendor."""
        _, _, path = str(self.connectors["reonic"].connection.test).partition(" ")
        return path.format(**self.account["values"])

"""A real server with the sandbox behind it, held against its own description."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
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

from connectors.manifest.catalog import Catalog, bundled
from connectors.manifest.model import Connector
from tests.server.known import Known

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
        self.known = Known(self.client, connectors)
        self.description = self.client.get("/openapi.json").json()
        self.never = {f"{method.upper()} {path}" for path, of in self.description["paths"].items() for method in of}
        """What has not yet answered as is described for when nothing goes wrong."""

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
        for name, tries in self.known.requests(operation):
            answers: list[httpx.Response] = []
            for make in tries:
                self.reset()
                answers.append(self.ask(operation.Case(**make())))
                if answers[-1].status_code < 400:
                    break
            assert answers[-1].status_code < 400, f"{name} never worked: {[answer.text for answer in answers]}"

    def fuzz(self, operation: Any, examples: int) -> None:
        """Asks whatever fits the description, and whatever does not, of what there is."""
        for mode in GenerationMode if operation.body else [GenerationMode.POSITIVE]:
            strategy = operation.as_strategy(generation_mode=mode)
            quick = settings(max_examples=examples, deadline=None, phases=[Phase.generate, Phase.shrink])

            @settings(quick, suppress_health_check=list(HealthCheck), database=None)
            @given(case=strategy)
            def each(case: Any) -> None:
                for hole in {"id", "ticket"} & set(case.path_parameters):
                    case.path_parameters[hole] = self.known.fill(operation, hole)
                self.ask(case)

            each()

    def ask(self, case: Any) -> httpx.Response:
        """The answer, held against the description."""
        options = {"session": self.session, "headers": AUTH, "timeout": 60, "allow_redirects": False}
        answer = case.call(base_url=self.url, **options)
        if answer.status_code < 400:
            self.never.discard(f"{case.operation.method.upper()} {case.operation.path}")
        case.validate_response(answer, checks=CHECKS)
        return answer

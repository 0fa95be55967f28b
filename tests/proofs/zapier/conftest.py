"""Zapier's own core, and apps exported for it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.proofs.conftest import Node, Server

HERE = Path(__file__).parent
PACKAGES = {"zapier-platform-core": "19.1.0", "zapier-platform-schema": "19.1.0"}


class Core:
    """Zapier's core; see driver.cjs for what it can be asked."""

    def __init__(self, node: Node) -> None:
        command = ["node", str(HERE / "driver.cjs")]
        self._process = subprocess.Popen(
            command, env=node.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, **question: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "Zapier's core ended; what it printed stands above"
        return json.loads(line)

    def close(self) -> None:
        self._process.communicate(timeout=30)


@dataclass
class App:
    """An exported app, connected to a server."""

    core: Core
    folder: Path
    auth: Mapping[str, str]
    files: list[str] = field(default_factory=list)
    """What it stashed last, as it was sent."""

    @property
    def definition(self) -> dict[str, Any]:
        return json.loads((self.folder / "app.json").read_text())

    def problems(self) -> list[str]:
        return self.core.ask(app=str(self.folder), validate=True)["ok"]

    def call(self, method: str, inputs: Mapping[str, Any] | None = None, **bundle: Any) -> Any:
        """What a method of the app gives."""
        said = self._ask(method, inputs, bundle)
        assert "error" not in said, said
        self.files = said["files"]
        return said["ok"]

    def refused(self, method: str, inputs: Mapping[str, Any] | None = None, **bundle: Any) -> tuple[str, str]:
        """What Zapier would show in place of a result: the error's class, and its words."""
        said = self._ask(method, inputs, bundle)
        assert "error" in said, said
        words = said["message"].partition("\nWhat happened")[0]
        return said["error"], json.loads(words)["message"] if words.startswith("{") else words

    def _ask(self, method: str, inputs: Mapping[str, Any] | None, bundle: Mapping[str, Any]) -> dict[str, Any]:
        whole = {"authData": self.auth, "inputData": inputs or {}, "meta": {}, **bundle}
        return self.core.ask(app=str(self.folder), method=method, bundle=whole)

    def run(self, kind: str, name: str, inputs: Mapping[str, Any] | None = None, **bundle: Any) -> Any:
        return self.call(f"{kind}.{name}.operation.perform", inputs, **bundle)

    def with_auth(self, **changed: str) -> App:
        return replace(self, auth={**self.auth, **changed})


def auth(server: Server) -> dict[str, str]:
    return {"server_url": f"{server.url}/", "api_key": server.key}


@pytest.fixture(scope="session")
def core(npm: Callable[[str, dict[str, str]], Node]) -> Iterator[Core]:
    started = Core(npm("zapier", PACKAGES))
    yield started
    started.close()


@pytest.fixture(scope="session")
def export(gridwire: list[str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Exports a connector, once, into a folder of its own."""
    made: dict[str, Path] = {}

    def exported(connector: str) -> Path:
        if connector not in made:
            made[connector] = tmp_path_factory.mktemp("zapier") / "app"
            subprocess.run([*gridwire, "export", "zapier", connector, "--out", str(made[connector])], check=True)
        return made[connector]

    return exported


@pytest.fixture(scope="session")
def server(serving: Callable[..., AbstractContextManager[Server]]) -> Iterator[Server]:
    """One in which these tests alone make things: what a dropdown has first is what the sandbox begins with."""
    with serving(GRIDWIRE_MIN_INTERVAL="1") as started:
        yield started


@pytest.fixture(scope="session")
def app(core: Core, export: Callable[[str], Path], server: Server) -> Callable[[str], App]:
    """The app of a connector."""
    return lambda connector: App(core, export(connector), auth(server))


@pytest.fixture(scope="session")
def own_app(
    core: Core, export: Callable[[str], Path], serving: Callable[..., AbstractContextManager[Server]]
) -> Iterator[Callable[[str], App]]:
    """The same with a server that nothing else needs: it polls as often as it can, and things may be deleted there."""
    with serving(GRIDWIRE_MIN_INTERVAL="1") as server:
        yield lambda connector: App(core, export(connector), auth(server))


@pytest.fixture
def reonic(app: Callable[[str], App]) -> App:
    return app("reonic")

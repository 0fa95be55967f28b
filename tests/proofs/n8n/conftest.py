"""n8n's own engine and tools, and packages exported for them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import Request, urlopen

import pytest

from tests.proofs.n8n.mirrors import Echo, Mailbox

if TYPE_CHECKING:
    from tests.proofs.conftest import Node, Server

HERE = Path(__file__).parent
PACKAGES = {
    "@n8n/node-cli": "0.48.3",
    "@n8n/scan-community-package": "0.32.0",
    "n8n-core": "2.41.1",
    "n8n-workflow": "2.41.0",
    "typescript": "5.8.3",
}


class Engine:
    """n8n-core with one package loaded; see harness.cjs for what it can be asked."""

    def __init__(self, node: Node, package: Path, home: Path) -> None:
        quiet = {"N8N_USER_FOLDER": str(home), "N8N_ENCRYPTION_KEY": "invented", "N8N_LOG_LEVEL": "silent"}
        self._process = subprocess.Popen(
            ["node", str(HERE / "harness.cjs"), str(package)],
            env={**node.env, **quiet},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, do: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "n8n-core ended; what it printed stands above"
        return json.loads(line)

    def close(self) -> None:
        self._process.communicate(timeout=30)


class Vendor:
    """The nodes of one vendor's package, with a credential for the server and the sandbox's connection."""

    def __init__(self, engine: Engine, name: str, server: Server) -> None:
        self.name = name
        self._engine = engine
        self.connection = {"__rl": True, "mode": "list", "value": f"sandbox-{name}"}
        self.credentials = {"serverUrl": f"{server.url}/", "apiKey": server.key}

    def describe(self, type: str) -> Any:
        return self._engine.ask("describe", type=type)["ok"]

    def test(self, **changed: str) -> Any:
        return self._engine.ask("test", credentials={**self.credentials, **changed})

    def search(self, method: str, *, do: str = "search", **given: Any) -> list[Any]:
        """What a dropdown shows; `parameters` are what is chosen so far. `do="load"`: one to pick several from."""
        parameters = {"connection": self.connection, **given.pop("parameters", {})}
        answer = self._engine.ask(do, method=method, parameters=parameters, credentials=self.credentials, **given)
        return answer["ok"]["results"]

    def run(self, resource: str, operation: str, items: list[Any] | None = None, **given: Any) -> Any:
        """What comes out: `outputs`, or `error`, or the `issues` that n8n sees before it runs anything."""
        wanted = {"credentials": self.credentials, "items": [{"json": item} for item in items or [{}]]}
        wanted |= {name: given.pop(name) for name in ("onError", "credentials") if name in given}
        parameters = {"resource": resource, "operation": operation, "connection": self.connection, **given}
        return self._engine.ask("execute", parameters=parameters, **wanted)["ok"]

    def trigger(self, event: str, base: str, **given: Any) -> Trigger:
        """The trigger node, in a workflow that n8n would be called for below `base`."""
        parameters = {"event": event, "connection": self.connection, **given}
        return Trigger(self._engine, self.credentials, parameters, base)


class Trigger:
    """A trigger node in a workflow; `kept` is the workflow's static data."""

    def __init__(self, engine: Engine, credentials: Any, parameters: Any, base: str) -> None:
        self._engine = engine
        self._given = {"credentials": credentials, "base": base}
        self.parameters = parameters
        self.kept: Any = {}

    @property
    def subscription(self) -> Any:
        return self.kept["node:Node"]

    def hook(self, method: str, **given: Any) -> Any:
        """What `checkExists`, `create` or `delete` gives, or the error."""
        answer = self._engine.ask(
            "hook", method=method, parameters=self.parameters, kept=self.kept, **self._given | given
        )
        self.kept = answer.get("ok", {}).get("kept", self.kept)
        return answer["ok"].get("result", answer["ok"]) if "ok" in answer else answer

    def receive(self, headers: dict[str, str], body: str, **given: Any) -> Any:
        """What becomes of a request: the `items`, or what was `answered` in place of them."""
        wanted = {"parameters": self.parameters, "kept": self.kept, "headers": headers, "body": body, **given}
        return self._engine.ask("receive", **wanted)["ok"]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    with mailbox.server:
        yield mailbox
        mailbox.server.shutdown()


class Api(NamedTuple):
    """The server, asked as any client asks it."""

    server: Server

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.server.key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.server.url}{path}", data, headers, method=method), timeout=30) as answer:
            return json.loads(answer.read() or "null")

    def subscriptions(self, mailbox: Mailbox) -> list[Any]:
        return [one for one in self("GET", "/v1/subscriptions")["items"] if one["target_url"].startswith(mailbox.url)]


@pytest.fixture
def api(server: Server) -> Api:
    return Api(server)


@pytest.fixture(scope="session")
def echo() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def node(npm: Callable[[str, dict[str, str]], Node]) -> Node:
    return npm("n8n", PACKAGES)


@pytest.fixture(scope="session")
def export(gridwire: list[str], node: Node, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Exports a connector, by its name or the path of its manifest, into a folder of its own; once."""

    @cache
    def exported(connector: str) -> Path:
        out = tmp_path_factory.mktemp("n8n") / "package"
        subprocess.run([*gridwire, "export", "n8n", connector, "--out", str(out)], check=True)
        (out / "node_modules").symlink_to(node.modules)
        return out

    return exported


@pytest.fixture(scope="session")
def start(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Engine]]:
    """Starts n8n's engine with a package."""
    engines: list[Engine] = []

    def started(package: Path) -> Engine:
        engines.append(Engine(node, package, tmp_path_factory.mktemp("home")))
        return engines[-1]

    yield started
    for engine in engines:
        engine.close()


@pytest.fixture(scope="session")
def nodes(start: Callable[[Path], Engine], export: Callable[[str], Path], server: Server) -> Callable[[str], Vendor]:
    """The nodes of a vendor, in n8n's engine."""

    @cache
    def started(vendor: str) -> Vendor:
        return Vendor(start(export(vendor)), vendor, server)

    return started


@pytest.fixture(scope="session")
def package(export: Callable[[str], Path]) -> Path:
    return export("reonic")


@pytest.fixture(scope="session")
def kinds(export: Callable[[str], Path]) -> Path:
    return export(str(HERE / "kinds.yaml"))

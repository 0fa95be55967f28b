"""The page on cassettes, as a new user would follow it; only the port is another, and nobody is there to be asked."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.testing.case import load, loads

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cassettes.md").read_text()
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
[CASE] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
[CODE] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def port():
    """Where the sandbox is."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, ROOT / "cli.py", "sandbox", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        process.stdout.readline()
        yield port
        process.terminate()
        process.stdout.read()


@pytest.fixture
def hook():
    """Where the vendor calls."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def environment(tmp_path):
    """`gridwire` is this checkout's."""
    program = tmp_path / "bin" / "gridwire"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT}/cli.py" "$@"\n')
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page uses curl, and there is none here")
def test_its_commands_do_what_it_says(port, hook, environment, tmp_path):
    script = "\n".join(SHELL).replace("8711", str(port)).replace("8712", str(hook))
    script = script.replace("-i name=Annika", "-i name=Annika --yes").replace(
        "--save-case unknown", "--save-case unknown || test $? = 1"
    )

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, timeout=120, check=True,
    )  # fmt: skip

    made = {path.stem: load(path) for path in tmp_path.glob("cassettes/*/*/*.yaml")}
    assert made.keys() == {"by_name", "changed", "forbidden", "one_more", "unknown"}
    assert [len(step.events) for step in made["changed"].steps if step.do == "receive"] == [1]
    assert "4 cases played; what was recorded comes out." in done.stdout
    assert "2 answers compared; no drift." in done.stdout
    printed = subprocess.run(
        [sys.executable, "-c", CODE], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    assert printed.stdout == b""


def test_the_case_that_it_shows_is_ours():
    ours = load(ROOT / "cassettes" / "reonic" / "add_note" / "added.yaml")

    assert loads(CASE, "the page").dumps() == ours.dumps()

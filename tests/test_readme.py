"""README's commands, run as they stand, in order, against a server of their own; only port and key are filled in."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.manifest.check import check
from connectors.manifest.source import parse

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = [block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "make run" not in block]


def documents(text: str) -> Iterator[Any]:
    """The JSON documents that follow each other in the text; lines that are none are left out."""
    while (start := text.find("{")) >= 0:
        document, end = json.JSONDecoder().raw_decode(text, start)
        yield document
        text = text[end:]


@pytest.fixture
def server(tmp_path):
    """A server with its sandbox, as `make run` starts it: its port and its key."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, ROOT / "cli.py", "serve", "--sandbox", "--port", str(port), "--data", tmp_path / "data"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        lines = iter(process.stdout.readline, "")
        key = next(found[0] for line in lines if (found := re.search(r"gw_\S+", line)))
        yield port, key
        process.terminate()
        process.stdout.read()


@pytest.mark.skipif(shutil.which("curl") is None, reason="README uses curl, and there is none here")
def test_the_commands_answer_as_readme_says(server, tmp_path):
    port, key = server
    script = "\necho ---\n".join(BLOCKS).replace("gw_…", key).replace("8710", str(port))
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, timeout=120, check=True,
    )  # fmt: skip

    parts = done.stdout.split("---\n")
    poll, action, offers, flow, broken = (list(documents(parts[block])) for block in (1, 2, 4, 6, 7))
    made, polled = poll
    assert [item["id"] for item in polled["items"]] == [made["offer"]["id"]]
    assert action == [{"output": {}}]
    assert offers[1]["id"] == offers[0]["offer"]["id"]
    *signatures, one, two = flow
    customers = [signature["offer"]["customer"]["id"] for signature in signatures]
    assert len(customers) == len(set(customers)) == 2
    assert {one["humanId"], two["humanId"]} == {signature["offer"]["id"] for signature in signatures}
    assert broken == []
    assert (tmp_path / "n8n-nodes-reonic" / "package.json").is_file()


def test_the_manifest_in_readme_is_right():
    [manifest] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)

    assert check(parse(manifest, "README.md")).operations.keys() == {"add_note", "new_lead"}

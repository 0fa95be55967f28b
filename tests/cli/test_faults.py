"""The faults of tests/engine/faults.py as a user meets them: exit code, what is printed, time and memory."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connectors.components.http import dump_json
from tests.engine.faults import ACME, DONE, EXIT, FAILED, FAULTS, body
from tests.engine.hostile import full_backlog, serve

ROOT = Path(__file__).parents[2]
SECRET = "canary-secret"
ALWAYS = {"hang mid-body", "reset after the request", "truncated", "empty", "gzip of a gigabyte", "100,000 levels"}
ALWAYS |= {"32 MiB of numbers", "32 MiB of small objects", "16 MiB of records"}
REST = pytest.mark.proof  # the engine's tests have them all, and a process for each takes a minute
START_UP = 8  # seconds that a busy machine may take before anything is sent


MEASURED = """
import atexit, re, runpy, sys
program, peak = sys.argv[1:3]
said = lambda: re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
atexit.register(lambda: open(peak, "w").write(said()))
sys.argv = [program, *sys.argv[3:]]
runpy.run_path(program, run_name="__main__")
"""
"""Notes the greatest resident size by itself: what `wait4` tells counts from the process that forked it, too."""


class Ended(NamedTuple):
    code: int
    printed: str
    said: str
    seconds: float
    megabytes: float


def gridwire(folder: Path, base_url: str, operation: str, *options: str) -> Ended:
    """Runs the operation to its end."""
    return asked(folder, base_url, "run", operation, "-i", "name=Erika", "--json", *options)


def asked(folder: Path, base_url: str, verb: str, *words: str) -> Ended:
    """Runs it to its end. Memory is the greatest resident size of the process."""
    manifest, out, err, peak = folder / "acme.yaml", folder / "out", folder / "err", folder / "peak"
    manifest.write_text(json.dumps(ACME))
    command = [sys.executable, "-c", MEASURED, "cli.py", str(peak), verb, str(manifest), *words]
    command += ["--base-url", base_url, "--set", f"apiKey={SECRET}"]
    started = time.monotonic()
    with out.open("wb") as stdout, err.open("wb") as stderr:
        code = subprocess.run(command, stdout=stdout, stderr=stderr, cwd=ROOT, check=False).returncode
    seconds = time.monotonic() - started
    return Ended(code, out.read_text(), err.read_text(), seconds, int(peak.read_text()) / 1024)


def check(ended: Ended, kind: str, timeout: float) -> None:
    printed: Any = json.loads(ended.printed)
    assert (printed["error"]["kind"] if kind != DONE else DONE) == kind, ended
    assert ended.code == EXIT[kind]
    assert kind == DONE or printed.keys() == {"error"}
    assert ended.seconds < timeout + START_UP
    assert ended.megabytes < 300
    assert SECRET not in ended.printed + ended.said
    assert "Traceback" not in ended.said


@pytest.mark.parametrize("operation", ["find", "add"])
@pytest.mark.parametrize("fault", [fault if fault in ALWAYS else pytest.param(fault, marks=REST) for fault in FAULTS])
async def test_fault(tmp_path, fault: str, operation: str):
    about = FAULTS[fault]
    timeout = 1 if about.hangs else 10
    async with serve(*about.script) as server:
        ended = await asyncio.to_thread(gridwire, tmp_path, server.url, operation, "--timeout", str(timeout))
    check(ended, about.read if operation == "find" else about.write, timeout)
    assert len(server.heads) <= 1 or operation == "find"


@pytest.mark.parametrize("operation", ["find", "add"])
def test_hang_at_connect(tmp_path, operation: str):
    with full_backlog() as host:
        check(gridwire(tmp_path, f"http://{host}", operation, "--timeout", "1"), FAILED, 1)


async def test_a_long_text_with_a_letter_that_takes_four_bytes(tmp_path):
    text = "a" * (2**25 - 10) + "😀"
    async with serve(*body(dump_json(text))) as server:
        ended = await asyncio.to_thread(asked, tmp_path, server.url, "request", "GET", "/text")
    assert json.loads(ended.printed) == text
    assert ended.megabytes < 300


@pytest.mark.proof
@pytest.mark.parametrize("operation", ["find", "add"])
async def test_the_deadline_as_it_comes(tmp_path, operation: str):
    about = FAULTS["hang mid-body"]
    async with serve(*about.script) as server:
        ended = await asyncio.to_thread(gridwire, tmp_path, server.url, operation)
    check(ended, about.read if operation == "find" else about.write, 30)
    assert ended.seconds > 29

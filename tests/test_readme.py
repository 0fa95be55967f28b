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
from connectors.sandbox import Autarc, Reonic, create_app
from connectors.sandbox.faults import read_fault
from tests.conftest import serving

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
STORY = README.partition("## Triggers that lose nothing")[2].partition("\n## ")[0]


def shell(text: str) -> list[str]:
    """The blocks of commands in a text."""
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


BLOCKS = [block for block in shell(README.replace(STORY, "")) if "make run" not in block]


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
    poll, action, account, offers, flow = (list(documents(parts[block])) for block in (1, 2, 3, 5, 7))
    made, polled = poll
    assert [item["id"] for item in polled["items"]] == [made["offer"]["id"]]
    assert action == [{"output": {}}]
    kept, tested, created = account
    assert (kept["name"], tested["state"], created) == ("north", "ok", {"output": {}})
    assert offers[1]["id"] == offers[0]["offer"]["id"]
    *signatures, one, two = flow
    customers = [signature["offer"]["customer"]["id"] for signature in signatures]
    assert len(customers) == len(set(customers)) == 2
    assert {one["humanId"], two["humanId"]} == {signature["offer"]["id"] for signature in signatures}
    assert (tmp_path / "n8n-nodes-reonic" / "package.json").is_file()


@pytest.fixture
def start(tmp_path):
    """Starts README's programs, each on a port of its own, with what `make run` sets: `start(command)`."""
    [interval] = re.findall(r"GRIDWIRE_MIN_INTERVAL:-(\S+)}", (ROOT / "Makefile").read_text())
    environment = {**os.environ, "GRIDWIRE_DATA": str(tmp_path / "data"), "GRIDWIRE_MIN_INTERVAL": interval}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    running, free = [], [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = {str(usual): str(one.getsockname()[1]) for usual, one in zip((8710, 8711, 8712), free, strict=True)}
    for one in free:
        one.close()

    def start(command):
        command = re.sub(r"(?m)^(gridwire sandbox do .*)$", r"\1 --url http://127.0.0.1:8711", command.strip())
        text = re.sub("|".join(ports), lambda found: ports[found[0]], command)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        running.append(process := subprocess.Popen(["bash", "-euc", text], env=environment, cwd=tmp_path, **pipes))
        return process

    yield start
    for process in running:
        process.kill()
        with process:
            pass


def until(process, found):
    """The lines that it prints, up to the one with what is looked for."""
    lines = [process.stdout.readline()]
    while found not in lines[-1]:
        assert lines[-1], "".join(lines)
        lines.append(process.stdout.readline())
    return lines


def test_the_story_of_triggers_that_lose_nothing(start):
    vendors, receiver, subscribing, happening, dying, asking = shell(STORY)
    dead, meanwhile = dying.split("\n", 1)
    assert (vendors, receiver) == ("gridwire sandbox\n", "gridwire listen\n")
    assert dead == "pkill -KILL -f 'gridwire serve'"
    server = start("exec gridwire serve --sandbox --port 8710")
    until(server, "The server is at")
    until(start("exec gridwire sandbox --port 8711"), "The sandbox is at")
    listener = start("exec gridwire listen --port 8712")
    until(listener, "Listening at")

    def done(script):
        process = start(script)
        printed, _ = process.communicate(timeout=100)
        assert process.returncode == 0, printed
        return printed

    assert done(subscribing).count("Subscribed: sub_") == 2
    done(happening)
    events = (line for line in listener.stdout if "came again" not in line)  # sent, and not yet marked when it died
    lines = [next(events) for _ in range(2)]
    server.kill()
    server.wait()
    done(meanwhile)
    again = start("exec gridwire serve --sandbox --port 8710")
    lines += [next(events) for _ in range(2)]

    types = sorted(line.split("  ")[1] for line in lines)
    assert types == ["opensolar.project_created"] * 2 + ["reonic.new_offer"] * 2
    assert len({line.split("  ")[2] for line in lines}) == 4
    told = done(asking)
    assert told.count("  delivered  ") == 4
    assert again.poll() is None
    assert "The last poll at" in told.splitlines()[-1]


def test_the_manifest_in_readme_is_right():
    [manifest] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)

    assert check(parse(manifest, "README.md")).operations.keys() == {"add_note", "new_lead"}


@pytest.fixture
def flow(tmp_path):
    """README's flow in a shell, against pretend vendors: what to run in it, and the two vendors as Python objects."""
    reonic, autarc = Reonic(), Autarc()
    connections = next(block for block in BLOCKS if "sandbox.json <<" in block).partition("gridwire connectors")[0]
    [begun] = (block for block in BLOCKS if "flow() {" in block)
    defined, _, first = begun.partition("gridwire sandbox do")[0].rpartition("\n}\n")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with serving(create_app([reonic, autarc])) as address:

        def run(script):
            text = f"{connections}\n{defined}\n}}\n{script}".replace("http://127.0.0.1:8710/sandbox", address)
            command = ["bash", "-eu", "-c", text]
            subprocess.run(command, cwd=tmp_path, env={**os.environ, "PATH": path}, timeout=100, check=True)

        run(first)
        signed = [reonic.sign_offer(number)["offer"] for number in (7, 9)]
        yield run, reonic, autarc, signed


def made(autarc, signed):
    """The projects at the pretend autarc that have the number of a signed offer."""
    numbers = {offer["id"] for offer in signed}
    return [project for project in autarc.projects.values() if project["humanId"] in numbers]


def test_two_signatures_make_two_projects_and_a_replay_none(flow):
    run, reonic, autarc, signed = flow

    run("cp signed.json before.json\nflow\nflow\nmv before.json signed.json\nflow")

    people = {person["id"]: person for person in reonic.contacts}
    projects = made(autarc, signed)
    assert len(projects) == 2
    for offer in signed:
        person = people[offer["customer"]["id"]]
        [project] = [project for project in projects if project["humanId"] == offer["id"]]
        assert project["name"] == f"{person['firstName']} {person['lastName']}"
        assert project["companyId"] == autarc.company
        assert list(project["address"].values()) == [person[key] for key in ("street", "number", "postcode", "city")]
        assert list(project["address"]) == ["street", "houseNumber", "postalCode", "city"]


DIES = 'gridwire() { test "$1" != run && command gridwire "$@"; }'


@pytest.mark.parametrize(
    ("fault", "script", "count"),
    [
        ({"fault": "drop", "match": "POST"}, "", 2),
        (None, DIES, 0),
    ],
)
def test_a_flow_that_broke_in_the_middle_is_made_up_for_and_nothing_is_made_twice(flow, fault, script, count):
    run, _, autarc, signed = flow
    autarc.faults += [read_fault(fault)] if fault else []

    run(f"{script}\n! flow")
    assert len(made(autarc, signed)) == count
    run("flow\nflow")

    assert len(made(autarc, signed)) == 2
    assert {project["humanId"] for project in made(autarc, signed)} == {offer["id"] for offer in signed}

"""Dockerfile and compose.yaml say nothing that the program does not know."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from connectors.cli.serve import serve

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OPTIONS = {option.name: option for option in serve.params}
NOT_OPTIONS = {"GRIDWIRE_SECRET_KEY", "GRIDWIRE_API_KEY"}
"""Secrets, which no command line shows; `connectors/cli` reads them."""


def variables() -> set[str]:
    return set(re.findall(r"GRIDWIRE_[A-Z_]+", DOCKERFILE)) | set(COMPOSE["services"]["gridwire"]["environment"])


def test_every_variable_is_an_option_of_the_server():
    known = {option.envvar for option in OPTIONS.values()}
    sources = "".join(path.read_text() for path in (ROOT / "connectors" / "cli").glob("*.py"))

    assert all(f'"{name}"' in sources for name in NOT_OPTIONS)
    assert variables() - known - NOT_OPTIONS == set()


def test_the_python_is_one_that_the_project_supports():
    versions = set(re.findall(r"FROM python:(\d+\.\d+)-slim", DOCKERFILE))

    [least] = re.findall(r"^>=(\d+\.\d+)$", PROJECT["requires-python"])
    assert versions
    assert all(tuple(map(int, one.split("."))) >= tuple(map(int, least.split("."))) for one in versions)


def test_the_command_is_the_program_and_starts_the_server():
    [entry] = re.findall(r"^ENTRYPOINT (.+)$", DOCKERFILE, re.MULTILINE)
    [command] = re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)

    assert json.loads(entry)[0] in PROJECT["scripts"]
    serve.make_context("serve", json.loads(command)[1:], resilient_parsing=True)
    assert json.loads(command)[0] == serve.name


def test_the_port_is_the_servers_own_everywhere():
    port = OPTIONS["port"].default
    gridwire = COMPOSE["services"]["gridwire"]

    assert re.findall(r"^EXPOSE (\d+)$|GRIDWIRE_PORT=(\d+)", DOCKERFILE, re.MULTILINE) == [
        ("", str(port)),
        (str(port), ""),
    ]
    assert gridwire["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert all(f"http://127.0.0.1:{port}/readyz" in said for said in (DOCKERFILE, str(gridwire["healthcheck"])))


def test_it_runs_as_nobody_in_particular_and_keeps_what_it_keeps_in_a_volume():
    lines = DOCKERFILE.splitlines()

    assert "USER gridwire" in lines
    assert lines.index("USER gridwire") < next(i for i, line in enumerate(lines) if line.startswith("ENTRYPOINT"))
    assert "VOLUME /data" in lines
    assert "GRIDWIRE_DATA=/data" in DOCKERFILE
    assert COMPOSE["services"]["gridwire"]["volumes"] == ["gridwire:/data"]
    assert set(COMPOSE["volumes"]) == set(COMPOSE["services"])


def test_what_is_copied_into_the_image_is_there_and_not_left_out():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    names = {name for line in copied for name in line.split()}
    assert all((ROOT / name).exists() and f"!{name}" in ignored for name in names)
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(wheel["only-include"]) <= names


def test_n8n_may_be_called_and_keys_come_from_outside():
    environment = COMPOSE["services"]["gridwire"]["environment"]

    assert environment["GRIDWIRE_ALLOW_TARGET"] == f"http://n8n:{COMPOSE['services']['n8n']['environment']['N8N_PORT']}"
    assert all(environment[name].startswith(f"${{{name}:?") for name in NOT_OPTIONS)


@pytest.mark.parametrize("service", ["gridwire", "n8n"])
def test_each_service_says_whether_it_is_well(service):
    check = COMPOSE["services"][service]["healthcheck"]

    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries"} <= set(check)

"""The page on agents: what it tells people to copy can be read, and what it says of tools is so."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from connectors.cli import main
from connectors.manifest.catalog import Catalog, bundled
from connectors.server.tools.listing import ITEMS_AT_ONCE, Tools

PAGE = (Path(__file__).parents[2] / "docs" / "platforms" / "mcp.md").read_text()


def test_every_snippet_is_json_that_starts_gridwire_or_names_its_address():
    found = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    servers = [(one.get("mcpServers") or one["servers"])["gridwire"] for one in found]

    assert len(servers) == 4
    assert all(one.get("args") == ["mcp"] or one["url"].endswith(":8710/mcp") for one in servers)


def test_every_command_of_gridwire_has_the_options_that_it_is_shown_with():
    inline = re.findall(r"`(gridwire (?:mcp|keys|connect) [^`]*)`", " ".join(PAGE.split()))
    commands = [*inline, *re.findall(r"^ *(gridwire .*)$", PAGE, re.MULTILINE)]
    options = {(shlex.split(one)[1], word) for one in commands for word in shlex.split(one) if word.startswith("--")}

    assert {("mcp", "--connection"), ("mcp", "--connection-file"), ("keys", "--scope")} <= options
    for command, option in options:
        helped = CliRunner().invoke(main, [command, *(["add"] if command == "keys" else []), "--help"]).output
        assert option in helped, (command, option)


def test_the_numbers_are_right():
    catalog = Catalog([bundled()])
    known = [catalog.load(name) for name in catalog.names]
    count = {one.connector: len(Tools([one]).listed({one.connector: ["x"]})) for one in known}

    said = " ".join(PAGE.split())
    assert f"all four vendors together have {sum(count.values())}, OpenSolar alone {count['opensolar']}" in said
    assert f"A search gives {ITEMS_AT_ONCE} items" in PAGE

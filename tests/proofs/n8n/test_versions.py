"""A workflow that was saved with version 1 of a package, as n8n saves it, in version 2 of the package."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from tests.proofs.n8n.conftest import Engine

pytestmark = pytest.mark.proof

FIRST: dict[str, Any] = yaml.safe_load("""
connector: acme
language: 1
version: 1.0.0
title: Acme
description: Things of Acme.
base_url: https://api.acme.example
connection:
  fields: {key: {title: Key, required: true, secret: true}}
  auth: {api_key: {header: X-Key, value: "{key}"}}
  test: GET /things
lists:
  things: {request: GET /things}
triggers:
  thing_moved:
    title: Thing moved
    description: Triggers when a thing is moved.
    input: {place: {title: Place, required: true, enum: [shelf, floor]}}
    poll: things
    key: id
    version: place
    where: {place: "{place}"}
    sample: {id: t-1, place: shelf}
actions:
  make_thing:
    title: Make thing
    description: Makes a thing.
    input:
      name: {title: Name, required: true}
      shape: {title: Shape, required: true, enum: [round, angular]}
      size: {title: Size, properties: {height: {type: number, required: true}}}
    request: POST /things
    sample: {id: t-1}
""")
CONNECTION = {"__rl": True, "mode": "id", "value": "c-1"}


def _second() -> dict[str, Any]:
    """With more of everything, and all of it before what was there, as n8n sorts it."""
    second = deepcopy(FIRST)
    make, moved = second["actions"]["make_thing"], second["triggers"]["thing_moved"]
    second["version"] = "1.1.0"
    second["actions"] |= {"add_box": make | {"title": "Add box"}, "get_thing": make | {"title": "Get thing"}}
    second["triggers"]["box_moved"] = moved | {"title": "Box moved"}
    make["input"] = {**deepcopy(make["input"]), "colour": {"title": "Colour"}}
    make["input"]["shape"]["enum"].append("bent")
    make["input"]["size"]["properties"]["depth"] = {"type": "number"}
    moved["input"] = {"place": {"title": "Place", "required": True, "enum": ["shelf", "floor", "bin"]}, "by": {}}
    moved["where"] = {"place": "{place}", "by": "{by}"}
    second["actions"]["add_box"]["input"] = {"name": {"required": True}}
    return second


@pytest.fixture(scope="session")
def versions(
    export: Callable[[str], Path], start: Callable[[Path], Engine], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Engine, Engine]:
    def engine(manifest: dict[str, Any]) -> Engine:
        file = tmp_path_factory.mktemp("acme") / "acme.yaml"
        file.write_text(json.dumps(manifest))  # which is YAML too
        return start(export(str(file)))

    return engine(FIRST), engine(_second())


@pytest.fixture
def chosen() -> dict[str, Any]:
    """What a user has filled in; the rest is left as n8n showed it at first."""
    size = {"value": {"height": 2}}
    return {"connection": CONNECTION, "name": "Chest", "additionalFields": {"size": size}}


def test_an_action_goes_on_as_it_was(versions: tuple[Engine, Engine], chosen: dict[str, Any], echo: str) -> None:
    first, second = versions
    saved = first.ask("save", parameters=chosen)["ok"]
    assert saved.keys() == {"connection", "name", "additionalFields"}
    credentials = {"serverUrl": echo, "apiKey": "invented"}
    before, after = (
        engine.ask("execute", parameters=saved, credentials=credentials)["ok"]["outputs"][0][0]["json"]
        for engine in (first, second)
    )
    assert after == before
    assert after["input"] == {"name": "Chest", "shape": "round", "size": {"height": 2}}


def test_a_field_that_was_added_can_be_used(versions: tuple[Engine, Engine], chosen: dict[str, Any], echo: str) -> None:
    chosen["additionalFields"]["colour"] = "red"
    credentials = {"serverUrl": echo, "apiKey": "invented"}
    (item,) = versions[1].ask("execute", parameters=chosen, credentials=credentials)["ok"]["outputs"][0]
    assert item["json"]["input"]["colour"] == "red"


def test_a_trigger_goes_on_as_it_was(versions: tuple[Engine, Engine], echo: str) -> None:
    first, second = versions
    saved = first.ask("save", type="acmeTrigger", parameters={"connection": CONNECTION})["ok"]
    given = {
        "parameters": saved,
        "credentials": {"serverUrl": echo, "apiKey": "invented"},
        "base": "http://n8n.invalid",
    }
    kept = first.ask("hook", method="create", **given)["ok"]["kept"]
    again = second.ask("hook", method="create", **given)["ok"]["kept"]
    assert again["node:Node"]["wanted"] == kept["node:Node"]["wanted"]
    assert '"trigger":"thing_moved","input":{"place":"shelf"}' in kept["node:Node"]["wanted"]

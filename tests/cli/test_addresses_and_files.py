"""At the command line: an address that fields complete, files that the vendor names, and what was left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MANIFEST = """
connector: acme
language: 1
version: 1.0.0
title: Acme
description: Orders at Acme.
base_url: {pattern: "https://{shop}.acme.example/v1"}
connection:
  fields: {shop: {title: Shop}, token: {title: Token, secret: true, required: true}}
  auth: {api_key: {header: X-Key, value: "{token}"}}
  test: GET /me
actions:
  create_order:
    title: Create order
    description: Orders something.
    input:
      street: {title: Street}
      city: {title: City}
      colour: {title: Colour, default: red}
    request: POST /orders
    body: {address: {if_given: {street: "{street}", city: "{city}", country: DE}}, colour: "{colour}"}
    sample: {id: 1}
  get_photo:
    title: Get photo
    description: Fetches a photo.
    input: {name: {title: Name, required: true}}
    request: GET /photos/{name}
    output: {file: {}}
    sample: {name: a.jpg, media_type: image/jpeg, size: 1, content: eA==}
"""
TOKEN = "--set", "token=invented-token"


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    path = tmp_path / "acme.yaml"
    path.write_text(MANIFEST)
    return path


async def photo(request: Request) -> Response:
    name = request.path_params["name"]
    return Response(name.encode(), headers={"content-disposition": f'attachment; filename="{name}"'})


@pytest.fixture(scope="module")
def at(served: Any):
    """Options that lead to a vendor with photos."""
    with served(Starlette(routes=[Route("/photos/{name:path}", photo)])) as address:
        yield (*TOKEN, "--base-url", address)


def test_an_address_is_completed_by_fields(gridwire, acme):
    done = gridwire("run", acme, "create_order", *TOKEN, "--set", "shop=roof", "--dry-run", "--json")
    shown = json.loads(done.stdout)
    assert shown["url"] == "https://roof.acme.example/v1/orders"
    assert {"part": "address", "from": "the manifest, the connection: shop"} in shown["origins"]


@pytest.mark.parametrize("shop", [[], ["--set", "shop=evil.com/"]])
def test_a_field_that_gives_no_address_is_a_wrong_input(gridwire, acme, shop):
    done = gridwire("run", acme, "create_order", *TOKEN, *shop, "--dry-run", "--json")
    assert (done.exit_code, json.loads(done.stdout)["error"]["field"]) == (2, "shop")


def test_the_pattern_is_shown(gridwire, acme):
    assert "Address: https://{shop}.acme.example/v1" in gridwire("show", acme).stdout
    assert json.loads(gridwire("show", acme, "--json").stdout)["base_url"] == "https://{shop}.acme.example/v1"


def test_what_is_absent_is_neither_input_nor_default_in_a_dry_run(gridwire, acme):
    order = gridwire("run", acme, "create_order", *TOKEN, "--set", "shop=a", "-i", "street=Ring", "--dry-run", "--json")
    shown = json.loads(order.stdout)
    assert shown["body"] == {"address": {"street": "Ring", "country": "DE"}, "colour": "red"}
    assert {"part": "body address", "from": "input: street"} in shown["origins"]
    assert {"part": "body colour", "from": "default: colour"} in shown["origins"]


def test_in_a_folder_a_file_is_called_as_the_vendor_calls_it(gridwire, acme, at, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for _ in range(2):
        done = gridwire("run", acme, "get_photo", *at, "-i", "name=../.roof.jpg", "--out", folder)
    assert json.loads(done.stdout)["path"] == str(folder / "roof (2).jpg")
    assert sorted(path.name for path in folder.iterdir()) == ["roof (2).jpg", "roof.jpg"]
    assert not (tmp_path / ".roof.jpg").exists()


def test_each_line_may_give_a_file(gridwire, acme, at, tmp_path):
    lines, folder = tmp_path / "lines", tmp_path / "photos"
    folder.mkdir()
    lines.write_text('{"name": "a.jpg"}\n{"name": "b.jpg"}\n')
    done = gridwire("run", acme, "get_photo", *at, "--each", lines, "--out", folder)
    assert [json.loads(line)["size"] for line in done.stdout.splitlines()] == [5, 5]
    assert (folder / "b.jpg").read_text() == "b.jpg"


def test_one_file_cannot_take_many(gridwire, acme, at, tmp_path):
    done = gridwire("run", acme, "get_photo", *at, "--each", acme, "--out", tmp_path / "x.jpg")
    assert (done.exit_code, "Name a folder" in done.stderr) == (2, True)


def test_pairs_are_shown(gridwire):
    ok = Path(__file__).parents[1] / "manifests" / "ok.yaml"
    assert "find_order  create_order" in gridwire("show", ok).stdout
    assert json.loads(gridwire("show", ok, "--json").stdout)["pairs"] == {"find_order": "create_order"}

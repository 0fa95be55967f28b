"""Polling where previous values, deleted items and dropdowns that depend on others come in."""

from __future__ import annotations

import json

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

MANIFEST = """
connector: shop
language: 1
version: 1.0.0
title: Shop
description: A shop.
base_url: https://shop.example
connection:
  fields: {token: {title: Token, secret: true}}
  auth: {api_key: {header: X-Token, value: "{token}"}}
  test: GET /orders
lists:
  orders: {request: GET /orders, complete: true, sample: {id: 1, state: Paid}}
  rows: {request: "GET /orders/{order}/rows", input: {order: {required: true}}}
triggers:
  changed: {title: Changed, description: Triggers when changed., poll: orders, key: id, version: state}
  gone: {title: Gone, description: Triggers when gone., poll: orders, key: id, fire: deleted, remember: [id, state]}
actions:
  pack:
    title: Pack
    description: Packs a row.
    input:
      order: {title: Order, required: true}
      row: {title: Row, choices: {list: rows, title: "Row {id}"}}
    request: POST /orders/{order}/pack
    form: {row: {id: "{row}"}}
    sample: {}
"""


@pytest.fixture
def orders():
    """What the shop holds; a test changes it."""
    return [{"id": number, "state": "Open"} for number in range(1, 11)]


@pytest.fixture
def options(orders, served, tmp_path):
    """The options that lead to the shop."""
    (tmp_path / "shop.yaml").write_text(MANIFEST)
    routes = [
        Route("/orders", lambda _: JSONResponse(orders)),
        Route("/orders/{order}/rows", lambda request: JSONResponse([{"id": f"{request.path_params['order']}-1"}])),
    ]
    with served(Starlette(routes=routes)) as address:
        yield "--manifests", tmp_path, "--base-url", address, "--set", "token=shop-token"


@pytest.fixture
def poll(gridwire, options, tmp_path):
    """Polls with the same state each time."""
    return lambda trigger, *more: gridwire("poll", f"shop.{trigger}", *options, "--state", tmp_path / "s.json", *more)


def test_what_was_remembered_is_printed_with_the_item(poll, orders):
    poll("changed")
    orders[0]["state"] = "Paid"

    assert json.loads(poll("changed").stdout) == {"id": 1, "state": "Paid", "previous": {"state": "Open"}}


def test_what_is_gone_is_printed_as_it_was_after_the_second_reading(poll, orders):
    poll("gone")
    orders.pop(0)

    assert poll("gone").stdout == ""
    assert json.loads(poll("gone").stdout) == {"id": 1, "state": "Open"}


def test_too_much_gone_at_once_is_held_until_it_is_released(poll, orders):
    poll("gone")
    del orders[2:]
    poll("gone")
    held = poll("gone")

    assert (held.exit_code, held.stdout) == (0, "")
    assert "8 items are gone at once. Run it again with --release if that is right." in held.stderr
    assert len(poll("gone", "--release").stdout.splitlines()) == 8


def test_a_state_of_the_form_before_keeps_its_place(poll, orders, tmp_path):
    poll("changed")
    state = json.loads((tmp_path / "s.json").read_text())
    old = {"versions": state["memory"]["versions"]}
    (tmp_path / "s.json").write_text(json.dumps({**state, "memory": old}))
    orders.append({"id": 11, "state": "Open"})

    assert [json.loads(line)["id"] for line in poll("changed").stdout.splitlines()] == [11]


def test_choices_that_depend_on_another_input_need_it(gridwire, options):
    without = gridwire("choices", "shop.pack", "row", *options)
    listed = gridwire("choices", "shop.pack", "row", *options, "-i", "order=7")

    assert without.exit_code == 2
    assert "'order'" in without.stderr
    assert "7-1    Row 7-1" in listed.stdout


def test_a_dry_run_shows_a_form(gridwire, options):
    words = "run", "shop.pack", *options, "-i", "order=7", "-i", "row=7-1", "--dry-run"

    assert ["form", "row.id", "7-1"] in [line.split()[:3] for line in gridwire(*words).stdout.splitlines()]
    assert json.loads(gridwire(*words, "--json").stdout)["body"] == [["row[id]", "7-1"]]

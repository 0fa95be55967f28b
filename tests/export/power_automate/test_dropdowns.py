from __future__ import annotations

import pytest

from connectors.components.fields import Field
from connectors.export.power_automate.dropdowns import dropdown
from connectors.manifest.check import check
from connectors.manifest.source import parse

ACME = """
connector: acme
language: 1
version: 1.0.0
title: Acme
description: Orders at Acme.
base_url: https://api.acme.example
connection:
  fields: {key: {title: Key, required: true, secret: true}}
  auth: {api_key: {header: X-Key, value: "{key}"}}
  test: GET /orders
lists:
  orders: {request: GET /orders, input: {city: {}}}
  lines: {request: "GET /orders/{order}/lines", input: {order: {required: true}}}
actions:
  move_line:
    title: Move line
    description: Moves a line to another order.
    input:
      order: {title: Order, required: true, choices: {list: orders}}
      line: {title: Line, required: true, choices: {list: lines}}
      to: {title: To, required: true, choices: {list: orders}}
      after: {title: After, choices: {list: lines, with: {order: "{to}"}}}
      city: {title: City}
    request: POST /orders/{order}/move
    sample: {}
"""


@pytest.fixture(scope="module")
def offered():
    """The dropdown of an input of `move_line`: its parameters, in Microsoft's newer words."""
    acme = check(parse(ACME, "acme.yaml"))
    action = acme.actions["move_line"]
    of = dropdown(acme, action, "connection")
    return lambda name, field=None: of(name, field or action.input[name])["x-ms-dynamic-list"]["parameters"]


def test_a_dropdown_says_which_input_it_is_for(offered):
    assert offered("order") == {
        "operation": {"value": "move_line"},
        "field": {"value": "order"},
        "connection": {"parameterReference": "connection"},
    }


def test_what_the_list_needs_is_taken_from_the_input_of_that_name(offered):
    assert offered("line")["input.order"] == {"parameterReference": "body/input/order"}


def test_what_is_written_with_the_choices_is_taken_from_where_it_says(offered):
    assert offered("after")["input.to"] == {"parameterReference": "body/input/to"}


def test_what_the_list_can_do_without_is_not_taken_along(offered):
    assert "input.city" not in offered("to")


def test_fixed_choices_need_nothing(offered):
    assert "input.order" not in offered("line", Field.model_validate({"choices": {"values": {"1": "One"}}}))

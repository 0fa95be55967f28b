from __future__ import annotations

from typing import Any

import pytest

from connectors.export.zapier.definition import definition
from connectors.manifest.check import check
from connectors.manifest.model import Connector
from connectors.manifest.source import parse

ACME = """
connector: acme_solar
language: 1
version: 2.3.1
title: Acme Solar
description: Plans and offers of Acme.
docs: https://acme.example/api
base_url: https://api.acme.example
connection:
  fields: {key: {title: Key, required: true, secret: true}}
  auth: {api_key: {header: X-Key, value: "{key}"}}
  test: GET /users
lists:
  users:
    request: GET /users
    sample: {id: u-1, name: Erika Beispiel, email: erika@example.com}
  rooms:
    request: GET /houses/{house}/rooms
    input: {house: {required: true}}
    sample: {id: 1, name: Kitchen, walls: [{length: 2.5, doors: [{width: 1}]}], tags: [a]}
triggers:
  new_user:
    title: New user
    description: Triggers when there is a user who was not there before.
    poll: users
    key: id
  user_renamed:
    title: User renamed
    description: Triggers when a user gets another name.
    poll: users
    key: id
    version: name
    fire: changed
actions:
  create_plan:
    title: Create plan
    description: Draws a plan.
    input:
      name: {title: Full name, required: true, examples: [Plan A]}
      text: {title: Note, multiline: true}
      day: {title: Day, format: date}
      connection: {title: Cable, choices: {values: {ac: Alternating, dc: Direct}}}
      floors: {title: Floors, type: integer, default: 2}
      owner: {title: Owner, choices: {list: users, title: "{name}"}}
      others: {title: Other owners, items: {choices: {list: users, title: "{name}"}}}
      house: {title: House, required: true}
      room: {title: Room, type: integer, choices: {list: rooms, with: {house: "{house}"}, title: "{name}"}}
      place:
        title: Position
        properties: {lat: {title: Latitude, type: number, required: true}, lng: {type: number, required: true}}
      address: {title: Address to look up, properties: {city: {}}}
      lines:
        title: Lines
        items:
          properties:
            item: {title: Item, required: true}
            size: {title: Size, properties: {height: {type: number}}}
            parts: {title: Parts, items: {}}
      more: {title: More, type: [object, "null"], description: Whatever else there is.}
    rules: [{exactly_one_of: [place, address]}]
    request: POST /plans
    sample: {}
  delete_plan:
    title: Delete plan
    description: Deletes a plan for good.
    input: {id: {title: Plan, required: true}}
    request: DELETE /plans/{id}
    sample: {}
  get_drawing:
    title: Get drawing
    description: Fetches the drawing of a plan.
    input: {id: {title: Plan, required: true}}
    request: GET /plans/{id}
    output: {file: {url: "{url}", name: "{id}.pdf", media_type: application/pdf}}
    sample: {name: o-1.pdf, media_type: application/pdf, size: 3, content: aGVq}
  get_user:
    title: Get user
    description: Fetches a user.
    input: {id: {title: User, required: true, choices: {list: users, title: "{name}"}}}
    request: GET /users/{id}
    sample: {id: u-1, name: Erika Beispiel}
searches:
  find_user:
    title: Find user
    description: Finds users by email.
    input: {email: {title: Email}, name: {title: Name}}
    list: users
    match: {email: "{email}", name: "{name}"}
  find_room:
    title: Find room
    description: Finds rooms of a house.
    input: {house: {title: House, required: true}, name: {title: Name}}
    list: rooms
    match: {name: "{name}"}
pairs: {find_room: create_plan}
"""


@pytest.fixture
def acme() -> Connector:
    return check(parse(ACME, "acme_solar.yaml"))


@pytest.fixture
def acme_with_a_field() -> Connector:
    """The next version, with one input more."""
    more = ACME.replace("      text: {title: Note", "      colour: {title: Colour}\n      text: {title: Note")
    return check(parse(more.replace("2.3.1", "2.4.0"), "acme_solar.yaml"))


@pytest.fixture
def acme_with_a_letter() -> Connector:
    """With a thing that is called by a letter."""
    renamed = ACME.replace("  delete_plan:\n    title: Delete plan", "  add_x:\n    title: Add an X")
    return check(parse(renamed, "acme_solar.yaml"))


@pytest.fixture
def app(acme: Connector) -> dict[str, Any]:
    return definition(acme)

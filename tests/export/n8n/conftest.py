from __future__ import annotations

import pytest

from connectors.manifest.check import check
from connectors.manifest.model import Connector
from connectors.manifest.source import parse

ACME = """
connector: acme_solar
language: 1
version: 2.3.1
title: Acme Solar
description: Plans & offers of Acme.
docs: https://acme.example/api
base_url: https://api.acme.example
connection:
  fields: {key: {title: Key, required: true, secret: true}}
  auth: {api_key: {header: X-Key, value: "{key}"}}
  test: GET /users
lists:
  users: {request: GET /users}
actions:
  create_request:
    title: Create request
    description: Creates a lead.
    input:
      name: {title: Full name, required: true}
      owner: {title: Owner, choices: {list: users, title: "{name}"}}
      lead: {title: Lead source}
      place:
        title: Position
        properties: {lat: {type: number, required: true}, lng: {type: number, required: true}}
      address: {title: Address to look up, properties: {city: {}, street: {}}}
    rules: [{exactly_one_of: [place, address]}]
    request: POST /requests
    sample: {}
  delete_request:
    title: Delete request
    description: Deletes a lead for good.
    input: {id: {title: Request, required: true}}
    request: DELETE /requests/{id}
    sample: {}
  get_signed_pdf:
    title: Get signed PDF
    description: Fetches the signed offer.
    input: {id: {title: Offer, required: true}}
    request: GET /offers/{id}
    output: {file: {url: "{url}", name: "{id}.pdf", media_type: application/pdf}}
    sample: {name: o-1.pdf, media_type: application/pdf, size: 3, content: aGVq}
  ping:
    title: Ping
    description: Says whether Acme is there.
    request: GET /ping
    sample: {}
searches:
  find_user:
    title: Find user
    description: Finds users by email.
    input: {email: {title: Email}}
    list: users
    match: {email: "{email}"}
    sample: {id: u-1, email: erika@example.com}
triggers:
  user_moved:
    title: User moved
    description: Triggers when a user is moved, to the team you choose.
    input: {team: {title: To team, required: true}, event: {title: Kind of move}}
    poll: users
    key: id
    version: team
    where: {team: "{team}", event: "{event}"}
    sample: {id: u-1, team: Roof}
  new_user:
    title: New user
    description: Triggers when a user appears.
    poll: users
    key: id
    sample: {id: u-1, team: Roof}
"""


@pytest.fixture
def acme() -> Connector:
    return check(parse(ACME, "acme_solar.yaml"))

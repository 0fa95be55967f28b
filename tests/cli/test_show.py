from __future__ import annotations

import json
from pathlib import Path

import pytest

OK = Path(__file__).parents[1] / "manifests" / "ok.yaml"


def test_the_connectors_with_their_operations(gridwire):
    done = gridwire("connectors")

    assert done.exit_code == 0
    assert "reonic  Reonic 1.0.0\n  triggers:  new_offer, new_request, offer_updated, offer_signed, " in done.stdout


def test_a_wrong_manifest_is_left_out_and_said(gridwire, tmp_path):
    (tmp_path / "broken.yaml").write_text("connector: broken\n")

    done = gridwire("connectors", "--manifests", tmp_path)

    assert done.exit_code == 0
    assert "reonic" in done.stdout
    assert f"`gridwire check {tmp_path}/broken.yaml` says where" in done.stderr


def test_a_connector_with_its_connection_and_operations(gridwire, acme):
    text = gridwire("show", acme).stdout

    assert "Address: https://api.acme.example" in text
    assert "token  required text, secret  Token" in text
    assert "delete_order  Delete order  Deletes an order." in text


def test_what_it_says_to_type_names_the_manifest_by_its_path_too(gridwire):
    assert f"gridwire show {OK} " in gridwire("show", OK).stdout
    assert f"`gridwire poll {OK} store_closed`" in gridwire("run", OK, "store_closed").stderr


def test_an_action_with_where_each_input_goes(gridwire, acme):
    text = gridwire("show", acme, "create_order").stdout

    assert "Request: POST /shops/{shop}/orders\n  shop comes from the connection\n" in text
    assert "Documented: https://docs.acme.example" in text
    assert "words      required list, each whole number  body words     Words" in text
    assert "size.wide  number, at least 0                body box.w" in text
    assert "Colour. r (Red), b (Blue)" in text
    assert "Give at most one of size, note." in text
    assert "Give note only with colour." in text
    assert '"id": 1' in text
    assert "create_order.words  assumed       Page 3  Whole numbers" in text


def test_a_trigger_with_what_it_looks_at(gridwire, acme):
    text = gridwire("show", acme, "order_paid").stdout

    assert "Fires: when an item's version changes\n" in text
    assert "  known by id\n  its version is paidAt\n  only if city equals {city}\n" in text
    assert "city  text   compared with city  City" in text


def test_a_search_with_what_it_compares(gridwire):
    text = gridwire("show", "reonic.find_user").stdout

    assert "email equals {email}, upper and lower case alike" in text
    assert "Documented: REST" in text


def test_an_operation_with_a_dynamic_dropdown_names_the_command_for_it(gridwire):
    assert "gridwire choices reonic add_note offerId" in gridwire("show", "reonic", "add_note").stdout


def test_a_file_is_said_to_be_one(gridwire):
    assert (
        "a file (application/pdf); --out FILE keeps it.\n"
        "  fetched from the address that the answer holds: {currentSignature.signedPdfUrl}\n"
    ) in gridwire("show", "reonic", "get_signed_pdf").stdout


def test_as_json_the_input_is_a_schema(gridwire, acme):
    shown = json.loads(gridwire("show", acme, "create_order", "--json").stdout)

    assert shown["input"]["required"] == ["words"]
    assert shown["goes_to"]["size.wide"] == "body box.w"
    assert shown["sample"] == {"id": 1}
    assert json.loads(gridwire("show", acme, "--json").stdout)["connection"]["fields"]["required"] == ["shop", "token"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reonik"], "there is no connector 'reonik'; did you mean 'reonic'?"),
        (["reonic", "creat_request"], "reonic has no operation 'creat_request'; did you mean 'create_request'?"),
        (["./none.yaml"], "the file cannot be read"),
        (["reonic", "one", "two"], "Name one operation at a time"),
    ],
)
def test_what_is_not_there_is_wrong_use(gridwire, words, said):
    done = gridwire("show", *words)

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("shelf_added", "Request: POST /stores/{store.id}/shelves\n  once for each store of the list stores\n"),
        ("shelf_added", "  known by a hash of row, store.id\n"),
        ("shelf_added", "body region, headers X-Region of the list stores  Region"),
        ("note_written", "  its items are the entries at notes of each item, with that item as parent\n"),
        (
            "note_written",
            "by POST /people/find, with name = {item.by}, shop_too = {shop}.\n  documented: https://docs.acme.example\n",
        ),
        ("store_closed", "Fires: when an item is gone\n  known by id\n  remembers open\n  only if open is not true\n"),
        ("store_closed", "What comes back\n  Name   Value              What it is\n  id     text\n"),
        ("store_opened", "  only if previous.open is one of true, null\n  only if until is more than 2026-01-01\n"),
        ("store_opened", "  only if until exists\n"),
        ("lease_ends", "Fires: when a time comes\n  known by id\n  the time is 3 days before until\n"),
        ("move_shelf", "  or POST /stores/{store}/move, if the vendor answers 405\n"),
        ("move_shelf", "Rate: at most 100 requests per day\n"),
        ("move_shelf", "form to.of"),
        ("find_store", "text    text           query like        Text"),
        (
            "project_updated",
            "Request: GET /projects\n\nWebhook: the vendor calls, and the poll finds what did not come\n",
        ),
        (
            "project_updated",
            "  turned on by POST /shops/{shop}/hooks\n  turned off by PATCH /hooks/{subscription.id}\n",
        ),
        ("project_updated", "  looked up in the list hooks, to see whether the vendor still calls\n"),
        ("project_updated", "  shop comes from the connection\n"),
        ("note_written", "\nIncludes keeper: what acme.get_person gives, "),
        ("project_updated", "  verified by a secret in the header X-Webhook-Token\n  only if model equals Project\n"),
        ("project_updated", "stage  whole number  compared with stage, the subscription's body.stages.0  Stage"),
        ("project_deleted", "\n\nWebhook: the vendor calls\n  to be set up by hand: Under Settings > Hooks, add {web"),
        ("project_deleted", "  verified by a signature (HMAC sha512) in the header X-Signature\n"),
        ("project_deleted", "  only if the header X-Event equals deleted\n"),
        ("invoice_sent", "  verified by a signature (Standard Webhooks)\n"),
        ("page_liked", "  verified by a secret in the address\n"),
        ("page_liked", "  answered when the vendor first asks whether the address is right\n"),
    ],
)
def test_every_block_of_the_language_is_told(gridwire, operation, said):
    assert said in gridwire("show", OK, operation).stdout


@pytest.fixture
def noted(tmp_path):
    """A manifest with a note on every part that an operation has, and on some that belong to none."""
    abouts = ("types.Lead.name", "lists.leads.items", "get_owner", "base_url", "errors")
    notes = "".join(f"  - {{about: {one}, says: assumed, where: Page 1, chosen: Ours}}\n" for one in abouts)
    (tmp_path / "noted.yaml").write_text(NOTED + notes)
    return tmp_path / "noted.yaml"


NOTED = """\
connector: noted
language: 1
version: 1.0.0
title: Noted
description: Leads with their owners.
base_url: https://api.noted.example
connection:
  fields: {key: {title: API key, secret: true}}
  auth: {bearer: {token: "{key}"}}
  test: GET /me
types:
  Lead: {properties: {name: {title: Name}}}
lists:
  leads: {request: GET /leads, output: {properties: {lead: {type: Lead}}}, sample: {lead: {name: Ada}}}
triggers:
  new_lead:
    title: New lead
    description: Triggers when a lead appears.
    poll: leads
    key: lead.name
    include: {owner: {from: get_owner, with: {id: "{item.lead.name}"}}}
    sample: {lead: {name: Ada}, owner: {}}
actions:
  get_owner:
    title: Get owner
    description: Fetches an owner.
    input: {id: {title: ID, required: true}}
    request: GET /owners/{id}
    sample: {}
notes:
"""


def test_notes_reach_what_they_are_about(gridwire, noted):
    shown = json.loads(gridwire("show", noted, "new_lead", "--json").stdout)
    whole = json.loads(gridwire("show", noted, "--json").stdout)

    assert [note["about"] for note in shown["notes"]] == ["types.Lead.name", "lists.leads.items", "get_owner"]
    assert [note["about"] for note in whole["notes"]] == ["base_url", "errors"]
    assert "gridwire show noted\n" in gridwire("show", noted, "new_lead").stdout
    assert "base_url  assumed       Page 1  Ours" in gridwire("show", noted).stdout


@pytest.mark.parametrize("name", ["reonic", str(OK)])
def test_of_every_input_it_is_told_where_it_goes(gridwire, name):
    """And of every operation where it is documented, what comes back, and by which request or call."""
    whole = json.loads(gridwire("show", name, "--json").stdout)

    for operation in (one["name"] for kind in ("triggers", "actions", "searches") for one in whole[kind]):
        shown = json.loads(gridwire("show", name, operation, "--json").stdout)
        assert [given for given, place in shown["goes_to"].items() if not place] == []
        assert shown["sample"] is not None
        assert shown["docs"]
        assert shown["request"] or shown["webhook"]


def test_how_a_trigger_comes_is_data_too(gridwire):
    shown = [json.loads(gridwire("show", OK, name, "--json").stdout) for name in ("project_updated", "page_liked")]

    assert [(each["comes_by"], each["request"]) for each in shown] == [
        (["webhook", "poll"], "GET /projects"),
        (["webhook"], None),
    ]


@pytest.mark.parametrize("command", ["poll", "run"])
def test_what_comes_by_webhook_only_is_neither_polled_nor_run(gridwire, command):
    done = gridwire(command, OK, "page_liked")

    assert done.exit_code == 2
    assert "acme.page_liked" in done.stderr
    assert "page_liked` says how" in done.stderr


def test_what_comes_back_is_a_schema_too(gridwire):
    shown = json.loads(gridwire("show", OK, "note_written", "--json").stdout)
    searched = json.loads(gridwire("show", OK, "find_store", "--json").stdout)

    assert (shown["output"], shown["include"]) == (None, {"keeper": "get_person"})
    assert searched["output"]["properties"]["id"] == {"type": "string"}
    assert searched["sample"]["id"] == "s-1"

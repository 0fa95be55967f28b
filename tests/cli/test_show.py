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
    assert "gridwire choices reonic.add_note offerId" in gridwire("show", "reonic", "add_note").stdout


def test_a_file_is_said_to_be_one(gridwire):
    assert "a file (application/pdf); --out FILE keeps it" in gridwire("show", "reonic", "get_signed_pdf").stdout


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
        ("shelf_added", "region  text, default north  body region  Region"),
        ("note_written", "  its items are the entries at notes of each item, with that item as parent\n"),
        ("note_written", "Includes keeper: what acme.get_person gives.\n"),
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
        ("project_updated", "  verified by a secret in the header X-Webhook-Token\n  only if model equals Project\n"),
        ("project_updated", "stage  whole number  compared with stage, the subscription's body.stages.0  Stage"),
        ("project_deleted", "\n\nWebhook: the vendor calls\n  to be set up by hand: Under Settings > Hooks, add {web"),
        ("project_deleted", "  verified by a signature (HMAC sha512) in the header X-Signature\n"),
        ("project_deleted", "  only if the header X-Event equals deleted\n"),
        ("invoice_sent", "  verified by a signature (Standard Webhooks)\n"),
        ("page_liked", "  verified by a secret in the address\n"),
    ],
)
def test_every_block_of_the_language_is_told(gridwire, operation, said):
    assert said in gridwire("show", OK, operation).stdout


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
    assert "`gridwire show acme page_liked` says how" in done.stderr


def test_what_comes_back_is_a_schema_too(gridwire):
    shown = json.loads(gridwire("show", OK, "note_written", "--json").stdout)
    searched = json.loads(gridwire("show", OK, "find_store", "--json").stdout)

    assert (shown["output"], shown["include"]) == (None, {"keeper": "get_person"})
    assert searched["output"]["properties"]["id"] == {"type": "string"}
    assert searched["sample"]["id"] == "s-1"

from __future__ import annotations

import json

import pytest


def test_the_connectors_with_their_operations(gridwire):
    done = gridwire("connectors")

    assert done.exit_code == 0
    assert "reonic  Reonic 1.0.0\n  triggers:  new_offer, offer_signed, new_user\n" in done.stdout


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

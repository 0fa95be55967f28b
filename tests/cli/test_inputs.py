from __future__ import annotations

import json

import pytest


@pytest.fixture
def body(gridwire, acme):
    """The body that an order with these options would have; nothing is sent."""

    def of(*options, **more):
        connection = "--set", "shop=s", "--set", "token=invented"
        done = gridwire("run", acme, "create_order", "--dry-run", "--json", *connection, *options, **more)
        answer = json.loads(done.stdout)
        return answer.get("body", answer.get("error"))

    return of


def test_texts_are_read_as_their_fields_say(body):
    sent = body("-i", "words=1", "-i", "size.wide=2.5", "-i", "size.deep=4", "-i", "colour=b")

    assert sent == {"words": [1], "colour": "b", "box": {"w": 2.5, "deep": 4}}


@pytest.mark.parametrize("options", [["-i", "words=1", "-i", "words=2"], ["-i", "words=[1, 2]"]])
def test_a_list_is_given_entry_by_entry_or_as_json(body, options):
    assert body(*options)["words"] == [1, 2]


def test_input_comes_from_a_document_a_file_or_standard_input(body, tmp_path):
    document = '{"words": [1], "size": {"wide": 2}}'
    (tmp_path / "order.json").write_text(document)

    assert body("--input", document) == {"words": [1], "colour": "r", "box": {"w": 2}}
    assert body("--input", f"@{tmp_path}/order.json") == body("--input", document)
    assert body("--input", "-", input=document) == body("--input", document)


def test_single_inputs_win_over_the_document(body):
    sent = body("--input", '{"words": [1], "size": {"wide": 2, "deep": 3}}', "-i", "size.wide=9")

    assert sent["box"] == {"w": 9, "deep": 3}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-i", "words"], "-i takes name=value; one has no name, or no ="),
        (["-i", "colour=r", "-i", "colour=b"], "-i colour=… is given twice"),
        (["-i", "note=N", "-i", "note.x=1"], "-i note=… and -i note.x=… exclude each other"),
        (["-i", "place.at.x=1", "-i", "place.at.x.y=1"], "-i place.at.x=… and -i place.at.x.y=… exclude each other"),
        (["--input", '{\n "words": [1,]}'], "--input is not JSON: trailing comma in array, at line 2, column 14"),
        (["--input", '{"words": [1'], "--input is not JSON: it ends too early, at line 1, column 13"),
        (["--input", "[]"], "--input must hold a JSON object"),
        (["--input", "@none.json"], "none.json cannot be read: No such file"),
        (["-i", "words=1", "-i", "colours=b"], "there is no input 'colours'; did you mean 'colour'?"),
        (["-i", "words=1", "-i", "size.wide=broad"], "'size.wide' must be a number, not \"broad\""),
        (["-i", "words=one"], "'words.0' must be a whole number, not \"one\""),
    ],
)
def test_what_cannot_be_read_is_said(body, options, said):
    assert said in body(*options)["message"]

"""Every JSON example of a vendor's document is held by a case. The documents themselves are not in this repository."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cassettes.examples import Example, examples_of, listed, not_in_a_case, not_in_the_list

ROOT = Path(__file__).parents[2]
DOCUMENTS = Path(os.environ.get("VENDOR_DOCUMENTS", ROOT.parent / "shared" / "vendors"))
VENDORS = sorted(path.stem for path in (Path(__file__).parent / "examples").glob("*.yaml"))


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_listed_example_is_held_by_a_case(vendor):
    assert not_in_a_case(vendor, listed(vendor)) == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_list_has_every_example_of_the_document(vendor):
    document = DOCUMENTS / f"{vendor}.txt"
    if not document.exists():
        pytest.skip(f"the document is not at {document}; VENDOR_DOCUMENTS names its folder")
    entries = listed(vendor)

    assert not_in_the_list(document.read_text(), entries) == []
    assert [entry.line for entry in entries] == [example.line for example in examples_of(document.read_text())]


def test_an_example_begins_a_line_or_is_what_a_command_sends():
    text = 'GET /offers/{id}\n{\n"a": {"b": "}{"}\n}\n- Body:\n{\n"c": [{\n}]\n} and so on\n'
    text += '[ 7 ]\n{id}\n$ curl "x" -d \'{"d": 1}\''

    assert [*examples_of(text)] == [
        Example(2, {"a": {"b": "}{"}}, is_json=True),
        Example(6, {"c": [{}]}, is_json=True),
        Example(10, [7], is_json=True),
        Example(12, {"d": 1}, is_json=True),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{ "a": {\n}, \n}', {"a": {}}),
        ('[ { "a": { ... }, ... }, ... ]', [{"a": {}}]),
        (
            '{ "a": "https://x.example/", // as a text "b": "• 1, }" // 0 or 1 }',
            {"a": "https://x.example/", "b": "• 1, }"},
        ),
        ('{\n  • "a": "string",\n  • "b": {\n    }\n}', {"a": "string", "b": {}}),
    ],
)
def test_what_is_no_json_is_read_without_what_is_said_beside_it(text, value):
    assert [*examples_of(text)] == [Example(1, value, is_json=False)]


def test_an_example_that_is_not_listed_is_named():
    entries = listed("reonic")

    assert not_in_the_list('{\n"accept": "application/json"\n}', entries) == ["line 1"]
    assert not_in_the_list('\n{\n"id": 7\n}', [replace(entries[0], line=2)]) == ["line 2"]


@pytest.mark.parametrize("wrong", [{"sha256": "0"}, {"case": "get_user/known"}, {"case": "get_user/none"}, {"at": "x"}])
def test_an_example_that_no_documented_case_holds_is_named(wrong):
    entry = next(entry for entry in listed("reonic") if entry.case == "get_user/documented")

    assert not_in_a_case("reonic", [replace(entry, **wrong)]) == [f"line {entry.line}, {entry.place}"]

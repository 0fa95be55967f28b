from __future__ import annotations

import re
import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.testing.case import CaseError, load, loads
from connectors.testing.written import MAX_BYTES, body_words, dump, read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_what_is_written_is_read_again(case):
    assert loads(case.dumps(), "again") == case


def test_a_case_knows_its_place(kept, text):
    case = load(kept(text))

    assert case.title == "acme.add_lead[made]"


def test_a_case_in_the_wrong_folder_is_refused(kept, text):
    with pytest.raises(CaseError, match=r"a case of acme\.add_lead, and its folders say acme\.get_lead"):
        load(kept(text, operation="get_lead"))


@given(JSON)
def test_any_json_body_comes_back(value):
    from connectors.components.http import dump_json, load_json

    try:
        body = dump_json(value)
    except UnicodeEncodeError:
        return
    words = body_words(body)
    back = read(dump({"body": words}), "body").value["body"]

    assert back == words
    assert load_json(dump_json(back["json"]) if "json" in back else back["text"]) == load_json(body)


@pytest.mark.parametrize("text", ["1e5", "0o17", "0x1F", "01067", "NO", "~", "<<", "=", "+4930", "1_000", ".5", ""])
def test_a_text_that_looks_like_something_else_stays_text(text):
    assert read(dump({"a": text}), "text").value == {"a": text}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("[" * 100_000, "nested more than 40 deep"),
        ("evidence: !!python/object/apply:os.system [ls]", "tags are not part of a case"),
        ("a: &x [1]\nb: [*x, *x]", "anchors and aliases are not part of a case"),
        ("<<: {a: 1}", "merge keys are not part of a case"),
        ("format: 1\nformat: 1", "'format' is here twice"),
        ("a: \x00", "U+0000"),
        ("", "the case is empty"),
        ("a: [", "never closed"),
        ("- 1", "this should be an object"),
    ],
)
def test_hostile_text_is_refused(wrong, said):
    with pytest.raises(CaseError) as refused:
        loads(wrong, "case.yaml")

    assert said in str(refused.value)
    assert "case.yaml:" in str(refused.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("format: 1", "format: 2"), "this program reads cases of format 1"),
        (("evidence: sandbox", "evidence: hearsay"), "this should be 'documented', 'sandbox', 'live' or 'manifest'"),
        (("evidence: sandbox", "evidence: documented"), "'documented' needs the place"),
        (("output: {id: 7}", "outpud: {id: 7}"), "a case has no 'outpud' here"),
        (("output: {id: 7}", ""), "one of output, error, polls and webhook"),
        (("status: 200", "status: 99"), "greater than or equal to 100"),
        (("status: 200", "status: '200'"), "this should be a whole number"),
        (("line: POST", "line: post"), "a method and a whole address"),
        (("headers: {accept", "headers: {Accept"), "lower case"),
        (("json: {id: 7}", "json: {id: 7}\n    text: x"), "one of json, text and base64"),
        (("date: 2026-11-21", "date: yesterday"), "this should be a day"),
    ],
)
def test_what_no_case_says_is_refused_with_its_place(text, change, said):
    with pytest.raises(CaseError) as refused:
        loads(text.replace(*change, 1), "case.yaml")

    assert said in str(refused.value)


def test_a_gigabyte_is_not_read(tmp_path):
    path = tmp_path / "acme" / "add_lead" / "huge.yaml"
    path.parent.mkdir(parents=True)
    with path.open("wb") as stream:
        stream.truncate(1 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(CaseError, match="at most 8 MiB"):
        load(path)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4 * MAX_BYTES / 1024


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(CaseError, match="cannot be read: No such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(CaseError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_half_a_letter_is_refused(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_bytes(b"a: \xff")

    with pytest.raises(CaseError, match="not UTF-8"):
        load(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("date: 2026-11-21", "date: 21.11.2026", "this should be a day: 2026-11-21"),
        ("manifest: acme 1.0.0", "manifest: acme", "this should be a connector and its version: acme 1.0.0"),
        ("status: 200", "status: ok", "this should be a whole number: 200"),
        ("operation: add_lead", "operation: 7", "this should be a text"),
        ("input: {name: Erika Beispiel}", "input: Erika", "this should be an object"),
        ("answer:", "answer: none\n  failure:", "this should be an object"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(text, old, new, said):
    with pytest.raises(CaseError) as refused:
        loads(text.replace(old, new), "the case")

    assert said in str(refused.value)
    assert not re.search("String|dictionary|instance|valid|pattern", str(refused.value))

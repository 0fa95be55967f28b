"""What is said about addresses, types, times and optional parts: one change to the whole manifest, one problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import ManifestError
from connectors.manifest.check import check
from connectors.manifest.source import parse

OK = (Path(__file__).parents[1] / "manifests" / "ok.yaml").read_text()
ADDRESS = "base_url: https://api.acme.example"
PAIRS = "pairs: {find_order: create_order}"
NOTE = '{text: "{reason}", kind: reason}'
BODY = 'body: {region: "{region}", recent: true}\n    input'
SHOP = "shop: {title: Shop, required: true"
RETURNS = """request: [GET /returns, POST /returns/find]
    query: {filter: "sent gt {since|date}"}
    since: {of: sent, begin: "2020-01-01"}"""


def only(old: str, new: str) -> tuple[str, str, str | None]:
    """Rule, message and hint of the only problem that the change makes."""
    assert OK.count(old) == 1, old
    with pytest.raises(ManifestError) as caught:
        check(parse(OK.replace(old, new), "a.yaml"))
    [problem] = caught.value.problems
    return problem.rule, problem.message, problem.hint


@pytest.mark.parametrize(
    ("old", "new", "rule", "said"),
    [
        (ADDRESS, 'base_url: {pattern: "https://{shpo}.acme.example"}', "unknown-name", "shpo"),
        (ADDRESS, 'base_url: {pattern: "https://{apiKey}.acme.example"}',
         "secret-outside-auth", "apiKey"),
        (ADDRESS, 'base_url: {pattern: "http://{shop}.acme.example"}', "insecure-url", "http"),
        (ADDRESS, 'base_url: {pattern: "https://{shop}"}', "url", "a domain that is fixed"),
        (ADDRESS, "base_url: {patern: a}", "unknown-key", "patern"),
        (ADDRESS, "base_url: 7", "wrong-value", "this should be a text"),
        ('account: "shop {shop}"', 'account: "{shpo}"', "unknown-name", "shpo"),
        ('account: "shop {shop}"', 'account: "{apiKey}"', "secret-outside-auth", "apiKey"),
        ("head: {type: Buyer", "head: {type: Byer", "unknown-type", "no type in 'types' called 'Byer'"),
        ("head: {type: Buyer", "head: {type: strng", "wrong-value", "this should be 'string'"),
        ("others: {items: {type: Buyer}}", "others: {items: {type: Family}}", "endless-type", "lies in itself"),
        ("output: {properties: {id: {}", "output: {properties: {id: {type: Byer}", "unknown-type", "'Byer'"),
        ("reason: {title: Reason}", "reason: {title: Reason, type: Buyer}", "unknown-type", "say what comes back"),
        (f"{SHOP}}}", f"{SHOP}, items: {{type: Buyer}}}}", "unknown-type", "say what comes back"),
        ("result: data.family", "result: 7", "path", "names joined by dots"),
        ("others: [{id: 8, name: Ben}]", "others: [{id: x}]", "sample-does-not-fit", "must be a whole number"),
        (NOTE, '{text: "{resaon}", kind: reason}', "unknown-name", "resaon"),
        (NOTE, "{kind: reason}", "always-given", "nothing that could be absent"),
        (NOTE, '{text: "{reason}", kind: "{shop}"}', "always-given", "'shop'"),
        ("query: {like:", "query: {if_given: 1}\n    body: {like:", "block", "a block of keys"),
        (PAIRS, "pairs: {find_order: creat_order}", "unknown-action", "creat_order"),
        (PAIRS, "pairs: {create_order: create_order}", "unknown-search", "create_order"),
        ('begin: "2020-01-01"', "begin: soon", "time", "a time is written as"),
        ('since: {of: sent, begin: "2020-01-01"}', "since: {of: sent}\n    input: {since: {title: Since}}",
         "name-twice", "'since' is the time"),
        ("size: {param: count, value: 20}}}\n    items: shelves", "size: {param: count}}}\n    items: shelves",
         "missing-key", "'value'"),
        (BODY, "body: [\"{region}\"]\n    input", "no-room", "'cursor'"),
        (BODY, "form: {region: \"{region}\"}\n    input", "no-room", "form"),
    ],
)  # fmt: skip
def test_what_is_said_about_values_is_checked(old: str, new: str, rule: str, said: str):
    found, message, _ = only(old, new)
    assert found == rule
    assert said in message


def test_a_time_in_a_path_needs_a_beginning():
    rule, message, hint = only(RETURNS, 'request: "GET /returns/{since}"\n    since: {of: sent}')
    assert (rule, hint) == ("optional-in-path", "add 'begin' to 'since'")
    assert "before the first reading there is none" in message


def test_a_type_in_a_type_is_written_out():
    connector = check(parse(OK, "a.yaml"))
    said = connector.output_of(connector.actions["get_family"])
    head = said.properties["head"]
    assert (head.title, head.named, list(head.properties)) == ("Head", None, ["id", "name", "born"])
    assert said.to_schema()["properties"]["others"]["items"]["required"] == ["id"]


def test_types_that_double_each_other_are_refused():
    types = "\n".join(f"  T{n}: {{properties: {{a: {{type: T{n + 1}}}, b: {{type: T{n + 1}}}}}}}" for n in range(60))
    old = "  Family:"
    assert only(old, f"{types}\n  T60: {{}}\n{old}")[0] == "endless-type"

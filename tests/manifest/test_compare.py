from __future__ import annotations

import pytest

from connectors.manifest.compare import compare
from connectors.manifest.source import parse

OLD = """
connector: acme
language: 1
version: 1.2.0
title: Acme
description: Orders at Acme.
base_url: https://api.acme.example
connection:
  fields:
    shop: {title: Shop, required: true}
    token: {title: Token, secret: true, required: true}
  auth: {api_key: {header: X-Key, value: "{token}"}}
  test: GET /shops/{shop}
lists:
  orders: {request: "GET /shops/{shop}/orders", items: orders}
triggers:
  order_paid:
    title: Order paid
    description: Triggers when an order is paid.
    docs: here
    input: {city: {title: City}}
    poll: orders
    key: id
    version: paidAt
    where: {city: "{city}"}
    sample: {id: 1, city: Kiel, paidAt: "2026-01-02", lines: [{sku: a}]}
actions:
  create_order:
    title: Create order
    description: Orders something.
    docs: here
    input:
      words: {title: Words, items: {type: integer}}
      colour: {title: Colour, choices: {values: {r: Red, b: Blue}}}
      size: {title: Size, properties: {wide: {type: number, minimum: 0}, deep: {type: number}}}
      note: {title: Note, maxLength: 20}
    rules: [{exactly_one_of: [size, note]}]
    request: POST /shops/{shop}/orders
    sample: {id: 1, state: Open}
"""
MAJOR = "version: 1.2.0", "version: 2.0.0"


def against(*changes):
    """OLD compared with itself after each first text was replaced by the second."""
    text = OLD
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return compare(parse(OLD, "old.yaml"), parse(text, "new.yaml"))


def test_the_same_manifest_breaks_nothing():
    same = against()

    assert (same.breaks, same.notes) == ([], [])


BREAKS = [
    ("action gone", "  create_order:", "  make_order:", "gone", "the action 'create_order' is gone"),
    ("trigger gone", "  order_paid:", "  order_payed:", "gone", "the trigger 'order_paid' is gone"),
    ("input gone", "      words:", "      letters:", "gone", "the input 'words' of 'create_order' is gone"),
    ("nested input gone", ", deep: {type: number}", "", "gone", "the input 'size.deep' of 'create_order' is gone"),
    ("required", "{title: Colour,", "{title: Colour, required: true,", "newly-required", "'colour' of 'create_order'"),
    ("new and required", "      note:", "      at: {title: At, required: true}\n      note:", "newly-required", "'at'"),
    ("type", "deep: {type: number}", "deep: {type: integer}", "narrower", "'size.deep' of 'create_order' takes less"),
    (
        "entries",
        "items: {type: integer}",
        "items: {type: string}",
        "narrower",
        "'words[]' of 'create_order' takes less",
    ),
    ("most", "maxLength: 20", "maxLength: 10", "narrower", "'maxLength' is 10 now, was 20"),
    ("least", "minimum: 0", "minimum: 1", "narrower", "'minimum' is 1 now, was 0"),
    ("new limit", "{title: City}", "{title: City, minLength: 1}", "narrower", "'minLength' is 1 now"),
    ("pattern", "{title: City}", '{title: City, pattern: "^K"}', "narrower", "'pattern' is ^K now"),
    ("choices", "{r: Red, b: Blue}", "{r: Red}", "narrower", "no b any more"),
    ("enum", "{title: City}", "{title: City, enum: [Kiel]}", "narrower", "only the listed values now"),
    (
        "rule",
        "exactly_one_of: [size, note]",
        "exactly_one_of: [size, words]",
        "narrower",
        "a new rule between its inputs",
    ),
    ("destroys", "request: POST", "effect: destroy\n    request: POST", "narrower", "counts as destroying now"),
    ("output", ", state: Open}", "}", "output-gone", "'create_order' gives no 'state' any more"),
    ("output in a list", "[{sku: a}]", "[{no: a}]", "output-gone", "'order_paid' gives no 'lines[].sku' any more"),
    ("output type", "state: Open", "state: 5", "output-type", "gives 'state' as number, was string"),
    ("file", "sample: {id: 1, state", "output: {file: {}}\n    sample: {id: 1, state", "output-type", "gives a file"),
    ("key", "key: id", "key: city", "identity-changed", "tells items apart by another 'key'"),
    ("version", "version: paidAt", "version: city", "identity-changed", "tells items apart by another 'version'"),
    ("fire", "version: paidAt", "version: paidAt\n    fire: changed", "fires-otherwise", "when new or changed before"),
    (
        "where",
        'where: {city: "{city}"}',
        'where: {city: {contains: "{city}"}}',
        "fires-otherwise",
        "'where' asks something else of 'city'",
    ),
    ("more", 'city: "{city}"}', 'city: "{city}", id: {gt: 0}}', "fires-otherwise", "asks something else of 'id'"),
    ("field gone", "    token: {title", "    key: {title", "gone", "the input 'token' of the connection is gone"),
    (
        "field",
        "    token: {",
        "    user: {required: true}\n    token: {",
        "newly-required",
        "the connection needs the input 'user'",
    ),
    ("auth", "header: X-Key", "header: X-Token", "auth-changed", "sign in in another way"),
    ("renamed", "connector: acme", "connector: acme_two", "connector-renamed", "was called 'acme'"),
]


@pytest.mark.parametrize(("before", "after", "rule", "said"), [case[1:] for case in BREAKS], ids=[c[0] for c in BREAKS])
def test_what_breaks_is_said_with_its_place(before, after, rule, said):
    more = [("{token}", "{key}")] if "key: {title" in after else []
    found = [problem for problem in against(MAJOR, (before, after), *more).breaks if problem.rule == rule]

    assert any(said in problem.message for problem in found), found
    assert {problem.place.file for problem in found} == {"new.yaml"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("items: {type: integer}", "items: {type: number}"),
        ("maxLength: 20", "maxLength: 30"),
        ("header: X-Key", "title: Key, header: X-Key"),
        (", minimum: 0", ""),
        ("{r: Red, b: Blue}", "{r: Red, b: Blue, g: Green}"),
        ("{r: Red, b: Blue}}", "{r: Red}, open: true}"),
        ("[{exactly_one_of: [size, note]}]", "[{at_least_one_of: [size, note, words]}]"),
        ("[{exactly_one_of: [size, note]}]", "[{conflicts_with: [size, note]}]"),
        ("state: Open", "state: null"),
        (
            "{api_key: {header: X-Key",
            '{one_of: {q: {api_key: {query: k, value: "{token}"}}, h: {api_key: {header: X-Key',
        ),
    ],
)
def test_what_takes_more_breaks_nothing(before, after):
    more = [('"{token}"}}\n', '"{token}"}}}}\n')] if "one_of: {q" in after else []
    assert against((before, after), *more).breaks == []


def test_a_condition_on_a_new_input_breaks_nothing():
    asked = ('{city: "{city}"}', '{city: "{city}", paidAt: {gt: "{after}"}}')
    minor = ("version: 1.2.0", "version: 1.3.0")
    assert against(minor, ("{city: {title: City}}", "{city: {title: City}, after: {title: After}}"), asked).breaks == []


def test_a_trigger_may_be_renamed_if_it_says_what_it_was():
    renamed = against(("  order_paid:", "  order_settled:\n    was: order_paid"))

    assert (renamed.breaks, renamed.notes) == ([], [])


def test_what_is_new_is_a_note_and_asks_for_a_higher_version():
    found = against(
        ("title: City}}", "title: City}, zip: {title: Postcode}}"),
        ('city: "{city}"}', 'city: "{city}", zip: "{zip}"}'),
        ("Kiel,", "Kiel, zip: null,"),
    )

    assert found.notes == ["'order_paid' takes the input 'zip' in addition", "'order_paid' gives 'zip' in addition"]
    assert [(problem.rule, problem.hint) for problem in found.breaks] == [("version", "write 1.3.0")]


@pytest.mark.parametrize(("version", "rules"), [("1.3.0", {"gone", "version"}), ("2.0.0", {"gone"})])
def test_what_breaks_needs_another_first_number(version, rules):
    found = against(("version: 1.2.0", f"version: {version}"), (", deep: {type: number}", ""))

    assert {problem.rule for problem in found.breaks} == rules


def test_a_problem_shows_where_it_is_and_that_memory_is_kept():
    [problem] = against(MAJOR, ("key: id", "key: city")).breaks

    assert str(problem).splitlines()[1:5] == [
        "  --> new.yaml:23:5",
        "   |",
        "23 |     key: city",
        "   |          ^",
    ]
    assert "nothing fires twice" in (problem.remedy or "")


def test_a_trigger_that_looks_into_a_list_fires_for_other_things():
    changes = ("key: id", "key: sku\n    each: lines"), ("lines: [{sku: a}]", "sku: a, parent: {id: 1}")

    assert "fires-otherwise" in [problem.rule for problem in against(MAJOR, *changes).breaks]


MORE = """
    idempotent: true
searches:
  find_order:
    title: Find order
    description: Finds an order.
    docs: here
    input: {city: {title: City, default: Kiel}}
    list: orders
    match: {city: "{city}"}
    scan: {pages: 9}
    sample: {id: 1, city: Kiel}
origins:
  files: {url: "https://files.acme.example"}
pairs: {find_order: create_order}
"""


@pytest.mark.parametrize(
    ("before", "after", "rule", "said"),
    [
        ("https://api.acme", "https://v2.acme", "address-changed", "are asked at another one"),
        ("https://files", "https://media", "address-changed", "the host 'files' is another"),
        ("  files:", "  media:", "gone", "the host 'files', which answers may point to, is gone"),
        ("pairs: {find_order: create_order}", "", "gone", "the pair of 'find_order' and 'create_order' is gone"),
        ("pages: 9", "pages: 8", "narrower", "'find_order' reads 8 pages at most now, was 9"),
        ("    idempotent: true", "", "narrower", "'create_order' may not be repeated any more"),
        ("request: POST", "effect: read\n    request: POST", "effect-changed", "read now, was write"),
        ("default: Kiel", "default: Bonn", "default-changed", '"Bonn" is sent, was "Kiel"'),
        (", default: Kiel", "", "default-changed", 'nothing is sent, was "Kiel"'),
        ("{title: Note,", "{title: Note, default: x,", "default-changed", '"x" is sent, was nothing'),
    ],
)
def test_what_is_asked_otherwise_is_said(before, after, rule, said):
    old = OLD.rstrip() + MORE
    new = old.replace(*MAJOR).replace(before, after)
    found = compare(parse(old, "old.yaml"), parse(new, "new.yaml")).breaks

    assert [problem.rule for problem in found] == [rule]
    assert said in found[0].message

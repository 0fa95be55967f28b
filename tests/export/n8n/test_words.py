from __future__ import annotations

import pytest

from connectors.export.n8n.words import action, camel, help_text, order


@pytest.mark.parametrize(
    ("description", "shown"),
    [
        ("One sentence.", "One sentence"),
        ("Two. Sentences", "Two. Sentences."),
        ("small letters, e.g. these.", "Small letters, e.g. these"),
        ("The id of\n  a url.", "The ID of a URL"),
        ("An offer holds it as customer.id.", "An offer holds it as customer.i&#100;"),
        ("Between <b> & c", "Between &lt;b&gt; &amp; c"),
        ("The lead.", None),
        (None, None),
    ],
)
def test_a_description_follows_the_linter(description: str | None, shown: str | None) -> None:
    assert help_text(description, title="Lead") == shown


def test_a_description_of_yes_or_no_begins_with_whether() -> None:
    assert (
        help_text("Only archived ones.", title="Archived", boolean=True) == "Whether this applies: Only archived ones"
    )
    assert help_text("Whether it is archived.", title="Archived", boolean=True) == "Whether it is archived"


@pytest.mark.parametrize(
    ("title", "shown"),
    [("Add note to Offer", "Add note to offer"), ("get signed PDF", "Get signed PDF"), ("Find (by ID)", "Find by ID")],
)
def test_an_action_is_a_sentence(title: str, shown: str) -> None:
    assert action(title) == shown


def test_words_sort_as_javascript_sorts_them() -> None:
    ordered = "address|Address 10|Address 2|Ähre|energy|Energy (kWh)|Energy Price|Energy_x|Energy-x|Zebra".split("|")
    assert sorted(sorted(ordered), key=order) == ordered


def test_names_become_names_of_javascript() -> None:
    assert camel("signed_pdf") == "signedPdf"

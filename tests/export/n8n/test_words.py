from __future__ import annotations

import pytest

from connectors.export.n8n.words import action, camel, help_text, label, order, spaced


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("First name", "First Name"),
        ("Address to look up", "Address to Look Up"),
        ("Energy price (ct/kWh)", "Energy Price (ct/kWh)"),
        ("client id", "Client ID"),
        ("on-site visit", "On-Site Visit"),
        ("eBay to and/or from it", "eBay to and/or From It"),
        ("von  bis", "Von Bis"),
        ("über den Wert", "Über Den Wert"),
        ("note: see below", "Note: See Below"),
        ("note:", "note:"),
    ],
)
def test_a_label_is_in_title_case_as_the_npm_package_writes_it(words: str, shown: str) -> None:
    assert label(words) == shown


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


def test_names_become_words() -> None:
    assert spaced("leadSourceId") == spaced("lead_source_id") == "lead source id"
    assert camel("signed_pdf") == "signedPdf"

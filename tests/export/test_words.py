from __future__ import annotations

import pytest

from connectors.export.words import label, pascal, spaced


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


def test_names_become_words() -> None:
    assert spaced("leadSourceId") == spaced("lead_source_id") == "lead source id"
    assert pascal("lead_source_2") == "LeadSource2"

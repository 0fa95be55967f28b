from __future__ import annotations

import pytest

from connectors.export.words import distinct, label, pascal, spaced, with_units


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


def test_of_names_that_are_alike_the_first_stays_as_it_is() -> None:
    wanted = {1: "lead", 2: "Lead", 3: "lead", 4: "lead_2", 5: "other"}
    assert distinct(wanted) == {1: "lead", 2: "Lead_3", 3: "lead_4", 4: "lead_2", 5: "other"}
    assert distinct({1: "lead"}, taken=["Lead"], sign=" ") == {1: "lead 2"}


def test_units_keep_their_letters() -> None:
    assert with_units("heated living area (m²)") == "Heated Living Area (m²)"
    assert with_units("weight (t) of the (biggest) part") == "Weight (t) of the (Biggest) Part"

"""What only a person can judge is listed, and nothing else."""

from __future__ import annotations

from connectors.testing.review import places_to_review

LEADS = {
    "id": 7,
    "projects": [{"label": "Erwin Zwirbelmann", "remarks": "He is ill since May"}] * 2,
    "status": "Is Open Now",
}


def test_free_texts_and_what_may_be_a_name_are_listed_once(recorded):
    case = recorded("get_lead", {"id": "7"}, {**LEADS, "by": {"Otto Bo": 1}, "fullName": "Herr Max Moor", "note": "ok"})

    assert [place for place in places_to_review(case) if place.startswith("output")] == [
        "output.projects[].label: may be a name",
        "output.projects[].remarks: a free text",
        "output.status: may be a name",
        "output.by: a key that may be a name",
    ]


def test_a_pretend_vendor_s_people_are_nobody(recorded):
    assert list(places_to_review(recorded("get_lead", {"id": "7"}, LEADS, evidence="sandbox"))) == []

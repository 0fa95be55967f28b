"""Generated checks of the less common words: single items, own addresses, lists of objects, choices."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from connectors.engine.rates import Rates
from connectors.manifest.model import Connector
from connectors.manifest.source import read
from connectors.testing.edits import found
from connectors.testing.generated.trials import tried_all

ACME = read(Path(__file__).parent / "acme.yaml").value
LEAD = {"id": 7, "name": "Erika Beispiel", "email": "erika.beispiel@example.com"}


@pytest.fixture
def tried():
    """What was tried of an operation, by what it is, once keys are set, by the place that they are under."""

    def run(operation, **blocks):
        data = copy.deepcopy(ACME)
        for place, words in blocks.items():
            found(data, tuple(filter(None, place.split("__")))).update(words)
        made = Connector.model_validate(data)
        return {one.what: one.problem for one in tried_all(made) if one.operation == operation}

    return run


def test_a_list_that_is_one_item_is_read_as_one(tried):
    lead = {"request": "GET /{account}/last_lead", "single": True, "sample": LEAD}
    blocks = {"lists": {"lead": lead}, "triggers__new_lead": {"poll": "lead"}}

    assert tried("lead", **blocks) == {"1 items on 1 page": None}
    assert tried("new_lead", **blocks)["a new item fires once"] is None


def test_an_empty_text_is_no_part_of_an_address(tried):
    blocks = {
        "connection__fields": {"place": {"title": "Place", "required": True}},
        "": {"base_url": {"pattern": "https://{place}.acme.example"}},
    }

    assert tried("connection", **blocks)["place: an empty text"] is None


def test_a_strange_name_inside_a_list_of_objects_is_refused_by_its_place(tried):
    people = {"items": {"properties": {"name": {"title": "Name"}}}}

    assert tried("add_lead", actions__add_lead__input={"people": people})["people.0.nobody_knows_this: "
                 "a name that is none of its own"] is None  # fmt: skip


def test_what_is_chosen_is_one_entry_of_an_input_that_takes_several(tried):
    choices = {"list": "leads", "value": "email", "title": "{name}"}
    several = {"title": "Leads", "items": {"pattern": "@"}, "choices": choices}

    assert tried("add_lead", actions__add_lead__input={"leads": several})["leads: 3 items to choose from"] is None
    several = {**several, "items": {"pattern": "#"}}
    assert (
        "is none that 'leads' takes"
        in tried("add_lead", actions__add_lead__input={"leads": several})["leads: 3 items to choose from"]
    )


def test_a_search_is_given_only_what_its_input_takes(tried):
    found = tried("find_lead", searches__find_lead__input={"name": {"title": "Name", "enum": ["Max", "Mara"]}})

    assert {what: found[what] for what in found if what.startswith("name is")} == {
        "name is 'Max', as in the sample": None,
        "name is 'Mara', as nowhere": None,
    }


def test_entries_of_an_item_are_events_with_what_they_lie_in(tried):
    each = {"each": "tags", "key": ["parent.id", "value"], "sample": {"value": "hot", "parent": {"id": 7}}}
    notes = {"each": "notes", "key": "at", "sample": {"at": "2026-01-02", "parent": {"id": 7}}}

    for trigger in (each, notes):
        assert tried("new_lead", triggers__new_lead=trigger)["a new item fires once"] is None
    wrong = {**each, "where": {"value": "cold"}}
    assert "should give 1 event" in tried("new_lead", triggers__new_lead=wrong)["a new item fires once"]


def test_what_lies_in_something_is_asked_for_by_any_of_its_names(tried):
    note = {
        "request": "GET /{account}/leads/{lead.name}/notes",
        "for_each": {"list": "leads", "as": "lead", "key": "id"},
        "sample": {"id": 3, "text": "Calls on Monday", "lead": {"id": 7, "name": "Erika Beispiel"}},
    }
    blocks = {"lists": {"notes": note}, "triggers__new_lead": {"poll": "notes"}}

    assert set(tried("new_lead", **blocks).values()) == {None}


def test_items_that_are_lists_are_events(tried):
    blocks = {"lists__leads": {"sample": [7, "Erika Beispiel"]}, "triggers__new_lead": {"key": "0"}}

    assert tried("new_lead", **blocks)["a new item fires once"] is None
    blocks["triggers__new_lead"]["where"] = {"1": "Somebody else"}
    assert "should give 1 event" in tried("new_lead", **blocks)["a new item fires once"]


@pytest.mark.parametrize("per", ["second", "hour"])
def test_a_rate_plan_is_kept(tried, monkeypatch, per):
    blocks = {"": {"rates": {"default": {"limit": 3, "per": per}}}}
    what = f"more than 3 requests per {per}"

    assert {tried(name, **blocks)[what] for name in ("get_lead", "new_lead", "find_lead")} == {None}
    monkeypatch.setattr(Rates, "reserve", lambda *_, **__: 0.0)
    assert "is sent after 0 s" in tried("get_lead", **blocks)[what]

from __future__ import annotations

from connectors.components.fields import Field, Rule
from connectors.export.power_automate.shown import inputs, output, seen, sentence


def form(rules=(), **fields):
    """The properties of a form of these fields."""
    shaped = {name: Field.model_validate(words) for name, words in fields.items()}
    return inputs(shaped, list(rules), lambda path, field: {"dropdown": path})["properties"]


def test_what_is_required_is_shown_at_once_and_the_rest_when_asked_for():
    found = form(name={"required": True}, note={})

    assert found["name"]["x-ms-visibility"] == "important"
    assert found["note"]["x-ms-visibility"] == "advanced"


def test_what_a_group_requires_is_not_seen_before_the_group():
    inner = {"properties": {"city": {"required": True}}}
    lines = {"items": {"properties": {"city": {"required": True}}}}
    rules = [Rule.model_validate({"exactly_one_of": ["ruled", "address"]})]
    found = form(rules, needed={**inner, "required": True}, wanted=inner, ruled=inner, address={}, lines=lines)

    groups = {name: one["properties"]["city"] for name, one in found.items() if "properties" in one}
    assert {name: city.get("x-ms-visibility") for name, city in groups.items()} == {
        "needed": "important",
        "wanted": "advanced",
        "ruled": None,
    }
    assert found["lines"]["items"]["properties"]["city"]["x-ms-visibility"] == "advanced"


def test_what_a_rule_asks_for_is_shown_too():
    found = form([Rule.model_validate({"exactly_one_of": ["place", "address"]})], place={}, address={})

    assert "x-ms-visibility" not in found["place"]


def test_nothing_is_no_type_of_its_own():
    assert form(note={"type": ["string", "null"]})["note"]["type"] == "string"
    assert "type" not in form(value={"type": ["string", "number", "null"]})["value"]


def test_fixed_choices_have_titles():
    found = form(size={"type": "integer", "choices": {"values": {"1": "Small", "2": "Large"}}})["size"]

    assert found["enum"] == [1, 2]
    assert found["x-ms-enum-values"][1] == {"value": 2, "displayName": "Large"}


def test_other_values_than_the_listed_can_be_typed():
    found = form(
        roof={"description": "Its cover", "choices": {"values": {"TILE": "Tiles", "TIN": "TIN"}, "open": True}}
    )

    assert "enum" not in found["roof"]
    assert found["roof"]["description"] == "Its cover. Such as: TILE (Tiles), TIN."


def test_a_dropdown_is_found_by_its_path():
    place = {"properties": {"country": {"choices": {"list": "countries"}}}}
    people = {"type": "array", "items": {"type": "string"}, "choices": {"list": "people"}}
    found = form(place=place, people=people)

    assert found["place"]["properties"]["country"]["dropdown"] == "place.country"
    assert found["people"]["items"]["dropdown"] == "people"


def test_a_long_title_is_cut():
    assert len(form(a={"title": "x" * 100})["a"]["x-ms-summary"]) == 80


def test_what_comes_back_may_be_absent():
    field = Field.model_validate({"properties": {"at": {"title": "At", "required": True}, "tags": {"type": "array"}}})

    assert output(field) == {
        "type": "object",
        "properties": {
            "at": {"x-ms-summary": "At", "type": "string"},
            "tags": {"x-ms-summary": "Tags", "type": "array", "items": {}},
        },
    }


def test_a_sample_shows_what_comes_back_where_nothing_else_says_it():
    assert seen({"id": 7, "ok": True, "lines": [{"price": 1.5}], "note": None})["properties"] == {
        "id": {"x-ms-summary": "ID", "type": "integer"},
        "ok": {"x-ms-summary": "Ok", "type": "boolean"},
        "lines": {
            "x-ms-summary": "Lines",
            "type": "array",
            "items": {"type": "object", "properties": {"price": {"x-ms-summary": "Price", "type": "number"}}},
        },
        "note": {"x-ms-summary": "Note"},
    }


def test_a_description_is_one_line_that_ends():
    assert sentence("Adds a\n note") == "Adds a note."
    assert sentence("Really?") == "Really?"


def test_an_example_helps_in_an_empty_box():
    found = form(city={"description": "Where it is", "examples": ["Ulm"]}, zip={"examples": [10115]})

    assert found["city"]["description"] == "Where it is. For example: Ulm."
    assert found["zip"]["description"] == "For example: 10115."

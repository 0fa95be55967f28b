from __future__ import annotations

from typing import Any

import pytest

from connectors.components.fields import Field, Rule
from connectors.export.n8n.parameters import parameters


def box(**words: Any) -> dict[str, Any]:
    """How one required field of these words is shown."""
    field = Field.model_validate({"title": "Thing", "required": True, **words})
    (shown,) = parameters({"thing": field}, "make:")
    assert {shown.pop("displayName"), shown.pop("name"), shown.pop("required")} == {"Thing", "thing", True}
    return shown


ONE_OF = [{"name": "Clay Tile", "value": 19}, {"name": "Slate", "value": 6}]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ({}, {"type": "string", "default": ""}),
        ({"multiline": True}, {"type": "string", "typeOptions": {"rows": 4}, "default": ""}),
        ({"secret": True}, {"type": "string", "typeOptions": {"password": True}, "default": ""}),
        ({"examples": ["A1"]}, {"type": "string", "default": "", "placeholder": "e.g. A1"}),
        ({"format": "email"}, {"type": "string", "default": "", "placeholder": "name@email.com"}),
        ({"format": "date"}, {"type": "dateTime", "typeOptions": {"dateOnly": True}, "default": ""}),
        ({"format": "date-time"}, {"type": "dateTime", "default": ""}),
        ({"type": ["number", "null"], "maximum": 5}, {"type": "number", "typeOptions": {"maxValue": 5}, "default": ""}),
        ({"type": "integer", "default": 3}, {"type": "number", "typeOptions": {"numberPrecision": 0}, "default": 3}),
        ({"type": "boolean"}, {"type": "boolean", "default": False}),
        ({"type": "object"}, {"type": "json", "default": "{}"}),
        ({"type": "array"}, {"type": "json", "default": "[]"}),
        ({"items": {}}, {"type": "string", "default": [], "typeOptions": {"multipleValues": True}}),
        (
            {"type": "integer", "choices": {"values": {"6": "slate", "19": "clay tile"}}},
            {"type": "options", "default": 6, "options": ONE_OF},
        ),
        (
            {"type": "integer", "choices": {"values": {"6": "slate", "19": "clay tile"}, "open": True}},
            {"type": "options", "default": 6, "options": ONE_OF, "allowArbitraryValues": True},
        ),
        ({"items": {"items": {}}}, {"type": "json", "default": "[]"}),
        ({"items": {"type": "boolean"}}, {"type": "json", "default": "[]"}),
        (
            {"items": {"type": ["null", "integer"]}},
            {"type": "string", "default": [], "typeOptions": {"numberPrecision": 0, "multipleValues": True}},
        ),
        (
            {"items": {"enum": ["b", "a"]}},
            {
                "type": "multiOptions",
                "default": [],
                "options": [{"name": "A", "value": "a"}, {"name": "B", "value": "b"}],
            },
        ),
    ],
)
def test_each_kind_of_field_has_its_box(words: dict[str, Any], shown: dict[str, Any]) -> None:
    assert box(**words) == shown


def test_choices_from_a_list_can_be_searched_or_typed() -> None:
    shown = box(choices={"list": "users"})
    assert shown["type"] == "resourceLocator"
    assert shown["modes"][0]["typeOptions"] == {"searchListMethod": "make:thing", "searchable": True}
    assert shown["modes"][1]["name"] == "id"


@pytest.mark.parametrize(
    "several", [{"items": {}, "choices": {"list": "users"}}, {"items": {"choices": {"list": "users"}}}]
)
def test_several_may_be_picked_from_a_list(several: dict[str, Any]) -> None:
    field = Field.model_validate({"title": "Things", "required": True, **several})
    (shown,) = parameters({"thing": field}, "make:")
    assert (shown["displayName"], shown["type"]) == ("Thing Names or IDs", "multiOptions")
    assert shown["typeOptions"]["loadOptionsMethod"] == "make:thing"


def test_the_id_of_a_number_is_sent_as_one() -> None:
    assert box(type="integer", choices={"list": "users"})["typeOptions"] == {"numberPrecision": 0}


def test_a_group_shows_what_is_required_and_offers_the_rest() -> None:
    shown = box(properties={"lat": {"type": "number", "required": True}, "height": {"type": "number"}})
    assert shown["type"] == "fixedCollection"
    lat, more = shown["options"][0]["values"]
    assert (lat["name"], lat["required"]) == ("lat", True)
    assert (more["name"], more["options"][0]["name"]) == ("additionalFields", "height")


def test_a_group_without_required_fields_is_added_to_bit_by_bit() -> None:
    shown = box(properties={"street": {}, "city": {"choices": {"list": "cities"}}})
    assert shown["type"] == "collection"
    assert [option["name"] for option in shown["options"]] == ["city", "street"]
    assert shown["options"][0]["modes"][0]["typeOptions"]["searchListMethod"] == "make:thing.city"


def test_a_list_of_objects_repeats_a_group() -> None:
    shown = box(items={"properties": {"name": {"required": True}}})
    assert (shown["type"], shown["typeOptions"]) == ("fixedCollection", {"multipleValues": True})
    assert [value["name"] for value in shown["options"][0]["values"]] == ["name"]


def test_optional_fields_are_collected_in_order_with_a_hint_on_their_rules() -> None:
    fields = {name: Field.model_validate({}) for name in ("zip", "phone", "email")}
    rules = [Rule.model_validate({"at_least_one_of": ["phone", "email"]})]
    (more,) = parameters(fields, "make:", rules)
    assert [option["displayName"] for option in more["options"]] == ["Email", "Phone", "Zip"]
    assert more["hint"] == "Give at least one of Phone, Email."


def test_names_that_n8n_needs_itself_get_an_underscore() -> None:
    fields = {name: Field.model_validate({"required": True}) for name in ("limit", "odd_", "plain", "constructor")}
    shown = [parameter["name"] for parameter in parameters(fields, "make:")]
    assert shown == ["limit_", "odd__", "plain", "constructor_"]


def test_what_sounds_secret_is_hidden() -> None:
    (shown,) = parameters({"pageToken": Field.model_validate({"required": True})}, "make:")
    assert shown["typeOptions"] == {"password": True}


def test_a_default_is_never_run_by_n8n() -> None:
    assert box(default="={{ $env }}")["default"] == '={{ "=\\u007b\\u007b $env \\u007d\\u007d" }}'

from __future__ import annotations

from typing import Any

import pytest

from connectors.components.fields import Field
from connectors.export.zapier.dropdowns import Dropdowns
from connectors.export.zapier.fields import boxes as boxes_for
from connectors.manifest.model import Connector

Boxes = dict[str, dict[str, Any]]


@pytest.fixture
def boxes(app: dict[str, Any]) -> Boxes:
    return boxes_of(app, "creates", "create_plan")


def boxes_of(app: dict[str, Any], kind: str, name: str) -> Boxes:
    return {box["key"]: box for box in app[kind][name]["operation"]["inputFields"][1:]}


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("name", "string"),
        ("text", "text"),
        ("day", "datetime"),
        ("floors", "integer"),
        ("place__lat", "number"),
        ("more", "json"),
        ("room", "integer"),
    ],
)
def test_each_field_becomes_the_box_that_fits(boxes: Boxes, key: str, kind: str) -> None:
    assert boxes[key]["type"] == kind


def test_a_step_begins_with_the_account(app: dict[str, Any]) -> None:
    for kind in ("triggers", "creates", "searches"):
        for name, part in app[kind].items():
            first = part["operation"].get("inputFields", [None])[0]
            assert name.startswith("gridwire_") or first == {"source": "return z.gridwire.accountField();"}


def test_what_lies_in_an_object_stands_beside_the_others(boxes: Boxes) -> None:
    assert boxes["place__lat"] == {
        "key": "place__lat",
        "label": "Position: Latitude",
        "meta": {"path": "place.lat"},
        "type": "number",
        "required": False,  # only with a position
        "helpText": "Give exactly one of Position, Address to Look Up.",
    }


def test_a_name_of_the_apps_own_gets_an_underscore(boxes: Boxes) -> None:
    assert "connection" not in boxes
    assert boxes["connection_"]["meta"] == {"path": "connection"}
    assert boxes["connection_"]["choices"][1] == {"value": "dc", "sample": "dc", "label": "Direct"}


def test_a_date_is_told_from_a_time(boxes: Boxes) -> None:
    assert boxes["day"]["meta"] == {"as": "date"}


def test_a_default_and_an_example_are_shown(boxes: Boxes) -> None:
    assert (boxes["floors"]["default"], boxes["name"]["placeholder"]) == ("2", "Plan A")


def test_lines_are_a_group_of_boxes(boxes: Boxes) -> None:
    lines = boxes["lines"]
    assert lines.keys() == {"key", "label", "children"}
    assert [(child["key"], child["label"], child["meta"]["path"]) for child in lines["children"]] == [
        ("lines__item", "Item", "item"),
        ("lines__size__height", "Size: Height", "size.height"),
        ("lines__parts", "Parts", "parts"),
    ]
    assert [child["type"] for child in lines["children"]] == ["string", "number", "json"]


def test_a_dropdown_says_what_it_waits_for_and_what_finds_its_values(boxes: Boxes) -> None:
    room = boxes["room"]
    assert (room["dynamic"], room["search"]) == ("gridwire_rooms_id.id.title", "find_room.id")
    assert room["dependsOn"] == ["connection", "house"]
    assert boxes["house"]["altersDynamicFields"]


def test_a_trigger_has_no_search_and_a_search_gives_ids_alone(acme: Connector) -> None:
    room = Field.model_validate({"choices": {"list": "rooms"}})
    wall = Field.model_validate({"choices": {"list": "rooms", "value": "walls"}})
    trigger = acme.triggers["new_user"].model_copy(update={"input": {"room": room}})
    action = acme.actions["delete_plan"].model_copy(update={"input": {"room": room, "wall": wall}})
    changed = acme.model_copy(
        update={"triggers": {"new_user": trigger}, "actions": {"delete_plan": action}, "pairs": {}}
    )
    dropdowns = Dropdowns(changed)
    assert ["search" in box for box in boxes_for(trigger, dropdowns)] == [False]
    assert ["search" in box for box in boxes_for(action, dropdowns)] == [True, False]


def test_a_list_of_choices_takes_several(boxes: Boxes) -> None:
    assert boxes["others"]["list"]
    assert boxes["others"]["dynamic"] == boxes["owner"]["dynamic"] == "gridwire_users_id.id.title"


def test_inputs_with_the_same_choices_share_a_dropdown(app: dict[str, Any]) -> None:
    own = {name: part for name, part in app["triggers"].items() if name.startswith("gridwire_")}
    assert own.keys() == {"gridwire_feed_event", "gridwire_feeds", "gridwire_users_id", "gridwire_rooms_id"}
    rooms = own["gridwire_rooms_id"]
    assert rooms["display"]["hidden"]
    assert rooms["operation"]["canPaginate"]
    assert rooms["operation"]["perform"]["source"] == 'return z.gridwire.choices("create_plan", "room", ["house"]);'


def test_a_search_says_that_it_needs_something(app: dict[str, Any]) -> None:
    boxes = boxes_of(app, "searches", "find_user")
    assert boxes["email"]["helpText"] == "Give this or another of these boxes."
    assert "helpText" not in boxes["name"]

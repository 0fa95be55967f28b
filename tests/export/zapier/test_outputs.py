from __future__ import annotations

from typing import Any

import pytest

Shown = dict[str, dict[str, Any]]


@pytest.fixture
def room(app: dict[str, Any]) -> Shown:
    return {field["key"]: field for field in app["searches"]["find_room"]["operation"]["outputFields"]}


def test_a_value_has_a_label_and_a_type(room: Shown) -> None:
    assert room["id"] == {"key": "id", "label": "ID", "type": "number"}
    assert room["walls[]length"] == {"key": "walls[]length", "label": "Walls: Length", "type": "number"}
    assert room["tags"] == {"key": "tags", "label": "Tags", "type": "string", "list": True}


def test_there_are_no_lines_in_lines(room: Shown) -> None:
    assert not [key for key in room if "doors" in key]


def test_zapier_tells_events_apart_by_their_id(app: dict[str, Any]) -> None:
    operation = app["triggers"]["new_user"]["operation"]
    assert [field["key"] for field in operation["outputFields"] if field.get("primary")] == ["gridwire_event_id"]
    assert operation["sample"]["id"] == "u-1"
    assert operation["sample"]["gridwire_event_id"] == "evt_example"


def test_what_gives_nothing_says_that_it_is_done(app: dict[str, Any]) -> None:
    operation = app["creates"]["delete_plan"]["operation"]
    assert operation["sample"] == {"done": True}
    assert operation["outputFields"] == [{"key": "done", "label": "Done", "type": "boolean"}]


def test_a_file_is_a_value_that_later_steps_take(app: dict[str, Any]) -> None:
    operation = app["searches"]["get_drawing"]["operation"]
    assert operation["perform"]["source"] == "return z.gridwire.get('get_drawing', { file: true });"
    assert {field["key"]: field["type"] for field in operation["outputFields"]}["file"] == "file"
    assert "content" not in operation["sample"]

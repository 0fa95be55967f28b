from __future__ import annotations

import json
from typing import TYPE_CHECKING

from connectors.export.zapier.definition import definition, runtime

if TYPE_CHECKING:
    from connectors.manifest.model import Connector


def test_boxes_of_like_names_have_keys_of_their_own(odd: Connector) -> None:
    boxes = definition(odd)["creates"]["constructor_"]["operation"]["inputFields"][1:]
    assert {box["key"]: box.get("meta", {}).get("path", box["key"]) for box in boxes} == {
        "a__b": "a.b",
        "a__b_2": "a__b",
        "connection_": "connection",
        "connection__2": "connection_",
        "constructor_": "constructor",
        "toString_": "toString",
    }


def test_a_dropdown_is_not_taken_for_the_apps_own_trigger(odd: Connector) -> None:
    app = definition(odd)
    assert {key: part["display"].get("hidden", False) for key, part in app["triggers"].items()} == {
        "gridwire_feed_event": False,
        "gridwire_feeds": True,
        "gridwire_feed_event_2": True,
    }
    boxes = app["creates"]["constructor_"]["operation"]["inputFields"][1:]
    assert boxes[3]["dynamic"] == "gridwire_feed_event_2.id.title"


def test_each_part_is_there_under_its_key(odd: Connector) -> None:
    app = definition(odd)
    for kind in ("triggers", "creates", "searches"):
        assert all(part["key"] == key for key, part in app[kind].items())


def test_steps_know_the_operation_behind_a_key(odd: Connector) -> None:
    known = json.loads(runtime(odd).partition("\n")[0].removeprefix("const connector = ").rstrip(";"))
    assert known["keys"] == {"constructor": "constructor_"}
    perform = definition(odd)["creates"]["constructor_"]["operation"]["perform"]
    assert perform["source"] == "return z.gridwire.create('constructor');"

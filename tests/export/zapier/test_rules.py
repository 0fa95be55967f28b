"""Zapier's rules for apps that are published, as far as they can be computed, for all connectors that there are.

https://docs.zapier.com/platform/publish/integration-checks-reference
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.export.words import label, with_units
from connectors.export.zapier.definition import definition
from connectors.manifest.catalog import bundled, load, manifests_in

FILES = manifests_in(bundled())
WITHOUT_A_LIST = {"contactId", "contractId", "user_id"}
"""IDs of what the vendor lets nobody list."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.stem)
def app(request: pytest.FixtureRequest) -> dict[str, Any]:
    return definition(load(request.param))


def parts(app: dict[str, Any], *kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a user sees, by name."""
    for kind in kinds or ("triggers", "creates", "searches"):
        yield from ((name, part) for name, part in app[kind].items() if not part["display"].get("hidden"))


def boxes(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for box in part["operation"].get("inputFields", ()):
        yield from (one for one in (box, *box.get("children", ())) if "key" in one)


def test_a_trigger_says_when(app: dict[str, Any]) -> None:
    for name, part in parts(app, "triggers"):
        assert re.fullmatch(r"Triggers when .*\.", part["display"]["description"]), name


def test_an_action_says_in_a_sentence_what_it_does(app: dict[str, Any]) -> None:
    for name, part in parts(app, "creates", "searches"):
        assert re.match(r"[A-Z][a-z]+s .*\.$", part["display"]["description"]), name


def test_labels_are_short_and_in_title_case(app: dict[str, Any]) -> None:
    for name, part in parts(app):
        shown = part["display"]["label"]
        assert 2 <= len(shown) <= 64, name
        assert shown == label(shown), name
        assert all(with_units(box["label"]) == box["label"] for box in boxes(part)), name
        assert len(part["noun"]) >= 2, name


def test_the_connection_is_explained_tested_and_named(app: dict[str, Any]) -> None:
    authentication = app["authentication"]
    assert authentication["test"]
    assert authentication["connectionLabel"]
    assert all(field["helpText"] for field in authentication["fields"])


def test_no_link_leads_nowhere(app: dict[str, Any]) -> None:
    assert "gridwire.example/" not in json.dumps(app)


def test_what_is_secret_is_hidden(app: dict[str, Any]) -> None:
    assert [field["type"] for field in app["authentication"]["fields"]] == ["string", "password"]


def test_a_hook_can_be_turned_on_and_off_and_shows_examples(app: dict[str, Any]) -> None:
    for name, part in parts(app, "triggers"):
        operation = part["operation"]
        if operation["type"] == "hook":
            assert {"performSubscribe", "performUnsubscribe", "performList", "perform"} <= operation.keys(), name


def test_links_are_https(app: dict[str, Any]) -> None:
    texts = [text for _, part in parts(app) for text in (json.dumps(part["display"]), *helps(part))]
    assert not [text for text in texts if "http://" in text]


def helps(part: dict[str, Any]) -> list[str]:
    return [box.get("helpText", "") for box in boxes(part)]


def test_a_sample_holds_what_identifies_it(app: dict[str, Any]) -> None:
    for name, part in parts(app, "triggers"):
        operation = part["operation"]
        primary = [field["key"] for field in operation["outputFields"] if field.get("primary")] or ["id"]
        assert all(operation["sample"].get(key) for key in (*primary, "id")), name


def test_times_in_samples_have_a_zone(app: dict[str, Any]) -> None:
    for name, part in parts(app):
        for field in part["operation"]["outputFields"]:
            value = value_at(part["operation"]["sample"], re.split(r"__|\[\]", field["key"]))
            if field.get("type") == "datetime" and value:
                assert MOMENT.fullmatch(value), (name, field["key"], value)


def value_at(sample: Any, path: list[str]) -> Any:
    for name in path:
        sample = sample[0] if isinstance(sample, list) and sample else sample
        sample = sample.get(name) if isinstance(sample, dict) else None
    return sample


def test_every_sample_has_a_label_for_what_it_shows(app: dict[str, Any]) -> None:
    for name, part in parts(app, "triggers", "creates", "searches"):
        if name == "gridwire_feed_event":
            continue  # what comes differs by feed
        known = {re.split(r"__|\[\]", field["key"])[0] for field in part["operation"]["outputFields"]}
        shown = {key for key, value in part["operation"]["sample"].items() if not isinstance(value, dict | list)}
        assert shown <= known, name


def test_an_id_that_is_needed_is_chosen_from_a_list(app: dict[str, Any]) -> None:
    for name, part in parts(app):
        for box in boxes(part):
            key = box["key"]
            if box.get("required") and re.search(r"(^id|Id|_id|uuid)$", key) and key not in WITHOUT_A_LIST:
                assert "dynamic" in box, (name, key)


def test_a_dropdown_leads_to_what_fills_it(app: dict[str, Any]) -> None:
    for _, part in parts(app):
        for box in boxes(part):
            if "dynamic" in box:
                assert app["triggers"][box["dynamic"].split(".")[0]]["display"]["hidden"]
            if "search" in box:
                assert box["search"].split(".")[0] in app["searches"]


def test_search_or_create_joins_what_there_is(app: dict[str, Any]) -> None:
    for name, pair in app["searchOrCreates"].items():
        assert pair["key"] == pair["search"] == name
        assert pair["create"] in app["creates"]

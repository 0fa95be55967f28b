from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connectors.components.fields import Field
from connectors.export.n8n import limits
from connectors.manifest.catalog import Catalog, bundled

if TYPE_CHECKING:
    from connectors.manifest.model import Connector

CATALOG = Catalog([bundled()])


def test_what_concerns_all_comes_first(acme: Connector) -> None:
    assert [limit.feature for limit in limits(acme) if limit.operation is None] == ["checks while typing", "polling"]
    assert [limit.operation is None for limit in limits(acme)][:2] == [True, True]


@pytest.mark.parametrize("name", CATALOG.names)
def test_the_page_for_users_has_every_limit(name: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "platforms" / "n8n.md").read_text(encoding="utf-8")
    assert [limit.feature for limit in limits(CATALOG.load(name)) if f"\n| {limit.feature} |" not in page] == []


def test_rules_are_told_and_kept_by_the_server(acme: Connector) -> None:
    (rules,) = [limit for limit in limits(acme) if limit.feature == "rules between inputs"]
    assert rules.operation == "create_request"


def test_search_or_create_takes_steps(acme: Connector) -> None:
    paired = acme.model_copy(update={"pairs": {"find_user": "create_request"}})
    assert "search or create" in {limit.feature for limit in limits(paired)}


@pytest.mark.parametrize(
    ("words", "feature"),
    [
        ({}, None),
        ({"type": "object"}, "groups of any content"),
        ({"type": "array"}, "lists of any content"),
        ({"items": {}}, None),
        ({"items": {"type": "number"}}, None),
        ({"items": {"items": {}}}, "lists of any content"),
        ({"items": {"type": "boolean"}}, "lists of any content"),
        ({"items": {}, "choices": {"list": "users"}}, "searching in dropdowns"),
        ({"items": {"choices": {"values": {"a": "A"}, "open": True}}}, "values beside the listed ones"),
        ({"type": ["string", "null"]}, "nothing, as a value"),
        ({"properties": {"inner": {"type": "object"}}}, "groups of any content"),
        ({"items": {"properties": {"inner": {"type": "object"}}}}, "groups of any content"),
    ],
)
def test_a_field_that_has_no_box_of_its_kind(acme: Connector, words: dict[str, Any], feature: str | None) -> None:
    field = Field.model_validate({"title": "Odd thing", **words})
    action = acme.actions["ping"].model_copy(update={"input": {"odd": field}})
    own = [limit for limit in limits(acme.model_copy(update={"actions": {"ping": action}})) if limit.operation]
    assert [limit.feature for limit in own] == ([feature] if feature else [])
    assert all(": Odd Thing" in limit.instead for limit in own)

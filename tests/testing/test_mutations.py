from __future__ import annotations

from pathlib import Path

import pytest

from connectors.manifest.source import read
from connectors.testing.edits import found
from connectors.testing.kinds import KINDS, page
from connectors.testing.mutations import concerned, mutants

ROOT = Path(__file__).parents[2]
OK = read(ROOT / "tests" / "manifests" / "ok.yaml").value
TINY = {
    "base_url": "https://api.acme.example",
    "connection": {"auth": {"api_key": {"header": "X-Key", "value": "Bearer {key}"}}, "test": "GET /me"},
    "lists": {
        "leads": {
            "request": "GET /leads", "items": "results", "sample": {"id": "7", "name": "Ada"},
            "paginate": {"page_number": {"param": "page", "start": 0, "more": "hasMore"}},
        }
    },
    "triggers": {"new_lead": {"title": "New", "poll": "leads", "key": "id", "where": {"name": "Ada"}}},
    "actions": {
        "add": {
            "request": "POST /leads/{id}", "body": {"kind": "x", "who": "{id}"},
            "input": {"id": {"required": True, "maxLength": 3, "enum": ["a", "b"], "default": "a"}},
            "rules": [{"exactly_one_of": ["id", "other"]}],
        }
    },
    "errors": {"status": {"409": {"kind": "refused", "remedy": "Wait."}, "401": {"remedy": "Look."}}},
}  # fmt: skip


def test_every_kind_applies_somewhere_in_a_manifest_with_every_block():
    assert {one.kind for one in mutants(OK)} == {kind.name for kind in KINDS}


@pytest.mark.parametrize(
    ("kind", "place", "change"),
    [
        ("path", "connection.test", "GET /me → GET /me-x"),
        ("path", "actions.add.request", "POST /leads/{id} → POST /{id}"),
        ("method", "lists.leads.request", "GET /leads → POST /leads"),
        ("address", "base_url", "https://api.acme.example → https://x-api.acme.example"),
        ("sign-in", "connection.auth.api_key.header", "X-Key → X-Key_x"),
        ("sign-in", "connection.auth.api_key.value", "Bearer {key} → {key}"),
        ("body", "actions.add.body.kind", "x → x_x"),
        ("body", "actions.add.body.who", "{id} → nothing"),
        ("wire name", "actions.add.input.id.send_as", "nothing → id_x"),
        ("page", "lists.leads.paginate.page_number.start", "0 → 1"),
        ("stop", "lists.leads.paginate.page_number.more", "hasMore → nothing"),
        ("items", "lists.leads.items", "results → nothing"),
        ("key", "triggers.new_lead.key", "id → name"),
        ("fire", "triggers.new_lead.fire", "nothing → changed"),
        ("condition", "triggers.new_lead.where.name", "Ada → nothing"),
        ("condition", "triggers.new_lead.where.name", 'Ada → {"not":"Ada"}'),
        ("limit", "actions.add.input.id.maxLength", "3 → 4"),
        ("limit", "actions.add.input.id.maxLength", "3 → nothing"),
        ("choice", "actions.add.input.id.enum.0", "a → a_x"),
        ("choice", "actions.add.input.id.enum.1", "b → nothing"),
        ("required", "actions.add.input.id.required", "true → nothing"),
        ("default", "actions.add.input.id.default", "a → nothing"),
        ("rule", "actions.add.rules.0", "{"),
        ("error", "errors.status.409.kind", "refused → busy"),
        ("effect", "actions.add.idempotent", "nothing → true"),
    ],
)
def test_kinds_on_a_tiny_manifest(kind, place, change):
    made = [one for one in mutants(TINY) if (one.kind, one.place) == (kind, place)]

    assert any(one.change.startswith(change) for one in made), [one.change for one in made]


def test_a_mutant_is_the_manifest_with_one_change_and_the_manifest_stays():
    one = next(one for one in mutants(TINY) if one.change == "3 → 4")

    assert found(one.of(TINY), one.path) == 4
    assert found(TINY, one.path) == 3


def test_words_for_people_are_left_alone():
    words = {"title", "description", "docs", "notes", "sample", "examples", "remedy", "label"}

    assert [one.place for one in mutants(OK) if one.path[-1] in words and "input" not in one.path] == []
    assert [one.place for one in mutants(TINY) if one.place == "errors.status.401"] == []


def test_the_order_is_the_same_each_time():
    assert [(one.place, one.change) for one in mutants(OK)] == [(one.place, one.change) for one in mutants(OK)]


def test_the_page_lists_the_kinds():
    text, _, _ = (ROOT / "docs" / "mutations.md").read_text().partition("\n## What came of it\n")

    assert text == page()


def test_what_a_change_can_concern_is_what_names_its_block():
    assert concerned(TINY, ("lists", "leads", "items")) == {"leads", "new_lead"}
    assert concerned(TINY, ("actions", "add", "request")) == {"add"}
    assert concerned(TINY, ("connection", "test")) is None

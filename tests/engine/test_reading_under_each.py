"""A list that is read under each item of another."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.components.http import Request
from connectors.components.memory import Memory
from connectors.errors import InputError, SearchIncomplete, VendorFailed, VendorNotFound
from tests.engine.acme import make_connector, read, sent

LISTS = {
    "teams": {"request": "GET /teams", "items": "data", "paginate": {"next_url": {"from": "next"}}},
    "items": {
        "request": "GET /teams/{team.slug}/items",
        "items": "data",
        "paginate": {"next_url": {"from": "next"}},
        "for_each": {"list": "teams", "as": "team", "key": "slug"},
    },
}
ITEM = {"id": "a", "name": "Ada", "team": {"slug": "x"}}


class Paths:
    """Answers by path; for a path with several, one after the other."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = {path: list(given) if isinstance(given, tuple) else [given] for path, given in answers.items()}

    def __call__(self, request: Request) -> Any:
        given = self.answers[request.full_url.removeprefix("https://api.example.com")]
        return given.pop(0) if len(given) > 1 else given[0]


def data(*ids: Any, next: str | None = None) -> dict[str, Any]:
    return {"data": [{"slug": one} if isinstance(one, str) else {"id": one} for one in ids], "next": next}


TWO = {
    "/teams": data("x", next="/teams?p=2"),
    "/teams?p=2": data("y z"),
    "/teams/x/items": data(1, next="?p=2"),
    "/teams/x/items?p=2": data(2),
    "/teams/y%20z/items": data(1),
}


@pytest.fixture
def teams(vendor: Any) -> Any:
    """A function from answers by path to a Vendor."""

    def make(answers: dict[str, Any], on_404: str | None = None, **blocks: Any) -> Any:
        items = {**LISTS["items"], "for_each": {**LISTS["items"]["for_each"], **({"on_404": on_404} if on_404 else {})}}
        return vendor(Paths(answers), lists={**LISTS, "items": items}, **blocks)

    return make


async def test_each_parent_is_asked_for_and_stands_in_its_items(teams):
    acme = teams(TWO)
    items = await read(acme)
    assert [(item["team"]["slug"], item["id"]) for item in items] == [("x", 1), ("x", 2), ("y z", 1)]
    assert sent(acme) == ["/teams", "/teams/x/items", "/teams/x/items?p=2", "/teams?p=2", "/teams/y%20z/items"]


async def test_the_same_page_under_two_parents_is_no_loop(teams):
    assert len(await read(teams({**TWO, "/teams/x/items": data(1)}))) == 2


async def test_a_parent_that_is_gone_fails_the_reading(teams):
    with pytest.raises(VendorNotFound):
        await read(teams({**TWO, "/teams/x/items": 404}))


async def test_a_parent_that_is_gone_may_be_left_out(teams):
    assert [item["id"] for item in await read(teams({**TWO, "/teams/x/items": 404}, on_404="skip"))] == [1]


async def test_another_failure_is_never_left_out(teams):
    with pytest.raises(VendorFailed):
        await read(teams({**TWO, "/teams/x/items": 500}, on_404="skip"))


async def test_parents_that_are_not_there_fail_the_reading(teams):
    with pytest.raises(VendorNotFound):
        await read(teams({"/teams": 404}, on_404="skip"))


@pytest.mark.parametrize("slug", [None, "", "..", {}])
async def test_a_parent_that_fits_no_address_is_the_vendors_fault(teams, slug):
    answers = {"/teams": {"data": [{"slug": slug}], "next": None}}
    with pytest.raises(VendorFailed, match=r"'items' cannot be read under each of 'teams': the 'slug' of one of "):
        await read(teams(answers))


TRIGGER = {"poll": "items", "key": "id", "sample": ITEM}


async def test_a_key_carries_that_of_the_parent(teams):
    acme = teams(TWO, triggers={"seen": TRIGGER})
    first = await acme.poll("seen", {}, None, from_start=True)
    assert [event.key for event in first.events] == ["x/1", "x/2", "y%20z/1"]
    assert list(first.memory.versions) == ["x/1", "x/2", "y%20z/1"]


async def test_a_changed_key_keeps_its_place_under_each_parent(teams):
    before = (await teams(TWO, triggers={"seen": TRIGGER}).poll("seen", {}, None)).memory
    grown = {**TWO, "/teams/y%20z/items": data(1, 2)}
    acme = teams(grown, triggers={"seen": {**TRIGGER, "key": ["id", "team.slug"]}})
    after = await acme.poll("seen", {}, before)
    assert [event.key for event in after.events] == ['y%20z/[2,"y z"]']


async def test_a_parent_without_a_key_fails_the_poll(teams):
    acme = teams({"/teams": {"data": [{"slug": "x"}], "next": None}, "/teams/x/items": data(1)}, triggers={
        "seen": TRIGGER
    })  # fmt: skip
    acme.connector.lists["items"].for_each.__dict__["key"] = ("name",)
    with pytest.raises(
        VendorFailed, match="'items' cannot be watched: a parent of an item has no usable 'name' to know"
    ):
        await acme.poll("seen", {}, None)


async def test_a_search_under_each_parent_ends_where_scan_says(teams):
    search = {"list": "items", "input": {"name": {}}, "match": {"name": "{name}"}, "scan": {"pages": 2}, "sample": ITEM}
    with pytest.raises(SearchIncomplete):
        await teams(TWO, searches={"find": search}).search("find", {"name": "Ada"})


async def test_a_first_poll_reads_parents_twice_even_if_there_is_one_page(teams):
    acme = teams({"/teams": data("x"), "/teams/x/items": data(1)}, triggers={"seen": TRIGGER})
    await acme.poll("seen", {}, None)
    assert sent(acme) == ["/teams", "/teams/x/items"] * 2


async def test_a_search_that_ends_with_its_last_page_is_complete_though_parents_changed(vendor):
    numbered = {"offset": {"total": "total", "size": {"param": "limit", "value": 1}}}
    lists = {"teams": {**LISTS["teams"], "paginate": numbered}, "items": {**LISTS["items"], "paginate": None}}
    lists["items"].pop("paginate")
    pages = [{"data": [{"slug": "x"}], "total": 2}, {"data": [{"id": 1}]}, {"data": [{"slug": "y"}], "total": 1},
             {"data": [{"id": 2}]}, {"data": [], "total": 1}]  # fmt: skip
    search = {"list": "items", "input": {"name": {}}, "match": {"name": "{name}"}, "scan": {"pages": 2}, "sample": ITEM}
    assert await vendor(*pages, lists=lists, searches={"find": search}).search("find", {"name": "Ada"}) == []


async def test_choices_come_from_under_every_parent(teams):
    fields = {"item": {"choices": {"list": "items", "value": "team.slug", "title": "{team.slug} {id}"}}}
    acme = teams(TWO, actions={"act": {"request": "POST /x", "input": fields}})
    choices, after = await acme.choices("act", "item", {})
    assert ([choice.title for choice in choices], after) == (["x 1", "y z 1"], None)


REGIONS = {
    "teams": {"request": "GET /teams", "input": {"region": {"required": True, "send_as": "in"}}},
    "items": {
        "request": "GET /teams/{team.id}/items",
        "input": {"q": {}, "size": {"default": "3"}},
        "for_each": {"list": "teams", "as": "team"},
        "sample": {"id": 1, "name": "Ada", "team": {"id": 1}},
    },
}
GIVEN = {"region": {"required": True}, "q": {}}
ASKED = ["/teams?in=north", "/teams/1/items?q=x&size=3"]


async def test_each_list_is_given_its_own_inputs_and_no_others(vendor):
    trigger, search = {"poll": "items", "key": "id", "input": GIVEN}, {"list": "items", "input": GIVEN}
    dropdown = {"list": "items", "with": {"q": "{text}", "region": "{region}"}}
    action = {"request": "POST /x", "input": {"text": {}, "region": {}, "item": {"choices": dropdown}}}
    blocks = {"triggers": {"seen": trigger}, "searches": {"find": search}, "actions": {"act": action}}
    acme = vendor([{"id": 1, "name": "Ada"}], lists=REGIONS, **blocks)
    await acme.poll("seen", {"region": "north", "q": "x"}, None, from_start=True)
    await acme.search("find", {"region": "north", "q": "x"})
    await acme.choices("act", "item", {"region": "north", "text": "x"})
    assert sent(acme) == ASKED * 3


async def test_what_the_list_above_needs_is_named_when_choices_lack_it(vendor):
    fields = {"where": {}, "item": {"choices": {"list": "items", "with": {"region": "{where}"}, "search": "q"}}}
    acme = vendor([], lists=REGIONS, actions={"act": {"request": "POST /x", "input": fields}})
    with pytest.raises(InputError) as caught:
        await acme.choices("act", "item", {})
    assert (caught.value.field, sent(acme)) == ("where", [])


@pytest.mark.parametrize("name", ["since", "inputs", "reading", "parent"])
async def test_a_parent_may_be_called_anything(vendor, name):
    items = {"request": f"GET /teams/{{{name}.id}}", "for_each": {"list": "teams", "as": name}}
    acme = vendor([{"id": 1}], lists={"teams": {"request": "GET /teams"}, "items": items})
    assert await read(acme) == [{"id": 1, name: {"id": 1}}]


async def test_parents_may_have_parents(vendor):
    lists = {
        "orgs": {"request": "GET /orgs"},
        "teams": {"request": "GET /orgs/{org.id}/teams", "for_each": {"list": "orgs", "as": "org"}},
        "items": {"request": "GET /orgs/{team.org.id}/teams/{team.id}", "for_each": {"list": "teams", "as": "team"}},
    }
    rows = [{"id": 1}, {"id": 2}]
    trigger = {"poll": "items", "key": "id", "sample": {"id": 1, "team": {"id": 1, "org": {"id": 1}}}}
    acme = vendor(lambda request: rows, lists=lists, triggers={"seen": trigger})
    keys = [event.key for event in (await acme.poll("seen", {}, None, from_start=True)).events]
    assert keys == [f"{org}%2F{team}/{item}" for org in (1, 2) for team in (1, 2) for item in (1, 2)]


def test_the_parents_must_be_a_list_of_the_manifest():
    with pytest.raises(Exception, match="teams"):
        make_connector(lists={"items": LISTS["items"]})


def dated(**days: str) -> dict[str, Any]:
    return {"data": [{"id": name, "at": f"2026-01-{day}T00:00:00Z"} for name, day in days.items()]}


async def test_since_is_each_parents_own_and_one_that_appears_later_is_read_from_its_beginning(vendor):
    answers = {
        "/teams": (data("x"), data("x"), data("x", "y")),
        "/teams/x/items": dated(a="20"),
        "/teams/x/items?since=2026-01-19T00%3A00%3A00Z": dated(a="20"),
        "/teams/y/items": dated(old="02"),
        "/teams/y/items?since=2026-01-01T00%3A00%3A00Z": dated(older="01", old="02"),
    }
    items = {**LISTS["items"], "since": {"param": "since", "of": "at", "overlap": "P1D"}}
    item = {**ITEM, "at": "2026-01-01"}
    triggers = {"new": {"poll": "items", "key": "id", "sample": item}}
    acme = vendor(Paths(answers), lists={**LISTS, "items": items}, triggers=triggers)
    found = await acme.poll("new", {}, None)
    fired = []
    for _ in range(2):
        found = await acme.poll("new", {}, Memory.from_dict(found.memory.as_dict()))
        fired.append([event.key for event in found.events])
    assert fired == [["y/old"], ["y/older"]]


async def test_the_parent_takes_the_place_of_an_items_own_field_of_that_name(teams):
    answers = {"/teams": data("x"), "/teams/x/items": {"data": [{"id": 1, "team": "own"}]}}
    assert [item["team"] for item in await read(teams(answers), of="items")] == [{"slug": "x"}]

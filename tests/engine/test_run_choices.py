"""Dropdowns: fixed, read from a list, searched, and dependent on other inputs."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.components.http import Request
from connectors.engine.choosing import Choice
from connectors.errors import InputError
from tests.engine.acme import API, page, sent


@pytest.fixture
def choosing(vendor: Any) -> Any:
    """A function from answers to a Vendor whose action `act` has choices."""
    fields = {
        "roof": {"type": "integer", "choices": {"values": {"6": "Shingle", "19": "Clay tile"}}},
        "offer": {"choices": {"list": "items", "title": "{status} - {id}"}},
        "plain": {"choices": {"list": "items", "value": "key"}},
        "text": {},
        "tags": {"items": {"choices": {"values": {"a": "All"}}}},
        "place": {"properties": {"offer": {"choices": {"list": "items", "value": "id"}}}},
    }
    return lambda *answers: vendor(*answers, actions={"act": {"request": "POST /x", "input": fields}})


async def test_fixed_choices_have_the_type_of_the_field(choosing):
    choices, after = await choosing().choices("act", "roof", {})
    assert (choices, after) == ([Choice(6, "Shingle"), Choice(19, "Clay tile")], None)
    choosing().connector.actions["act"].checker.check({"roof": choices[0].value})


@pytest.mark.parametrize("search", ["tile", "CLAY", "19"])
async def test_choices_are_searched_by_title_or_exact_value(choosing, search):
    assert await choosing().choices("act", "roof", {}, search=search) == ([Choice(19, "Clay tile")], None)


async def test_choices_come_from_a_list(choosing):
    acme = choosing(page("o-1", status="Signed", more=True), page("o-2", status=None))
    choices, after = await acme.choices("act", "offer", {})
    assert choices == [Choice("o-1", "Signed - o-1"), Choice("o-2", "- o-2")]
    assert after is None


async def test_entries_of_a_list_and_inputs_inside_of_others_have_choices(choosing):
    assert (await choosing().choices("act", "tags", {}))[0] == [Choice("a", "All")]
    assert (await choosing(page("o-1")).choices("act", "place.offer", {}))[0] == [Choice("o-1", "o-1")]
    with pytest.raises(InputError, match=r"act has no input 'place.offr'; did you mean 'offer'\?"):
        await choosing().choices("act", "place.offr", {})


async def test_an_item_without_a_value_is_no_choice_and_a_title_falls_back_to_the_value(choosing):
    acme = choosing({"results": [{"id": 1}, {"key": None}, {"key": 7}, "odd", None], "hasNextPage": False})
    assert await acme.choices("act", "plain", {}) == ([Choice(7, "7")], None)


async def test_what_no_input_takes_is_no_choice_and_what_is_no_text_reads_as_in_json(choosing):
    values = [{"a": 1}, [1], "", {}, True, 0]
    acme = choosing({"results": [{"key": value} for value in values], "hasNextPage": False})
    assert (await acme.choices("act", "plain", {}))[0] == [Choice(True, "true"), Choice(0, "0")]


async def test_inputs_that_the_list_does_not_require_leave_the_choices_as_they_are(vendor):
    lists = {"items": {"request": "GET /items", "input": {"shop": {"required": True}, "priority": {}, "kind": {}}}}
    fields = {name: {} for name in ("shop", "priority", "kind")}
    fields["id"] = {"choices": {"list": "items", "with": {"kind": "{kind}"}}}
    acme = vendor([], lists=lists, actions={"act": {"request": "POST /x", "input": fields}})
    await acme.choices("act", "id", {"shop": "s-1", "priority": "3", "kind": "k"})
    assert sent(acme) == ["/items?shop=s-1&kind=k"]


async def test_choices_from_a_list_are_searched(choosing):
    acme = choosing(page("o-1", "o-2", status="Signed"))
    assert (await acme.choices("act", "offer", {}, search="signed - O-2"))[0] == [Choice("o-2", "Signed - o-2")]
    acme = choosing(page("o-1", "o-2", status="Signed"))
    assert (await acme.choices("act", "offer", {}, search="o-1"))[0] == [Choice("o-1", "Signed - o-1")]


async def test_many_choices_come_in_parts(choosing):
    acme = choosing(page(*range(100), more=True), page(*range(100, 130)))
    first, after = await acme.choices("act", "plain", {})
    assert (first, sent(acme)) == ([], ["/items?page=0", "/items?page=1"])
    acme = choosing(page(*range(100), more=True), page(*range(100, 130)))
    first, after = await acme.choices("act", "offer", {})
    assert (len(first), sent(acme)) == (100, ["/items?page=0"])
    rest, end = await acme.choices("act", "offer", {}, after=after)
    assert (len(rest), end, sent(acme)[-1]) == (30, None, "/items?page=1")


async def test_a_continuation_that_points_elsewhere_is_refused(choosing):
    acme = choosing(page(1))
    with pytest.raises(InputError, match="nothing was sent") as caught:
        await acme.choices("act", "offer", {}, after=Request("GET", "https://evil.example/items"))
    assert caught.value.remedy == "Begin again with the first page."
    assert sent(acme) == []


async def test_a_continuation_of_another_list_or_of_other_inputs_is_refused(vendor):
    lists = {
        "rooms": {"request": "GET /houses/{house}/rooms", "input": {"house": {"required": True}, "floor": {}}},
        "people": {"request": "GET /people"},
    }
    for block in lists.values():
        block.update({"items": "data", "paginate": {"cursor": {"from": "next"}}, "sample": {"id": 1}})
    rooms = {"list": "rooms", "with": {"floor": "{floor}"}}
    fields = {"house": {}, "floor": {}, "room": {"choices": rooms}, "who": {"choices": {"list": "people"}}}
    acme = vendor({"data": [{"id": number} for number in range(100)], "next": "b"}, lists=lists, actions={
        "act": {"request": "POST /x", "input": fields}
    })  # fmt: skip
    _, after = await acme.choices("act", "room", {"house": 1, "floor": 2})
    assert (await acme.choices("act", "room", {"house": 1, "floor": 2}, after=after))[0]
    asked = len(sent(acme))
    for field, inputs in (("room", {"house": 2, "floor": 2}), ("room", {"house": 1}), ("who", {"house": 1})):
        with pytest.raises(
            InputError, match=r"^this is no page of '(rooms|people)' with these inputs; nothing was sent$"
        ):
            await acme.choices("act", field, inputs, after=after)
    assert len(sent(acme)) == asked


@pytest.mark.parametrize("block", [{"request": "GET /items"}, {"request": "GET /items", "for_each": "teams"}])
async def test_a_list_that_never_goes_on_takes_no_continuation(vendor, block):
    each = {"for_each": {"list": "teams", "as": "team"}} if "for_each" in block else {}
    paged = {"paginate": {"page_number": {"until": "empty"}}} if each else {}
    lists = {"items": {**block, **each, **paged, "sample": {"id": 1}}, "teams": {"request": "GET /teams"}}
    fields = {"item": {"choices": {"list": "items"}}}
    acme = vendor([], lists=lists, actions={"act": {"request": "POST /x", "input": fields}})
    with pytest.raises(InputError, match="no page of 'items'"):
        await acme.choices("act", "item", {}, after=Request("GET", f"{API}/items", (("page", "2"),)))
    assert sent(acme) == []


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("text", "'text' has no choices; any fitting value will do"),
        ("ofer", "act has no input 'ofer'; did you mean 'offer'?"),
        ("zzz", "act has no input 'zzz'; there are roof, offer, plain, text, tags, place"),
    ],
)
async def test_a_field_without_choices_says_so(choosing, field, message):
    with pytest.raises(InputError) as caught:
        await choosing().choices("act", field, {})
    assert (caught.value.field, caught.value.message) == (field, message)


# Choices that depend on other inputs, and those that the vendor searches


SYSTEMS = {"request": "GET /projects/{project}/systems", "input": {"project": {"required": True}, "q": {}}}


@pytest.fixture
def depending(vendor: Any) -> Any:
    """A function from answers to a Vendor whose input `system` depends on `project_id`."""
    choices = {"list": "systems", "with": {"project": "{project_id}"}, "value": "uuid", "title": "{name}"}
    fields = {"project_id": {"type": ["integer", "null"]}, "system": {"choices": {**choices, "search": "q"}}}
    sample = {"uuid": "s-1", "name": "Roof"}
    return lambda *answers: vendor(
        *answers,
        lists={"systems": {**SYSTEMS, "sample": sample}},
        actions={"act": {"request": "POST /x", "input": fields}},
    )


async def test_choices_may_depend_on_another_input(depending):
    acme = depending([{"uuid": "s-1", "name": "Roof"}])
    assert await acme.choices("act", "system", {"project_id": 7}) == ([Choice("s-1", "Roof")], None)
    assert sent(acme) == ["/projects/7/systems"]


@pytest.mark.parametrize("inputs", [{}, {"project_id": None}])
async def test_what_choices_depend_on_is_named_when_it_is_missing(depending, inputs):
    acme = depending([])
    with pytest.raises(InputError) as caught:
        await acme.choices("act", "system", inputs)
    assert (caught.value.field, caught.value.message) == (
        "project_id",
        "'project_id' must be given before there are choices",
    )
    assert sent(acme) == []


async def test_where_the_vendor_searches_it_is_asked_and_believed(depending):
    acme = depending([{"uuid": "s-1", "name": "Roof"}])
    choices, _ = await acme.choices("act", "system", {"project_id": 7}, search="dach")
    assert (choices, sent(acme)) == ([Choice("s-1", "Roof")], ["/projects/7/systems?q=dach"])

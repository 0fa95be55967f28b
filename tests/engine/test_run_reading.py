from __future__ import annotations

from typing import Any

import pytest

from connectors.engine import reading
from connectors.engine.run import Vendor
from connectors.errors import InputError, SearchIncomplete, VendorFailed
from tests.engine import acme
from tests.engine.acme import page, sent

# Pages


async def read(vendor: Vendor) -> list[Any]:
    return [item["id"] for item in await acme.read(vendor)]


async def test_pages_are_read_to_the_end(vendor):
    acme = vendor(page(1, 2, more=True), page(3, more=True), page(4))
    assert await read(acme) == [1, 2, 3, 4]
    assert sent(acme) == ["/items?page=0", "/items?page=1", "/items?page=2"]


async def test_short_and_empty_pages_with_more_to_come_are_not_the_end(vendor):
    acme = vendor(page(1, 2, more=True), page(3, more=True), page(more=True), page(more=True), page(4))
    assert await read(acme) == [1, 2, 3, 4]


async def test_the_same_page_twice_is_an_error(vendor):
    with pytest.raises(VendorFailed) as caught:
        await read(vendor(page(1, more=True)))
    assert caught.value.message == "the vendor sent a page of 'items' twice, so reading it would not end"
    assert caught.value.remedy == "Check 'paginate' in the manifest; if it is right, ask the vendor."


async def test_empty_pages_for_ever_are_an_error(vendor):
    acme = vendor(page(1, more=True), page(more=True))
    with pytest.raises(VendorFailed, match=r"^the vendor sent 21 empty pages of 'items' in a row$"):
        await read(acme)
    assert len(sent(acme)) == 22


async def test_empty_pages_count_only_in_a_row(vendor):
    gaps = [page(more=True), page(more=True), page("a", more=True)] * 15
    numbered = [{**answer, "number": number} for number, answer in enumerate(gaps)]
    assert len(await read(vendor(*numbered, page()))) == 15


async def test_pages_without_end_are_an_error(vendor, monkeypatch):
    monkeypatch.setattr(reading, "MOST_PAGES", 1000)
    numbers = iter(range(10_000))
    acme = vendor(lambda _: page(next(numbers), more=True))
    with pytest.raises(VendorFailed, match=r"^'items' has more than 1,000 pages$"):
        await read(acme)
    assert len(sent(acme)) == 1001


async def test_as_many_pages_as_there_may_be_can_be_read(vendor, monkeypatch):
    monkeypatch.setattr(reading, "MOST_PAGES", 2)
    assert await read(vendor(page(1, more=True), page(2))) == [1, 2]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"results": []}, "'hasNextPage' should be true or false, but is missing"),
        ({"results": [], "hasNextPage": "no"}, "'hasNextPage' should be true or false, but is \"no\""),
        ({"hasNextPage": False}, "no list at 'results'"),
        ({"results": None, "hasNextPage": False}, "no list at 'results'"),
        ({"results": {}, "hasNextPage": False}, "no list at 'results'"),
        ([], "no list at 'results'"),
        ((200, b""), "it is empty"),
    ],
)
async def test_a_page_that_is_not_as_documented_is_an_error(vendor, body, why):
    with pytest.raises(VendorFailed, match=f"^the vendor answered 200, but not as documented: {why}. It begins: "):
        await read(vendor(body))


async def test_a_list_may_come_at_once_and_be_the_body_itself(vendor):
    lists = {"items": {"request": "GET /items"}}
    assert await read(vendor([{"id": 1}], lists=lists)) == [1]
    with pytest.raises(VendorFailed, match="not as documented: it is not a list"):
        await read(vendor({"id": 1}, lists=lists))


async def test_one_item_may_be_all_that_there_is(vendor):
    items = {"request": "GET /item", "single": True}
    assert await read(vendor({"id": 1}, lists={"items": items})) == [1]
    assert await read(vendor({"data": {"id": 1}}, lists={"items": {**items, "items": "data"}})) == [1]


@pytest.mark.parametrize(("path", "why"), [({}, "it is not an object"), ({"items": "data"}, "no object at 'data'")])
async def test_several_items_are_not_one(vendor, path, why):
    items = {"request": "GET /item", "single": True, **path}
    with pytest.raises(VendorFailed, match=why):
        await read(vendor([{"id": 1}], lists={"items": items}))


async def test_a_failed_page_ends_the_reading(vendor):
    with pytest.raises(VendorFailed, match=r"the vendor failed \(500\)"):
        await read(vendor(page(1, more=True), 500))


# Searches


@pytest.fixture
def finding(vendor: Any) -> Any:
    """A function from answers to a Vendor with the search `find`."""
    match = {"email": {"equals": "{email}", "fold": True}, "name": {"contains": "{name}"}}
    fields = {"email": {}, "name": {"type": ["string", "null"]}}
    search = {"list": "items", "input": fields, "match": match, "scan": {"pages": 2}}
    return lambda *answers, **blocks: vendor(*answers, searches={"find": {**search, **blocks}})


def people(*emails: str, more: bool = False) -> dict[str, Any]:
    return {"results": [{"email": email, "name": email.partition("@")[0]} for email in emails], "hasNextPage": more}


async def test_a_search_keeps_what_matches(finding):
    acme = finding(people("Ada@example.com", "bob@example.com", more=True), people("ada@EXAMPLE.com"))
    found = await acme.search("find", {"email": "ada@example.com"})
    assert [item["email"] for item in found] == ["Ada@example.com", "ada@EXAMPLE.com"]


async def test_all_lines_must_hold_and_absent_inputs_drop_out(finding):
    both = people("ada@example.com", "adam@example.com")
    assert len(await finding(both).search("find", {"name": "ada"})) == 2
    assert len(await finding(both).search("find", {"name": "ada", "email": "ADAM@example.com"})) == 1
    assert await finding(both).search("find", {"email": ""}) == []


@pytest.mark.parametrize("inputs", [{}, {"name": None, "email": 5}, {"mail": "a"}])
async def test_a_search_for_nothing_is_refused_and_nothing_is_sent(finding, inputs):
    acme = finding(people())
    with pytest.raises(InputError):
        await acme.search("find", inputs)
    assert sent(acme) == []


async def test_how_a_search_for_nothing_reads(finding):
    with pytest.raises(InputError) as caught:
        await finding(people()).search("find", {})
    assert (caught.value.field, caught.value.message) == ("email", "give at least one of email, name to search for")


async def test_a_search_that_the_connection_leaves_nothing_to_search_for_is_refused(vendor):
    fields = {"account": {}, "apiKey": {"secret": True}, "nick": {}}
    search = {"list": "items", "match": {"name": "{nick}"}}
    acme = vendor(people(), connection={"fields": fields, "test": "GET /me"}, searches={"find": search})
    with pytest.raises(InputError, match="give at least one of the inputs to search for"):
        await acme.search("find", {})


async def test_an_input_that_cannot_stand_in_a_text_is_refused_before_anything_is_sent(finding):
    acme = finding(people(), match={"email": "{email}", "name": {"contains": " {name}"}})
    with pytest.raises(InputError, match="'name': null cannot stand in a text"):
        await acme.search("find", {"email": "a", "name": None})
    assert sent(acme) == []


async def test_a_search_that_reaches_its_limit_cannot_say_not_found(finding):
    acme = finding(people("bob@x", more=True), people("cid@x", more=True), people("ada@x"))
    with pytest.raises(SearchIncomplete) as caught:
        await acme.search("find", {"email": "ada@x"})
    assert caught.value.message == (
        "'find' read 2 pages and found 0; there are more pages, so the answer would not be complete"
    )
    assert len(sent(acme)) == 2


async def test_a_search_that_ends_on_its_last_page_is_complete(finding):
    acme = finding(people("bob@x", more=True), people("ada@x"))
    assert len(await acme.search("find", {"email": "ada@x"})) == 1


async def test_a_search_reads_no_further_than_it_has_to(finding):
    acme = finding(people("ada@x", "ada@y", more=True), people("ada@z", more=True), people())
    assert len(await acme.search("find", {"name": "ada"}, limit=1)) == 1
    assert len(sent(acme)) == 1


async def test_a_failed_page_is_never_not_found(finding):
    with pytest.raises(VendorFailed):
        await finding(people(more=True), 500).search("find", {"name": "ada"})

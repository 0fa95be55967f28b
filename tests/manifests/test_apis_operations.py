"""What can be done at five public APIs: each operation once, as its documentation says."""

from __future__ import annotations

from base64 import b64decode

import pytest

from connectors.components.http import load_json
from connectors.errors import ConfirmRequired, InputError, VendorInvalidInput, VendorNotFound
from tests.manifests.servers import github, jira, notion, stripe, zendesk

ISSUE = {"owner": github.LOGIN, "repo": "roofs"}
PAGE = "3655e416-f00b-5e44-b092-4997c4ac8a2d"


@pytest.mark.parametrize("name", ["github", "stripe", "notion", "jira", "zendesk"])
async def test_the_connection_is_tested(api, name):
    await api(name).vendor.test()


async def test_github_opens_an_issue_and_shows_it(api):
    one = api("github")
    made = await one.vendor.call("create_issue", {**ISSUE, "title": "Gutter leaks", "labels": ["bug"]})
    assert load_json(one.last.body) == {"title": "Gutter leaks", "labels": ["bug"]}
    assert one.last.headers["x-github-api-version"] == "2022-11-28"
    shown = await one.vendor.call("get_issue", {**ISSUE, "issue_number": made["number"]})
    assert (shown["id"], shown["title"]) == (made["id"], "Gutter leaks")


async def test_github_offers_repositories(api):
    choices, more = await api("github").vendor.choices("create_issue", "repo", {}, search="plan-100")
    assert [(choice.value, choice.title) for choice in choices] == [("plan-100", "mona-solar/plan-100")]
    assert more is None


async def test_stripe_takes_a_form_with_values_inside_values(api):
    one = api("stripe")
    address = {"line1": "Dachweg 1", "postalCode": "01067", "city": "Dresden", "country": "DE"}
    given = {"name": "Ada", "address": address, "languages": ["de", "en"], "metadata": {"offer": "o 1"}}
    made = await one.vendor.call("create_customer", given)
    row = one.data.customers[made["id"]]
    assert (row["address"]["postal_code"], row["metadata"]) == ("01067", {"offer": "o 1"})
    assert (row["preferred_locales"], made["created"][:4]) == (["de", "en"], "2024")


async def test_stripe_makes_one_customer_of_two_calls_with_one_key(api):
    one = api("stripe")
    there = len(one.data.customers)
    made = [await one.vendor.call("create_customer", {"name": "Ada"}, idempotency_key="k-1") for _ in range(2)]
    assert (made[0], len(one.data.customers)) == (made[1], there + 1)


async def test_stripe_deletes_a_customer_when_that_is_confirmed(api):
    one, given = api("stripe"), {"customer": "cus_P000000000002"}
    with pytest.raises(ConfirmRequired):
        await one.vendor.call("delete_customer", given)
    assert one.state.log == []
    assert (await one.vendor.call("delete_customer", given, confirmed=True))["deleted"] is True


async def test_stripe_finds_a_customer_itself(api):
    one = api("stripe")
    found = await one.vendor.search("find_customer", {"email": "kunde7@example.com"})
    assert ([row["name"] for row in found], len(one.state.log)) == (["Kunde 7"], 1)


async def test_stripe_offers_the_invoices_of_the_customer_that_was_chosen(api):
    one = api("stripe")
    choices, _ = await one.vendor.choices("find_invoice", "number", {"customer": stripe.BUSY_CUSTOMER})
    of_customer = [row["number"] for row in one.data.invoices if row["customer"] == stripe.BUSY_CUSTOMER]
    assert {choice.value for choice in choices} <= set(of_customer)
    found = await one.vendor.search("find_invoice", {"customer": stripe.BUSY_CUSTOMER, "number": choices[1].value})
    assert [row["number"] for row in found] == [choices[1].value]
    with pytest.raises(InputError, match="'customer' must be given before there are choices"):
        await one.vendor.choices("find_invoice", "number", {})


async def test_notion_adds_a_page_and_changes_it(api):
    one = api("notion")
    made = await one.vendor.call("create_page", {"database_id": notion.PROJECTS, "title": "Roof of Ada"})
    assert made["properties"]["Name"]["title"][0]["plain_text"] == "Roof of Ada"
    assert one.last.headers["notion-version"] == "2022-06-28"
    changed = await one.vendor.call("update_page", {"page_id": made["id"], "properties": {"Budget": {"number": 0}}})
    assert changed["properties"]["Budget"]["number"] == 0


async def test_notion_offers_databases_and_finds_people(api):
    one = api("notion")
    choices, _ = await one.vendor.choices("create_page", "database_id", {})
    assert {choice.value for choice in choices} == {notion.PROJECTS, notion.EMPTY}
    assert [row["name"] for row in await one.vendor.search("find_person", {"email": "PERSON16@example.com"})] == [
        "Person 16"
    ]


async def test_an_empty_database_holds_nothing(api):
    assert await api("notion").read("pages", database_id=notion.EMPTY) == []


async def test_jira_takes_a_comment(api):
    one = api("jira")
    made = await one.vendor.call("add_comment", {"issue": "ROOF-2", "text": "Call back\n{later}"})
    assert made["body"] == jira.document("Call back\n{later}")
    assert one.last.basic == f"{jira.EMAIL}:{jira.TOKEN}"


async def test_jira_shows_an_issue_and_finds_a_project(api):
    one = api("jira")
    assert (await one.vendor.call("get_issue", {"issue": jira.BUSY}))["key"] == jira.BUSY
    assert [row["key"] for row in await one.vendor.search("find_project", {"query": "project 002"})] == ["P002"]


@pytest.mark.parametrize("attachment", ["40001", "40002", "40003"])
async def test_jira_sends_a_file_from_another_host_that_gets_no_credential(api, attachment):
    one = api("jira")
    file = await one.vendor.call("download_attachment", {"attachment": attachment})
    row = one.data.attachments[attachment]
    assert (b64decode(file["content"]), file["media_type"]) == (row["content"], row["mimeType"])
    assert ["authorization" in call.headers for call in one.state.log] == [True, False]


async def test_zendesk_changes_a_ticket_inside_a_ticket(api):
    one = api("zendesk")
    changed = await one.vendor.call("update_ticket", {"ticket_id": 1, "status": "pending", "priority": None})
    assert load_json(one.last.body) == {"ticket": {"status": "pending", "priority": None}}
    assert (changed["status"], one.last.basic) == ("pending", f"{zendesk.EMAIL}/token:{zendesk.TOKEN}")


async def test_zendesk_takes_a_comment_that_only_agents_see(api):
    one = api("zendesk")
    await one.vendor.call("add_comment", {"ticket_id": 1, "text": "Call back", "public": False})
    assert load_json(one.last.body) == {"ticket": {"comment": {"body": "Call back", "public": False}}}


async def test_zendesk_finds_a_member(api):
    given = {"organization_id": zendesk.BUSY_ORGANIZATION, "address": "Person3@example.com"}
    assert [row["name"] for row in await api("zendesk").vendor.search("find_member", given)] == ["Person 3"]


@pytest.mark.parametrize(("name", "status"), [("github", 403), ("zendesk", 429)])
async def test_who_is_asked_to_come_back_does(api, name, status):
    one = api(name)
    one.state.busy, one.state.retry_after = 1, "0"
    await one.vendor.test()
    assert [call.status for call in one.forget_refusals()] == [status, 200]


@pytest.mark.parametrize(
    ("name", "action", "given", "kind", "words"),
    [
        (
            "github",
            "create_issue",
            {**ISSUE, "title": "Gutter", "assignees": ["x"]},
            VendorInvalidInput,
            "field: assignees",
        ),
        ("stripe", "create_customer", {"metadata": {"a" * 41: "b"}}, VendorInvalidInput, "40"),
        ("notion", "update_page", {"page_id": PAGE, "properties": {"No": {"number": 1}}}, VendorInvalidInput, "No"),
        ("jira", "get_issue", {"issue": "ROOF-99"}, VendorNotFound, "Issue does not exist"),
        ("jira", "add_comment", {"issue": jira.BUSY, "text": ""}, VendorInvalidInput, "comment: Comment body"),
        ("zendesk", "update_ticket", {"ticket_id": 999999, "status": "open"}, VendorNotFound, "Not found"),
    ],
)
async def test_a_refusal_is_told_in_the_vendors_own_words(api, name, action, given, kind, words):
    one = api(name)
    with pytest.raises(kind) as caught:
        await one.vendor.call(action, given)
    one.forget_refusals()
    assert words in caught.value.vendor_message

"""What five public APIs hold and what happens there: every row is read, every event is told, each once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.manifests.servers import github, jira, notion, stripe, zendesk


@dataclass
class Rows:
    """The rows that a list should show, and how one more comes to be."""

    api: str
    list: str
    expected: Callable[[Any], list[Any]]
    add: Callable[[Any], Any]
    inputs: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.api}.{self.list}"


LISTS = [
    Rows("github", "repos", lambda data: [*data.repos], lambda data: data.repos.add(), {}),
    Rows("stripe", "customers", lambda data: [*data.customers], lambda data: data.customers.add(), {}),
    Rows(
        "stripe",
        "invoices",
        lambda data: [row for row in data.invoices if row["customer"] == stripe.BUSY_CUSTOMER],
        lambda data: data.invoices.add(customer=stripe.BUSY_CUSTOMER),
        {"customer": stripe.BUSY_CUSTOMER},
    ),
    Rows(
        "notion", "pages", lambda data: [*data.pages], lambda data: data.pages.add(), {"database_id": notion.PROJECTS}
    ),
    Rows("notion", "users", lambda data: [*data.users], lambda data: data.users.add(), {}),
    Rows("jira", "projects", lambda data: [*data.projects], lambda data: data.projects.add(key="A", id="1"), {}),
    Rows(
        "jira",
        "comments",
        lambda data: [*data.comments[jira.BUSY]],
        lambda data: data.comments[jira.BUSY].add(),
        {"issue": jira.BUSY},
    ),
    Rows("zendesk", "organizations", lambda data: [*data.organizations], lambda data: data.organizations.add(), {}),
    Rows(
        "zendesk",
        "members",
        lambda data: [row for row in data.users if row["organization_id"] == zendesk.BUSY_ORGANIZATION],
        lambda data: data.users.add(organization_id=zendesk.BUSY_ORGANIZATION),
        {"organization_id": zendesk.BUSY_ORGANIZATION},
    ),
]


def ids(rows: Any) -> list[str]:
    return sorted(str(row["id"]) for row in rows)


@pytest.mark.parametrize("rows", LISTS, ids=str)
async def test_every_row_of_all_pages_is_read_once(api, rows):
    one = api(rows.api)
    read = await one.read(rows.list, **rows.inputs)
    assert (ids(read), len(one.state.log) >= 3) == (ids(rows.expected(one.data)), True)


@pytest.mark.parametrize("rows", LISTS, ids=str)
async def test_a_row_that_appears_between_pages_hides_no_other(api, rows):
    one = api(rows.api)
    there = ids(rows.expected(one.data))
    one.before_call(2, rows.add)
    assert set(there) <= set(ids(await one.read(rows.list, **rows.inputs)))
    assert len(rows.expected(one.data)) == len(there) + 1


@dataclass
class Happening:
    """What happens at the vendor, and what a trigger makes of it: the event's values at the expected paths."""

    trigger: str
    happen: Callable[[Any], Any]
    expected: list[dict[str, Any]]
    inputs: dict[str, Any]
    twice: bool = False

    def __str__(self) -> str:
        return self.trigger


DATABASE, CUSTOMER, ISSUE = {"database_id": notion.PROJECTS}, {"customer": stripe.BUSY_CUSTOMER}, {"issue": jira.BUSY}
PAGE = "3655e416-f00b-5e44-b092-4997c4ac8a2d"


def add_issue_and_pull_request(data: Any) -> None:
    data.issues[github.BIG].add(title="Change", pull_request={"url": "https://api.github.com/pulls/231"})
    data.issues[github.BIG].add(title="Gutter leaks")


HAPPENINGS = [
    Happening("github.new_issue", add_issue_and_pull_request, [{"title": "Gutter leaks"}], {}),
    Happening(
        "github.issue_updated",
        lambda data: [data.issues[github.BIG].edit(number, state="closed") for number in (3, 7)],
        [{"number": 3, "state": "closed"}],
        {"state": "closed"},
    ),
    Happening("stripe.new_customer", lambda data: data.customers.add(id="cus_new"), [{"id": "cus_new"}], {}),
    Happening(
        "stripe.invoice_paid",
        lambda data: data.invoices.edit("in_P000000000001", status="paid"),
        [{"id": "in_P000000000001", "previous": {"status": "open"}}],
        CUSTOMER,
    ),
    Happening("notion.new_page", lambda data: data.pages.add(id=PAGE[::-1]), [{"id": PAGE[::-1]}], DATABASE),
    Happening("notion.page_changed", lambda data: data.pages.edit(PAGE), [{"id": PAGE}], DATABASE),
    Happening("jira.new_comment", lambda data: data.comments[jira.BUSY].add(id="9"), [{"id": "9"}], ISSUE),
    Happening("jira.comment_edited", lambda data: data.comments[jira.BUSY].edit("30002"), [{"id": "30002"}], ISSUE),
    Happening(
        "jira.comment_deleted",
        lambda data: data.comments[jira.BUSY].remove("30001"),
        [{"id": "30001", "author": {"displayName": "Person 2"}}],
        ISSUE,
        twice=True,
    ),
    Happening("zendesk.new_ticket", lambda data: data.tickets.add(subject="Silent"), [{"subject": "Silent"}], {}),
    Happening(
        "zendesk.ticket_status_changed",
        lambda data: [data.tickets.edit(1, status="solved"), data.tickets.edit(2, subject="Loud")],
        [{"id": 1, "status": "solved", "previous": {"status": "open"}}],
        {"to": "solved"},
    ),
    Happening("zendesk.new_organization", lambda data: data.organizations.add(name="Roofs"), [{"name": "Roofs"}], {}),
]


@pytest.mark.parametrize("case", HAPPENINGS, ids=str)
async def test_a_trigger_is_silent_at_first_and_then_tells_what_happened_once(api, case):
    name, trigger = case.trigger.split(".")
    one = api(name)
    keep_few_repos(one)
    events = await one.events(trigger, twice=case.twice, happen=case.happen, **case.inputs)
    assert [{key: event[key] for key in wanted} for event, wanted in zip(events, case.expected, strict=True)] == (
        case.expected
    )


def keep_few_repos(one: Any) -> None:
    """Two hundred repositories are for paging; to read the issues of each takes long."""
    repos = getattr(one.data, "repos", None)
    for key in [*repos.keys()][12:] if repos else ():
        repos.remove(key)


async def test_rows_that_two_pages_of_an_export_show_are_told_once(api):
    one = api("zendesk")
    poll = await one.vendor.poll("new_ticket", {}, None, from_start=True)
    told = ids(event.item for event in poll.events)
    assert told == ids(row for row in one.data.tickets if row["status"] != "deleted")
    assert len([call for call in one.state.log if call.path == "/api/v2/incremental/tickets.json"]) == 3


async def test_issues_that_are_edited_between_pages_hide_no_other(api):
    one = api("github")
    keep_few_repos(one)
    first = await one.vendor.poll("new_issue", {}, None)
    added = [one.data.issues[github.BIG].add() for _ in range(230)]
    one.before_call(3, lambda data: [data.issues[github.BIG].edit(row["number"]) for row in added[:50]])
    second = await one.vendor.poll("new_issue", {}, first.memory)
    assert ids(event.item for event in second.events) == ids(row for row in added if "pull_request" not in row)


@pytest.mark.parametrize(
    ("trigger", "param", "start"),
    [
        ("github.new_issue", "since", "2024-09-02T08:05:00Z"),
        ("stripe.new_customer", "created[gte]", ""),
        ("zendesk.new_ticket", "start_time", "0"),
    ],
)
async def test_a_second_poll_asks_only_for_what_has_changed_since(api, trigger, param, start):
    name, trigger = trigger.split(".")
    one = api(name)
    keep_few_repos(one)
    first = await one.vendor.poll(trigger, {}, None)
    calls = len(one.state.log)
    await one.vendor.poll(trigger, {}, first.memory)
    assert len(one.state.log) - calls < calls / 2
    assert any(dict(call.query).get(param, "") > start for call in one.state.log[calls:])


async def test_a_repository_that_goes_while_issues_are_read_is_left_out(api):
    one = api("github")
    keep_few_repos(one)
    one.before_call(2, lambda data: data.repos.remove("mona-solar/plan-010"))
    read = await one.read("issues")
    assert {issue["repo"]["name"] for issue in read} == {"roofs"}
    assert [call.path for call in one.forget_refusals() if call.status == 404] == ["/repos/mona-solar/plan-010/issues"]

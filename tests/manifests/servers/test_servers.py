"""The pretend APIs do what their documentation says: they page, filter, write, and keep a log."""

from __future__ import annotations

import httpx
import pytest

from tests.manifests.servers import github, jira, notion, stripe, zendesk

ISSUES = f"/repos/{github.BIG}/issues"
PAGES = f"/v1/databases/{notion.PROJECTS}/query"
SIGNED = {"property": "Signed", "checkbox": {"equals": True}}
TITLE = {"Name": {"title": [{"text": {"content": "x"}}]}}
COMMENTS = f"/rest/api/3/issue/{jira.BUSY}/comment"
EXPORT = "/api/v2/incremental/tickets.json"


def get_pages(following, get, first):
    """The pages of a list; `following` says what to get after one, or None."""
    pages = [get(first)]
    while place := following(pages[-1]):
        pages.append(get(place))
        assert len(pages) < 30
    assert {page.status_code for page in pages} == {200}
    return pages


def ids(pages, items, key="id"):
    return [row[key] for page in pages for row in (page.json() if items is None else page.json()[items])]


# Pages.


@pytest.mark.parametrize("path", ["/user/repos?per_page=100", f"{ISSUES}?state=all&per_page=100&sort=updated"])
def test_github_pages_by_links(api, path):
    pages = get_pages(lambda page: page.links.get("next", {}).get("url"), api("github").get, path)

    assert len(pages) == 3
    assert len({*ids(pages, None)}) == len(ids(pages, None)) > 200
    assert {*pages[0].links} == {"next", "last"}
    assert {*pages[1].links} == {"prev", "next", "last", "first"}
    assert {*pages[2].links} == {"prev", "first"}


def test_github_leaves_out_the_link_of_a_single_page(api):
    answer = api("github").get("/repos/mona-solar/PLAN-010/issues?state=all")

    assert [row["number"] for row in answer.json()] == [3, 2, 1]
    assert "link" not in answer.headers


def test_github_lists_pull_requests_among_issues(api):
    rows = api("github").get(f"{ISSUES}?state=all&direction=asc&sort=created").json()

    assert [row["number"] for row in rows if "pull_request" in row] == [7, 14, 21, 28]
    assert rows[0]["id"] > 2**53


def test_github_since_leaves_out_the_second_it_names(api):
    since = api("github").get(f"{ISSUES}/200").json()["updated_at"]

    rows = api("github").get(f"{ISSUES}?state=all&since={since}&per_page=100").json()

    assert since < min(row["updated_at"] for row in rows)


@pytest.mark.parametrize("path", ["/v1/customers", f"/v1/invoices?customer={stripe.BUSY_CUSTOMER}"])
def test_stripe_pages_by_the_last_id(api, path):
    def following(page):
        last = page.json()["data"][-1]["id"]
        return {"limit": 100, "starting_after": last} if page.json()["has_more"] else None

    client = api("stripe").client
    path, _, query = path.partition("?")
    pages = get_pages(
        following, lambda more: client.get(path, params={**dict(httpx.QueryParams(query)), **more}), {"limit": 100}
    )

    assert len(pages) == 3
    assert len({*ids(pages, "data")}) == len(ids(pages, "data")) > 200
    times = ids(pages, "data", "created")
    assert times == sorted(times, reverse=True)


def test_stripe_takes_ranges_of_time(api):
    stripe = api("stripe")
    time = stripe.get("/v1/customers?limit=100").json()["data"][50]["created"]

    rows = stripe.get(f"/v1/customers?created[gte]={time}&limit=100").json()["data"]

    assert min(row["created"] for row in rows) == time
    assert {row["created"] for row in stripe.get(f"/v1/customers?created={time}").json()["data"]} == {time}


def test_stripe_goes_on_after_a_customer_that_was_deleted_meanwhile(api):
    client = api("stripe").client
    first, second, third = ids([client.get("/v1/customers?limit=3")], "data")

    assert client.delete(f"/v1/customers/{second}").json() == {"id": second, "object": "customer", "deleted": True}

    assert ids([client.get("/v1/customers?limit=2")], "data") == [first, third]
    assert ids([client.get(f"/v1/customers?limit=1&starting_after={second}")], "data") == [third]
    assert client.get(f"/v1/customers/{second}").json()["deleted"] is True


@pytest.mark.parametrize(("path", "body"), [(PAGES, {}), ("/v1/search", {"query": "project"})])
def test_notion_pages_by_a_cursor_in_the_body(api, path, body):
    def following(page):
        cursor = page.json()["next_cursor"]
        assert page.json()["has_more"] == (cursor is not None)
        return cursor and {**body, "start_cursor": cursor, "page_size": 100}

    client = api("notion").client
    pages = get_pages(following, lambda body: client.post(path, json=body), {**body, "page_size": 100})

    assert len(pages) == 3
    assert len({*ids(pages, "results")}) == len(ids(pages, "results")) >= 230


def test_notion_lists_users_by_a_cursor_in_the_query(api):
    def following(page):
        cursor = page.json()["next_cursor"]
        return cursor and f"/v1/users?start_cursor={cursor}"

    pages = get_pages(following, api("notion").get, "/v1/users")

    assert len({*ids(pages, "results")}) == 230


def test_notion_goes_on_after_a_page_that_is_gone(api):
    notion = api("notion")
    query = {"page_size": 3, "sorts": [{"timestamp": "created_time", "direction": "ascending"}]}
    all_ids = [row["id"] for row in notion.state.data.pages]
    cursor = notion.client.post(PAGES, json=query).json()["next_cursor"]

    notion.state.data.pages.remove(all_ids[2])

    assert ids([notion.client.post(PAGES, json={**query, "start_cursor": cursor})], "results") == all_ids[3:6]


@pytest.mark.parametrize(
    ("filter", "count"),
    [
        ({"property": "Status", "status": {"equals": "Done"}}, 77),
        ({"property": "Budget", "number": {"is_empty": True}}, 20),
        ({"and": [SIGNED, {"property": "Due", "date": {"is_empty": True}}]}, 15),
        ({"or": [{"property": "Name", "title": {"ends_with": "t 7"}}, {"and": [SIGNED, SIGNED]}]}, 47),
        ({"timestamp": "created_time", "created_time": {"after": "2099-01-01"}}, 0),
    ],
)
def test_notion_filters(api, filter, count):
    query = {"filter": filter, "page_size": 100}

    assert len(api("notion").client.post(PAGES, json=query).json()["results"]) == count


@pytest.mark.parametrize(
    ("path", "items", "size"), [("/rest/api/3/project/search", "values", 50), (COMMENTS, "comments", 100)]
)
def test_jira_pages_by_offset(api, path, items, size):
    def following(page):
        start = page.json()["startAt"] + len(page.json()[items])
        return f"{path}?startAt={start}" if start < page.json()["total"] else None

    pages = get_pages(following, api("jira").get, path)

    assert len(pages) >= 3
    assert [page.json()["maxResults"] for page in pages] == [size] * len(pages)
    assert len({*ids(pages, items)}) == pages[0].json()["total"] > 200
    assert [page.json().get("isLast") for page in pages][-1] in (True, None)


def test_jira_gives_at_most_a_hundred_projects(api):
    page = api("jira").get("/rest/api/3/project/search?maxResults=1000").json()

    assert (page["maxResults"], len(page["values"]), page["isLast"]) == (100, 100, False)


def test_zendesk_exports_to_the_end_of_the_stream(api):
    def following(page):
        return None if page.json()["end_of_stream"] else page.json()["next_page"]

    pages = get_pages(following, api("zendesk").get, f"{EXPORT}?start_time=0")

    assert [page.json()["count"] for page in pages] == [1000, 1000, 102]
    assert {*ids(pages, "tickets")} == {*range(1, 2101)}
    assert pages[-1].json()["next_page"] is not None


def test_zendesk_export_gets_past_a_second_that_fills_a_page(api):
    zendesk = api("zendesk")
    for number in range(1, 10):
        zendesk.state.data.tickets.edit(number, generated_timestamp=1000)

    first = zendesk.get(f"{EXPORT}?start_time=1000&per_page=2").json()

    assert [ticket["id"] for ticket in first["tickets"]] == [*range(1, 11)]


def test_zendesk_exports_only_what_is_a_minute_old(api):
    zendesk = api("zendesk")
    newest = zendesk.state.data.tickets.edit(5, status="hold")["generated_timestamp"]

    zendesk.state.now = lambda: newest + 59
    hidden = zendesk.get(f"{EXPORT}?start_time={newest - 1}").json()
    zendesk.state.now = lambda: newest + 60
    shown = zendesk.get(f"{EXPORT}?start_time={newest}").json()

    assert hidden == {"tickets": [], "next_page": None, "count": 0, "end_of_stream": True, "end_time": None}
    assert [ticket["id"] for ticket in shown["tickets"]] == [5]


@pytest.mark.parametrize("sort", ["id", "-updated_at", "status"])
def test_zendesk_pages_tickets_by_cursor(api, sort):
    def following(page):
        return page.json()["links"]["next"] if page.json()["meta"]["has_more"] else None

    pages = get_pages(following, api("zendesk").get, f"/api/v2/tickets?page[size]=100&sort={sort}")

    assert len(pages) == 21
    assert len({*ids(pages, "tickets")}) == len(ids(pages, "tickets")) == 2100


@pytest.mark.parametrize(
    ("path", "items"),
    [
        ("/api/v2/organizations.json", "organizations"),
        (f"/api/v2/organizations/{zendesk.BUSY_ORGANIZATION}/users.json", "users"),
    ],
)
def test_zendesk_pages_by_offset(api, path, items):
    zendesk = api("zendesk")

    pages = get_pages(lambda page: page.json()["next_page"], zendesk.get, path)

    assert len(pages) == 3
    assert len({*ids(pages, items)}) == len(ids(pages, items)) == pages[0].json()["count"]
    assert pages[0].json()["next_page"] == f"{zendesk.address}{path}?page=2"


# What is written.


def test_github_makes_an_issue(api):
    client = api("github").client
    told = {"title": "New", "labels": ["bug", {"name": "roof"}], "assignees": ["hubot-solar"]}

    answer = client.post(ISSUES, json=told)

    assert answer.status_code == 201
    issue = client.get(answer.headers["location"]).json()
    assert (issue["number"], issue["state"], [label["name"] for label in issue["labels"]]) == (
        231,
        "open",
        ["bug", "roof"],
    )
    assert client.get(ISSUES).json()[0]["title"] == "New"


def test_stripe_repeats_the_answer_of_a_key(api):
    stripe = api("stripe")
    form = {"name": "Ada", "address[city]": "Berlin", "metadata[order_id]": "6735"}

    def create(**changes):
        return stripe.client.post("/v1/customers", data={**form, **changes}, headers={"idempotency-key": "k-1"})

    first, second, third = create(), create(), create(name="Bob")

    assert first.json() == second.json()
    assert (first.json()["address"]["city"], first.json()["metadata"]) == ("Berlin", {"order_id": "6735"})
    assert second.headers["idempotent-replayed"] == "true"
    assert (third.status_code, third.json()["error"]["type"]) == (400, "idempotency_error")
    assert len(stripe.state.data.customers) == 231


def test_stripe_does_not_keep_the_answer_to_a_wrong_form(api):
    client = api("stripe").client
    headers = {"idempotency-key": "k-2"}

    assert client.post("/v1/customers", data={"balance": "x"}, headers=headers).status_code == 400
    assert client.post("/v1/customers", data={"balance": "5"}, headers=headers).status_code == 200


def test_notion_makes_and_changes_a_page(api):
    client = api("notion").client
    page = client.post("/v1/pages", json={"parent": {"database_id": notion.EMPTY}, "properties": TITLE}).json()

    changed = client.patch(f"/v1/pages/{page['id'].replace('-', '')}", json={"properties": {"Budget": {"number": 5}}})

    assert changed.json()["properties"]["Budget"]["number"] == 5
    assert changed.json()["last_edited_time"] > page["last_edited_time"]
    rows = client.post(f"/v1/databases/{notion.EMPTY}/query").json()["results"]
    assert [row["properties"]["Name"]["title"][0]["plain_text"] for row in rows] == ["x"]


def test_notion_hides_an_archived_page_and_keeps_it_from_change(api):
    notion = api("notion")
    first = next(iter(notion.state.data.pages))["id"]

    def patch(**changes):
        return notion.client.patch(f"/v1/pages/{first}", json=changes)

    assert patch(archived=True).json()["in_trash"] is True
    assert patch(icon=None).status_code == 400
    assert first not in ids([notion.client.post(PAGES)], "results")
    assert patch(archived=False).status_code == 200


def test_jira_adds_a_comment(api):
    client = api("jira").client

    answer = client.post(COMMENTS, json={"body": jira.document("On it.")})

    assert answer.status_code == 201
    newest = client.get(COMMENTS, params={"orderBy": "-created", "maxResults": 1, "expand": "renderedBody"}).json()
    assert newest["total"] == 231
    assert newest["comments"][0]["renderedBody"] == "<p>On it.</p>"


def test_jira_sends_a_download_to_the_media_host(api):
    issue = api("jira").get(f"/rest/api/3/issue/{jira.BUSY}?fields=attachment").json()
    client, address = api("jira").client, api("jira").address

    answer = client.get(issue["fields"]["attachment"][1]["content"])

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("https://api.media.atlassian.com/file/")
    link = answer.headers["location"].replace(jira.MEDIA, f"{address}/media")
    file = httpx.get(link)
    assert (file.status_code, file.headers["content-type"], file.content) == (200, "image/png", jira.FILES[1][2])
    assert client.get(link).status_code == 403
    assert httpx.get(link.replace("token=", "token=0")).status_code == 403


def test_jira_sends_the_file_itself_if_asked(api):
    assert api("jira").get("/rest/api/3/attachment/content/40001?redirect=false").content == jira.FILES[0][2]


def test_zendesk_changes_a_ticket(api):
    client = api("zendesk").client
    told = {"status": "solved", "comment": {"body": "Done", "public": False}}

    answer = client.put("/api/v2/tickets/1.json", json={"ticket": told}).json()

    assert answer["ticket"]["status"] == "solved"
    assert [event["type"] for event in answer["audit"]["events"]] == ["Change", "Comment"]
    since = answer["ticket"]["generated_timestamp"]
    assert ids([client.get(f"{EXPORT}?start_time={since}")], "tickets") == [1]


def test_zendesk_exports_a_deleted_ticket_but_does_not_list_it(api):
    zendesk = api("zendesk")
    since = zendesk.state.data.delete(1)["generated_timestamp"]

    assert zendesk.get(f"{EXPORT}?start_time={since}").json()["tickets"][0]["status"] == "deleted"
    assert ids([zendesk.get("/api/v2/tickets?page[size]=1")], "tickets") == [2]


# What tests use.


def test_the_log_tells_what_was_sent(api):
    github = api("github")
    github.client.post(f"{ISSUES}?a=1&a=%202", json={"title": "x"}, headers={"X-Mark": "yes"})

    [call] = github.state.log

    assert (call.method, call.path, call.query, call.status) == ("POST", ISSUES, (("a", "1"), ("a", " 2")), 422)
    assert (call.headers["x-mark"], call.body) == ("yes", b'{"title":"x"}')


def test_rows_can_change_in_the_middle_of_a_reading(api):
    jira = api("jira")

    def before(call):
        if ("startAt", "50") in call.query:
            jira.state.data.projects.remove("P002")

    jira.state.before = before
    first, second = (jira.get(f"/rest/api/3/project/search?startAt={start}").json() for start in (0, 50))

    assert (first["values"][-1]["key"], second["values"][0]["key"], second["total"]) == ("P051", "P053", 204)


def test_a_row_can_change_without_showing_it(api):
    state = api("zendesk").state
    before = dict(state.data.tickets[7])

    state.data.tickets.edit(7, subject="Quietly", updated_at=before["updated_at"])

    after = state.data.tickets[7]
    assert (after["subject"], after["updated_at"]) == ("Quietly", before["updated_at"])
    assert after["generated_timestamp"] > before["generated_timestamp"]
